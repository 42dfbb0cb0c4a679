// The metadata of a protected resource (RFC 9728), and the responses that have it. All of it comes from
// the options: a request's `Host` header, which anyone can write, plays no part.

import type { ServerResponse } from 'node:http';
import type { McpResourceMetadata } from '../../entries/mcp.cjs';
import { bare } from '../bare.ts';
import { memberOf } from '../options/readers.ts';
import { refuse } from '../options/refuse.ts';
import { metadataUrlOf } from './challenge.ts';
import type { McpOptions } from './mcp-options.ts';

/** Long enough to spare requests, short enough that a change gets around. */
const CACHE = 'public, max-age=300';
const METHODS = 'GET, HEAD, OPTIONS';
/** Nothing in it is secret, and clients in browsers need it before they have a token. */
const SHARED = Object.freeze({ 'Access-Control-Allow-Origin': '*', 'Cache-Control': CACHE });
const DOCUMENT = Object.freeze({ ...SHARED, 'Content-Type': 'application/json' });
const PREFLIGHT = Object.freeze({
  ...SHARED,
  'Access-Control-Allow-Methods': METHODS,
  'Access-Control-Allow-Headers': '*',
});
const NOT_ALLOWED = Object.freeze({ Allow: METHODS, 'Access-Control-Allow-Origin': '*' });

interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | null;
}

export function createMetadata(options: McpOptions, authorizationServers: readonly string[]) {
  const { verification, scopesSupported, resourceName, resourceDocumentation } = options;
  const metadata: McpResourceMetadata = Object.freeze({
    resource: verification.resource,
    authorization_servers: Object.freeze(authorizationServers),
    bearer_methods_supported: Object.freeze(['header'] as const),
    ...(scopesSupported && { scopes_supported: Object.freeze(scopesSupported.slice()) }),
    ...(resourceName !== undefined && { resource_name: resourceName }),
    ...(resourceDocumentation !== undefined && { resource_documentation: resourceDocumentation }),
  });
  const metadataUrl = metadataUrlOf(verification.resource);
  const paths = pathsOf(metadataUrl);
  const document = JSON.stringify(metadata);

  function answer(method: unknown, path: string): Answer | undefined {
    if (!paths.includes(path)) return undefined;
    if (method === 'GET') return { status: 200, headers: DOCUMENT, body: document };
    if (method === 'HEAD') return { status: 200, headers: DOCUMENT, body: null };
    if (method === 'OPTIONS') return { status: 204, headers: PREFLIGHT, body: null };
    return { status: 405, headers: NOT_ALLOWED, body: null };
  }

  function metadataResponse(request: unknown): Response | undefined {
    const { method, target } = partsOf(request, 'url');
    const found = answer(method, pathOf(target));
    if (found === undefined) return undefined;
    const { status, headers, body } = found;
    return new Response(body, bare({ status, headers: bare(headers) }));
  }

  /** Middleware: where Express has taken a part off the path, the whole one is in `originalUrl`. */
  function handle(request: object, response: ServerResponse, next: () => void): void {
    const whole = memberOf(request, 'originalUrl');
    const { method, target } = partsOf(request, typeof whole === 'string' ? 'originalUrl' : 'url');
    const found = answer(method, pathOf(target));
    if (found === undefined) next();
    else write(response, found);
  }

  return { metadata, metadataUrl, metadataResponse, handle };
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  Object.keys(headers).forEach((name) => {
    response.setHeader(name, headers[name]);
  });
  response.end(body ?? undefined);
}

/** Clients that look for the metadata leave out the slash at the end of a path, and try the root's. */
function pathsOf(metadataUrl: string): string[] {
  const { pathname } = new URL(metadataUrl);
  const [root] = /^\/[^/]+\/[^/]+/.exec(pathname) ?? [];
  return [pathname, pathname.replace(/\/$/, ''), root ?? pathname];
}

function partsOf(request: unknown, name: string): { method: unknown; target: string } {
  const target = memberOf(Object(request), name);
  if (typeof target === 'string') return { method: memberOf(Object(request), 'method'), target };
  throw refuse(
    'a request with a URL is needed',
    'Pass the request as the framework hands it over.',
  );
}

/** A path that begins with two slashes is one of this server, not another's URL. */
function pathOf(target: string): string {
  if (!target.startsWith('/')) return URL.canParse(target) ? new URL(target).pathname : '';
  return target.split('?', 1)[0];
}
