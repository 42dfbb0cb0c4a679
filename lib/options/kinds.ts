// What kind of thing a value is, in words for a message: never the value, which may be a secret.

const { types } = process.getBuiltinModule('node:util');

/** Recognized by what they are inside, which no prototype and no proxy can fake. */
const BRANDS = Object.freeze([
  { isOne: types.isPromise, kind: 'a promise' },
  { isOne: types.isMap, kind: 'a Map' },
  { isOne: types.isSet, kind: 'a Set' },
  { isOne: types.isWeakMap, kind: 'a WeakMap' },
  { isOne: types.isWeakSet, kind: 'a WeakSet' },
  { isOne: types.isDate, kind: 'a Date' },
  { isOne: types.isRegExp, kind: 'a RegExp' },
  { isOne: types.isNativeError, kind: 'an Error' },
  { isOne: types.isStringObject, kind: 'a String object' },
  { isOne: types.isBoxedPrimitive, kind: 'a boxed value' },
  { isOne: types.isArrayBufferView, kind: 'a Buffer or typed array' },
  { isOne: types.isAnyArrayBuffer, kind: 'an ArrayBuffer' },
]);
/** Recognized by their tag, since each realm and each polyfill has classes of its own. */
const TAGGED = Object.freeze({
  Headers: 'a Headers object',
  Request: 'a Request',
  Response: 'a Response',
  URL: 'a URL',
  URLSearchParams: 'a URLSearchParams object',
  FormData: 'a FormData object',
  CryptoKey: 'a CryptoKey',
  KeyObject: 'a KeyObject',
});
/** What every realm's `Object.prototype` has of its own, and an object of options has not. */
const OBJECT_METHODS = Object.freeze([
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
]);

/** A longer chain comes from a proxy that gives a new prototype each time. */
const MAX_PROTOTYPES = 1_000;

/** The kind of thing that a value is. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return describeString(value);
  if (typeof value === 'number') return describeNumber(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  try {
    return describeObject(value);
  } catch {
    return isRevoked(value) ? 'a revoked proxy' : 'an object that cannot be read';
  }
}

function describeString(value: string) {
  if (value === '') return 'an empty string';
  if (hasLoneSurrogate(value)) return 'a string with a lone surrogate';
  return value.trim() === '' ? 'a string of white space' : 'a string';
}

export function describeNumber(
  value: number,
  {
    least = Number.NEGATIVE_INFINITY,
    most = Number.POSITIVE_INFINITY,
    isInteger = false,
  }: { least?: number; most?: number; isInteger?: boolean } = {},
) {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return 'an infinite number';
  if (value < 0 && least >= 0) return 'a negative number';
  if (isInteger && !Number.isInteger(value)) return 'a number that is not an integer';
  if (value < least) return 'a number below that';
  return value > most ? 'a number above that' : 'a number';
}

function describeObject(value: object) {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  const kind = builtInKind(value);
  if (kind !== undefined) return kind;
  if (typeof Reflect.get(value, 'then') === 'function') return 'a promise';
  return isPlainObject(value) ? 'an object' : 'an instance of a class';
}

function builtInKind(value: object): string | undefined {
  const brand = BRANDS.find(({ isOne }) => isOne(value));
  if (brand !== undefined) return brand.kind;
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return Object.hasOwn(TAGGED, tag) ? Reflect.get(TAGGED, tag) : undefined;
}

function isRevoked(value: object) {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

export function hasLoneSurrogate(value: string) {
  return !value.isWellFormed();
}

/** It has no prototype but `Object.prototype`, so that it inherits nothing of anyone's own. */
export function isPlainObject(value: object) {
  if (Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || isObjectPrototype(prototype);
}

/**
 * Whether this is `Object.prototype`, of this realm or of another: a test runner's objects may have
 * one of their own. Having no prototype is not enough: `import * as defaults` and `querystring.parse`
 * give objects without one, and others can inherit from those.
 */
function isObjectPrototype(object: object) {
  if (object === Object.prototype) return true;
  if (types.isProxy(object) || Object.getPrototypeOf(object) !== null) return false;
  return OBJECT_METHODS.every((name) => isOwnMethod(object, name)) && isOfObject(object);
}

function isOwnMethod(object: object, name: string) {
  return Object.hasOwn(object, name) && typeof Reflect.get(object, name) === 'function';
}

/** Its constructor is a realm's `Object`, whose `prototype` can't be set. */
function isOfObject(object: object) {
  if (!isOwnMethod(object, 'constructor')) return false;
  const described = Object.getOwnPropertyDescriptor(
    Reflect.get(object, 'constructor'),
    'prototype',
  );
  return described?.value === object && described.writable === false;
}

/**
 * Whether the object inherits the member from anything but an `Object.prototype`, which anyone may have
 * polluted. A proxy may name a prototype that is not its target's; `in` asks the target, and tells.
 */
export function isInherited(object: object, name: PropertyKey): boolean {
  if (Object.hasOwn(object, name) || !(name in object)) return false;
  const holder = holderOf(object, name);
  return holder === null ? !(name in Object.prototype) : !isObjectPrototype(holder);
}

/** The first object in the chain of prototypes that has a member of this name. */
function holderOf(object: object, name: PropertyKey): object | null {
  let holder = Object.getPrototypeOf(object);
  for (let depth = 0; depth < MAX_PROTOTYPES && holder !== null; depth += 1) {
    if (Object.hasOwn(holder, name)) return holder;
    holder = Object.getPrototypeOf(holder);
  }
  return null;
}
