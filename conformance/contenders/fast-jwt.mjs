import { createVerifier } from 'fast-jwt';
import buildGetJwks from 'get-jwks';

export function create({ issuer, audience, jwksUrl, algorithms, clockTolerance }) {
  const { origin: domain, pathname: jwksPath } = new URL(jwksUrl);
  const getJwks = buildGetJwks({ issuersWhitelist: [domain], jwksPath });
  return createVerifier({
    key: ({ header: { kid, alg } }) => getJwks.getPublicKey({ kid, alg, domain }),
    algorithms,
    allowedIss: issuer,
    ...(audience !== null && { allowedAud: audience }),
    requiredClaims: ['iss', 'exp', 'sub', ...(audience === null ? [] : ['aud'])],
    clockTolerance: clockTolerance * 1_000,
  });
}

/** The key function has failed: there is no such key, or there are no keys. */
export function outcomeOf({ code, originalError }) {
  if (code !== 'FAST_JWT_KEY_FETCHING_ERROR') return 'refuse';
  return originalError?.code === 'JWK_NOT_FOUND' ? 'refuse' : 'unavailable';
}
