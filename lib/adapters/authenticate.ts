import type { WorkosAuth } from '../../entries/adapters.cjs';
import type { VerifiedClaims } from '../../index.cjs';
import { missingCredentials, tokenOf } from './bearer.ts';
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
  const token = await tokenOf(request, getToken);
  if (token !== undefined) return Object.freeze({ claims: await verify(token), token });
  if (optional) return null;
  throw missingCredentials();
}
