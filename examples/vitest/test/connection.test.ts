// Whether what is configured works: WorkOS where WORKOS_CLIENT_ID is set, else the embedded issuer.
import { createWorkosVerifier } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const embedded = process.env.WORKOS_CLIENT_ID ? undefined : createTestIssuer();
const givenToken = process.env.WORKOS_ACCESS_TOKEN;

beforeAll(() => embedded?.listen());
afterAll(() => embedded?.close());

const verifier = () => createWorkosVerifier(embedded?.options);

it('has the keys', async () => {
  await expect(verifier().ready()).resolves.toBeUndefined();
});

it('refuses the tokens of others', async () => {
  const token = await createTestIssuer({ issuer: 'https://other.example' }).sign();
  await expect(verifier().verify(token)).rejects.toMatchObject({ code: 'INVALID_ISSUER' });
});

// WorkOS gives tokens to people who sign in alone, so that one must be brought.
it.runIf(embedded || givenToken)('accepts an access token', async () => {
  const token = (await embedded?.sign()) ?? givenToken;
  await expect(verifier().verify(token)).resolves.toHaveProperty('sub');
});
