import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkosTokenError } from '../index.cjs';
import type {
  MaybeToken,
  WithWorkosEntries,
  WorkosAdapterOptions,
  WorkosAuth,
  WorkosCredentials,
} from './adapters.cjs';

export type { MaybeToken, WithWorkosEntries, WorkosAdapterOptions, WorkosAuth, WorkosCredentials };

declare global {
  namespace Express {
    interface Request {
      /** Set by `requireWorkosToken`; absent if `optional` let a request without credentials through. */
      workos?: WorkosAuth;
    }
  }
}

/** The options of `requireWorkosToken`. */
export interface RequireWorkosTokenOptions<Req, Res> extends WorkosAdapterOptions<Req> {
  /** The property of the request that is set. Default `'workos'`. */
  readonly property?: string | undefined;
  /** Responds in place of the response by RFC 6750, or hands the error to `next`. */
  readonly onError?:
    | ((error: WorkosTokenError, req: Req, res: Res, next: (error?: unknown) => void) => unknown)
    | undefined;
}

/**
 * Middleware for Express 4 and 5, and for everything that calls `(req, res, next)`: lets only requests with
 * a valid token through, and sets `req.workos = { claims, token }`. A request that is refused is
 * answered by RFC 6750; any other error goes to `next`. Options and environment are read once.
 *
 * @throws {WorkosTokenError} with `INVALID_OPTIONS`, at once.
 *
 * @example
 * app.get('/posts', requireWorkosToken({ permissions: ['posts:read'] }), (req, res) => {
 *   res.json({ user: req.workos?.claims.sub });
 * });
 */
export declare function requireWorkosToken<
  Req extends IncomingMessage = IncomingMessage,
  Res extends ServerResponse = ServerResponse,
>(
  options?:
    | RequireWorkosTokenOptions<Req, Res>
    | WithWorkosEntries<RequireWorkosTokenOptions<Req, Res>>,
): (req: Req, res: Res, next: (error?: unknown) => void) => Promise<void>;
