import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type WorkosTokenOptions, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer, type TestClaims } from 'verify-workos-token/testing';
import { refusal } from '../support/refusal.js';

const issuer = createTestIssuer();
let base: WorkosTokenOptions;

beforeAll(async () => {
  await issuer.listen();
  base = { ...issuer.options, audience: null };
  return () => issuer.close();
});

afterEach(() => vi.unstubAllEnvs());

async function accepts(claims: TestClaims, options: WorkosTokenOptions): Promise<boolean> {
  const token = await issuer.sign(claims);
  try {
    await verifyWorkosToken(token, { ...base, ...options });
    return true;
  } catch {
    return false;
  }
}

describe('options that were seen before', () => {
  it.each<[string, TestClaims, WorkosTokenOptions, WorkosTokenOptions]>([
    ['a list and its joined text', { aud: 'a,b' }, { audience: 'a,b' }, { audience: ['a', 'b'] }],
    [
      'a list and one with a length in it',
      { aud: 'b' },
      { audience: ['a', 'b'] },
      { audience: ['a1:1s1:b'] },
    ],
    [
      'two lists, divided elsewhere',
      { aud: 'ab' },
      { audience: ['ab', 'c'] },
      { audience: ['a', 'bc'] },
    ],
    ['null and its name', { aud: 'null' }, { audience: 'null' }, { audience: ['nul', 'l'] }],
    [
      'two options, divided elsewhere',
      { org_id: 'o', permissions: ['p'] },
      { organizationId: 'o', permissions: ['p'] },
      { organizationId: 'p', permissions: ['o'] },
    ],
    ['a role and a permission', { roles: ['x'] }, { roles: ['x'] }, { permissions: ['x'] }],
    [
      'a word and its beginning',
      { org_id: 'org_1' },
      { organizationId: 'org_1' },
      { organizationId: 'org_' },
    ],
  ])('%s are told apart', async (_, claims, good, bad) => {
    for (const options of [good, bad, good, bad]) {
      expect(await accepts(claims, options)).toBe(options === good);
    }
  });

  it('are not taken for the same once the object, a list or a member has changed', async () => {
    const token = await issuer.sign({ org_id: 'org_a', roles: ['member'] });
    const roles = ['member'];
    const options = { ...base, roles, organizationId: 'org_a', jwksCache: { cooldownSeconds: 1 } };
    await verifyWorkosToken(token, options);
    roles[0] = 'admin';
    expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe(
      'MISSING_PERMISSION',
    );
    roles[0] = 'member';
    options.organizationId = 'org_b';
    expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe(
      'FORBIDDEN_ORGANIZATION',
    );
    options.organizationId = 'org_a';
    options.jwksCache.cooldownSeconds = 0;
    expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe('INVALID_OPTIONS');
  });

  it('are not taken for the same once a key set was changed in place', async () => {
    const { jwks } = createTestIssuer();
    const token = await issuer.sign();
    const { jwksUrl: _, jwksCache: __, ...rest } = base as Record<string, unknown>;
    const options = { ...rest, jwks: structuredClone(issuer.jwks) as { keys: object[] } };
    const code = async () =>
      verifyWorkosToken(token, options as WorkosTokenOptions).then(
        () => 'accepted',
        (error) => error.code,
      );
    expect([await code(), await code()]).toEqual(['accepted', 'accepted']);
    const [key] = options.jwks.keys;
    options.jwks.keys[0] = { ...key, n: (jwks.keys[0] as { n: string }).n };
    expect(await code()).toBe('INVALID_SIGNATURE');
    options.jwks.keys[0] = { ...key, key_ops: ['sign'] };
    expect(await code()).toBe('UNKNOWN_KEY');
    options.jwks.keys[0] = { ...key, key_ops: ['verify'] };
    expect(await code()).toBe('accepted');
    options.jwks.keys.pop();
    expect(await code()).not.toBe('accepted');
    options.jwks = { keys: [{ ...key }] };
    expect(await code()).toBe('accepted');
  });

  it('keep no time: a function is asked at each call', async () => {
    const token = await issuer.sign({}, { expiresInSeconds: 60 });
    const start = Date.now() / 1000;
    const at = (now: number) => ({ ...base, now: () => now });
    await verifyWorkosToken(token, at(start));
    expect((await refusal(() => verifyWorkosToken(token, at(start + 120)))).code).toBe(
      'TOKEN_EXPIRED',
    );
    await verifyWorkosToken(token, at(start));
  });

  it('keep no time that was given as a number, and check it anew', async () => {
    const token = await issuer.sign({}, { expiresInSeconds: 60 });
    const late = { ...base, now: Date.now() / 1000 + 120 };
    await verifyWorkosToken(token, base);
    expect((await refusal(() => verifyWorkosToken(token, late))).code).toBe('TOKEN_EXPIRED');
    await verifyWorkosToken(token, { ...base, now: undefined });
    const milliseconds = { ...base, now: Date.now() };
    expect((await refusal(() => verifyWorkosToken(token, milliseconds))).code).toBe(
      'INVALID_OPTIONS',
    );
    await verifyWorkosToken(token, base);
  });

  it('keep nothing of an environment that has changed', async () => {
    const { issuer: iss, jwksUrl } = base;
    const options = { issuer: iss, jwksUrl };
    vi.stubEnv('WORKOS_CLIENT_ID', issuer.clientId);
    await verifyWorkosToken(await issuer.sign(), options);
    vi.stubEnv('WORKOS_CLIENT_ID', 'client_other');
    const error = await refusal(async () => verifyWorkosToken(await issuer.sign(), options));
    expect(error.code).toBe('INVALID_AUDIENCE');
  });
});
