import { debugRefusal } from '../debug.ts';
import { OPTION_NAMES } from '../options/index.ts';
import { type Readers, readRecord } from '../options/readers.ts';
import { refuseKind, refuseValue } from '../options/refuse.ts';
import { anotherString, readBoolean } from '../options/values.ts';

export type AnyFunction = (...args: unknown[]) => unknown;

/** The adapters' own options, along with those of `verifyWorkosToken`. */
const READERS = Object.freeze({
  getToken: (value: unknown) => readFunction('getToken', value),
  optional: (value: unknown) => readBoolean('optional', value),
  onError: (value: unknown) => readFunction('onError', value),
  property: readProperty,
});
/** The others are handed on as they are. */
const HANDED_ON = Object.freeze({ ...pick(OPTION_NAMES, () => (value) => value) });

type AdapterOption = keyof typeof READERS;
export type AdapterOptions = { [Name in AdapterOption]?: ReturnType<(typeof READERS)[Name]> };

interface Split {
  own: AdapterOptions;
  verification: object | undefined;
}

/**
 * Separates the options that an adapter knows from those of the verification, which are checked
 * where all functions have theirs checked. Each own property is read once.
 */
export function splitOptions(options: unknown, known: readonly AdapterOption[]): Split {
  try {
    return split(options, known);
  } catch (error) {
    debugRefusal(error);
    throw error;
  }
}

function split(options: unknown, known: readonly AdapterOption[]): Split {
  const own = Object.create(null);
  if (options === undefined) return { own, verification: undefined };
  const readers = pick(known, (name) => READERS[name]);
  const verification = readRecord('options', options, { ...HANDED_ON, ...readers });
  known.forEach((name) => {
    own[name] = verification[name];
    delete verification[name];
  });
  return { own, verification };
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
