'use strict';

const { unavailable } = require('./sentence.cjs');

/** @returns {Promise<never>} */
async function authenticateRequest() {
  return unavailable();
}

/**
 * An error can come from elsewhere, and is answered here as there.
 *
 * @param {any} error
 */
function errorToResponse(error) {
  if (error?.[Symbol.for('verify-workos-token.error')] === true) return error.getResponse();
  throw error;
}

module.exports = { authenticateRequest, errorToResponse };
