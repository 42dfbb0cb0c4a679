// The `Authorization` header of what is passed as a request. Whatever can't have one for its form is
// the developer's mistake: taken for a request without credentials, it would let people through if
// `optional` allows that, and lock everybody out otherwise.

import { describe, isPlainObject } from '../options/kinds.ts';
import { isArray, memberOf } from '../options/readers.ts';
import { refuse } from '../options/refuse.ts';

const { types } = process.getBuiltinModule('node:util');

const NAME = 'authorization';

/** Where a framework's request keeps Node's: Fastify `raw`, Koa `req`. */
const NODE_REQUESTS = Object.freeze(['raw', 'req']);

/** The kinds of objects whose form says nothing. */
const OF_ANY_FORM = Object.freeze(['an object', 'an instance of a class']);

type Members = Record<string, unknown>;

/**
 * Each value that the header was sent with. The request is Node's, Fetch's, or anything else with
 * its headers.
 */
export function authorizationsOf(request: unknown): string[] {
  const headers = headersOf(request);
  if (hasGetter(headers)) return fromGetter(headers);
  // Node keeps the first of two and drops the other in silence.
  const node = nodeRequestOf(Object(request));
  const sent = sentValues(node);
  return sent.length > 1 ? sent : fromProperty(headers as Members, node !== undefined);
}

function hasGetter(headers: object): headers is { get(name: string): unknown } {
  return typeof memberOf(headers, 'get') === 'function';
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
function fromGetter(headers: { get(name: string): unknown }): string[] {
  // Next 15 gives promises the methods of headers.
  if (types.isPromise(headers) || types.isMap(headers)) throw refuseHeaders(describe(headers));
  const value = headers.get('authorization') ?? undefined;
  if (typeof value === 'string') return [value];
  if (value !== undefined) throw refuseHeaders(`something whose values are ${describe(value)}`);
  // Describing them takes long: only if it decides.
  const kind = describe(headers);
  if (kind === 'a Headers object') return [];
  if (!OF_ANY_FORM.includes(kind)) throw refuseHeaders(kind);
  if (headers.get('Authorization') == null) return [];
  throw refuseHeaders('something that tells "Authorization" from "authorization"');
}

/** Its own alone: one that a polluted prototype holds would be everybody's. */
function fromProperty(headers: Members, isNode: boolean): string[] {
  const isThere = Object.hasOwn(headers, 'authorization');
  if (!isThere || Object.hasOwn(headers, 'Authorization')) requireNodeNames(headers, isNode);
  if (!isThere) return [];
  const value = headers.authorization;
  if (value == null) return [];
  const values = isArray(value) ? value : [value];
  if (isArrayOfObjects(value)) throw refuseEvent();
  if (values.every((one) => typeof one === 'string')) return values;
  const odd = values.find((one) => typeof one !== 'string');
  throw refuseHeaders(`an object whose "authorization" is ${describe(odd)}`);
}

/**
 * Node writes every name in lower case. Only of an object that does so is a name that is not
 * there absent.
 */
function requireNodeNames(headers: Members, isNode: boolean): void {
  // Each runtime has objects of its own there, and a middleware may add names in any letters.
  const kind = describe(headers);
  if (isNode ? !OF_ANY_FORM.includes(kind) : !isPlainObject(headers)) throw refuseHeaders(kind);
  const names = Object.keys(headers);
  if (names.some((name) => (isNode ? isOtherSpelling(name) : /[A-Z]/.test(name)))) {
    throw refuseHeaders(
      'an object with names in capital letters',
      'Write the names in lower case, as Node does, or pass `{ headers: new Headers(...) }`.',
    );
  }
  if (names.some((name) => isArrayOfObjects(headers[name]))) throw refuseEvent();
}

function isOtherSpelling(name: string): boolean {
  return name !== 'authorization' && name.toLowerCase() === 'authorization';
}

function isArrayOfObjects(value: unknown): boolean {
  return isArray(value) && value.some((one) => typeof one === 'object' && one !== null);
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
function sentValues(node: NodeRequest | undefined): string[] {
  const rawHeaders = node?.rawHeaders ?? [];
  const values: string[] = [];
  for (let index = 1; index < rawHeaders.length; index += 2) {
    const name = String(rawHeaders[index - 1]);
    if (name.length === NAME.length && name.toLowerCase() === NAME)
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
