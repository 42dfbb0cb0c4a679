'use strict';

const { WorkosTokenError } = require('../error.cjs');
const { writeAnswer } = require('./bearer.cjs');
const { splitOptions } = require('./options.cjs');
const { authenticate } = require('./web.cjs');

const DEFAULT_PROPERTY = 'workos';

/** @typedef {(error?: unknown) => void} Next */

/**
 * `verify-workos-token/express` over the package's functions.
 *
 * @param {import('./web.cjs').Api} api
 */
function createExpress({ createWorkosVerifier }) {
  /**
   * Options are checked at once, so that a mistake stops the server's start.
   *
   * @param {unknown} [options]
   */
  function requireWorkosToken(options) {
    const names = /** @type {const} */ (['getToken', 'optional', 'onError', 'property']);
    const { own, verification } = splitOptions(options, names);
    const { verify } = createWorkosVerifier(verification);
    const property = own.property ?? DEFAULT_PROPERTY;

    return async (
      /** @type {any} */ request,
      /** @type {any} */ response,
      /** @type {Next} */ next,
    ) => {
      try {
        const identity = await authenticate(request, own, verify);
        if (identity !== null) request[property] = identity;
      } catch (error) {
        return refuseRequest(error, own.onError, request, response, next);
      }
      // Outside of the `try`: what comes after has its errors handled by others.
      next();
    };
  }

  return { requireWorkosToken };
}

/**
 * @param {unknown} error
 * @param {Function | undefined} onError
 * @param {any} request
 * @param {any} response
 * @param {Next} next
 */
async function refuseRequest(error, onError, request, response, next) {
  try {
    if (!(error instanceof WorkosTokenError)) throw error;
    if (onError !== undefined) return await onError(error, request, response, next);
    // The developer's mistake belongs in the log, and an answer that was begun can't be changed.
    if (error.status === 500 || response.headersSent) throw error;
    writeAnswer(response, error);
  } catch (thrown) {
    next(errorOf(thrown));
  }
}

/**
 * Anything may be thrown, and `next` takes what is falsy, and the word "route", for leave to go on.
 *
 * @param {unknown} thrown
 */
function errorOf(thrown) {
  if (thrown instanceof Error) return thrown;
  return new Error('the request could not be authenticated', { cause: thrown });
}

module.exports = { createExpress };
