// Where a native addon cannot run: edge runtimes, workerd, browsers.
//
// Importing does nothing and each call fails: a module shared with Node code still builds and
// loads here, as long as it does not verify, and one that does verify says so at its first call.
import { unavailable } from './sentence.js';

const BRAND = Symbol.for('verify-workos-token.error');

/** @returns {Promise<never>} */
export async function verifyWorkosToken() {
  return unavailable();
}

export { unavailable as createWorkosVerifier };

export class WorkosTokenError extends Error {
  constructor() {
    super();
    unavailable();
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
  }
}
