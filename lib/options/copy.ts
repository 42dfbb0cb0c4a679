// Options as a copy of their content, which can be compared: own property by own property, each read
// once.

import { unreadable } from './readers.ts';

const { isProxy } = process.getBuiltinModule('node:util').types;
const { getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf } = Object;

/** Longer arrays and larger objects, which take long to copy and to compare, are read the long way. */
const MAX_MEMBERS = 32;
/** As deep as options nest: an array in a key in the array of a key set. */
const MAX_DEPTH = 4;
/** How much of each end of a text is hashed: longer ones, such as keys, differ there too. */
const HASHED_CHARACTERS = 64;

export function isPlain(value: unknown): value is Record<PropertyKey, unknown> {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false;
  const prototype = getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The content of an object, in two arrays: these are quick to make and to compare. */
export class Copy {
  readonly names: readonly PropertyKey[];
  readonly values: readonly unknown[];

  constructor(names: readonly PropertyKey[], values: readonly unknown[]) {
    this.names = names;
    this.values = values;
  }

  /** Without a prototype, on which others could put something. */
  toObject({ now, cookiePassword }: Apart = NOTHING_APART): object {
    const object = Object.create(null);
    for (let index = 0; index < this.names.length; index += 1)
      object[this.names[index]] = original(this.values[index]);
    if (now !== undefined) object.now = now;
    if (cookiePassword !== undefined) object.cookiePassword = cookiePassword;
    return object;
  }
}

/** What is not part of the content: the time differs from call to call, and passwords are not kept. */
export interface Apart {
  readonly now?: unknown;
  readonly cookiePassword?: unknown;
}

export const NOTHING_APART: Apart = Object.freeze({ now: undefined, cookiePassword: undefined });

/** The own properties of an object, each read once, with their values as they are. */
export interface Members {
  readonly names: readonly PropertyKey[];
  readonly values: readonly unknown[];
}

export function membersOf(object: Record<PropertyKey, unknown>): {
  names: PropertyKey[];
  values: unknown[];
} {
  const names = namesOf(object);
  const values: unknown[] = [];
  let index = 0;
  try {
    for (; index < names.length; index += 1) values[index] = object[names[index]];
  } catch {
    throw unreadable(String(names[index]));
  }
  return { names, values };
}

/** Without a prototype, on which others could put something. */
export function objectOf({ names, values }: Members): object {
  const object = Object.create(null);
  for (let index = 0; index < names.length; index += 1) object[names[index]] = values[index];
  return object;
}

/** By identity: what is in a value may differ. */
export function haveSameMembers(left: Members, right: Members): boolean {
  return areIdentical(left.names, right.names) && areIdentical(left.values, right.values);
}

export function areIdentical(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1)
    if (left[index] !== right[index]) return false;
  return true;
}

/** Of options that are not given. */
const NOTHING = new Copy([], []);

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

/** What is noticed while options are copied. */
interface Notes {
  /** Whether the copy says all: what is not plain data could change without being noticed. */
  isWhole: boolean;
}

/** Reads each own property once. */
export function copyOf(
  options: Record<PropertyKey, unknown> | undefined,
): Notes & { copy: Copy; apart: Apart } {
  if (options === undefined) return { copy: NOTHING, apart: NOTHING_APART, isWhole: true };
  const { names, values } = membersOf(options);
  const notes = { isWhole: true };
  let apart = NOTHING_APART;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    if (name === 'now' || name === 'cookiePassword') {
      apart = withMember(apart, name, values[index]);
      values[index] = undefined;
    } else if (typeof values[index] !== 'string' || typeof names[index] === 'symbol') {
      values[index] = copyOfValue(names[index], values[index], MAX_DEPTH, notes);
    }
  }
  return { copy: new Copy(names, values), apart, isWhole: notes.isWhole };
}

function withMember(apart: Apart, name: keyof Apart, value: unknown): Apart {
  const { now, cookiePassword } = apart;
  return name === 'now' ? { now: value, cookiePassword } : { now, cookiePassword: value };
}

/** Together as quick as can be: `Reflect.ownKeys` takes twice as long. */
function namesOf(object: object): PropertyKey[] {
  const names = getOwnPropertyNames(object);
  const symbols = getOwnPropertySymbols(object);
  return symbols.length === 0 ? names : [...names, ...symbols];
}

/** A symbol is no name of an option, and is refused. */
function copyOfValue(name: PropertyKey, value: unknown, depth: number, notes: Notes): unknown {
  if (typeof name === 'symbol') notes.isWhole = false;
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
    copy[index] = copyOfValue(index, member.value, depth - 1, notes);
  }
  return copy;
}

function copyOfObject(object: object, depth: number, notes: Notes): Copy | undefined {
  if (!isPlain(object)) return undefined;
  const names = namesOf(object);
  if (names.length > MAX_MEMBERS) return undefined;
  const values: unknown[] = [];
  for (let index = 0; index < names.length; index += 1) {
    const member = memberOf(object, names[index]);
    if (member === undefined) return undefined;
    values[index] = copyOfValue(names[index], member.value, depth - 1, notes);
  }
  return new Copy(names, values);
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

export function isSame(left: Copy, right: Copy): boolean {
  return haveSameItems(left.names, right.names) && haveSameItems(left.values, right.values);
}

/** Texts are the most, and mostly the very same. */
function haveSameItems(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1)
    if (left[index] !== right[index] && !isSameObject(left[index], right[index])) return false;
  return true;
}

function isSameObject(left: unknown, right: unknown): boolean {
  if (left instanceof Copy) return right instanceof Copy && isSame(left, right);
  return Array.isArray(left) && Array.isArray(right) && haveSameItems(left, right);
}

/**
 * The same for the same content, and rarely for another: those that have it in common take each other's
 * place.
 */
export function hashOf(copied: unknown, start: number): number {
  if (typeof copied === 'string') return hashOfText(copied, start);
  if (copied instanceof Copy) return hashOf(copied.values, hashOf(copied.names, start));
  // `undefined`, `null` and `false` hash alike: these tell few options apart.
  if (!Array.isArray(copied)) return (Math.imul(start, 31) + (Number(copied) || 0)) | 0;
  let hash = (Math.imul(start, 31) + copied.length) | 0;
  for (let index = 0; index < copied.length; index += 1) hash = hashOf(copied[index], hash);
  return hash;
}

function hashOfText(text: string, start: number): number {
  const { length } = text;
  let hash = (Math.imul(start, 31) + length) | 0;
  for (let index = 0; index < length; index += 1) {
    if (index === HASHED_CHARACTERS)
      index = Math.max(HASHED_CHARACTERS, length - HASHED_CHARACTERS);
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  }
  return hash;
}
