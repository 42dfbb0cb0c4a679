'use strict';

const { WorkosTokenError } = require('../error.cjs');
const { tokenOf, missingCredentials } = require('./bearer.cjs');
const { splitOptions } = require('./options.cjs');

/** @typedef {typeof import('../../index.cjs')} Api */
/** @typedef {ReturnType<typeof splitOptions>} SplitOptions */

/**
 * `verify-workos-token/web` over the package's functions.
 *
 * @param {Api} api
 */
function createWeb({ createWorkosVerifier }) {
  return {
    /**
     * Options are checked first: a mistake shall show with any request, not with a token's alone.
     *
     * @param {any} request
     * @param {unknown} [options]
     */
    async authenticateRequest(request, options) {
      const { own, verification } = splitOptions(options, ['getToken', 'optional']);
      const { verify } = createWorkosVerifier(verification);
      return authenticate(request, own, verify);
    },
    errorToResponse,
  };
}

/**
 * The claims and the token of a request; `null` for one without credentials, where that is allowed.
 *
 * @param {any} request of Node or of Fetch
 * @param {SplitOptions['own']} own
 * @param {(token: string) => Promise<object>} verify
 */
async function authenticate(request, { getToken, optional }, verify) {
  const token = await tokenOf(request, /** @type {any} */ (getToken));
  if (token !== undefined) return Object.freeze({ claims: await verify(token), token });
  if (optional) return null;
  throw missingCredentials();
}

/**
 * Anything but our error is thrown on: it is no refusal, and its cause shall be seen.
 *
 * @param {unknown} error
 */
function errorToResponse(error) {
  if (error instanceof WorkosTokenError) return error.getResponse();
  throw error;
}

module.exports = { createWeb, authenticate };
