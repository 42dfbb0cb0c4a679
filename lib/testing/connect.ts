// The tokens of WorkOS Connect, which third-party applications, MCP clients and machines get. Their
// issuer is the AuthKit domain.

import type { TestClaims, TestConnectOptions, TestSignOptions } from '../../entries/testing.cjs';
import { type KeyRing, randomUlid } from './keys.ts';
import { DEFAULT_LIFETIME_SECONDS, type Identity } from './options.ts';
import type { Signer } from './tokens.ts';

/** The AuthKit domain of an issuer that was given none and does not listen. */
const DEFAULT_DOMAIN = 'https://test.authkit.app';
/** What an application gets that asks for nothing in particular. */
const DEFAULT_SCOPE = 'openid profile email';
export const KEYS_PATH = '/oauth2/jwks';

export type Connect = ReturnType<typeof createConnect>;

/** What an application was granted. */
export interface Grant {
  clientId: string;
  scope: string | undefined;
  /** The resource indicators (RFC 8707) that the client sent. */
  resources: readonly string[];
}

export function createConnect(
  identity: Identity,
  user: string,
  signClaims: Signer,
  origin: () => string | null,
) {
  const application = `client_${randomUlid()}`;
  const machine = `client_${randomUlid()}`;
  const consent = `app_consent_${randomUlid()}`;
  const organization = `org_${randomUlid()}`;
  const issuer = () => identity.authkitIssuer ?? origin() ?? DEFAULT_DOMAIN;

  async function signConnect(claims: TestClaims = {}, options: TestSignOptions = {}) {
    return signClaims(
      (now, expiry) => ({
        iss: issuer(),
        aud: identity.resource,
        sub: user,
        sid: consent,
        jti: randomUlid(),
        client_id: application,
        scope: DEFAULT_SCOPE,
        iat: now,
        exp: expiry,
      }),
      claims,
      options,
    );
  }

  /** A machine's token always has the client id of the environment as its audience. */
  async function signMachine(claims: TestClaims = {}, options: TestSignOptions = {}) {
    return signClaims(
      (now, expiry) => ({
        iss: issuer(),
        aud: identity.clientId,
        sub: machine,
        org_id: organization,
        jti: randomUlid(),
        client_id: machine,
        iat: now,
        exp: expiry,
      }),
      claims,
      options,
    );
  }

  /** Of a user: without a resource indicator the audience is the client id of the environment. */
  function grantUser({ clientId, scope, resources }: Grant) {
    const aud = resources.length > 1 ? [...resources] : (resources[0] ?? identity.clientId);
    return signConnect({ client_id: clientId, scope, aud });
  }

  function grantMachine({ clientId, scope }: Omit<Grant, 'resources'>) {
    return signMachine({ client_id: clientId, sub: clientId, scope });
  }

  return { issuer, signConnect, signMachine, grantUser, grantMachine };
}

/** How long the tokens of the token endpoint are good. */
export const GRANTED_SECONDS = DEFAULT_LIFETIME_SECONDS;

export function connectOptions(
  { resource, algorithm }: Identity,
  authkitDomain: string,
  keyRing: KeyRing,
  origin: string | null,
  cooldownSeconds: number,
): TestConnectOptions {
  return {
    profile: 'connect',
    authkitDomain,
    resource,
    ...(algorithm === 'RS256' ? {} : { algorithms: [algorithm] }),
    ...(origin === null
      ? { jwks: keyRing.publicSet() }
      : { jwksUrl: `${origin}${KEYS_PATH}`, jwksCache: { cooldownSeconds } }),
  };
}
