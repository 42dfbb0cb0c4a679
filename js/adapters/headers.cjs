'use strict';

// The `Authorization` header of what stands for a request. Whatever can't have one for its form is a
// mistake of the developer's: taken for a request without credentials it would let people through
// where `optional` allows that, and lock everybody out elsewhere.

const { types } = process.getBuiltinModule('node:util');
const { memberOf, isArray, refuse, describe } = require('../reading.cjs');
const { isPlainObject } = require('../kinds.cjs');

/** Where a framework's request keeps Node's: Fastify `raw`, Koa `req`. */
const NODE_REQUESTS = Object.freeze(['raw', 'req']);

/** The kinds of objects whose form says nothing. */
const OF_ANY_FORM = Object.freeze(['an object', 'an instance of a class']);

/** @typedef {{ headers: any, rawHeaders?: unknown, raw?: unknown, req?: unknown }} AnyRequest */

/**
 * Each value that the header was sent with.
 *
 * @param {AnyRequest} request of Node, or of Fetch, or anything else with its headers
 * @returns {string[]}
 */
function authorizationsOf(request) {
  const headers = headersOf(request);
  if (typeof memberOf(headers, 'get') === 'function') return fromGetter(headers);
  // Node keeps the first of two and drops the other in silence.
  const sent = sentValues(request);
  return sent.length > 1 ? sent : fromProperty(headers, request);
}

/**
 * The headers; a mistake where there are none.
 *
 * @param {any} request
 * @returns {any}
 */
function headersOf(request) {
  const isObject = typeof request === 'object' && request !== null;
  const headers = isObject ? memberOf(request, 'headers') : undefined;
  if (headers === undefined)
    throw refuse(
      `a request with headers is needed, not ${describe(request)}`,
      hintForRequest(request),
    );
  if (typeof headers === 'object' && headers !== null && !isArray(headers)) return headers;
  throw refuseHeaders(describe(headers));
}

/** @param {unknown} request */
function hintForRequest(request) {
  const kind = describe(request);
  if (kind === 'a promise') return 'Await the promise, and pass the request.';
  if (kind === 'a Headers object') return 'Pass an object with the headers in it: `{ headers }`.';
  return 'Pass the request as the framework hands it over, or `{ headers }` with its headers.';
}

/**
 * Headers of Fetch look names up in any case. What does not is a map: a name in other letters would
 * be missed.
 *
 * @param {any} headers
 * @returns {string[]}
 */
function fromGetter(headers) {
  // Next 15 gives promises the methods of headers.
  if (types.isPromise(headers) || types.isMap(headers)) throw refuseHeaders(describe(headers));
  const value = headers.get('authorization') ?? undefined;
  if (typeof value === 'string') return [value];
  if (value !== undefined) throw refuseHeaders(`something whose values are ${describe(value)}`);
  // To describe them takes long: only where it decides.
  const kind = describe(headers);
  if (kind === 'a Headers object') return [];
  if (!OF_ANY_FORM.includes(kind)) throw refuseHeaders(kind);
  if (headers.get('Authorization') == null) return [];
  throw refuseHeaders('something that tells "Authorization" from "authorization"');
}

/**
 * Its own alone: one that a polluted prototype holds would be everybody's.
 *
 * @param {any} headers
 * @param {AnyRequest} request
 * @returns {string[]}
 */
function fromProperty(headers, request) {
  const isThere = Object.hasOwn(headers, 'authorization');
  if (!isThere || Object.hasOwn(headers, 'Authorization')) requireNodeNames(headers, request);
  if (!isThere) return [];
  const value = headers.authorization;
  if (value == null) return [];
  const values = isArray(value) ? value : [value];
  if (isListOfObjects(value)) throw refuseEvent();
  const odd = values.findIndex((/** @type {unknown} */ one) => typeof one !== 'string');
  if (odd === -1) return values;
  throw refuseHeaders(`an object whose "authorization" is ${describe(values[odd])}`);
}

/**
 * Node writes every name in small letters. Only of an object that does so is a name that is not
 * there absent.
 *
 * @param {any} headers
 * @param {AnyRequest} request
 */
function requireNodeNames(headers, request) {
  // Each runtime has objects of its own there, and a middleware may add names in any letters.
  const isNode = nodeRequestOf(request) !== undefined;
  const kind = describe(headers);
  if (isNode ? !OF_ANY_FORM.includes(kind) : !isPlainObject(headers)) throw refuseHeaders(kind);
  const names = Object.keys(headers);
  if (names.some((name) => (isNode ? isOtherSpelling(name) : /[A-Z]/.test(name)))) {
    throw refuseHeaders(
      'an object with names in capital letters',
      'Write the names in small letters, as Node does, or pass `{ headers: new Headers(...) }`.',
    );
  }
  if (names.some((name) => isListOfObjects(headers[name]))) throw refuseEvent();
}

/** @param {string} name */
function isOtherSpelling(name) {
  return name !== 'authorization' && name.toLowerCase() === 'authorization';
}

/** @param {unknown} value */
function isListOfObjects(value) {
  return isArray(value) && value.some((one) => typeof one === 'object' && one !== null);
}

function refuseEvent() {
  return refuseHeaders(
    'an object whose values are objects',
    'These look like the headers of a CloudFront event. Pass `{ headers: { authorization } }` with the text of that header.',
  );
}

/**
 * @param {string} kind
 * @param {string} [hint]
 */
function refuseHeaders(kind, hint = 'Pass the headers of a Fetch or Node request.') {
  const awaited = 'Await them: `{ headers: await headers() }`.';
  return refuse(
    `the headers of a request are needed, not ${kind}`,
    kind === 'a promise' ? awaited : hint,
  );
}

/**
 * @param {AnyRequest} request
 * @returns {string[]}
 */
function sentValues(request) {
  const rawHeaders = nodeRequestOf(request)?.rawHeaders ?? [];
  return rawHeaders
    .filter(
      (_, index) =>
        index % 2 === 1 && String(rawHeaders[index - 1]).toLowerCase() === 'authorization',
    )
    .map(String);
}

/**
 * @param {any} request
 * @returns {{ rawHeaders: unknown[] } | undefined}
 */
function nodeRequestOf(request) {
  if (Array.isArray(memberOf(request, 'rawHeaders'))) return request;
  const name = NODE_REQUESTS.find((name) => {
    const inner = memberOf(request, name);
    return (
      typeof inner === 'object' && inner !== null && Array.isArray(memberOf(inner, 'rawHeaders'))
    );
  });
  return name && memberOf(request, name);
}

module.exports = { authorizationsOf, headersOf };
