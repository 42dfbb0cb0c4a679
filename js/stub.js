// Where a native addon cannot run: edge runtimes, workerd, browsers.
//
// Importing does nothing and each call fails: a module shared with Node code still builds and
// loads here, as long as it does not verify, and one that does verify says so at its first call.
// A plain `Error`, so that no handler takes it for a bad token and answers 401.
const SENTENCE =
  'verify-workos-token is a native addon and cannot run in an edge runtime, a worker of workerd or ' +
  "a browser: verify in a route that runs in Node.js (in Next.js: export const runtime = 'nodejs').";

const BRAND = Symbol.for('verify-workos-token.error');

/** @returns {Promise<never>} */
export async function verifyWorkosToken() {
  throw new Error(SENTENCE);
}

/** @returns {never} */
export function createWorkosVerifier() {
  throw new Error(SENTENCE);
}

export class WorkosTokenError extends Error {
  constructor() {
    super();
    throw new Error(SENTENCE);
  }

  /** @param {unknown} value */
  static [Symbol.hasInstance](value) {
    return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
  }
}
