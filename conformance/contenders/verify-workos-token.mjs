import { createWorkosVerifier } from '../../index.js';

export function create({ issuer, audience, jwksUrl, algorithms, clockTolerance }) {
  const { verify } = createWorkosVerifier({
    issuer,
    audience,
    jwksUrl,
    algorithms,
    clockToleranceSeconds: clockTolerance,
  });
  return verify;
}

export function outcomeOf({ code, status }) {
  if (code === undefined) return undefined;
  return status === 503 ? 'unavailable' : 'refuse';
}
