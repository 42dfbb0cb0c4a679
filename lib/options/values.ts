// Options that are a value by themselves: strings, arrays of strings, numbers, words and the time.

import { hintOf } from '../causes.ts';
import { refuse, refuseKind, refuseValue } from './refuse.ts';
import { readArray } from './readers.ts';
import { describe, describeNumber, hasLoneSurrogate } from './kinds.ts';
import { ALGORITHMS } from '../algorithms.ts';

const MAX_CLOCK_TOLERANCE_SECONDS = 300;
/** A year: longer than a session of WorkOS lasts. */
const MAX_AUTH_AGE_SECONDS = 31_536_000;
/** The last second of the year 9999; a time past it is most likely in milliseconds. */
const MAX_UNIX_SECONDS = 253_402_300_799;
export const STRINGS = 'a non-empty string or a non-empty array of these';
export const STRING_LIST = 'a non-empty array of non-empty strings';

export function readAlgorithms(value: unknown): string[] {
  const allowed = `a non-empty array of ${ALGORITHMS.join(', ')}`;
  const names = readStringList('algorithms', value, allowed);
  if (names.length === 0) throw refuseValue('algorithms', value, allowed);
  if (names.every((name) => ALGORITHMS.some((algorithm) => algorithm === name))) return names;
  const given = names.some((name) => /^(none|HS\d+)$/i.test(name))
    ? 'an array with none or HS*, which can never be allowed'
    : 'an array with another name';
  throw refuseKind('algorithms', given, allowed);
}

export function readClockTolerance(value: unknown): number {
  return readInteger('clockToleranceSeconds', value, MAX_CLOCK_TOLERANCE_SECONDS);
}

/** Without a value, nothing would be checked. */
export function readMaxAuthAge(value: unknown): number {
  const option = 'maxAuthAgeSeconds';
  const isNothing = value == null || value === '' || describe(value) === 'an empty array';
  if (!isNothing) return readInteger(option, value, MAX_AUTH_AGE_SECONDS);
  const allowed = `an integer from 0 to ${MAX_AUTH_AGE_SECONDS}`;
  throw refuseValue(option, value, allowed, hintOf('lost-restriction'));
}

function readInteger(option: string, value: unknown, most: number): number {
  if (isInteger(value) && value >= 0 && value <= most) return value;
  const bounds = { least: 0, most, isInteger: true };
  throw refuseKind(
    option,
    typeof value === 'number' ? describeNumber(value, bounds) : describe(value),
    `an integer from 0 to ${most}`,
  );
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

/** A restriction must have a value: without one, nothing would be checked. */
export function readRestriction(
  option: string,
  value: unknown,
  allowed: string,
  read: (option: string, value: unknown, allowed: string) => string[],
): string[] {
  const strings = value == null || value === '' ? [] : read(option, value, allowed);
  if (strings.length > 0) return strings;
  throw refuseValue(option, value, allowed, hintOf('lost-restriction'));
}

export function readImpersonation(value: unknown): 'allow' | 'deny' {
  if (value === 'allow' || value === 'deny') return value;
  throw refuseKind('impersonation', anotherString(value), "'allow' or 'deny'");
}

export function readBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw refuseValue(option, value, 'a boolean');
}

/** A time that stands still, or a function that is asked at each call. */
export function readNow(value: unknown): () => number {
  if (typeof value !== 'function') {
    const now = readUnixSeconds(value);
    return () => now;
  }
  return () => {
    let now: unknown;
    try {
      now = value();
    } catch {
      throw refuse('the function in the option "now" threw');
    }
    return readUnixSeconds(now, true);
  };
}

/** Of the option, or of what its function returned. */
function readUnixSeconds(value: unknown, isResult: boolean = false) {
  if (typeof value === 'number' && value >= 0 && value <= MAX_UNIX_SECONDS) return value;
  const seconds = 'a number of seconds since 1970';
  const kind = typeof value === 'number' ? describeTime(value) : describe(value);
  if (isResult) throw refuse(`the function in the option "now" must give ${seconds}, not ${kind}`);
  throw refuseKind('now', kind, `${seconds}, or a function that gives one`);
}

function describeTime(value: number): string {
  if (Number.isFinite(value) && value > 0) return 'a number that is too large (milliseconds?)';
  return describeNumber(value, { least: 0 });
}

export function readSome(option: string, value: unknown, allowed: string): string[] {
  const strings = readStrings(option, value, allowed);
  if (strings.length > 0) return strings;
  throw refuseValue(option, value, allowed);
}

export function readStrings(option: string, value: unknown, allowed: string): string[] {
  return isText(value) ? [value] : readList(option, value, allowed);
}

export function readStringList(option: string, value: unknown, allowed: string): string[] {
  if (typeof value !== 'string') return readList(option, value, allowed);
  throw refuseValue(option, value, allowed, hintOf('text-as-array'));
}

function readList(option: string, value: unknown, allowed: string): string[] {
  const items = readArray(option, value, allowed);
  if (items.every(isText)) return items;
  const odd = items.find((item) => !isText(item));
  throw refuseKind(option, `an array with ${describe(odd)}`, allowed);
}

export function anotherString(value: unknown): string {
  const kind = describe(value);
  return kind === 'a string' ? 'another string' : kind;
}

/** Not empty, and without a lone surrogate, which no token can hold. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !hasLoneSurrogate(value);
}
