import { unavailable } from './sentence.js';

/** @returns {Promise<never>} */
export async function authenticateRequest() {
  return unavailable();
}

/**
 * An error can come from elsewhere, and is answered here as there.
 *
 * @param {any} error
 */
export function errorToResponse(error) {
  if (error?.[Symbol.for('verify-workos-token.error')] === true) return error.getResponse();
  throw error;
}
