import type { ServerResponse } from 'node:http';
import { tellRefusal } from '../debug.ts';
import { WorkosTokenError } from '../error.ts';
import { type Api, authenticate } from './authenticate.ts';
import { type Challenge, challenged, challengeOf } from './challenge.ts';
import { type AnyFunction, splitOptions } from './options.ts';
import { sessionPlace } from './session.ts';
import { writeAnswer } from './write-answer.ts';

const DEFAULT_PROPERTY = 'workos';

type Next = (error?: unknown) => void;
type Request = Record<string, unknown>;

/** `verify-workos-token/express` over the package's functions. */
export function createExpress({ createWorkosVerifier }: Api) {
  /** Options are checked at once, so that a mistake fails at startup. */
  function requireWorkosToken(options?: unknown) {
    const { own, verification } = splitOptions(options, ['onError', 'property']);
    const verifier = createWorkosVerifier(verification);
    const place = sessionPlace(own, verification);
    const property = own.property ?? DEFAULT_PROPERTY;
    const enter = async (request: Request) => {
      const identity = await authenticate(request, own, verifier, place);
      if (identity !== null) request[property] = identity;
    };
    return guard(enter, challengeOf(verification), own.onError);
  }

  return { requireWorkosToken };
}

/** Middleware that lets a request on if it may `enter`. */
export function guard(
  enter: (request: Request) => Promise<void>,
  challenge: Challenge | undefined,
  onError?: AnyFunction,
) {
  return async (request: Request, response: ServerResponse, next: Next): Promise<unknown> => {
    try {
      await enter(request);
    } catch (error) {
      return refuseRequest(challenged(error, challenge), onError, request, response, next);
    }
    // Outside of the `try`: the errors of what comes after are handled by others.
    next();
    return undefined;
  };
}

/** Responds to a request that was refused, or hands on what is no refusal. */
async function refuseRequest(
  error: unknown,
  onError: AnyFunction | undefined,
  request: object,
  response: ServerResponse,
  next: Next,
): Promise<unknown> {
  try {
    if (!(error instanceof WorkosTokenError)) throw error;
    tellRefusal(error);
    if (onError !== undefined) return await onError(error, request, response, next);
    // The developer's mistake belongs in the log, and a response that was begun can't be changed.
    if (error.status === 500 || response.headersSent) throw error;
    writeAnswer(response, error);
  } catch (thrown) {
    next(errorOf(thrown));
  }
  return undefined;
}

/** Anything may be thrown, and `next` takes a falsy value, and the word "route", as leave to go on. */
function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error('the request could not be authenticated', { cause: thrown });
}
