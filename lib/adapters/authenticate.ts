import type { WorkosAuth } from '../../entries/adapters.cjs';
import type { VerifiedClaims, WorkosSession } from '../../index.cjs';
import { missingCredentials, tokenOf } from './bearer.ts';
import { type AdapterOptions, looksFor } from './options.ts';
import {
  identityOf,
  isExpiredSession,
  missingSession,
  refuseCrossSite,
  type SessionPlace,
  sealedSessionOf,
} from './session.ts';

/** What the adapters need of the package's functions. */
export interface Api {
  createWorkosVerifier(options?: unknown): Verifier;
}

interface Verifier {
  verify(token: string): Promise<VerifiedClaims>;
  verifySession(sealed: string): Promise<WorkosSession>;
}

/**
 * The identity behind a request; `null` for one without credentials, if that is allowed. A bearer token
 * decides: a bad one is never rescued by a cookie.
 */
export async function authenticate(
  request: unknown,
  own: AdapterOptions,
  verifier: Verifier,
  place: SessionPlace | undefined,
): Promise<WorkosAuth | null> {
  const token = looksFor('bearer', own) ? await tokenOf(request, own.getToken) : undefined;
  if (token !== undefined) return Object.freeze({ claims: await verifier.verify(token), token });
  const sealed = place && sealedSessionOf(request, place);
  if (sealed !== undefined) return authenticateSession(request, own, verifier, sealed);
  if (own.optional) return null;
  throw looksFor('bearer', own) ? missingCredentials() : missingSession();
}

/** Whose session it is comes first: only what was authenticated by the cookie may be forged with it. */
async function authenticateSession(
  request: unknown,
  { optional, trustedOrigins }: AdapterOptions,
  { verifySession }: Verifier,
  sealed: string,
): Promise<WorkosAuth | null> {
  try {
    const session = await verifySession(sealed);
    refuseCrossSite(request, trustedOrigins);
    return identityOf(session);
  } catch (error) {
    if (optional && isExpiredSession(error)) return null;
    throw error;
  }
}
