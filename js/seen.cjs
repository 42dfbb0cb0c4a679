'use strict';

const { isProxy } = process.getBuiltinModule('node:util').types;
const { readMember } = require('./reading.cjs');
const { recordReads } = require('./environment.cjs');

/** How many different options are remembered. */
const MAX_SEEN = 100;
/** Longer lists are read the long way. */
const MAX_LIST_LENGTH = 32;

/** @typedef {{ native: string, https: boolean, now: () => number }} Read */
/** @typedef {{ result: Read, environment: [string, string | undefined][] }} Seen */

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
  /** @type {Map<string, Seen>} */
  const seen = new Map();
  return (options) => {
    if (!isPlain(options)) return read(options);
    const { copy, key } = snapshotOf(options);
    if (key === undefined) return read(copy);
    const known = seen.get(key);
    if (known?.environment.every(([name, value]) => process.env[name] === value)) {
      return { ...known.result, now: copy.now === undefined ? systemNow : readNow(copy.now) };
    }
    const fresh = recordReads(() => read(copy));
    seen.set(key, fresh);
    if (seen.size > MAX_SEEN) seen.delete(/** @type {string} */ (seen.keys().next().value));
    return fresh.result;
  };
}

/**
 * Anything else is read the long way, which says what is wrong with it.
 *
 * @param {unknown} value
 * @returns {value is object}
 */
function isPlain(value) {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * A copy of the own properties, each read once, and a text that two options have in common only if
 * they are the same; `undefined` where a value is more than a primitive, a list of strings, or an
 * object of primitives.
 *
 * @param {object} options
 */
function snapshotOf(options) {
  const copy = Object.create(null);
  /** @type {string | undefined} */
  let key = '';
  for (const name of Reflect.ownKeys(options)) {
    const value = readMember(String(name), options, name);
    const part = partOf(value);
    copy[name] = part.copy;
    // The time is another at each call: it is read anew, and would crowd out all else.
    const content = name === 'now' ? ';' : part.content;
    // Lengths keep one value from being read as two.
    if (typeof name === 'symbol' || content === undefined) key = undefined;
    else if (key !== undefined) key += `${name.length}:${name}${content}`;
  }
  return { copy, key };
}

/** @param {any} value */
function partOf(value) {
  const members = membersOf(value);
  if (members === undefined) return { copy: value, content: primitiveContent(value) };
  let content = Array.isArray(value) ? '[' : '{';
  for (const [name, member] of members)
    content += `${name.length}:${name}${primitiveContent(member)}`;
  const entries = /** @type {[string, unknown][]} */ (members);
  const copy = Array.isArray(value) ? entries.map(([, member]) => member) : bareCopy(entries);
  return { copy, content: `${content};` };
}

/**
 * The members of a list of strings or an object of primitives, found without calling a getter.
 *
 * @param {any} value
 * @returns {[string, unknown][] | undefined}
 */
function membersOf(value) {
  if (typeof value !== 'object' || value === null || isProxy(value)) return undefined;
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value)) return undefined;
  if (isList && value.length > MAX_LIST_LENGTH) return undefined;
  const members = [];
  for (const name of isList ? value.keys() : Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, name);
    if (typeof name === 'symbol' || !descriptor || !('value' in descriptor)) return undefined;
    const member = descriptor.value;
    if (isList ? typeof member !== 'string' : primitiveContent(member) === undefined)
      return undefined;
    members.push(/** @type {[string, unknown]} */ ([String(name), member]));
  }
  return members;
}

/** @param {[string, unknown][]} entries */
function bareCopy(entries) {
  const copy = Object.create(null);
  for (const [name, value] of entries) copy[name] = value;
  return copy;
}

/** @param {any} value */
function primitiveContent(value) {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (typeof value === 'number') return `n${value};`;
  if (value === null || value === undefined || typeof value === 'boolean') return `${value};`;
  return undefined;
}

module.exports = { rememberOptions };
