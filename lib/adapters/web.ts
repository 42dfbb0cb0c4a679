import type { WorkosAuth } from '../../entries/adapters.cjs';
import { tellRefusal } from '../debug.ts';
import { WorkosTokenError } from '../error.ts';
import { type Api, authenticate } from './authenticate.ts';
import { challenged, challengeOf } from './challenge.ts';
import { createSplitter } from './options.ts';
import { sessionPlace } from './session.ts';

/** `verify-workos-token/web` over the package's functions. */
export function createWeb({ createWorkosVerifier }: Api) {
  const split = createSplitter();

  /** Options are checked first, so that a mistake shows on every request and not only with a token. */
  async function authenticateRequest(
    request: unknown,
    options?: unknown,
  ): Promise<WorkosAuth | null> {
    let verification: object | undefined;
    try {
      const parts = split(options);
      verification = parts.verification;
      const verifier = createWorkosVerifier(verification);
      return await authenticate(
        request,
        parts.own,
        verifier,
        sessionPlace(parts.own, verification),
      );
    } catch (error) {
      tellRefusal(error);
      throw challenged(error, challengeOf(verification));
    }
  }

  return { authenticateRequest, errorToResponse };
}

/** Anything but our error is rethrown: it is no refusal, and its cause must be seen. */
function errorToResponse(error: unknown): Response {
  if (error instanceof WorkosTokenError) return error.getResponse();
  throw error;
}
