'use strict';

const { isProxy } = process.getBuiltinModule('node:util').types;
const { readMember } = require('./reading.cjs');
const { recordReads } = require('./environment.cjs');

/** How many different options are remembered. */
const MAX_SEEN = 100;
/** Longer lists and larger objects are read the long way. */
const MAX_MEMBERS = 32;
/** As deep as options nest: a list in a key in the list of a key set. */
const MAX_DEPTH = 4;

/** @typedef {{ native: string, https: boolean, now: () => number }} Read */
/** @typedef {{ copy: Copy, result: Read, environment: [string, string | undefined][] }} Seen */

/**
 * Reads options without checking again what was seen before. Options are recognised by their
 * content, own property by own property, each read once, and by what the environment says now; so a
 * changed object is not recognised, and a new one of the same content is.
 *
 * @param {(options: unknown) => Read} read
 * @param {(now: unknown) => () => number} readNow
 * @param {() => number} systemNow
 * @returns {(options: unknown) => Read}
 */
function rememberOptions(read, readNow, systemNow) {
  /** @type {Seen[]} the last used first */
  const seen = [];
  return (options) => {
    if (!isPlain(options)) return read(options);
    const { copy, now, isWhole } = copyOf(options);
    if (!isWhole) return read(copy.toObject(now));
    const index = seen.findIndex((known) => isSame(known.copy, copy) && isCurrent(known));
    if (index < 0) {
      const fresh = recordReads(() => read(copy.toObject(now)));
      seen.unshift({ copy, ...fresh });
      if (seen.length > MAX_SEEN) seen.pop();
      return fresh.result;
    }
    if (index > 0) seen.unshift(...seen.splice(index, 1));
    const { native, https } = seen[0].result;
    return { native, https, now: now === undefined ? systemNow : readNow(now) };
  };
}

/**
 * Anything else is read the long way, which says what is wrong with it.
 *
 * @param {unknown} value
 * @returns {value is Record<PropertyKey, unknown>}
 */
function isPlain(value) {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The own properties of an object, in two lists: these are quick to make and to compare. */
class Copy {
  /** @type {PropertyKey[]} */
  names = [];
  /** @type {unknown[]} */
  values = [];

  /**
   * Without a prototype, on which others could put something.
   *
   * @param {unknown} [now]
   */
  toObject(now) {
    const object = Object.create(null);
    for (let index = 0; index < this.names.length; index += 1)
      object[this.names[index]] = original(this.values[index]);
    if (now !== undefined) object.now = now;
    return object;
  }
}

/** Something that could change without this being seen: it is handed on as it is. */
class Opaque {
  /** @param {unknown} value */
  constructor(value) {
    this.value = value;
  }
}

/**
 * @param {unknown} copied
 * @returns {unknown}
 */
function original(copied) {
  if (copied instanceof Copy) return copied.toObject();
  if (copied instanceof Opaque) return copied.value;
  return Array.isArray(copied) ? copied.map(original) : copied;
}

/**
 * Reads each own property once. The time is apart: it is another at each call.
 *
 * @param {Record<PropertyKey, unknown>} options
 */
function copyOf(options) {
  const copy = new Copy();
  let now;
  let isWhole = true;
  for (const name of Reflect.ownKeys(options)) {
    const value = readMember(String(name), options, name);
    if (name === 'now') {
      now = value;
      continue;
    }
    const copied = copyOfValue(value, MAX_DEPTH);
    isWhole &&= typeof name === 'string' && !isOpaque(copied);
    copy.names.push(name);
    copy.values.push(copied);
  }
  return { copy, now, isWhole };
}

/**
 * @param {any} value
 * @param {number} depth
 * @returns {unknown} opaque where anything in it is
 */
function copyOfValue(value, depth) {
  if (typeof value === 'function' || typeof value === 'symbol') return new Opaque(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0 || isProxy(value)) return new Opaque(value);
  const copy = Array.isArray(value) ? copyOfList(value, depth) : copyOfObject(value, depth);
  return copy ?? new Opaque(value);
}

/**
 * @param {unknown[]} list
 * @param {number} depth
 */
function copyOfList(list, depth) {
  if (list.length > MAX_MEMBERS) return undefined;
  const copy = [];
  for (let index = 0; index < list.length; index += 1) {
    // A hole is not filled from a prototype.
    if (!Object.hasOwn(list, index)) return undefined;
    const copied = copyOfMember(list, index, depth);
    if (isOpaque(copied)) return undefined;
    copy.push(copied);
  }
  return copy;
}

/**
 * @param {object} object
 * @param {number} depth
 */
function copyOfObject(object, depth) {
  if (!isPlain(object)) return undefined;
  const copy = new Copy();
  const names = Reflect.ownKeys(object);
  if (names.length > MAX_MEMBERS) return undefined;
  for (const name of names) {
    const copied = copyOfMember(object, name, depth);
    if (typeof name === 'symbol' || isOpaque(copied)) return undefined;
    copy.names.push(name);
    copy.values.push(copied);
  }
  return copy;
}

/**
 * A getter that throws is met again the long way, which says where it is.
 *
 * @param {any} holder
 * @param {PropertyKey} name
 * @param {number} depth
 */
function copyOfMember(holder, name, depth) {
  try {
    return copyOfValue(holder[name], depth - 1);
  } catch {
    return new Opaque(undefined);
  }
}

/** @param {unknown} copied */
function isOpaque(copied) {
  return copied instanceof Opaque;
}

/**
 * @param {unknown} left
 * @param {unknown} right
 * @returns {boolean}
 */
function isSame(left, right) {
  if (left === right) return true;
  if (left instanceof Copy)
    return (
      right instanceof Copy && isSame(left.names, right.names) && isSame(left.values, right.values)
    );
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1)
    if (!isSame(left[index], right[index])) return false;
  return true;
}

/** @param {Seen} known */
function isCurrent({ environment }) {
  return environment.every(([name, value]) => process.env[name] === value);
}

module.exports = { rememberOptions };
