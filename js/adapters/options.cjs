'use strict';

const { OPTION_NAMES } = require('../options.cjs');
const { readBoolean, anotherString } = require('../value-options.cjs');
const { readRecord, refuse } = require('../reading.cjs');

/** The adapters' own options, beside those of `verifyWorkosToken`. */
const READERS = Object.freeze({
  getToken: (/** @type {unknown} */ value) => readFunction('getToken', value),
  optional: (/** @type {unknown} */ value) => readBoolean('optional', value),
  onError: (/** @type {unknown} */ value) => readFunction('onError', value),
  property: readProperty,
});
/** The others are handed on as they are. */
const HANDED_ON = Object.freeze({ ...pick(OPTION_NAMES, () => (value) => value) });

/** @typedef {keyof typeof READERS} AdapterOption */
/** @typedef {{ getToken?: Function, optional?: boolean, onError?: Function, property?: string }} Own */

/**
 * Parts the options that an adapter knows from those of the verification, which are read and
 * checked where all functions have theirs checked. Each own property is read once.
 *
 * @param {any} options
 * @param {readonly AdapterOption[]} known
 * @returns {{ own: Own, verification: any }}
 */
function splitOptions(options, known) {
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

/**
 * @template {string} Name
 * @param {readonly Name[]} names
 * @param {(name: Name) => (value: unknown) => unknown} readerOf
 * @returns {Record<Name, (value: unknown) => unknown>}
 */
function pick(names, readerOf) {
  const readers = Object.create(null);
  names.forEach((name) => {
    readers[name] = readerOf(name);
  });
  return readers;
}

/**
 * @param {string} option
 * @param {unknown} value
 * @returns {Function}
 */
function readFunction(option, value) {
  if (typeof value === 'function') return value;
  throw refuse.value(option, value, 'a function');
}

/** @param {unknown} value */
function readProperty(value) {
  const isName = typeof value === 'string' && /^[A-Za-z_$][\w$]*$/.test(value);
  if (isName && !(value in Object.prototype)) return value;
  throw refuse.kind(
    'property',
    anotherString(value),
    'the name of a property (letters, digits, _ and $)',
  );
}

module.exports = { splitOptions };
