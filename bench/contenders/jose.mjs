import { createRemoteJWKSet, jwtVerify } from 'jose';

// The key set as @workos-inc/node makes it; with issuer and audience, which it does not ask for.
export function create({ issuer, audience, jwksUrl }) {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 300_000 });
  const options = { issuer, audience, algorithms: ['RS256'] };
  return (token) => jwtVerify(token, keys, options);
}
