import type { TestIssuer } from 'verify-workos-token/testing';

const shared = globalThis as { standIn?: Promise<TestIssuer> };

/**
 * An issuer inside this process, in the place of WorkOS. There is none where `WORKOS_CLIENT_ID` is
 * set, nor in production: nothing can then sign in with it, and no token of its is accepted.
 */
export const standIn =
  process.env.WORKOS_CLIENT_ID || process.env.NODE_ENV === 'production'
    ? undefined
    : // On the global object: Next loads this module once for the page and once for the route.
      await (shared.standIn ??= startIssuer());

async function startIssuer(): Promise<TestIssuer> {
  const { createTestIssuer } = await import('verify-workos-token/testing');
  const issuer = createTestIssuer();
  await issuer.listen();
  return issuer;
}
