'use strict';

// The stub for `require`, as by Jest's jsdom, which asks for what browsers get.
const { unavailable } = require('./sentence.cjs');

const BRAND = Symbol.for('verify-workos-token.error');

/** @returns {Promise<never>} */
async function verifyWorkosToken() {
  return unavailable();
}

class WorkosTokenError extends Error {
  constructor() {
    super();
    unavailable();
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
  }
}

module.exports = { verifyWorkosToken, createWorkosVerifier: unavailable, WorkosTokenError };
