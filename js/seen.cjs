'use strict';

const { isProxy } = process.getBuiltinModule('node:util').types;
const { readMember } = require('./reading.cjs');
const { recordReads, variable } = require('./environment.cjs');

/** How many different options are remembered: more than a program has, less than an attacker could fill. */
const MAX_SEEN = 100;
/** Longer lists and larger objects, which to copy and compare takes long, are read the long way. */
const MAX_MEMBERS = 32;
/** As deep as options nest: a list in a key in the list of a key set. */
const MAX_DEPTH = 4;

/** @typedef {{ native: string, https: boolean, now: () => number }} Read */
/** @typedef {{ copy: Copy, print: number, native: string, https: boolean, environment: [string, string | undefined][] }} Seen */
/** @typedef {{ isWhole: boolean, print: number }} Notes */

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
    const { copy, now, isWhole, print } = copyOf(options);
    if (!isWhole) return read(copy.toObject(now));
    const index = seen.findIndex(
      (known) => known.print === print && isSame(known.copy, copy) && isCurrent(known),
    );
    if (index < 0) {
      const { result, environment } = recordReads(() => read(copy.toObject(now)));
      const { native, https } = result;
      seen.unshift({ copy, print, native, https, environment });
      if (seen.length > MAX_SEEN) seen.pop();
      return result;
    }
    if (index > 0) seen.unshift(seen.splice(index, 1)[0]);
    const { native, https } = seen[0];
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
  const notes = { isWhole: true, print: 0 };
  const names = Reflect.ownKeys(options);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    const value = readMember(String(name), options, name);
    if (name === 'now') now = value;
    else add(copy, name, copyOfValue(value, MAX_DEPTH, notes), notes);
  }
  return { copy, now, ...notes };
}

/**
 * @param {Copy} copy
 * @param {PropertyKey} name
 * @param {unknown} copied
 * @param {Notes} notes
 */
function add(copy, name, copied, notes) {
  copy.names.push(name);
  copy.values.push(copied);
  if (typeof name === 'symbol') notes.isWhole = false;
}

/**
 * @param {any} value
 * @param {number} depth
 * @param {Notes} notes
 * @returns {unknown}
 */
function copyOfValue(value, depth, notes) {
  if (typeof value === 'string') {
    // Few have both in common, and only those are compared whole.
    notes.print = (notes.print * 31 + value.length + value.charCodeAt(value.length - 1)) | 0;
    return value;
  }
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject && typeof value !== 'function' && typeof value !== 'symbol') return value;
  if (isObject && depth > 0 && !isProxy(value)) {
    const copy = Array.isArray(value)
      ? copyOfList(value, depth, notes)
      : copyOfObject(value, depth, notes);
    if (copy !== undefined) return copy;
  }
  notes.isWhole = false;
  return new Opaque(value);
}

/**
 * @param {unknown[]} list
 * @param {number} depth
 * @param {Notes} notes
 */
function copyOfList(list, depth, notes) {
  if (list.length > MAX_MEMBERS) return undefined;
  const copy = [];
  for (let index = 0; index < list.length; index += 1) {
    const member = memberOf(list, index);
    if (member === undefined) return undefined;
    copy.push(copyOfValue(member.value, depth - 1, notes));
  }
  return copy;
}

/**
 * @param {object} object
 * @param {number} depth
 * @param {Notes} notes
 */
function copyOfObject(object, depth, notes) {
  if (!isPlain(object)) return undefined;
  const names = Reflect.ownKeys(object);
  if (names.length > MAX_MEMBERS) return undefined;
  const copy = new Copy();
  for (let index = 0; index < names.length; index += 1) {
    const member = memberOf(object, names[index]);
    if (member === undefined) return undefined;
    add(copy, names[index], copyOfValue(member.value, depth - 1, notes), notes);
  }
  return copy;
}

/**
 * A hole is not filled from a prototype, and a getter that throws is met again the long way, which
 * says where it is.
 *
 * @param {any} holder
 * @param {PropertyKey} name
 */
function memberOf(holder, name) {
  try {
    return Object.hasOwn(holder, name) ? { value: holder[name] } : { value: undefined };
  } catch {
    return undefined;
  }
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
  return environment.every((read) => variable(read[0]) === read[1]);
}

module.exports = { rememberOptions };
