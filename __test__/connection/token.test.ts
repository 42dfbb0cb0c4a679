import { createWorkosVerifier, type WorkosTokenOptions } from 'verify-workos-token';
import { describe, expect, it } from 'vitest';
import { plain, report, signer, startKeyHost } from '../support/connection.js';
import { hang, keySet, status } from '../support/fault-server.js';
import { claims, createSigner, forge } from '../support/jws.js';

const UNSEEN =
  'The token was refused before its audience was checked. Fix that first, and test again.';

async function setUp() {
  const host = await startKeyHost();
  const sign = (changes: Record<string, unknown> = {}) =>
    signer.sign(claims({ iss: host.issuer, ...changes }));
  return { host, sign };
}

describe('a token', () => {
  it('that is accepted leaves nothing unseen', async () => {
    const { host, sign } = await setUp();
    expect(await report({ ...host.options, token: sign() })).toMatchObject({
      success: true,
      token: { ok: true, claim: null, reason: null, error: null },
      error: null,
      warnings: [],
    });
    expect(host.asked).toEqual({ keys: 1, discovery: 1 });
  });

  it.each<[string, object, string, string | null, string | null, boolean, RegExp]>([
    ['without aud', { aud: undefined }, 'INVALID_AUDIENCE', 'aud', 'missing', true, /JWT Template/],
    [
      'for another',
      { aud: 'client_2' },
      'INVALID_AUDIENCE',
      'aud',
      'mismatch',
      true,
      /another client id/,
    ],
    ['that has expired', { exp: 1 }, 'TOKEN_EXPIRED', 'exp', 'mismatch', false, /Refresh/],
    ['of another issuer', { iss: 'x' }, 'INVALID_ISSUER', 'iss', 'mismatch', false, /issuer/],
    ['without a user', { sub: '' }, 'INVALID_SUBJECT', 'sub', 'invalid', true, /sub/],
    [
      'of another organization',
      { org_id: 'org_2' },
      'FORBIDDEN_ORGANIZATION',
      'org_id',
      'mismatch',
      true,
      /organization/,
    ],
    [
      'of another client',
      { client_id: 'client_2' },
      'INVALID_CLAIM',
      'client_id',
      'mismatch',
      true,
      /./,
    ],
    [
      'of a user who must sign in again',
      { auth_time: 1 },
      'REAUTHENTICATION_REQUIRED',
      'auth_time',
      'mismatch',
      true,
      /sign in again/,
    ],
    ['whose iat is none', { iat: 'x' }, 'INVALID_CLAIM', 'iat', 'invalid', false, /./],
  ])('%s is no success', async (_, changes, code, claim, reason, isSeen, hint) => {
    const { host, sign } = await setUp();
    const required = {
      ...('org_id' in changes && { organizationId: 'org_1' }),
      ...('auth_time' in changes && { maxAuthAgeSeconds: 60 }),
    };
    const options = { ...host.options, ...required };
    const token = sign(changes as Record<string, unknown>);
    const found = await report({ ...options, token });
    const error = {
      code,
      message: expect.any(String),
      hint: expect.stringMatching(hint),
      cause: null,
    };
    expect(found).toMatchObject({
      success: false,
      keys: [{ usable: true }],
      token: { ok: false, claim, reason, error },
      error,
      warnings: isSeen ? [] : [UNSEEN],
    });
    const refused = await createWorkosVerifier(options as WorkosTokenOptions)
      .verify(token)
      .catch((error) => error);
    expect(found.error).toMatchObject({
      code: refused.code,
      message: refused.message,
      hint: refused.hint,
    });
  });

  it.each<[string, unknown, string, RegExp]>([
    ['forged', forge('key_1'), 'INVALID_SIGNATURE', /altered after signing/],
    ['of a key that is not in the set', forge('key_9'), 'INVALID_ISSUER', /./],
    ['no token', 'x.y', 'MALFORMED_TOKEN', /three parts/],
    ['10 MB', '.'.repeat(10_000_000), 'MALFORMED_TOKEN', /bytes long/],
    ['a number', 42, 'MALFORMED_TOKEN', /as a string/],
    ['null', null, 'MALFORMED_TOKEN', /as a string/],
    ['a promise', Promise.resolve('x'), 'MALFORMED_TOKEN', /Await the promise/],
    ['the result of a sign-in', { accessToken: 'x' }, 'MALFORMED_TOKEN', /Pass its `accessToken`/],
  ])('that is %s is no success', async (_, token, code, hint) => {
    const { host } = await setUp();
    const found = await report({ ...host.options, token: token as string });
    const error = { code, hint: expect.stringMatching(hint) };
    expect(found).toMatchObject({
      success: false,
      token: { ok: false, error },
      error,
      warnings: [UNSEEN],
    });
  });

  it('of an unknown key is refused for that', async () => {
    const { host } = await setUp();
    const token = createSigner('key_2').sign(claims({ iss: host.issuer }));
    const found = await report({ ...host.options, token });
    expect(found.token).toMatchObject({ ok: false, error: { code: 'UNKNOWN_KEY' } });
  });

  it('is verified with the keys of the test, not with those in memory', async () => {
    const { host, sign } = await setUp();
    const verifier = createWorkosVerifier(host.options);
    const token = sign();
    await verifier.verify(token);
    const { verified } = verifier.stats();
    host.keys = keySet([createSigner('key_2').jwk]);
    const found = plain(await verifier.testConnection({ token }));
    expect(found.token).toMatchObject({ ok: false, error: { code: 'UNKNOWN_KEY' } });
    expect(verifier.stats()).toMatchObject({ verified, rejected: {} });
    await expect(verifier.verify(token)).resolves.toHaveProperty('sub');
  });

  it('goes by the option `now`', async () => {
    const { host, sign } = await setUp();
    const token = sign({ exp: 1_000, nbf: 900 });
    const at = async (now: number) => (await report({ ...host.options, token, now })).token?.ok;
    expect([await at(1_004), await at(1_005), await at(894)]).toEqual([true, false, false]);
  });

  it.each([
    ['there are no keys', hang, 'JWKS_FETCH_FAILED'],
    ['the keys are refused', status(404), 'JWKS_FETCH_FAILED'],
    ['no key can be used', keySet([{ kid: 'key_1' }]), 'JWKS_FETCH_FAILED'],
  ])('is not to blame if %s', async (_, keys, code) => {
    const { host, sign } = await setUp();
    host.keys = keys;
    const options = { ...host.options, jwksCache: { timeoutMs: 200 } };
    const found = await report({ ...options, token: sign() });
    expect(found.token).toMatchObject({ ok: false, claim: null, reason: null, error: { code } });
    expect(found.token?.error).toEqual(found.error);
    const malformed = await report({ ...options, token: 'x.y' });
    expect(malformed.error?.code).toBe('JWKS_FETCH_FAILED');
    expect(malformed.token?.error?.code).toBe('MALFORMED_TOKEN');
  });

  it('is nowhere in the report', async () => {
    const { host, sign } = await setUp();
    const token = sign({ aud: 'SECRET', custom: 'SECRET' });
    const text = JSON.stringify(await report({ ...host.options, token }));
    for (const part of [...token.split('.'), 'SECRET']) expect(text).not.toContain(part);
  });
});
