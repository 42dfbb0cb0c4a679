import { OPTION_NAMES } from '../options/index.ts';
import { type Readers, readRecord } from '../options/readers.ts';

/** A token to check: whatever was given. */
export interface Sample {
  token: unknown;
}

const TOKEN = Object.freeze({ token: handOn });
/** Those of the verification are checked where all functions have theirs checked. */
const ALL: Readers = Object.freeze({ ...TOKEN, ...handedOn(OPTION_NAMES) });

/** Separates the token from the options of the verification. Each own property is read once. */
export function readTestOptions(options: unknown): {
  sample: Sample | undefined;
  verification: object | undefined;
} {
  if (options === undefined) return { sample: undefined, verification: undefined };
  const { token, ...verification } = readRecord('options', options, ALL);
  return {
    sample: token === undefined ? undefined : { token },
    verification: Object.assign(Object.create(null), verification),
  };
}

/** The one option of a verifier's own test. */
export function readToken(options: unknown): Sample | undefined {
  const { token } = readRecord('options', options === undefined ? {} : options, TOKEN);
  return token === undefined ? undefined : { token };
}

function handOn(value: unknown): unknown {
  return value;
}

function handedOn(names: readonly string[]): Readers {
  const readers = Object.create(null);
  names.forEach((name) => {
    readers[name] = handOn;
  });
  return readers;
}
