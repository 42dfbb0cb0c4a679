import { bare } from './bare.ts';

/** The first character of a text that holds names and values in turn, and no member name. */
const TAG = '~'.charCodeAt(0);

/**
 * The value of a text from the native side, deep-frozen: JSON, or tagged arrays if a member name
 * would be written with an escape, which V8 can misread.
 */
export function parseFrozen(text: string): unknown {
  const isTagged = text.charCodeAt(0) === TAG;
  return freeze(isTagged ? untagged(JSON.parse(text.slice(1))) : JSON.parse(text));
}

/** Turns `["array", item, ...]` and `["object", name, value, ...]` into what they describe. */
function untagged(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  if (value[0] === 'array') return value.slice(1).map(untagged);
  const object = {};
  for (let index = 1; index < value.length; index += 2) {
    // Defined, not set: a member named `__proto__` is a member like any other.
    const member = { value: untagged(value[index + 1]), enumerable: true, configurable: true };
    Object.defineProperty(object, value[index], bare({ ...member, writable: true }));
  }
  return object;
}

/** The recursion is bounded: strict JSON refuses more than 32 levels. */
function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) freeze(value[index]);
  } else {
    freezeMembers(value as Record<string, unknown>);
  }
  return Object.freeze(value);
}

/** No array of the values is made: most are no objects. */
function freezeMembers(object: Record<string, unknown>): void {
  const names = Object.keys(object);
  for (let index = 0; index < names.length; index += 1) freeze(object[names[index]]);
}
