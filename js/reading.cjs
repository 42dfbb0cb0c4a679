'use strict';

const { types } = process.getBuiltinModule('node:util');
const { WorkosTokenError } = require('./error.cjs');
const { describe, isPlainObject, isInherited } = require('./kinds.cjs');
const { hintForName } = require('./option-names.cjs');

/** Longer lists are a mistake; the bound keeps a hostile `length` from costing time. */
const MAX_LIST_LENGTH = 10_000;
/**
 * Options that only ever restrict. One that is there and `undefined` is no option left out: it is a
 * variable that is not set, and the check would be lost in silence.
 */
const RESTRICTIONS = Object.freeze(['organizationId', 'permissions', 'roles']);

const NOT_A_NAME =
  'Names of options are words. A module as a whole (`import * as options`) has a symbol of its own: pass `{ ...options }`.';
const AWAIT = 'Await the promise, and pass what it resolves with.';

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
 * @param {string} option or the name of a variable of the environment
 * @param {string} kind words of ours for what was given
 * @param {string} allowed
 * @param {string} [hint]
 */
refuse.kind = (option, kind, allowed, hint) => {
  const isVariable = /^[A-Z_]+$/.test(option);
  const named = isVariable ? `the variable ${option}` : `the option "${option}"`;
  const message = `${named} must be ${allowed}, not ${kind}`;
  if (hint !== undefined) return refuse(message, hint);
  if (isVariable) return refuse(message, `Correct ${option} in the environment.`);
  return refuse(message, kind === 'a promise' ? AWAIT : undefined);
};

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
  ownEntries(path, object, readers).forEach(({ key, value }) => {
    if (typeof key === 'symbol' || !Object.hasOwn(readers, key))
      throw unknownOption(path, key, readers);
    if (value !== undefined || RESTRICTIONS.includes(key)) record[key] = readers[key](value);
  });
  return record;
}

/**
 * @param {string} path
 * @param {any} object
 * @param {object} readers
 * @returns {{ key: string | symbol, value: unknown }[]}
 */
function ownEntries(path, object, readers) {
  if (typeof object !== 'object' || object === null || isArray(object)) {
    throw refuse.value(path, object, 'an object');
  }
  let keys;
  try {
    keys = Reflect.ownKeys(object);
    refuseInherited(path, object, keys, readers);
  } catch (error) {
    if (error instanceof WorkosTokenError) throw error;
    throw refuse(`the properties of "${path}" could not be listed`);
  }
  return keys.map((key) => ({ key, value: readMember(`${path}.${String(key)}`, object, key) }));
}

/**
 * Checks that would be lost in silence: options that a class or a prototype holds, and things that
 * hold none of their own because they are something else, such as a promise or a map. A proxy of a
 * plain object is taken for one, unless it has or knows of more options than it lists.
 *
 * @param {string} path
 * @param {any} object
 * @param {(string | symbol)[]} keys those that it lists
 * @param {object} readers
 */
function refuseInherited(path, object, keys, readers) {
  const isPlain = isPlainObject(object);
  const isProxy = types.isProxy(object);
  if (isPlain && !isProxy) return;
  const isLost = (/** @type {string} */ name) =>
    isInherited(object, name) || (isProxy && !keys.includes(name) && Object.hasOwn(object, name));
  const lost = Object.keys(readers).find(isLost);
  if (lost !== undefined) {
    const how = Object.hasOwn(object, lost) ? 'is not listed' : 'is inherited';
    throw refuse(
      `the option "${placeOf(path)}${lost}" ${how}, and only own properties count`,
      'Pass a plain object: `{ ...defaults, ...more }` copies what another object holds itself; what a class or a prototype holds must be named.',
    );
  }
  if (!isPlain) throw refuse.value(path, object, 'a plain object');
}

/** @param {string} path */
function placeOf(path) {
  return path === 'options' ? '' : `${path}.`;
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
 * The same, where a member that is inherited would be lost in silence.
 *
 * @param {string} path
 * @param {any} object
 * @param {string} name
 */
function readOwnMemberOnly(path, object, name) {
  let inherited;
  try {
    inherited = isInherited(object, name);
  } catch {
    throw refuse(`the option "${path}" could not be read`);
  }
  if (!inherited) return readOwnMember(path, object, name);
  throw refuse(
    `the option "${path}" holds something that inherits "${name}", and only own properties count`,
    'Pass plain objects, as `JSON.parse` gives them.',
  );
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
  return Object.hasOwn(object, name) || isInherited(object, name);
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
    throw refuse.kind(option, 'a list of invalid length', allowed);
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
 * @returns {value is any[]}
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
 * @param {string | symbol} key
 * @param {object} readers
 */
function unknownOption(path, key, readers) {
  const name = typeof key === 'symbol' ? '' : key;
  const isShown = /^\w{1,40}$/.test(name);
  const shown = isShown ? `"${placeOf(path)}${name}"` : `of another form in "${path}"`;
  const hint = isShown ? hintForName(name, Object.keys(readers), path) : NOT_A_NAME;
  return refuse(`there is no option ${shown}`, hint);
}

module.exports = {
  refuse,
  describe,
  readRecord,
  readMember,
  readOwnMember,
  readOwnMemberOnly,
  memberOf,
  readArray,
  isArray,
};
