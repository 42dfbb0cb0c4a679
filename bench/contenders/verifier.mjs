import { createWorkosVerifier } from '../../index.js';

export function create({ clientId, jwksUrl }) {
  const { verify } = createWorkosVerifier({ clientId, jwksUrl });
  return verify;
}
