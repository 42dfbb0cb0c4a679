// What plays WorkOS for an application that is configured for it: an issuer in this process, which
// the application meets by its environment alone.
import { createTestIssuer, type TestClaims } from 'verify-workos-token/testing';

export async function startWorkos() {
  const issuer = createTestIssuer();
  await issuer.listen();
  const { hostname, port, origin } = new URL(issuer.jwksUrl as string);
  return {
    origin,
    close: issuer.close,
    sign: (claims: TestClaims = {}) =>
      issuer.sign({ iss: `${origin}/user_management/client_test`, ...claims }),
    environment: {
      WORKOS_CLIENT_ID: issuer.clientId,
      WORKOS_API_HOSTNAME: hostname,
      WORKOS_API_PORT: port,
      WORKOS_API_HTTPS: 'false',
    },
  };
}
