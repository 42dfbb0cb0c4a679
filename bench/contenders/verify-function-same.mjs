import { verifyWorkosToken } from '../../index.js';

export function create({ clientId, jwksUrl }) {
  const options = { clientId, jwksUrl };
  return (token) => verifyWorkosToken(token, options);
}
