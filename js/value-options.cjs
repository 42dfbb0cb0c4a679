'use strict';

// Options that are a value by themselves: texts, lists of texts, numbers, words and the time.

const { readArray, refuse, describe } = require('./reading.cjs');
const { describeNumber, hasLoneSurrogate } = require('./kinds.cjs');
const { ALGORITHMS } = require('./algorithms.cjs');

const MAX_CLOCK_TOLERANCE_SECONDS = 300;
/** The last second of the year 9999; a time past it is most likely in milliseconds. */
const MAX_UNIX_SECONDS = 253_402_300_799;
const STRINGS = 'a non-empty string or a non-empty list of these';
const STRING_LIST = 'a non-empty list of non-empty strings';

/** @param {any} value */
function readAlgorithms(value) {
  const allowed = `a non-empty list of ${ALGORITHMS.join(', ')}`;
  const names = readStringList('algorithms', value, allowed);
  if (names.length === 0) throw refuse.value('algorithms', value, allowed);
  if (names.every((name) => ALGORITHMS.includes(name))) return names;
  const given = names.some((name) => /^(none|HS\d+)$/i.test(name))
    ? 'a list with none or HS*, which can never be allowed'
    : 'a list with another name';
  throw refuse.kind('algorithms', given, allowed);
}

/** @param {any} value */
function readClockTolerance(value) {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_CLOCK_TOLERANCE_SECONDS) return value;
  const bounds = { least: 0, most: MAX_CLOCK_TOLERANCE_SECONDS, isInteger: true };
  throw refuse.kind(
    'clockToleranceSeconds',
    typeof value === 'number' ? describeNumber(value, bounds) : describe(value),
    `an integer from 0 to ${MAX_CLOCK_TOLERANCE_SECONDS}`,
  );
}

/**
 * What restricts must be there: nothing in its place would be no check at all.
 *
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 * @param {(option: string, value: any, allowed: string) => string[]} read
 */
function readRestriction(option, value, allowed, read) {
  const strings = value == null || value === '' ? [] : read(option, value, allowed);
  if (strings.length > 0) return strings;
  throw refuse.value(
    option,
    value,
    allowed,
    `This would turn the check of "${option}" off in silence. Check where the value comes from, such as a variable that is not set; to check nothing, leave the option out.`,
  );
}

/** @param {any} value */
function readImpersonation(value) {
  if (value === 'allow' || value === 'deny') return value;
  throw refuse.kind('impersonation', anotherString(value), "'allow' or 'deny'");
}

/**
 * @param {string} option
 * @param {any} value
 */
function readBoolean(option, value) {
  if (typeof value === 'boolean') return value;
  throw refuse.value(option, value, 'a boolean');
}

/**
 * A time that stands still, or a function that is asked at each call.
 *
 * @param {any} value
 */
function readNow(value) {
  if (typeof value !== 'function') {
    const now = readUnixSeconds(value);
    return () => now;
  }
  return () => {
    let now;
    try {
      now = value();
    } catch {
      throw refuse('the function in the option "now" threw');
    }
    return readUnixSeconds(now, true);
  };
}

/**
 * @param {any} value
 * @param {boolean} [isResult] of the function that was given
 */
function readUnixSeconds(value, isResult = false) {
  if (typeof value === 'number' && value >= 0 && value <= MAX_UNIX_SECONDS) return value;
  const seconds = 'a number of seconds since 1970';
  const kind = typeof value === 'number' ? describeTime(value) : describe(value);
  if (isResult) throw refuse(`the function in the option "now" must give ${seconds}, not ${kind}`);
  throw refuse.kind('now', kind, `${seconds}, or a function that gives one`);
}

/** @param {number} value */
function describeTime(value) {
  if (Number.isFinite(value) && value > 0) return 'a number that is too large (milliseconds?)';
  return describeNumber(value, { least: 0 });
}

/**
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 */
function readSome(option, value, allowed) {
  const strings = readStrings(option, value, allowed);
  if (strings.length > 0) return strings;
  throw refuse.value(option, value, allowed);
}

/**
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 */
function readStrings(option, value, allowed) {
  return isText(value) ? [value] : readList(option, value, allowed);
}

/**
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 */
function readStringList(option, value, allowed) {
  if (typeof value !== 'string') return readList(option, value, allowed);
  throw refuse.value(option, value, allowed, 'Put the text into a list: `["..."]`.');
}

/**
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 */
function readList(option, value, allowed) {
  const items = readArray(option, value, allowed);
  const odd = items.findIndex((item) => !isText(item));
  if (odd !== -1) throw refuse.kind(option, `a list with ${describe(items[odd])}`, allowed);
  return items;
}

/** @param {any} value */
function anotherString(value) {
  const kind = describe(value);
  return kind === 'a string' ? 'another string' : kind;
}

/**
 * Not empty, and without a lone surrogate, which no token can hold.
 *
 * @param {any} value
 */
function isText(value) {
  return typeof value === 'string' && value !== '' && !hasLoneSurrogate(value);
}

module.exports = {
  STRINGS,
  STRING_LIST,
  readSome,
  readStrings,
  readStringList,
  readRestriction,
  readAlgorithms,
  readClockTolerance,
  readImpersonation,
  readBoolean,
  readNow,
  anotherString,
};
