import type { WorkosAuth } from '../../entries/adapters.cjs';
import type { VerifiedClaims } from '../../index.cjs';
import { missingCredentials, refusalOf, tokenOf } from './bearer.ts';
import type { AdapterOptions } from './options.ts';

/** What the adapters need of the package's functions. */
export interface Api {
  createWorkosVerifier(options?: unknown): { verify(token: string): Promise<VerifiedClaims> };
}

/** The claims and the token of a request; `null` for one without credentials, if that is allowed. */
export async function authenticate(
  request: unknown,
  { getToken, optional }: AdapterOptions,
  verify: (token: string) => Promise<VerifiedClaims>,
): Promise<WorkosAuth | null> {
  const found = tokenOf(request, getToken);
  // Waiting for what is not promised would cost time.
  const token = found instanceof Promise ? await found : found;
  if (token === undefined && optional) return null;
  if (token === undefined) throw missingCredentials();
  try {
    return Object.freeze({ claims: await verify(token), token });
  } catch (error) {
    throw getToken === undefined ? refusalOf(token, error) : error;
  }
}
