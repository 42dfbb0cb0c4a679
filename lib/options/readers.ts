import { hintOf } from '../causes.ts';
import { refuse, refuseKind, refuseValue } from './refuse.ts';
import { WorkosTokenError } from '../error.ts';
import { isInherited, isPlainObject } from './kinds.ts';
import { hintForName } from './names.ts';

const { types } = process.getBuiltinModule('node:util');

/** Longer arrays are a mistake; the bound keeps a hostile `length` from costing time. */
const MAX_ARRAY_LENGTH = 10_000;
/**
 * Options that only ever restrict. One that is there and `undefined` is no option left out: it is a
 * variable that is not set, and the check would be lost in silence.
 */
const RESTRICTIONS = Object.freeze([
  'organizationId',
  'permissions',
  'roles',
  'entitlements',
  'featureFlags',
  'maxAuthAgeSeconds',
  'scopes',
  'subjects',
  'entries',
]);

/** How each option is read: from its value, once, to a copy of it. */
export type Readers = Readonly<Record<string, (value: unknown) => unknown>>;
/** The options that were passed, each read. */
export type Options<R extends Readers> = { [Name in keyof R]?: ReturnType<R[Name]> };
type Members = Record<PropertyKey, unknown>;

/**
 * Reads the own properties of an object, each once, and hands each value to its reader. Inherited
 * properties do not count: a polluted prototype changes nothing.
 */
export function readRecord<R extends Readers>(
  path: string,
  object: unknown,
  readers: R,
): Options<R> {
  const record = Object.create(null);
  ownEntries(path, object, readers).forEach(({ key, value }) => {
    if (typeof key === 'symbol' || !Object.hasOwn(readers, key))
      throw unknownOption(path, key, readers);
    if (value !== undefined || RESTRICTIONS.includes(key)) record[key] = readers[key](value);
  });
  return record;
}

function ownEntries(
  path: string,
  object: unknown,
  readers: object,
): { key: string | symbol; value: unknown }[] {
  if (typeof object !== 'object' || object === null || isArray(object)) {
    throw refuseValue(path, object, 'an object');
  }
  let keys: (string | symbol)[];
  try {
    keys = Reflect.ownKeys(object);
    refuseLost(path, object, keys, readers);
  } catch (error) {
    if (error instanceof WorkosTokenError) throw error;
    throw refuse(`the properties of "${path}" could not be listed`);
  }
  return keys.map((key) => ({ key, value: readMember(`${path}.${String(key)}`, object, key) }));
}

/**
 * Refuses what would turn a check off in silence: options that a class or a prototype holds, and values
 * that hold no options because they are something else, such as a promise or a map. A proxy of a plain
 * object is accepted, unless it has or knows more options than it lists as its `keys`.
 */
function refuseLost(
  path: string,
  object: object,
  keys: (string | symbol)[],
  readers: object,
): void {
  const isPlain = isPlainObject(object);
  const isProxy = types.isProxy(object);
  if (isPlain && !isProxy) return;
  const isLost = (name: string) =>
    isInherited(object, name) || (isProxy && !keys.includes(name) && Object.hasOwn(object, name));
  const lost = Object.keys(readers).find(isLost);
  if (lost !== undefined) {
    const how = Object.hasOwn(object, lost) ? 'is not listed' : 'is inherited';
    throw refuse(
      `the option "${placeOf(path)}${lost}" ${how}, and only own properties count`,
      hintOf('inherited-option'),
    );
  }
  if (!isPlain) throw refuseValue(path, object, 'a plain object');
}

function placeOf(path: string): string {
  return path === 'options' ? '' : `${path}.`;
}

/**
 * A getter or a proxy may throw, and what it throws is not repeated. An inherited property counts only
 * on request, and never one of `Object.prototype`, which anyone may have polluted.
 */
export function readMember(
  path: string,
  object: object,
  name: PropertyKey,
  { inherited = false }: { inherited?: boolean } = {},
): unknown {
  try {
    return inherited && !isDeclared(object, name) ? undefined : (object as Members)[name];
  } catch {
    throw unreadable(path.replace(/^options\./, ''));
  }
}

export function unreadable(option: string): Error {
  return refuse(`the option "${option}" could not be read`);
}

function readOwnMember(path: string, object: object, name: PropertyKey): unknown {
  let own: boolean;
  try {
    own = Object.hasOwn(object, name);
  } catch {
    throw refuse(`the option "${path}" could not be read`);
  }
  return own ? readMember(path, object, name) : undefined;
}

/** For members that must not be lost in silence: one that is inherited is a mistake. */
export function readOwnMemberOnly(path: string, object: object, name: string): unknown {
  let inherited: boolean;
  try {
    inherited = isInherited(object, name);
  } catch {
    throw refuse(`the option "${path}" could not be read`);
  }
  if (!inherited) return readOwnMember(path, object, name);
  throw refuse(
    `the option "${path}" holds something that inherits "${name}", and only own properties count`,
    hintOf('inherited-member'),
  );
}

/** A member of anything, unless it is `Object.prototype`'s: anyone may have polluted that. */
export function memberOf(object: object, name: PropertyKey): unknown {
  const isForeign = name in Object.prototype && !isDeclared(object, name);
  return isForeign ? undefined : (object as Members)[name];
}

/** Whether the object has the property itself, or from a class of its own. */
function isDeclared(object: object, name: PropertyKey): boolean {
  return Object.hasOwn(object, name) || isInherited(object, name);
}

/** A copy of an array, each element read once. */
export function readArray(option: string, value: unknown, allowed: string): unknown[] {
  if (!isArray(value)) throw refuseValue(option, value, allowed);
  const length = readMember(option, value, 'length');
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0)
    throw refuseKind(option, 'an array of invalid length', allowed);
  if (length > MAX_ARRAY_LENGTH) {
    throw refuse(`the option "${option}" holds more than ${MAX_ARRAY_LENGTH} elements`);
  }
  const copy: unknown[] = [];
  // By index: an iterator could be anyone's. A hole is not filled from a prototype.
  for (let index = 0; index < length; index += 1) {
    copy.push(readOwnMember(option, value, index));
  }
  return copy;
}

export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function unknownOption(path: string, key: string | symbol, readers: object): Error {
  const name = typeof key === 'symbol' ? '' : key;
  const isShown = /^\w{1,40}$/.test(name);
  const shown = isShown ? `"${placeOf(path)}${name}"` : `of another form in "${path}"`;
  const hint = isShown
    ? hintForName(name, Object.keys(readers), path)
    : hintOf('module-as-options');
  return refuse(`there is no option ${shown}`, hint);
}
