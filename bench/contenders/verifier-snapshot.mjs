import { createWorkosVerifier } from '../../index.js';

export function create({ clientId, jwksUrl, snapshot }) {
  const { verify } = createWorkosVerifier({ clientId, jwksUrl, jwksCache: { snapshot } });
  return verify;
}
