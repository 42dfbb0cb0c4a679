import type { WorkosAuth } from '../../entries/adapters.cjs';
import type { VerifiedClaims, WorkosSession, WorkosVerifiedToken } from '../../index.cjs';
import { missingCredentials, refusalOf, tokenOf } from './bearer.ts';
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
  verifyDetailed(token: string): Promise<WorkosVerifiedToken<object, string | undefined>>;
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
  const found = looksFor('bearer', own) ? tokenOf(request, own.getToken) : undefined;
  // Waiting for what is not promised would cost time.
  const token = typeof found === 'object' ? await found : found;
  if (token !== undefined) return authenticateToken(token, own, verifier);
  const sealed = place && sealedSessionOf(request, place);
  if (sealed !== undefined) return authenticateSession(request, own, verifier, sealed);
  if (own.optional) return null;
  throw looksFor('bearer', own) ? missingCredentials() : missingSession();
}

async function authenticateToken(
  token: string,
  { getToken, entries }: AdapterOptions,
  { verify, verifyDetailed }: Verifier,
): Promise<WorkosAuth> {
  try {
    if (entries === undefined) return Object.freeze({ claims: await verify(token), token });
    const { claims, name } = await verifyDetailed(token);
    return Object.freeze({ claims, token, name }) as WorkosAuth;
  } catch (error) {
    throw getToken === undefined ? refusalOf(token, error) : error;
  }
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
