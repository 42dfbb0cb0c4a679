/** What every function says where a native addon cannot run. */
export const SENTENCE =
  'verify-workos-token is a native addon and cannot run in an edge runtime, a worker of workerd or ' +
  "a browser: verify in a route that runs in Node.js (in Next.js: export const runtime = 'nodejs'). " +
  "In Jest's jsdom, set testEnvironment: 'node' (or /** @jest-environment node */ in the file).";

/**
 * A plain `Error`, so that no handler takes it for a bad token and answers 401.
 *
 * @returns {never}
 */
export function unavailable() {
  throw new Error(SENTENCE);
}
