import { WorkOS } from '@workos-inc/node';

// The SDK's one public call that takes an access token as it is and gives its claims. It checks the
// signature, `exp`, `nbf` and `aud`, and that iss, aud, sub, jti, org_id, exp and iat are there; not
// who the issuer is, nor the algorithm. Sessions (`authenticate()`) make the same call of jose
// without `aud`, after unsealing a cookie, which would be a cost of its own.
export function create({ clientId, jwksUrl }) {
  const { hostname, port } = new URL(jwksUrl);
  const workos = new WorkOS({
    apiKey: 'sk_bench',
    clientId,
    apiHostname: hostname,
    port: Number(port),
    https: false,
  });
  return async (credential) => {
    const found = await workos.agents.validateCredential({ type: 'access_token', credential });
    if (!found.valid) throw REFUSED;
    return found.claims;
  };
}

/** Made once: the SDK itself throws nothing for a bad token. */
const REFUSED = new Error('refused');
