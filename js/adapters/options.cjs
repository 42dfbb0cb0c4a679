'use strict';

const { READERS: VERIFICATION_READERS } = require('../options.cjs');
const { ownEntries, refuse, unknownOption } = require('../reading.cjs');

/** The adapters' own options, beside those of `verifyWorkosToken`. */
const READERS = Object.freeze({
  getToken: (/** @type {unknown} */ value) => readFunction('getToken', value),
  optional: readOptional,
  onError: (/** @type {unknown} */ value) => readFunction('onError', value),
  property: readProperty,
});

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
  if (options === undefined) return { own: Object.create(null), verification: undefined };
  const own = Object.create(null);
  const readers = Object.fromEntries(known.map((name) => [name, READERS[name]]));
  const all = { ...VERIFICATION_READERS, ...readers };
  const entries = ownEntries('options', options, all);
  // With the prototype that was given, whose options are refused like those of any other.
  const verification = Object.create(Object.getPrototypeOf(options));
  for (const [name, value] of entries) {
    if (Object.hasOwn(VERIFICATION_READERS, name)) define(verification, name, value);
    else if (!Object.hasOwn(readers, name)) throw unknownOption('options', name, all);
    else if (value !== undefined) own[name] = readers[/** @type {AdapterOption} */ (name)](value);
  }
  return { own, verification };
}

/**
 * @param {object} object
 * @param {string} name
 * @param {unknown} value
 */
function define(object, name, value) {
  const descriptor = Object.create(null);
  Object.assign(descriptor, { value, enumerable: true, configurable: true, writable: true });
  Object.defineProperty(object, name, descriptor);
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
function readOptional(value) {
  if (typeof value === 'boolean') return value;
  throw refuse.value('optional', value, 'a boolean');
}

/** @param {unknown} value */
function readProperty(value) {
  const isName = typeof value === 'string' && /^[A-Za-z_$][\w$]*$/.test(value);
  if (isName && !(value in Object.prototype)) return value;
  throw refuse.kind(
    'property',
    typeof value === 'string' ? 'another string' : typeof value,
    'the name of a property (letters, digits, _ and $)',
  );
}

module.exports = { splitOptions };
