// The headers of what is passed as a request that say who sent it. Whatever can't have them for its
// form is the developer's mistake: taken for a request without credentials, it would let people through
// if `optional` allows that, and lock everybody out otherwise.

import { describe, isPlainObject } from '../options/kinds.ts';
import { isArray, memberOf } from '../options/readers.ts';
import { refuse } from '../options/refuse.ts';

const { types } = process.getBuiltinModule('node:util');

/** Where a framework's request keeps Node's: Fastify `raw`, Koa `req`. */
const NODE_REQUESTS = Object.freeze(['raw', 'req']);

/** The kinds of objects whose form says nothing. */
const OF_ANY_FORM = Object.freeze(['an object', 'an instance of a class']);

type Members = Record<string, unknown>;

/** The headers that have credentials. */
type Name = 'authorization' | 'cookie';

/** How the names may be written elsewhere. */
const CAPITALIZED: Readonly<Record<Name, string>> = Object.freeze({
  authorization: 'Authorization',
  cookie: 'Cookie',
});

/**
 * Each value that the header was sent with. The request is Node's, Fetch's, or anything else with
 * its headers.
 */
export function authorizationsOf(request: unknown): string[] {
  return valuesOf(request, 'authorization');
}

/** All cookies of a request, in one text. Each header of several goes on with them. */
export function cookiesOf(request: unknown): string {
  return valuesOf(request, 'cookie').join('; ');
}

function valuesOf(request: unknown, name: Name): string[] {
  const headers = headersOf(request);
  if (hasGetter(headers)) return fromGetter(headers, name);
  // Node keeps the first of two and drops the other in silence.
  const node = nodeRequestOf(Object(request));
  const sent = sentValues(node, name);
  return sent.length > 1 ? sent : fromProperty(headers as Members, name, node !== undefined);
}

function hasGetter(headers: object): headers is { get(name: string): unknown } {
  return typeof memberOf(headers, 'get') === 'function';
}

/**
 * Another header of a request that has credentials. Of one that was sent twice this is what the
 * framework has: both, with a comma between them, or the first.
 */
export function headerOf(request: unknown, name: string): string | undefined {
  const headers = headersOf(request);
  const value = hasGetter(headers) ? headers.get(name) : ownValue(headers, name);
  return typeof value === 'string' ? value : undefined;
}

/** Its own alone, like that of `Authorization`. */
function ownValue(headers: object, name: string): unknown {
  if (!Object.hasOwn(headers, name)) {
    refuseOtherSpelling(headers, name);
    return undefined;
  }
  const value = (headers as Members)[name];
  return isArray(value) ? value.join(', ') : value;
}

/** The headers. A request without them is a mistake. */
export function headersOf(request: unknown): object {
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

function hintForRequest(request: unknown): string {
  const kind = describe(request);
  if (kind === 'a promise') return 'Await the promise, and pass the request.';
  if (kind === 'a Headers object') return 'Pass an object with the headers in it: `{ headers }`.';
  return 'Pass the request as the framework hands it over, or `{ headers }` with its headers.';
}

/**
 * Headers of Fetch look names up in any case. What does not is a map: a name in other letters would
 * be missed.
 */
function fromGetter(headers: { get(name: string): unknown }, name: Name): string[] {
  // Next 15 gives promises the methods of headers.
  if (types.isPromise(headers) || types.isMap(headers)) throw refuseHeaders(describe(headers));
  const value = headers.get(name) ?? undefined;
  if (typeof value === 'string') return [value];
  if (value !== undefined) throw refuseHeaders(`something whose values are ${describe(value)}`);
  // Describing them takes long: only if it decides.
  const kind = describe(headers);
  if (kind === 'a Headers object') return [];
  if (!OF_ANY_FORM.includes(kind)) throw refuseHeaders(kind);
  if (headers.get(CAPITALIZED[name]) == null) return [];
  throw refuseHeaders(`something that tells "${CAPITALIZED[name]}" from "${name}"`);
}

/** Its own alone: one that a polluted prototype holds would be everybody's. */
function fromProperty(headers: Members, name: Name, isNode: boolean): string[] {
  const isThere = Object.hasOwn(headers, name);
  if (!isThere || Object.hasOwn(headers, CAPITALIZED[name]))
    requireNodeNames(headers, name, isNode);
  if (!isThere) return [];
  const value = headers[name];
  if (value == null) return [];
  const values = isArray(value) ? value : [value];
  if (isArrayOfObjects(value)) throw refuseEvent();
  if (values.every((one) => typeof one === 'string')) return values;
  const odd = values.find((one) => typeof one !== 'string');
  throw refuseHeaders(`an object whose "${name}" is ${describe(odd)}`);
}

/**
 * Node writes every name in lower case. Only of an object that does so is a name that is not
 * there absent.
 */
function requireNodeNames(headers: Members, name: Name, isNode: boolean): void {
  // Each runtime has objects of its own there, and a middleware may add names in any letters.
  const kind = describe(headers);
  if (isNode ? !OF_ANY_FORM.includes(kind) : !isPlainObject(headers)) throw refuseHeaders(kind);
  const names = Object.keys(headers);
  if (names.some((given) => (isNode ? isOtherSpelling(given, name) : /[A-Z]/.test(given))))
    throw refuseCapitals();
  if (names.some((given) => isArrayOfObjects(headers[given]))) throw refuseEvent();
}

/** One that is there in other letters is not absent: it may say that another site sent the request. */
function refuseOtherSpelling(headers: object, name: string): void {
  if (Object.keys(headers).some((given) => isOtherSpelling(given, name))) throw refuseCapitals();
}

function isOtherSpelling(given: string, name: string): boolean {
  return given !== name && given.toLowerCase() === name;
}

function isArrayOfObjects(value: unknown): boolean {
  return isArray(value) && value.some((one) => typeof one === 'object' && one !== null);
}

function refuseCapitals(): Error {
  return refuseHeaders(
    'an object with names in capital letters',
    'Write the names in lower case, as Node does, or pass `{ headers: new Headers(...) }`.',
  );
}

function refuseEvent(): Error {
  return refuseHeaders(
    'an object whose values are objects',
    'These look like the headers of a CloudFront event. Pass `{ headers: { authorization } }` with the text of that header.',
  );
}

function refuseHeaders(kind: string, hint = 'Pass the headers of a Fetch or Node request.'): Error {
  const awaited = 'Await them: `{ headers: await headers() }`.';
  return refuse(
    `the headers of a request are needed, not ${kind}`,
    kind === 'a promise' ? awaited : hint,
  );
}

/** Names and values take turns. The length tells most names apart. */
function sentValues(node: NodeRequest | undefined, name: Name): string[] {
  const rawHeaders = node?.rawHeaders ?? [];
  const values: string[] = [];
  for (let index = 1; index < rawHeaders.length; index += 2) {
    const sent = String(rawHeaders[index - 1]);
    if (sent.length === name.length && sent.toLowerCase() === name)
      values.push(String(rawHeaders[index]));
  }
  return values;
}

interface NodeRequest {
  rawHeaders: unknown[];
}

function nodeRequestOf(request: object): NodeRequest | undefined {
  if (isNodeRequest(request)) return request;
  const name = NODE_REQUESTS.find((name) => isNodeRequest(memberOf(request, name)));
  return name === undefined ? undefined : (memberOf(request, name) as NodeRequest);
}

function isNodeRequest(value: unknown): value is NodeRequest {
  return (
    typeof value === 'object' && value !== null && Array.isArray(memberOf(value, 'rawHeaders'))
  );
}
