import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkosCustomClaims, WorkosTokenError } from '../index.cjs';
import type {
  MaybeToken,
  NoWorkosAuth,
  WithWorkosEntries,
  WorkosAdapterOptions,
  WorkosAuth,
  WorkosCredentials,
} from './adapters.cjs';

export type {
  MaybeToken,
  NoWorkosAuth,
  WithWorkosEntries,
  WorkosAdapterOptions,
  WorkosAuth,
  WorkosCredentials,
};

/** The context of a route whose handler does not name its own. */
export interface AnyRouteContext {
  readonly params: Promise<Record<string, string | string[] | undefined>>;
}

/** What a handler receives. If `optional` is `true`, both are `null` without credentials. */
export type RouteAuth<Custom extends object, Optional extends boolean> = Optional extends false
  ? WorkosAuth<Custom>
  : WorkosAuth<Custom> | NoWorkosAuth;

/** The options of a route handler of the App Router. */
export interface WithWorkosTokenOptions<Req, Optional extends boolean = boolean>
  extends WorkosAdapterOptions<Req, Optional> {
  /** Responds in place of the response by RFC 6750. */
  readonly onError?:
    | ((error: WorkosTokenError, request: Req) => Response | Promise<Response>)
    | undefined;
}

/**
 * What `withWorkosToken` makes. A handler that names its route's parameters must be given them; of
 * any other, Next's own check reads the last signature.
 */
export type WorkosRouteHandler<Req, Context> = AnyRouteContext extends Context
  ? {
      (request: Req): Promise<Response>;
      (request: Req, context: Context): Promise<Response>;
    }
  : (request: Req, context: Context) => Promise<Response>;

/** The options of a Pages API route. */
export interface WithWorkosTokenPagesOptions<Req, Res, Optional extends boolean = boolean>
  extends WorkosAdapterOptions<Req, Optional> {
  /** Responds in place of the response by RFC 6750. */
  readonly onError?: ((error: WorkosTokenError, req: Req, res: Res) => unknown) | undefined;
}

/**
 * Lets only requests with a valid token reach a route handler of the App Router.
 *
 * The handler receives `{ claims, token }` as its third argument, and in its second along with the
 * route's context. A request that is refused is answered by RFC 6750; so is a
 * `WorkosTokenError` that the handler throws. `INVALID_OPTIONS` is rethrown, for Next to log.
 *
 * Options are read once, when the handler is wrapped: later changes to the options object are not
 * seen. The environment is read at each request.
 *
 * @throws {WorkosTokenError} with `INVALID_OPTIONS`, at once, for a `getToken`, `optional` or
 * `onError` of the wrong type, and for an unknown option. A mistake in any other is thrown at each
 * request, since `next build` loads route files without the environment.
 *
 * @example
 * export const GET = withWorkosToken(async (request, { claims }) =>
 *   Response.json({ user: claims.sub }),
 * );
 */
export declare function withWorkosToken<
  Context = AnyRouteContext,
  Custom extends object = WorkosCustomClaims,
  Req extends Request = Request,
>(
  handler: RouteHandler<Req, Context, RouteAuth<Custom, false>>,
  options?:
    | WithWorkosTokenOptions<Req, false>
    | WithWorkosEntries<WithWorkosTokenOptions<Req, false>>,
): WorkosRouteHandler<Req, Omit<Context, keyof WorkosAuth>>;
export declare function withWorkosToken<
  Context = AnyRouteContext,
  Custom extends object = WorkosCustomClaims,
  Req extends Request = Request,
>(
  handler: RouteHandler<Req, Context, RouteAuth<Custom, true>>,
  options: WithWorkosTokenOptions<Req> | WithWorkosEntries<WithWorkosTokenOptions<Req>>,
): WorkosRouteHandler<Req, Omit<Context, keyof WorkosAuth>>;

/**
 * The same for a Pages API route, whose handler receives `{ claims, token }` as its third argument.
 */
export declare function withWorkosToken<
  Req extends IncomingMessage,
  Res extends ServerResponse,
  Custom extends object = WorkosCustomClaims,
>(
  handler: (req: Req, res: Res, auth: RouteAuth<Custom, false>) => unknown,
  options?:
    | WithWorkosTokenPagesOptions<Req, Res, false>
    | WithWorkosEntries<WithWorkosTokenPagesOptions<Req, Res, false>>,
): (req: Req, res: Res) => Promise<unknown>;
export declare function withWorkosToken<
  Req extends IncomingMessage,
  Res extends ServerResponse,
  Custom extends object = WorkosCustomClaims,
>(
  handler: (req: Req, res: Res, auth: RouteAuth<Custom, true>) => unknown,
  options:
    | WithWorkosTokenPagesOptions<Req, Res>
    | WithWorkosEntries<WithWorkosTokenPagesOptions<Req, Res>>,
): (req: Req, res: Res) => Promise<unknown>;

type RouteHandler<Req, Context, Auth> = (
  request: Req,
  context: Context & Auth,
  auth: Auth,
) => Response | Promise<Response>;
