// Several entries: an array of options, each with a name. Each entry's own options are read where all
// options are, so that an entry is checked, copied and remembered like the options of a verifier alone.

import type { WorkosTokenOptions } from '../../index.cjs';
import { WorkosTokenError } from '../error.ts';
import { type CheckedOptions, OPTION_NAMES, readOptions, snapshotOptions } from './index.ts';
import { describe } from './kinds.ts';
import { isArray, type Readers, readArray, readRecord } from './readers.ts';
import { refuse, refuseKind, refuseValue } from './refuse.ts';

/** More would cost time with each token, and each has keys of its own. Native code names them by one character. */
const MAX_ENTRIES = 32;
/** It gets into logs. */
const MAX_NAME_CHARACTERS = 64;

const ENTRIES = `an array of 1 to ${MAX_ENTRIES} entries`;
const NAME = `a string of 1 to ${MAX_NAME_CHARACTERS} characters without control characters`;
const SAME_TIME =
  'A token is verified at one time. Give all entries the same number or the same function, or none.';

/** The options of an entry, each read once, and its name. */
interface Given {
  readonly name: string;
  readonly options: EntryOptions;
}

/** They are looked at here, before they are read. */
type EntryOptions = { readonly [Name in keyof WorkosTokenOptions]?: unknown };

/** What verifying needs of an entry. */
export interface CheckedEntry {
  readonly name: string;
  readonly options: CheckedOptions;
}

/** Whether these are several entries rather than options. */
export function areEntries(options: unknown): options is unknown[] {
  return isArray(options);
}

/** Reads entries once and checks them, with the environment as it is now. */
export function readEntries(entries: unknown): CheckedEntry[] {
  return givenEntries(entries).map(({ name, options }) => ({
    name,
    options: within(name, () => readOptions(options)),
  }));
}

/**
 * The array of entries, each with its options: every property is read once, and nobody else can change
 * what is taken. What is in an option is looked at later, by `readEntries`.
 */
export function takeEntries(entries: unknown): readonly object[] {
  return Object.freeze(givenEntries(entries).map(({ name, options }) => entryOf(name, options)));
}

/**
 * The same for entries that are read now and checked at each call of the function that is returned: what
 * is wrong with an entry's options is thrown there, and what is wrong with the array here.
 */
export function snapshotEntries(entries: unknown): () => readonly object[] {
  const snapshots = givenEntries(entries).map(({ name, options }) => ({
    name,
    snapshot: snapshotOptions(options),
  }));
  return () =>
    snapshots.map(({ name, snapshot }) =>
      entryOf(
        name,
        within(name, () => snapshot() as object),
      ),
    );
}

function entryOf(name: string, options: object): object {
  return Object.freeze(Object.assign(Object.create(null), options, { name }));
}

/** For an option that adapters take: a variable that is not set must not turn entries into none. */
export function readEntriesOption(value: unknown): unknown[] {
  if (isArray(value)) return value;
  throw refuseValue('entries', value, ENTRIES);
}

function givenEntries(entries: unknown): Given[] {
  const elements = readArray('entries', entries, ENTRIES);
  if (elements.length === 0) throw refuseValue('entries', entries, ENTRIES);
  if (elements.length > MAX_ENTRIES) throw refuseKind('entries', 'an array of more', ENTRIES);
  const given = elements.map(readEntry);
  given.forEach(({ name, options }, index) => {
    if (given.findIndex((other) => other.name === name) < index)
      throw refuse(`there are two entries with the name "${name}"`);
    if (options.now !== given[0].options.now)
      throw refuse(
        `the option "now" of the entry "${name}" is not that of the first entry`,
        SAME_TIME,
      );
  });
  return given;
}

function readEntry(element: unknown, index: number): Given {
  const path = `entries[${index}]`;
  const { name, ...options } = readRecord(path, element, ENTRY_READERS);
  if (!isName(name)) throw refuseKind(`${path}.name`, kindOfName(name), NAME);
  refuseLost(path, element as object, options);
  return { name, options: Object.assign(Object.create(null), options) };
}

/**
 * A variable that is not set would turn an entry into one for the environment that WORKOS_CLIENT_ID or
 * WORKOS_AUTHKIT_DOMAIN names, which another entry may have stricter rules for.
 */
function refuseLost(path: string, element: object, options: EntryOptions): void {
  const { profile, workos, issuer, audience } = options;
  const hasKeys = options.jwks !== undefined || options.jwksUrl !== undefined;
  const isConnect = profile === 'connect';
  const isDerived = issuer === undefined || !hasKeys || (!isConnect && audience === undefined);
  const name = isConnect ? 'authkitDomain' : 'clientId';
  const isLost = options[name] === undefined && Object.hasOwn(element, name);
  if (!isLost || !isDerived || workos !== undefined) return;
  throw refuse(
    `the option "${path}.${name}" is undefined`,
    'Is the variable that it comes from set? Leave it out to take the one from the environment.',
  );
}

/** Handed on as they are. */
const ENTRY_READERS: Readers = Object.freeze(
  OPTION_NAMES.concat('name').reduce((readers, name) => {
    readers[name] = (value: unknown) => value;
    return readers;
  }, Object.create(null)),
);

function isName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name.length <= MAX_NAME_CHARACTERS &&
    name.trim() !== '' &&
    name.isWellFormed() &&
    !/[\p{Cc}\u2028\u2029]/u.test(name)
  );
}

function kindOfName(name: unknown): string {
  const kind = describe(name);
  if (kind !== 'a string') return kind;
  return (name as string).length > MAX_NAME_CHARACTERS
    ? 'a longer one'
    : 'one with a control character';
}

/** What is wrong with an entry's options is said with its name. */
export function within<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    throw refuse(`in the entry "${name}", ${error.message}`, error.hint);
  }
}
