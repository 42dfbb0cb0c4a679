import { createRemoteJWKSet, jwtVerify } from 'jose';

export function create({ issuer, audience, jwksUrl, algorithms, clockTolerance }) {
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  const options = {
    issuer,
    algorithms,
    clockTolerance,
    requiredClaims: ['exp', 'sub'],
    ...(audience !== null && { audience }),
  };
  return (token) => jwtVerify(token, keys, options);
}

/** What is wrong with the token or its key; any other error is about the keys as a whole. */
const REFUSALS =
  /^ERR_(JWT|JWS|JWE)_|^ERR_JWKS_(NO_MATCHING_KEY|MULTIPLE_MATCHING_KEYS)$|^ERR_JOSE_(ALG_NOT_ALLOWED|NOT_SUPPORTED)$/;

export function outcomeOf({ code, name }) {
  // What it throws for a key or a token that it can't use.
  const isRefusal = REFUSALS.test(code ?? '') || name === 'DataError' || name === 'SyntaxError';
  return isRefusal ? 'refuse' : 'unavailable';
}
