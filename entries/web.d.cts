import type { WorkosCustomClaims } from '../index.cjs';
import type {
  MaybeToken,
  WithWorkosEntries,
  WorkosAdapterOptions,
  WorkosAuth,
  WorkosCredentials,
} from './adapters.cjs';

export type { MaybeToken, WithWorkosEntries, WorkosAdapterOptions, WorkosAuth, WorkosCredentials };

/** A Fetch `Request`, or anything else with its headers, as Next's `{ headers: await headers() }`. */
export interface WithHeaders {
  readonly headers: { get(name: string): string | null };
}

/** A request of Node's, or anything else with its headers: their names are in lower case. */
export interface WithNodeHeaders {
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

/**
 * Verifies the bearer token of a request.
 *
 * Rejects with a `WorkosTokenError`, whose `getResponse()` is the response by RFC 6750: 401 for no
 * token or a bad one, 400 for a malformed `Authorization` header or two credentials, 403, 503.
 * Resolves with `null` for a request without credentials, if `optional` is `true`. Headers that are
 * neither Fetch's nor Node's (a promise of them, an array, names in capital letters) are
 * `INVALID_OPTIONS`, never taken for a request without credentials.
 *
 * @example
 * export async function loader({ request }: { request: Request }) {
 *   try {
 *     const { claims } = await authenticateRequest(request);
 *     return Response.json({ user: claims.sub });
 *   } catch (error) {
 *     return errorToResponse(error);
 *   }
 * }
 */
export declare function authenticateRequest<
  Custom extends object = WorkosCustomClaims,
  Req extends WithHeaders | WithNodeHeaders = never,
>(
  request: Req,
  options?: WorkosAdapterOptions<Req, false> | WithWorkosEntries<WorkosAdapterOptions<Req, false>>,
): Promise<WorkosAuth<Custom>>;
export declare function authenticateRequest<
  Custom extends object = WorkosCustomClaims,
  Req extends WithHeaders | WithNodeHeaders = never,
>(
  request: Req,
  options: WorkosAdapterOptions<Req> | WithWorkosEntries<WorkosAdapterOptions<Req>>,
): Promise<WorkosAuth<Custom> | null>;

// With `Custom` given, TypeScript infers no other type: the request is a `Request`, or `getToken` says
// what it is.
export declare function authenticateRequest<Custom extends object>(
  request: Request,
  options?:
    | WorkosAdapterOptions<Request, false>
    | WithWorkosEntries<WorkosAdapterOptions<Request, false>>,
): Promise<WorkosAuth<Custom>>;
export declare function authenticateRequest<Custom extends object>(
  request: Request,
  options: WorkosAdapterOptions<Request> | WithWorkosEntries<WorkosAdapterOptions<Request>>,
): Promise<WorkosAuth<Custom> | null>;
export declare function authenticateRequest<Custom extends object>(
  request: WithHeaders | WithNodeHeaders,
  options?:
    | WorkosAdapterOptions<AnyRequest, false>
    | WithWorkosEntries<WorkosAdapterOptions<AnyRequest, false>>,
): Promise<WorkosAuth<Custom>>;
export declare function authenticateRequest<Custom extends object>(
  request: WithHeaders | WithNodeHeaders,
  options: WorkosAdapterOptions<AnyRequest> | WithWorkosEntries<WorkosAdapterOptions<AnyRequest>>,
): Promise<WorkosAuth<Custom> | null>;

// biome-ignore lint/suspicious/noExplicitAny: what `getToken` takes the request for.
type AnyRequest = any;

/**
 * The response to a request that was refused. Anything but a `WorkosTokenError` is rethrown.
 */
export declare function errorToResponse(error: unknown): Response;
