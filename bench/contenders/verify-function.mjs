import { verifyWorkosToken } from '../../index.js';

// As it stands in a handler: the options are written out at each call.
export function create({ clientId, jwksUrl }) {
  return (token) => verifyWorkosToken(token, { clientId, jwksUrl });
}
