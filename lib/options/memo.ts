// Options that were checked before are not checked again. They are recognized by their content, own
// property by own property, each read once, and by what the environment says now. So a changed
// object is not recognized, and a new one with the same content is.

import { type Reading, recordReads, variable } from './environment.ts';
import { readMember } from './readers.ts';

const { isProxy } = process.getBuiltinModule('node:util').types;

/** How many different options are remembered: more than a program has, fewer than an attacker could fill. */
const MAX_REMEMBERED = 100;
/** Longer arrays and larger objects, which take long to copy and to compare, are read the long way. */
const MAX_MEMBERS = 32;
/** As deep as options nest: an array in a key in the array of a key set. */
const MAX_DEPTH = 4;

/** What verifying needs of options. */
export interface CheckedOptions {
  /** What the native side reads. */
  json: string;
  /** The same for the tokens of sealed sessions. */
  sessionJson: string;
  /** Whether keys come over TLS, from their server or through a proxy. */
  https: boolean;
  /** Unix seconds. */
  now: () => number;
  /** Never remembered. `undefined` if none are given. */
  cookiePasswords: readonly string[] | undefined;
}

interface Memory {
  copy: Copy;
  hash: number;
  json: string;
  sessionJson: string;
  https: boolean;
  environment: Reading[];
}

/** What is read apart from the rest: the time differs from call to call, and passwords are not kept. */
interface Apart {
  now?: unknown;
  cookiePassword?: unknown;
}

/** What is noticed while options are copied. */
interface Notes {
  /** Whether the copy says all: what is not plain data could change without being noticed. */
  isWhole: boolean;
  hash: number;
}

export function rememberOptions(
  check: (options: unknown) => CheckedOptions,
  readApart: (apart: Apart) => Pick<CheckedOptions, 'now' | 'cookiePasswords'>,
): (options: unknown) => CheckedOptions {
  /** The last used comes first. */
  const memories: Memory[] = [];

  function remember(copy: Copy, hash: number, apart: Apart): CheckedOptions {
    const { result, environment } = recordReads(() => check(copy.toObject(apart)));
    const { json, sessionJson, https } = result;
    memories.unshift({ copy, hash, json, sessionJson, https, environment });
    if (memories.length > MAX_REMEMBERED) memories.pop();
    return result;
  }

  return (options) => {
    // Anything else is read the long way, which says what is wrong with it.
    if (!isPlain(options)) return check(options);
    const { copy, apart, isWhole, hash } = copyOf(options);
    if (!isWhole) return check(copy.toObject(apart));
    const index = memories.findIndex(
      (memory) => memory.hash === hash && isSame(memory.copy, copy) && isCurrent(memory),
    );
    if (index < 0) return remember(copy, hash, apart);
    if (index > 0) memories.unshift(memories.splice(index, 1)[0]);
    const { json, sessionJson, https } = memories[0];
    const { now, cookiePasswords } = readApart(apart);
    return { json, sessionJson, https, now, cookiePasswords };
  };
}

function isPlain(value: unknown): value is Record<PropertyKey, unknown> {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The own properties of an object, in two arrays: these are quick to make and to compare. */
class Copy {
  readonly names: PropertyKey[] = [];
  readonly values: unknown[] = [];

  /** Without a prototype, on which others could put something. */
  toObject({ now, cookiePassword }: Apart = {}): object {
    const object = Object.create(null);
    for (let index = 0; index < this.names.length; index += 1)
      object[this.names[index]] = original(this.values[index]);
    if (now !== undefined) object.now = now;
    if (cookiePassword !== undefined) object.cookiePassword = cookiePassword;
    return object;
  }
}

/** Something that could change without being noticed: it is handed on as it is. */
class Opaque {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

function original(copied: unknown): unknown {
  if (copied instanceof Copy) return copied.toObject();
  if (copied instanceof Opaque) return copied.value;
  return Array.isArray(copied) ? copied.map(original) : copied;
}

/** Reads each own property once. */
function copyOf(options: Record<PropertyKey, unknown>): Notes & { copy: Copy; apart: Apart } {
  const copy = new Copy();
  const apart: Apart = { now: undefined, cookiePassword: undefined };
  const notes: Notes = { isWhole: true, hash: 0 };
  const names = Reflect.ownKeys(options);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    const value = readMember(String(name), options, name);
    if (name === 'now' || name === 'cookiePassword') apart[name] = value;
    else add(copy, name, copyOfValue(value, MAX_DEPTH, notes), notes);
  }
  return { copy, apart, ...notes };
}

function add(copy: Copy, name: PropertyKey, copied: unknown, notes: Notes): void {
  copy.names.push(name);
  copy.values.push(copied);
  if (typeof name === 'symbol') notes.isWhole = false;
}

function copyOfValue(value: unknown, depth: number, notes: Notes): unknown {
  if (typeof value === 'string') {
    // Few texts have the length and the last character in common, and only those are compared whole.
    notes.hash = (notes.hash * 31 + value.length + value.charCodeAt(value.length - 1)) | 0;
    return value;
  }
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject && typeof value !== 'function' && typeof value !== 'symbol') return value;
  if (isObject && depth > 0 && !isProxy(value)) {
    const copy = Array.isArray(value)
      ? copyOfArray(value, depth, notes)
      : copyOfObject(value, depth, notes);
    if (copy !== undefined) return copy;
  }
  notes.isWhole = false;
  return new Opaque(value);
}

function copyOfArray(array: unknown[], depth: number, notes: Notes): unknown[] | undefined {
  if (array.length > MAX_MEMBERS) return undefined;
  const copy: unknown[] = [];
  for (let index = 0; index < array.length; index += 1) {
    const member = memberOf(array, index);
    if (member === undefined) return undefined;
    copy.push(copyOfValue(member.value, depth - 1, notes));
  }
  return copy;
}

function copyOfObject(object: object, depth: number, notes: Notes): Copy | undefined {
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
 * A hole is not filled from a prototype. A getter that throws is met again the long way, which says
 * where it is.
 */
function memberOf(holder: object, name: PropertyKey): { value: unknown } | undefined {
  try {
    const isOwn = Object.hasOwn(holder, name);
    return { value: isOwn ? (holder as Record<PropertyKey, unknown>)[name] : undefined };
  } catch {
    return undefined;
  }
}

function isSame(left: unknown, right: unknown): boolean {
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

function isCurrent({ environment }: Memory): boolean {
  return environment.every((reading) => variable(reading[0]) === reading[1]);
}
