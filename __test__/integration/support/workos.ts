// What plays WorkOS for an application that is configured for it: an issuer in this process, which
// the application meets by its environment alone.
import { createTestIssuer } from 'verify-workos-token/testing';

export async function startWorkos() {
  const issuer = createTestIssuer();
  await issuer.listen();
  const environment = issuer.env;
  const { close, sign, wrongKey } = issuer;
  return { origin: new URL(issuer.issuer).origin, close, sign, wrongKey, environment };
}
