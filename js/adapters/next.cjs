'use strict';

const { WorkosTokenError } = require('../error.cjs');
const { snapshotOptions } = require('../options.cjs');
const { memberOf, refuse, describe } = require('../reading.cjs');
const { isPlainObject } = require('../kinds.cjs');
const { writeAnswer } = require('./bearer.cjs');
const { splitOptions } = require('./options.cjs');
const { authenticate } = require('./web.cjs');

/** What a handler gets where `optional` let a request without credentials through. */
const NOBODY = Object.freeze({ claims: null, token: null });

/**
 * `verify-workos-token/next` over the package's functions.
 *
 * @param {import('./web.cjs').Api} api
 */
function createNext({ createWorkosVerifier }) {
  /**
   * Options are read at once, so that nothing done to them later is seen, and checked at each request,
   * with the environment: `next build` loads route files where variables may not be set.
   *
   * @param {Function} handler
   * @param {unknown} [options]
   */
  function withWorkosToken(handler, options) {
    if (typeof handler !== 'function')
      throw refuse(`"withWorkosToken" takes a route handler, not ${describe(handler)}`);
    const { own, verification } = splitOptions(options, ['getToken', 'optional', 'onError']);
    const snapshot = snapshotOptions(verification);

    return async (/** @type {any} */ request, /** @type {any} */ second) => {
      try {
        touch(request);
        const { verify } = createWorkosVerifier(snapshot());
        const identity = (await authenticate(request, own, verify)) ?? NOBODY;
        return await handler(request, withIdentity(second, identity), identity);
      } catch (error) {
        if (!(error instanceof WorkosTokenError)) throw error;
        return answer(error, own.onError, request, second);
      }
    };
  }

  return { withWorkosToken };
}

/**
 * With `cacheComponents`, `next build` runs GET handlers, and leaves those to run time that ask for the
 * request's headers. Before the environment is read, which may not be set where the build runs. By a
 * call, since minifiers drop a property that nobody uses.
 *
 * @param {any} request
 */
function touch(request) {
  Reflect.get(Object(request), 'headers');
}

/**
 * @param {InstanceType<typeof WorkosTokenError>} error
 * @param {Function | undefined} onError
 * @param {any} request
 * @param {any} second
 */
function answer(error, onError, request, second) {
  const response = isPagesResponse(second) ? second : undefined;
  if (onError !== undefined)
    return response ? onError(error, request, response) : onError(error, request);
  // The developer's mistake belongs in Next's log, and an answer that was begun can't be changed.
  if (error.status === 500 || response?.headersSent) throw error;
  return response ? writeAnswer(response, error) : error.getResponse();
}

/**
 * A route's context with the identity in it. Anything else stays what it is: the response of a
 * Pages API route, the event of `proxy.ts`.
 *
 * @param {any} second
 * @param {object} identity
 */
function withIdentity(second, identity) {
  return second == null || isPlainObject(second) ? { ...second, ...identity } : second;
}

/** @param {any} second */
function isPagesResponse(second) {
  return second != null && typeof memberOf(second, 'setHeader') === 'function';
}

module.exports = { createNext };
