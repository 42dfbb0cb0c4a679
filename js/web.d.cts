import type { MaybeToken, WorkosAdapterOptions, WorkosAuth } from './adapters/types.cjs';

export type { MaybeToken, WorkosAdapterOptions, WorkosAuth };

/** A Fetch `Request`, or anything else with its headers, as Next's `{ headers: await headers() }`. */
export interface WithHeaders {
  readonly headers: { get(name: string): string | null };
}

/**
 * Verifies the bearer token of a request.
 *
 * Rejects with a `WorkosTokenError`, whose `getResponse()` is the answer by RFC 6750: 401 for no
 * token or a bad one, 400 for a malformed `Authorization` header or two credentials, 403, 503.
 * Resolves with `null` for a request without credentials, if `optional` is `true`. Headers that are
 * neither Fetch's nor Node's (a promise of them, an array, names in capital letters) are
 * `INVALID_OPTIONS`, never taken for a request without credentials.
 *
 * @example
 * export async function loader({ request }) {
 *   try {
 *     const { claims } = await authenticateRequest(request);
 *     return Response.json({ user: claims.sub });
 *   } catch (error) {
 *     return errorToResponse(error);
 *   }
 * }
 */
export declare function authenticateRequest<
  Custom extends object = {},
  Req extends WithHeaders = WithHeaders,
>(request: Req, options?: WorkosAdapterOptions<Req, false>): Promise<WorkosAuth<Custom>>;
export declare function authenticateRequest<
  Custom extends object = {},
  Req extends WithHeaders = WithHeaders,
>(request: Req, options: WorkosAdapterOptions<Req>): Promise<WorkosAuth<Custom> | null>;

/**
 * The answer to a request that was refused. Anything but a `WorkosTokenError` is thrown on.
 */
export declare function errorToResponse(error: unknown): Response;
