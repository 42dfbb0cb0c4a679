import { JwtVerifier } from 'aws-jwt-verify';
import {
  FetchError,
  JwksNotAvailableInCacheError,
  JwksValidationError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';

export function create({ issuer, audience, jwksUrl, algorithms, clockTolerance }) {
  const verifier = JwtVerifier.create({
    issuer,
    audience,
    jwksUri: jwksUrl,
    graceSeconds: clockTolerance,
    customJwtCheck({ header }) {
      if (!algorithms.includes(header.alg)) throw new Error('the algorithm is not allowed');
    },
  });
  return (token) => verifier.verify(token);
}

const OUTAGES = [
  FetchError,
  JwksNotAvailableInCacheError,
  JwksValidationError,
  WaitPeriodNotYetEndedJwkError,
];

export function outcomeOf(error) {
  return OUTAGES.some((kind) => error instanceof kind) ? 'unavailable' : 'refuse';
}
