// For where a native addon cannot run: edge runtimes, workerd, browsers, and Jest's jsdom, which
// requires what browsers get.
//
// Importing does nothing, and each call fails. A module shared with Node code still builds and loads
// here as long as it does not verify, and one that does verify says so at its first call.
import { unavailable } from './sentence.ts';

const BRAND = Symbol.for('verify-workos-token.error');

export async function verifyWorkosToken(): Promise<never> {
  return unavailable();
}

export async function verifyWorkosSession(): Promise<never> {
  return unavailable();
}

export async function explainWorkosToken(): Promise<never> {
  return unavailable();
}

export async function testWorkosConnection(): Promise<never> {
  return unavailable();
}

export { unavailable as createWorkosVerifier };

export class WorkosTokenError extends Error {
  constructor() {
    super();
    unavailable();
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
  }
}
