'use strict';

const { WorkosTokenError } = require('./error.cjs');

/** Longer lists are a mistake; the bound keeps a hostile `length` from costing time. */
const MAX_LIST_LENGTH = 10_000;
/** Deeper chains are a proxy's play. */
const MAX_PROTOTYPES = 10;

/**
 * An `INVALID_OPTIONS` error. A message names the option and the kind of thing that was given,
 * never the value, which may be a secret.
 *
 * @param {string} message
 * @param {string} [hint]
 */
function refuse(
  message,
  hint = 'Correct the option; the README lists every option with its type and range.',
) {
  return new WorkosTokenError({ code: 'INVALID_OPTIONS', message, hint });
}

/**
 * @param {string} option
 * @param {unknown} value
 * @param {string} allowed
 * @param {string} [hint]
 */
refuse.value = (option, value, allowed, hint) =>
  refuse.kind(option, describe(value), allowed, hint);

/**
 * @param {string} option
 * @param {string} kind words of ours for what was given
 * @param {string} allowed
 * @param {string} [hint]
 */
refuse.kind = (option, kind, allowed, hint) =>
  refuse(`the option "${option}" must be ${allowed}, not ${kind}`, hint);

/**
 * The kind of thing that a value is.
 *
 * @param {unknown} value
 */
function describe(value) {
  if (value === undefined || value === null) return String(value);
  if (value === '') return 'an empty string';
  if (typeof value === 'number') return 'a number out of range or not finite';
  if (typeof value !== 'object') return `a ${typeof value}`;
  try {
    if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  } catch {
    return 'a revoked proxy';
  }
  return 'an object';
}

/**
 * Reads the own properties of an object, each once, and hands each value to its reader. Inherited
 * properties do not count: a polluted prototype changes nothing.
 *
 * @param {string} path
 * @param {unknown} object
 * @param {Record<string, (value: any) => unknown>} readers
 * @returns {Record<string, any>}
 */
function readRecord(path, object, readers) {
  const record = Object.create(null);
  ownEntries(path, object, readers).forEach(({ name, value }) => {
    if (!Object.hasOwn(readers, name)) throw unknownOption(path, name, readers);
    if (value !== undefined) record[name] = readers[name](value);
  });
  return record;
}

/**
 * Checks that would be lost in silence: options that a class or a prototype holds, and things that
 * hold none of their own because they are something else, such as a promise or a map.
 *
 * @param {string} path
 * @param {any} object
 * @param {number} count of its own properties
 * @param {object} readers
 */
function refuseInherited(path, object, count, readers) {
  const inherited = holdersOf(object).slice(1);
  const names = inherited.flatMap((holder) => Reflect.ownKeys(holder).map(String));
  const lost = names.find((name) => Object.hasOwn(readers, name));
  if (lost !== undefined)
    throw refuse(`the option "${lost}" is inherited, and only own properties count`);
  if (inherited.length > 0 && count === 0)
    throw refuse.kind(path, 'an object of another kind', 'a plain object');
}

/**
 * @param {string} path
 * @param {any} object
 * @param {object} readers
 * @returns {{ name: string, value: unknown }[]}
 */
function ownEntries(path, object, readers) {
  if (typeof object !== 'object' || object === null || isArray(object)) {
    throw refuse.value(path, object, 'an object');
  }
  let names;
  try {
    names = Reflect.ownKeys(object);
    refuseInherited(path, object, names.length, readers);
  } catch (error) {
    if (error instanceof WorkosTokenError) throw error;
    throw refuse(`the properties of "${path}" could not be listed`);
  }
  return names.map((key) => {
    const name = String(key);
    return { name, value: readMember(`${path}.${name}`, object, key) };
  });
}

/**
 * A getter or a proxy may throw, and what it throws is not repeated. An inherited property counts
 * where it is asked for, but never one of `Object.prototype`, which anyone may have polluted.
 *
 * @param {string} path
 * @param {any} object
 * @param {PropertyKey} name
 * @param {{ inherited?: boolean }} [how]
 */
function readMember(path, object, name, { inherited = false } = {}) {
  try {
    return inherited && !isDeclared(object, name) ? undefined : object[name];
  } catch {
    throw refuse(`the option "${path.replace(/^options\./, '')}" could not be read`);
  }
}

/**
 * @param {string} path
 * @param {any} object
 * @param {PropertyKey} name
 */
function readOwnMember(path, object, name) {
  let own;
  try {
    own = Object.hasOwn(object, name);
  } catch {
    throw refuse(`the option "${path}" could not be read`);
  }
  return own ? readMember(path, object, name) : undefined;
}

/**
 * A member of anything, unless it is `Object.prototype`'s: anyone may have polluted that.
 *
 * @param {any} object
 * @param {PropertyKey} name
 */
function memberOf(object, name) {
  return name in Object.prototype && !isDeclared(object, name) ? undefined : object[name];
}

/**
 * Whether the object has the property itself, or from a class of its own.
 *
 * @param {any} object
 * @param {PropertyKey} name
 */
function isDeclared(object, name) {
  return holdersOf(object).some((holder) => Object.hasOwn(holder, name));
}

/**
 * The object and what it inherits from, less the prototype of all objects.
 *
 * @param {any} object
 * @returns {object[]}
 */
function holdersOf(object) {
  const holders = [object];
  for (let depth = 0; depth < MAX_PROTOTYPES; depth += 1) {
    const parent = Object.getPrototypeOf(holders[depth]);
    if (parent === null || Object.getPrototypeOf(parent) === null) break;
    holders.push(parent);
  }
  return holders;
}

/**
 * A copy of an array, each element read once.
 *
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 * @returns {any[]}
 */
function readArray(option, value, allowed) {
  if (!isArray(value)) throw refuse.value(option, value, allowed);
  const length = readMember(option, value, 'length');
  if (!Number.isInteger(length) || length < 0)
    throw refuse.kind(option, 'a list of odd length', allowed);
  if (length > MAX_LIST_LENGTH) {
    throw refuse(`the option "${option}" holds more than ${MAX_LIST_LENGTH} elements`);
  }
  const copy = [];
  // By index: an iterator could be anyone's. A hole is not filled from a prototype.
  for (let index = 0; index < length; index += 1) {
    copy.push(readOwnMember(option, value, index));
  }
  return copy;
}

/**
 * @param {unknown} value
 */
function isArray(value) {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @param {string} name
 * @param {object} readers
 */
function unknownOption(path, name, readers) {
  const place = path === 'options' ? '' : `${path}.`;
  const shown = /^\w{1,40}$/.test(name) ? `"${place}${name}"` : `of another form in "${path}"`;
  const near = Object.keys(readers).find((known) => known.toLowerCase() === name.toLowerCase());
  const hint = near
    ? `Did you mean "${place}${near}"?`
    : `The options are ${Object.keys(readers).join(', ')}.`;
  return refuse(`there is no option ${shown}`, hint);
}

module.exports = {
  refuse,
  describe,
  readRecord,
  readMember,
  readOwnMember,
  memberOf,
  readArray,
  isArray,
};
