// Entries whose keys come from one URL: two sets of rules for one environment.
import { afterEach, expect, it } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { closeIssuers, listeningIssuer } from '../support/issuer.js';
import { refusal } from '../support/refusal.js';

afterEach(closeIssuers);

async function twoEntries() {
  const issuer = await listeningIssuer({ algorithm: 'ES256' });
  const jwksCache = { cooldownSeconds: 300 };
  const verifier = createWorkosVerifier([
    { name: 'strict', ...issuer.options, jwksCache, permissions: ['a'] },
    { name: 'lax', ...issuer.options, jwksCache },
  ]);
  await verifier.ready();
  const unknown = await issuer.sign({}, { header: { kid: 'unknown' } });
  return { issuer, verifier, unknown };
}

it('an unknown key is final after the request that was made for it', async () => {
  const { issuer, verifier, unknown } = await twoEntries();
  const fetched = await refusal(() => verifier.verify(unknown));
  expect(fetched).toMatchObject({ code: 'UNKNOWN_KEY', retryable: false });
  const cooling = await refusal(() => verifier.verify(unknown));
  expect(cooling).toMatchObject({ code: 'UNKNOWN_KEY', retryable: true });
  expect(issuer.requests()).toBe(2);
});

it('an explanation says the same', async () => {
  const { issuer, verifier, unknown } = await twoEntries();
  const fetched = await verifier.explain(unknown);
  expect(fetched).toMatchObject({ code: 'UNKNOWN_KEY', name: 'strict' });
  expect(fetched.retryAfterSeconds).toBeUndefined();
  expect((await verifier.explain(unknown)).retryAfterSeconds).toBeGreaterThan(0);
  expect(issuer.requests()).toBe(2);
});

it('a new key that was fetched for the first entry accepts in the second', async () => {
  const { issuer, verifier } = await twoEntries();
  issuer.rotate();
  expect(await verifier.verifyDetailed(await issuer.sign())).toMatchObject({ name: 'lax' });
  expect(issuer.requests()).toBe(2);
});
