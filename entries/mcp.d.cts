import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedClaims, WorkosCustomClaims, WorkosTokenOptions } from '../index.cjs';
import type { WorkosAuth } from './adapters.cjs';
import type { WithHeaders, WithNodeHeaders } from './web.cjs';

export type { WithHeaders, WithNodeHeaders, WorkosAuth };

/** Options of {@link createMcpResource}, along with those of `verifyWorkosToken`. */
export interface McpResourceOptions
  extends Omit<WorkosTokenOptions, 'profile' | 'resource' | 'cookiePassword'> {
  /** What kind of token is accepted: always one of WorkOS Connect. */
  readonly profile?: 'connect' | undefined;
  /**
   * This server's URL, as clients call it and as it is registered in the WorkOS dashboard: the `aud` of
   * the tokens (RFC 8707). Only ASCII. The URL of the metadata derives from it, and never from a
   * request's `Host` header.
   */
  readonly resource: string;
  /**
   * `iss` must equal one of these, byte for byte. Default: the issuer of the AuthKit domain. Without
   * `authkitDomain` they are also the metadata's `authorization_servers`, whatever
   * `WORKOS_AUTHKIT_DOMAIN` says, and must be http or https URLs without query and fragment (RFC 8414,
   * section 2).
   */
  readonly issuer?: string | readonly string[] | undefined;
  /**
   * All scopes that clients may ask for, for the metadata. Default: `scopes`. Scopes that only some
   * tools need belong here, and not in `scopes`, which every request needs.
   */
  readonly scopesSupported?: readonly string[] | undefined;
  /** The name of this server for people, on one line. Default: none. */
  readonly resourceName?: string | undefined;
  /** The URL of a page for developers. Default: none. */
  readonly resourceDocumentation?: string | URL | undefined;
}

/** The metadata of a protected resource (RFC 9728, section 2). */
export interface McpResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly scopes_supported?: readonly string[];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
}

/**
 * Who sent a request, as the MCP TypeScript SDK hands it to tools (`AuthInfo`): `extra.authInfo` in 1.x,
 * `ctx.http.authInfo` in 2.x. A new object for each request.
 */
export type McpAuthInfo<Custom extends object = WorkosCustomClaims> = {
  /** The access token. */
  token: string;
  /** The application that the token was issued to: the claim `client_id`, which may be a URL. */
  clientId: string;
  /** The granted scopes: the claim `scope`. */
  scopes: string[];
  /** When the token expires, in Unix seconds. */
  expiresAt: number;
  /** The resource. */
  resource: URL;
  /** The token's claims, frozen. */
  extra: { claims: VerifiedClaims<Custom> };
};

/** What {@link createMcpResource} returns. Its methods need no `this`. */
export interface McpResource {
  /** The metadata document, frozen. */
  readonly metadata: McpResourceMetadata;
  /** Where clients find it: the well-known URL of the resource (RFC 9728, section 3.1). */
  readonly metadataUrl: string;
  /**
   * The response to a request for the metadata, at the path of `metadataUrl` or at
   * `/.well-known/oauth-protected-resource`: to GET, HEAD, and OPTIONS, for scripts of all origins;
   * 405 for other methods. `undefined` for every other path, whatever the host.
   */
  metadataResponse(this: void, request: Request): Response | undefined;
  /**
   * Verifies the bearer token of a request of Fetch or Node.
   *
   * Rejects with a `WorkosTokenError`, whose `getResponse()` and `headers` tell clients how to get a
   * token: 401 without a token or with a bad one, 403 without the scopes, each with
   * `resource_metadata` and `scope`; 400 for a malformed header; 503 with `Retry-After` when the keys
   * are unavailable.
   */
  authenticate<Custom extends object = WorkosCustomClaims>(
    this: void,
    request: WithHeaders | WithNodeHeaders,
  ): Promise<McpAuthInfo<Custom>>;
  /**
   * Lets only requests with a valid token reach a handler of Fetch or a route handler of Next, which
   * finds it in `request.auth`. Refused requests get the response of `authenticate`, and so does a
   * `WorkosTokenError` that the handler throws. `INVALID_OPTIONS` is rethrown. A handler for
   * `NextRequest` says what it is given: `NextRequest & { auth: McpAuthInfo }`.
   */
  withToken<Custom extends object = WorkosCustomClaims, Others extends unknown[] = []>(
    this: void,
    handler: (
      request: Request & { auth: McpAuthInfo<Custom> },
      ...others: Others
    ) => Response | Promise<Response>,
  ): (request: Request, ...others: Others) => Promise<Response>;
  withToken<Req extends Request, Others extends unknown[] = []>(
    this: void,
    handler: (request: Req, ...others: Others) => Response | Promise<Response>,
  ): (request: Omit<Req, 'auth'>, ...others: Others) => Promise<Response>;
  /**
   * The same as middleware for Express 4 and 5, and everything that calls `(req, res, next)`. Sets
   * `req.auth` and `req.workos = { claims, token }`.
   */
  requireToken(
    this: void,
  ): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => Promise<void>;
  /** Middleware that serves the metadata, and calls `next()` for every other path. */
  metadataHandler(
    this: void,
  ): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
}

/**
 * An MCP server, or any other OAuth protected resource, that accepts WorkOS Connect tokens. Options and
 * environment are read once.
 *
 * @throws {WorkosTokenError} with `INVALID_OPTIONS`, at once.
 *
 * @example
 * const mcp = createMcpResource({
 *   authkitDomain: 'acme.authkit.app',
 *   resource: 'https://mcp.acme.com/mcp',
 *   scopes: ['notes:read'],
 * });
 * app.use(mcp.metadataHandler());
 * app.post('/mcp', mcp.requireToken(), (req, res) => transport.handleRequest(req, res));
 */
export declare function createMcpResource(options: McpResourceOptions): McpResource;
