// The variables with which code without options trusts an issuer. Such code derives the expected `iss`
// from the address of the keys, so that tokens must name that address from then on.

import type { TestEnvironment } from '../../entries/testing.cjs';
import type { Identity } from './options.ts';

export function createEnvironment(identity: Identity, jwksUrl: () => string | null) {
  let isHandedOut = false;

  /** The `iss` of tokens that are signed now. One that was given as an option stays. */
  function issuer(): string {
    const url = jwksUrl();
    const isDerived = isHandedOut && !identity.hasOwnIssuer && url !== null;
    return isDerived
      ? `${new URL(url).origin}/user_management/${identity.clientId}`
      : identity.issuer;
  }

  function variables(): TestEnvironment {
    const url = jwksUrl();
    if (url === null) throw new Error('env is available once listen() has resolved');
    isHandedOut = true;
    const { hostname, port } = new URL(url);
    const { clientId, cookiePassword, authkitIssuer } = identity;
    return {
      WORKOS_CLIENT_ID: clientId,
      WORKOS_API_HOSTNAME: hostname,
      WORKOS_API_PORT: port || '80', // the default port is not in a URL's `port`
      WORKOS_API_HTTPS: 'false',
      ...(cookiePassword === undefined ? {} : { WORKOS_COOKIE_PASSWORD: cookiePassword }),
      // Where Connect tokens have another issuer, code without options would ask that one for the keys.
      ...(authkitIssuer === undefined ? { WORKOS_AUTHKIT_DOMAIN: new URL(url).origin } : {}),
    };
  }

  return { issuer, variables };
}
