import type { ServerResponse } from 'node:http';
import { tellRefusal } from '../debug.ts';
import { WorkosTokenError } from '../error.ts';
import { snapshotEntries } from '../options/entries.ts';
import { snapshotOptions } from '../options/index.ts';
import { describe, isPlainObject } from '../options/kinds.ts';
import { memberOf } from '../options/readers.ts';
import { refuse } from '../options/refuse.ts';
import { type Api, authenticate } from './authenticate.ts';
import { challenged, challengeOf } from './challenge.ts';
import { type AnyFunction, splitOptions } from './options.ts';
import { sessionPlace } from './session.ts';
import { writeAnswer } from './write-answer.ts';

/** What a handler gets if `optional` let a request without credentials through. */
const NOBODY = Object.freeze({ claims: null, token: null });

/** `verify-workos-token/next` over the package's functions. */
export function createNext({ createWorkosVerifier }: Api) {
  /**
   * Options are read at once, so that nothing done to them later is seen. They are checked at each
   * request, with the environment: `next build` loads route files when variables may not be set.
   */
  function withWorkosToken(handler: unknown, options?: unknown) {
    if (!isFunction(handler))
      throw refuse(`"withWorkosToken" takes a route handler, not ${describe(handler)}`);
    const { own, verification } = splitOptions(options, ['onError']);
    const snapshot =
      own.entries === undefined ? snapshotOptions(verification) : snapshotEntries(own.entries);

    return async (request: unknown, second: unknown) => {
      try {
        touch(request);
        const verifier = createWorkosVerifier(snapshot());
        const place = sessionPlace(own, snapshot(), true);
        const identity = (await authenticate(request, own, verifier, place)) ?? NOBODY;
        return await handler(request, withIdentity(second, identity), identity);
      } catch (error) {
        if (!(error instanceof WorkosTokenError)) throw error;
        tellRefusal(error);
        // Otherwise they may be what is wrong.
        if (error.status !== 500) challenged(error, challengeOf(snapshot()));
        return answer(error, own.onError, request, second);
      }
    };
  }

  return { withWorkosToken };
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

/**
 * With `cacheComponents`, `next build` runs GET handlers, and leaves those to run time that ask for
 * the request's headers. So this comes before the environment is read, which may not be set where
 * the build runs. It is a call, since minifiers drop a property that nobody uses.
 */
function touch(request: unknown): void {
  Reflect.get(Object(request), 'headers');
}

function answer(
  error: WorkosTokenError,
  onError: AnyFunction | undefined,
  request: unknown,
  second: unknown,
): unknown {
  const response = isPagesResponse(second) ? second : undefined;
  if (onError !== undefined)
    return response ? onError(error, request, response) : onError(error, request);
  // The developer's mistake belongs in Next's log, and a response that was begun can't be changed.
  if (error.status === 500 || response?.headersSent) throw error;
  return response ? writeAnswer(response, error) : error.getResponse();
}

/**
 * A route's context with the identity in it. Anything else stays what it is: the response of a
 * Pages API route, the event of `proxy.ts`.
 */
function withIdentity(second: unknown, identity: object): unknown {
  const isContext = second == null || isPlainObject(second);
  return isContext ? { ...(second as object | null), ...identity } : second;
}

function isPagesResponse(second: unknown): second is ServerResponse {
  return second != null && typeof memberOf(second, 'setHeader') === 'function';
}
