/** RFC 6749, section 3.3: printable ASCII, but no space, no quote and no backslash. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Whether it is one scope, with nothing that would end a quoted string in a header. */
export function isScopeToken(value: unknown): boolean {
  return typeof value === 'string' && SCOPE_TOKEN.test(value);
}
