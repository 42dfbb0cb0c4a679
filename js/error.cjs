'use strict';

/** So that `instanceof` holds across every copy of this file that a program loads. */
const BRAND = Symbol.for('verify-workos-token.error');

/** The HTTP status of a code (RFC 6750, section 3.1); 401 where it is not listed. */
/** @type {Record<string, number>} */
const STATUSES = Object.assign(Object.create(null), {
  FORBIDDEN_ORGANIZATION: 403,
  MISSING_PERMISSION: 403,
  IMPERSONATION_DENIED: 403,
  JWKS_FETCH_FAILED: 503,
  INVALID_OPTIONS: 500,
});

/**
 * The `error` of an answer's body, by status.
 *
 * @type {Record<number, string>}
 */
const BODY_ERRORS = Object.freeze({
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
  500: 'server_error',
  503: 'temporarily_unavailable',
});

/** The challenge to a request that brought no credentials, and the `error` of its body. */
const BARE_CHALLENGE = 'Bearer';
const NO_CREDENTIALS = 'unauthorized';

/**
 * Why a token was refused. The public description is in index.d.cts.
 */
class WorkosTokenError extends Error {
  /** @param {import('./binding').RefusalRecord} refusal */
  constructor(refusal) {
    // Own properties alone: what is absent here must not be found on a polluted prototype.
    const record = { __proto__: null, ...refusal };
    super(record.message, record.cause && { cause: fetchError(record.cause) });
    const status = record.credentials === 'malformed' ? 400 : (STATUSES[record.code] ?? 401);
    this.code = record.code;
    this.hint = record.hint;
    this.status = status;
    this.statusCode = status;
    this.headers = headers(status, record);
    // Frameworks show the message of an exposed error to the client; an answer says no more of a
    // token or of the configuration than its code.
    this.expose = false;
    this.retryable = record.retryAfterSeconds !== undefined;
    if (record.claim !== undefined) this.claim = record.claim;
    if (record.reason !== undefined) this.reason = record.reason;
    if (record.retryAfterSeconds !== undefined) this.retryAfterSeconds = record.retryAfterSeconds;
    hide(this, 'expected', record.expected);
    hide(this, 'actual', record.actual);
    hide(this, 'claims', record.claims);
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    if (this !== WorkosTokenError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
  }

  /** The answer that a Fetch handler gives when it lets this error through. */
  getResponse() {
    const { status, headers, body } = answerOf(this);
    return new Response(body, bare({ status, headers: bare(headers) }));
  }
}

define(WorkosTokenError.prototype, 'name', 'WorkosTokenError');
Object.defineProperty(WorkosTokenError.prototype, BRAND, bare({ value: true }));

/**
 * A property that logging does not show, since it holds what a person's token says.
 *
 * @param {WorkosTokenError} error
 * @param {string} name
 * @param {string | undefined} text JSON
 */
function hide(error, name, text) {
  if (text !== undefined) define(error, name, parseFrozen(text));
}

/**
 * A property that is not enumerable.
 *
 * @param {object} object
 * @param {string} name
 * @param {unknown} value
 */
function define(object, name, value) {
  Object.defineProperty(object, name, bare({ value, configurable: true, writable: true }));
}

/**
 * RFC 6750, section 3. A request without credentials learns the scheme alone (section 3.1).
 *
 * @param {number} status
 * @param {Partial<import('./binding').RefusalRecord>} record
 * @returns {Record<string, string>}
 */
function headers(status, { retryAfterSeconds, credentials }) {
  if (status === 503)
    return { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds ?? 1))) };
  if (status === 500) return {};
  if (credentials === 'missing') return { 'WWW-Authenticate': BARE_CHALLENGE };
  return { 'WWW-Authenticate': `Bearer error="${BODY_ERRORS[status]}"` };
}

/**
 * The whole answer to a request that an error ends: of the error no more than its code.
 *
 * @param {{ status: number, headers: Readonly<Record<string, string>>, code: string }} error
 * @returns {{ status: number, headers: Record<string, string>, body: string }}
 */
function answerOf({ status, headers, code }) {
  const isBare = bare(headers)['WWW-Authenticate'] === BARE_CHALLENGE;
  const error = isBare ? NO_CREDENTIALS : BODY_ERRORS[status];
  return {
    status,
    headers: { ...headers, 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
    body: JSON.stringify({ error, code }),
  };
}

/**
 * The own members of an object, without a prototype on which others could have put a `get`, a
 * `statusText` or an iterator.
 *
 * @template {object} T
 * @param {T} members
 * @returns {T}
 */
function bare(members) {
  return Object.assign(Object.create(null), members);
}

/** @param {import('./binding').CauseRecord} record */
function fetchError(record) {
  const { code, message, status } = Object.assign(Object.create(null), record);
  return Object.assign(new Error(message), { code }, status !== undefined && { status });
}

/** The first character of a text that holds names and values in turn, and no member name. */
const TAG = '~'.charCodeAt(0);

/**
 * The value of a text from the native side, frozen all the way down: JSON, or, where a member name
 * would be written with an escape, which V8 can misread, tagged arrays.
 *
 * @param {string} text
 */
function parseFrozen(text) {
  const isTagged = text.charCodeAt(0) === TAG;
  return freeze(isTagged ? untagged(JSON.parse(text.slice(1))) : JSON.parse(text));
}

/**
 * `["array", item, ...]` and `["object", name, value, ...]` as what they stand for.
 *
 * @param {any} value
 * @returns {any}
 */
function untagged(value) {
  if (!Array.isArray(value)) return value;
  if (value[0] === 'array') return value.slice(1).map(untagged);
  const object = {};
  for (let index = 1; index < value.length; index += 2) {
    // Defined, not set: one named `__proto__` is a member like any other.
    const member = { value: untagged(value[index + 1]), enumerable: true, configurable: true };
    Object.defineProperty(object, value[index], bare({ ...member, writable: true }));
  }
  return object;
}

/**
 * Recursion is bounded: strict JSON has refused what nests deeper than 32 levels.
 *
 * @param {any} value
 */
function freeze(value) {
  if (typeof value !== 'object' || value === null) return value;
  // No list of the values is made: most are no objects.
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) freeze(value[index]);
  } else {
    const names = Object.keys(value);
    for (let index = 0; index < names.length; index += 1) freeze(value[names[index]]);
  }
  return Object.freeze(value);
}

module.exports = { WorkosTokenError, answerOf, parseFrozen };
