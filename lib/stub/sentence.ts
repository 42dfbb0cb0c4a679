/** What every function says where a native addon cannot run. */
export const SENTENCE =
  'verify-workos-token is a native addon and cannot run in an edge runtime, a worker of workerd or ' +
  "a browser: verify in a route that runs in Node.js (in Next.js: export const runtime = 'nodejs'). " +
  "In Jest's jsdom, set testEnvironment: 'node' (or /** @jest-environment node */ in the file).";

/** Throws a plain `Error`, so that no handler takes it for a bad token and responds with 401. */
export function unavailable(): never {
  throw new Error(SENTENCE);
}
