import { unavailable } from './sentence.ts';

export async function authenticateRequest(): Promise<never> {
  return unavailable();
}

/** An error can come from elsewhere, and gets the same response here as there. */
export function errorToResponse(error: unknown): Response {
  const thrown = Object(error);
  if (thrown[Symbol.for('verify-workos-token.error')] === true) return thrown.getResponse();
  throw error;
}
