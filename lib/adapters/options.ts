import { hintOf } from '../causes.ts';
import { debugRefusal } from '../debug.ts';
import {
  areIdentical,
  haveSameMembers,
  isPlain,
  type Members,
  membersOf,
  objectOf,
} from '../options/copy.ts';
import { areEntries, readEntriesOption, takeEntries } from '../options/entries.ts';
import { OPTION_NAMES } from '../options/index.ts';
import { type Readers, readRecord } from '../options/readers.ts';
import { refuse, refuseKind, refuseValue } from '../options/refuse.ts';
import { anotherString, readBoolean } from '../options/values.ts';
import {
  type Credentials,
  readCookieName,
  readCredentials,
  readTrustedOrigins,
} from './session-options.ts';

export type AnyFunction = (...args: unknown[]) => unknown;

/** The adapters' own options, along with those of `verifyWorkosToken`. */
const READERS = Object.freeze({
  getToken: (value: unknown) => readFunction('getToken', value),
  optional: (value: unknown) => readBoolean('optional', value),
  onError: (value: unknown) => readFunction('onError', value),
  property: readProperty,
  credentials: readCredentials,
  cookieName: readCookieName,
  trustedOrigins: readTrustedOrigins,
  entries: readEntriesOption,
});
/** Options that only say something about some credentials. Where those are not looked for, they would be ignored. */
const ABOUT: Readonly<Record<string, Credentials>> = Object.freeze({
  getToken: 'bearer',
  cookieName: 'session',
  trustedOrigins: 'session',
});
const DEFAULT_CREDENTIALS: readonly Credentials[] = Object.freeze(['bearer']);
/** Known to all adapters. */
const COMMON = Object.freeze([
  'getToken',
  'optional',
  'credentials',
  'cookieName',
  'trustedOrigins',
  'entries',
] as const);
/** The options of the verification are handed on as they are. */
export const HANDED_ON = Object.freeze({ ...pick(OPTION_NAMES, () => (value) => value) });

type AdapterOption = keyof typeof READERS;
/** None of the common ones: an option that is listed twice would be read, and then lost. */
type Further = Exclude<AdapterOption, (typeof COMMON)[number]>;
export type AdapterOptions = { [Name in AdapterOption]?: ReturnType<(typeof READERS)[Name]> };

/** The lists that options were given with. */
type Lists = { [Name in 'credentials' | 'trustedOrigins']?: unknown };

interface Split {
  readonly own: AdapterOptions;
  /** Options, or an array of entries. */
  readonly verification: object | undefined;
}

/**
 * Separates the options that an adapter knows from those of the verification, which are checked
 * where all functions have theirs checked. Each own property is read once.
 */
export function splitOptions(options: unknown, more: readonly Further[] = []): Split {
  try {
    return split(options, more);
  } catch (error) {
    debugRefusal(error);
    throw error;
  }
}

function split(options: unknown, more: readonly Further[]): Split {
  const own = Object.create(null);
  if (options === undefined) return { own, verification: undefined };
  if (areEntries(options)) {
    own.entries = takeEntries(options);
    return { own, verification: own.entries };
  }
  const known = (COMMON as readonly AdapterOption[]).concat(more);
  const readers = pick(known, (name) => READERS[name]);
  const verification = readRecord('options', options, { ...HANDED_ON, ...readers });
  known.forEach((name) => {
    own[name] = verification[name];
    delete verification[name];
  });
  refuseIgnored(own);
  if (own.entries === undefined) {
    refuseSessions(own, verification);
    return { own, verification };
  }
  refuseBeside(verification);
  own.entries = takeEntries(own.entries);
  return { own, verification: own.entries };
}

/** With entries, what a token must satisfy is said in each of them. */
function refuseBeside(verification: object): void {
  const other = Object.keys(verification)[0];
  if (other === undefined) return;
  throw refuse(
    `the options "entries" and "${other}" are mutually exclusive`,
    `Put "${other}" into each entry for which it holds.`,
  );
}

/**
 * The same for a function that is called with the same options again and again. They are recognized by
 * the identity of their members. What is in those of the verification is looked at later, at each call,
 * and what is in the adapter's own lists here: an origin that is no longer trusted must not be.
 */
export function createSplitter(more: readonly Further[] = []): (options: unknown) => Split {
  const none = splitOptions(undefined, more);
  let last: { members: Members; split: Split; given: Lists } | undefined;

  return (options) => {
    if (options === undefined) return none;
    if (!isPlain(options)) return splitOptions(options, more);
    const members = membersOf(options);
    if (last !== undefined && haveSameMembers(last.members, members) && haveSameLists(last))
      return last.split;
    const given: Lists = objectOf(members);
    const split = splitOptions(given, more);
    // What is in entries may change from call to call, and here they are taken as they are now.
    last = split.own.entries === undefined ? { members, split, given } : undefined;
    return split;
  };
}

function haveSameLists({ split: { own }, given }: { split: Split; given: Lists }): boolean {
  return (
    isSameList(own.credentials, given.credentials) &&
    isSameList(own.trustedOrigins, given.trustedOrigins)
  );
}

function isSameList(taken: readonly unknown[] | undefined, given: unknown): boolean {
  return taken === undefined ? given === undefined : areIdentical(taken, given as unknown[]);
}

/** Whether an adapter with these options looks for credentials of this kind. */
export function looksFor(kind: Credentials, { credentials }: AdapterOptions): boolean {
  return (credentials ?? DEFAULT_CREDENTIALS).includes(kind);
}

function refuseIgnored(own: AdapterOptions): void {
  const ignored = Object.keys(ABOUT).find(
    (name) => own[name as AdapterOption] !== undefined && !looksFor(ABOUT[name], own),
  );
  if (ignored === undefined) return;
  throw refuse(
    `the option "${ignored}" needs "credentials" with '${ABOUT[ignored]}'`,
    `Add '${ABOUT[ignored]}' to the option "credentials", or leave "${ignored}" out.`,
  );
}

/** The tokens of WorkOS Connect come in no session. */
function refuseSessions(own: AdapterOptions, { profile }: { profile?: unknown }): void {
  if (profile !== 'connect' || !looksFor('session', own)) return;
  throw refuse(
    `the option "credentials" can't have 'session' with "profile" 'connect'`,
    hintOf('session-option'),
  );
}

function pick<Name extends string>(
  names: readonly Name[],
  readerOf: (name: Name) => (value: unknown) => unknown,
): Readers {
  const readers = Object.create(null);
  names.forEach((name) => {
    readers[name] = readerOf(name);
  });
  return readers;
}

function readFunction(option: string, value: unknown): AnyFunction {
  if (typeof value === 'function') return value as AnyFunction;
  throw refuseValue(option, value, 'a function');
}

function readProperty(value: unknown): string {
  const isName = typeof value === 'string' && /^[A-Za-z_$][\w$]*$/.test(value);
  if (isName && !(value in Object.prototype)) return value;
  throw refuseKind(
    'property',
    anotherString(value),
    'the name of a property (letters, digits, _ and $)',
  );
}
