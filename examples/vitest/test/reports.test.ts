// The handler with tokens of an embedded issuer: no network, no WorkOS account, nothing mocked.
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reports } from '../src/reports.js';

const reader = { org_id: 'org_acme', permissions: ['reports:read'] };
let issuer: ReturnType<typeof createTestIssuer>;

beforeEach(() => {
  issuer = createTestIssuer();
});
afterEach(() => issuer.close());

/** The status and the body of the answer to a token. */
async function answerTo(token?: string) {
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  const response = await reports(new Request('http://localhost/', { headers }), issuer.options);
  return { status: response.status, body: await response.json() };
}

it('lets a reader in', async () => {
  expect(await answerTo(await issuer.sign(reader))).toEqual({
    status: 200,
    body: { reports: [], for: 'org_acme' },
  });
});

it.each([
  ['no token', 401, 'MALFORMED_TOKEN', () => undefined],
  ['an expired token', 401, 'TOKEN_EXPIRED', () => issuer.expired()],
  ['a forged token', 401, 'INVALID_SIGNATURE', () => issuer.wrongKey()],
  ['a token for others', 401, 'INVALID_AUDIENCE', () => issuer.sign({ ...reader, aud: 'other' })],
  ['a token without the permission', 403, 'MISSING_PERMISSION', () => issuer.sign()],
])('refuses %s', async (_what, status, code, makeToken) => {
  expect(await answerTo(await makeToken())).toMatchObject({ status, body: { code } });
});

it('accepts tokens of a new key, and no more those of one that was withdrawn', async () => {
  await issuer.listen();
  const before = await issuer.sign(reader);
  expect((await answerTo(before)).status).toBe(200);
  const [old] = issuer.jwks.keys;
  issuer.rotate();
  issuer.withdraw(old.kid);
  expect((await answerTo(await issuer.sign(reader))).status).toBe(200);
  expect(await answerTo(before)).toMatchObject({ status: 401, body: { code: 'UNKNOWN_KEY' } });
});

it('answers 503 when the keys cannot be had, so that nobody is signed out', async () => {
  await issuer.outage('status-500');
  await issuer.listen();
  expect(await answerTo(await issuer.sign(reader))).toMatchObject({
    status: 503,
    body: { code: 'JWKS_FETCH_FAILED' },
  });
});
