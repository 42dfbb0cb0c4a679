// Options that were checked before are not checked again. They are recognized by their content, own
// property by own property, each read once, and by what the environment says now. So a changed
// object is not recognized, and a new one with the same content is.

import { type Apart, type Copy, copyOf, hashOf, isPlain, isSame, NOTHING_APART } from './copy.ts';
import { isUnchanged, type Reading, recordReads } from './environment.ts';

/**
 * How many different options are remembered: as many as a server has that passes the organization with
 * each call. What is kept for each takes about 6 kB, native memory included.
 */
export const MAX_REMEMBERED = 1_000;

/** What verifying needs of options. */
export interface CheckedOptions {
  /** What the native side reads. */
  json: string;
  /** The same for the tokens of sealed sessions; `undefined` if those are not asked for. */
  sessionJson: string | undefined;
  /** Whether keys come over TLS, from their server or through a proxy. */
  https: boolean;
  /** Unix seconds. */
  now: () => number;
  /** Never remembered. `undefined` if none are given. */
  cookiePasswords: readonly string[] | undefined;
  /** The same object for the same content, if that is remembered. */
  content?: object | undefined;
}

interface Memory {
  copy: Copy;
  hash: number;
  /** With the system's time, and without passwords. */
  checked: CheckedOptions;
  environment: Reading[];
}

export function rememberOptions(
  check: (options: unknown) => CheckedOptions,
  readApart: (apart: Apart) => Pick<CheckedOptions, 'now' | 'cookiePasswords'>,
): (options: unknown) => CheckedOptions {
  /** By the hash of their content. The least recently used comes first. */
  const memories = new Map<number, Memory>();
  let last: Memory | undefined;

  function find(copy: Copy): Memory | undefined {
    if (last !== undefined && isSame(last.copy, copy) && isCurrent(last)) return last;
    const hash = hashOf(copy, 0);
    const found = memories.get(hash);
    if (found === undefined || !isSame(found.copy, copy) || !isCurrent(found)) return undefined;
    keep(found);
    return found;
  }

  function keep(memory: Memory): void {
    last = memory;
    memories.delete(memory.hash);
    memories.set(memory.hash, memory);
    if (memories.size <= MAX_REMEMBERED) return;
    memories.delete(Number(memories.keys().next().value));
  }

  function remember(copy: Copy, apart: Apart): CheckedOptions {
    const { result, environment } = recordReads(() => check(copy.toObject(apart)));
    const { json, sessionJson, https } = result;
    const content = Object.freeze({});
    const checked = { json, sessionJson, https, content, ...readApart(NOTHING_APART) };
    keep({ copy, hash: hashOf(copy, 0), checked, environment });
    return { ...checked, now: result.now, cookiePasswords: result.cookiePasswords };
  }

  return (options) => {
    // Anything else is read the long way, which says what is wrong with it.
    if (options !== undefined && !isPlain(options)) return check(options);
    const { copy, apart, isWhole } = copyOf(options);
    if (!isWhole) return check(copy.toObject(apart));
    const memory = find(copy);
    if (memory === undefined) return remember(copy, apart);
    const { checked } = memory;
    return apart === NOTHING_APART ? checked : { ...checked, ...readApart(apart) };
  };
}

/** By index: an iterator could be anyone's, and a callback for each would cost more than the rest. */
function isCurrent({ environment }: Memory): boolean {
  for (let index = 0; index < environment.length; index += 1)
    if (!isUnchanged(environment[index])) return false;
  return true;
}
