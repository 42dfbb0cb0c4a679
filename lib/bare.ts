/**
 * The own members of an object, without a prototype on which others could have put a `get`, a
 * `statusText` or an iterator.
 */
export function bare<T extends object>(members: T): T {
  return Object.assign(Object.create(null), members);
}
