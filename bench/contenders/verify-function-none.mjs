import { verifyWorkosToken } from '../../index.js';

// Everything comes from the environment, the issuer too: its tokens name the key server.
export function create({ clientId, jwksUrl }) {
  const { hostname, port } = new URL(jwksUrl);
  Object.assign(process.env, {
    WORKOS_CLIENT_ID: clientId,
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
  });
  return (token) => verifyWorkosToken(token);
}
