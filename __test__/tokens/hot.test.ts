// Tokens that JavaScript finds by itself: a slot by some characters, the whole token by `===`, and the
// judgment of the native side by number.
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, type VerifiedClaims, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { createHotTokens } from '../../lib/hot-tokens.ts';
import { createApi } from '../../lib/index.ts';
import { binding } from '../support/binding.js';
import { claims, createSigner } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();

afterEach(() => vi.restoreAllMocks());

/** A token whose claims are kept: it came twice. */
async function hotToken(changes = {}): Promise<string> {
  const token = signer.sign(claims({ jti: `${Math.random()}`, exp: 2_000_000_000, ...changes }));
  for (let times = 0; times < 2; times += 1) await verifyWorkosToken(token, signer.options);
  return token;
}

/** The functions over a binary that notes which of its own are called. */
function watchedApi(changes = {}) {
  const calls: string[] = [];
  const watched = Object.entries({ ...binding, ...changes }).map(([name, call]) => [
    name,
    (...args: unknown[]) => {
      calls.push(name);
      return Reflect.apply(call as (...args: unknown[]) => unknown, undefined, args);
    },
  ]);
  return { ...createApi(Object.fromEntries(watched)), calls };
}

describe('a hot token', () => {
  it('is verified by its number, from its third time on', async () => {
    const { createWorkosVerifier, calls } = watchedApi();
    const verifier = createWorkosVerifier(signer.options);
    const token = signer.sign(claims({ jti: 'by number' }));
    for (let times = 0; times < 4; times += 1) await verifier.verify(token);
    expect(calls.slice(1)).toEqual(['verify', 'verify', 'found', 'recheck', 'recheck']);
  });

  it('is verified by its number by `verifySync` as well', async () => {
    const { createWorkosVerifier, calls } = watchedApi();
    const verifier = createWorkosVerifier(signer.options);
    const token = signer.sign(claims({ jti: 'by number, at once' }));
    for (let times = 0; times < 2; times += 1) await verifier.verify(token);
    const kept = await verifier.verify(token);
    expect(verifier.verifySync(token)).toBe(kept);
    expect(calls.slice(-1)).toEqual(['recheck']);
    const strict = createWorkosVerifier({ ...signer.options, permissions: ['a'] });
    expect((await refusal(async () => strict.verifySync(token))).code).toBe('MISSING_PERMISSION');
    expect(calls.slice(-1)).toEqual(['recheck']);
  });

  it('counts as found, and as accepted or refused', async () => {
    const token = await hotToken();
    const verifier = createWorkosVerifier(signer.options);
    const strict = createWorkosVerifier({ ...signer.options, permissions: ['a'] });
    const { hits } = verifier.stats().verifiedTokenCache;
    await verifier.verify(token);
    expect((await refusal(() => strict.verify(token))).code).toBe('MISSING_PERMISSION');
    expect(verifier.stats()).toMatchObject({ verified: 1, verifiedTokenCache: { hits: hits + 2 } });
    expect(strict.stats()).toMatchObject({ verified: 0, rejected: { MISSING_PERMISSION: 1 } });
  });

  it.each([
    ['expires', { now: 2_000_000_005 }, 'TOKEN_EXPIRED'],
    ['meets another policy', { organizationId: 'org_b' }, 'FORBIDDEN_ORGANIZATION'],
    ['meets another allow-list', { algorithms: ['ES256' as const] }, 'UNSUPPORTED_ALGORITHM'],
    ['meets another key of that name', { jwks: createSigner().jwks }, 'INVALID_SIGNATURE'],
    ['meets a set without its key', { jwks: createSigner('key_2').jwks }, 'UNKNOWN_KEY'],
  ])('is refused when it %s', async (_, options, code) => {
    const token = await hotToken();
    const error = await refusal(() => verifyWorkosToken(token, { ...signer.options, ...options }));
    expect(error.code).toBe(code);
    await verifyWorkosToken(token, signer.options);
  });

  it('gives the claims with a refusal of a good signature', async () => {
    const token = await hotToken({ plan: 'pro' });
    const options = { ...signer.options, now: 2_000_000_005 };
    const { claims: all, actual } = await refusal(() => verifyWorkosToken(token, options));
    expect(all).toMatchObject({ plan: 'pro' });
    expect(actual).toBe(2_000_000_000);
  });

  it('is refused as soon as its key was withdrawn', async () => {
    const issuer = createTestIssuer();
    await issuer.listen();
    try {
      const token = await issuer.sign();
      const verifier = createWorkosVerifier({ ...issuer.options, jwksCache: { maxAgeSeconds: 1 } });
      for (let times = 0; times < 3; times += 1) await verifier.verify(token);
      issuer.rotate();
      issuer.withdraw(JSON.parse(atob(token.split('.')[0] as string)).kid);
      // The next key is fetched for a token that names it, and replaces the set.
      await vi.waitFor(async () => verifier.verify(await issuer.sign()), { timeout: 5_000 });
      expect((await refusal(() => verifier.verify(token))).code).toBe('UNKNOWN_KEY');
    } finally {
      await issuer.close();
    }
  }, 20_000);

  it('is verified whole where nothing is remembered', async () => {
    const { verifyWorkosToken, calls } = watchedApi();
    const token = signer.sign(claims({ jti: 'whole' }));
    for (let times = 0; times < 3; times += 1) await verifyWorkosToken(token, signer.options);
    calls.length = 0;
    await verifyWorkosToken(token, { ...signer.options, verifiedTokenCache: false });
    expect(calls).toEqual(['createVerifier', 'recheck', 'verify']);
  });

  it('is verified whole when the native side has forgotten its number', async () => {
    const { verifyWorkosToken, calls } = watchedApi({ recheck: () => false });
    const token = signer.sign(claims({ jti: 'forgotten' }));
    const all: VerifiedClaims[] = [];
    for (let times = 0; times < 3; times += 1)
      all.push(await verifyWorkosToken(token, signer.options));
    expect(calls.slice(-3)).toEqual(['recheck', 'verify', 'found']);
    expect(all[2]).toEqual(all[0]);
  });

  it('is not taken for another that has its slot', async () => {
    const token = await hotToken();
    const [header, payload, signature = ''] = token.split('.');
    const other = Buffer.from(JSON.stringify(claims({ sub: 'user_2' }))).toString('base64url');
    for (const forged of [
      `${header}.${other}.${signature}`,
      `${header}.${payload}.${signature.slice(0, 50)}A${signature.slice(51)}`,
      `A${token.slice(1)}`,
      `${token} `,
      ` ${token}`,
    ]) {
      if (forged === token) continue;
      const { code } = await refusal(() => verifyWorkosToken(forged, signer.options));
      expect(code).toMatch(/^(INVALID_SIGNATURE|MALFORMED_TOKEN)$/);
    }
  });

  it('is told from others whatever the methods of strings have become', async () => {
    const [one, two] = [await hotToken({ sub: 'user_a' }), await hotToken({ sub: 'user_b' })];
    for (const wrong of [() => 0, () => Number.NaN, () => ({}) as number]) {
      vi.spyOn(String.prototype, 'charCodeAt').mockImplementation(wrong);
      const found = [one, two, one].map((token) => verifyWorkosToken(token, signer.options));
      const subjects = (await Promise.all(found)).map(({ sub }) => sub);
      vi.restoreAllMocks();
      expect(subjects).toEqual(['user_a', 'user_b', 'user_a']);
    }
  });

  it('does not keep the header alive that it was cut out of', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const cut = (token: string) =>
      `Bearer ${token}${' '.repeat(1_000_000)}`.slice(7, 7 + token.length);
    const used = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const tokens = Array.from({ length: 30 }, (_, jti) => signer.sign(claims({ jti: `${jti}` })));
    const before = used();
    for (const token of [...tokens, ...tokens]) await verifyWorkosToken(cut(token), signer.options);
    expect(used() - before).toBeLessThan(10_000_000);
  });
});

it('claims stay right when more tokens come round than are kept', async () => {
  const issuer = createTestIssuer({ algorithm: 'EdDSA' });
  const subjects = Array.from({ length: 4_100 }, (_, index) => `user_${index}`);
  const tokens = await Promise.all(subjects.map((sub) => issuer.sign({ sub })));
  const verifier = createWorkosVerifier(issuer.options);
  for (let round = 0; round < 3; round += 1) {
    const found = [];
    for (const token of tokens) found.push((await verifier.verify(token)).sub);
    expect(found).toEqual(subjects);
  }
}, 60_000);

describe('the table of hot tokens', () => {
  const hot = (token: string, number = 1, size = 10) => ({
    token,
    number,
    claims: { sub: token } as VerifiedClaims,
    size,
  });
  /** All in one set: they differ in characters that choose none. */
  const alike = ['a', 'b', 'c'].map((letter) => letter.repeat(3) + 'x'.repeat(40));

  it('finds the very token, and nothing alike', () => {
    const table = createHotTokens();
    for (const token of alike.slice(0, 2)) table.keep(hot(token));
    expect(alike.map((token) => table.find(token)?.token)).toEqual([
      ...alike.slice(0, 2),
      undefined,
    ]);
  });

  it('has two places for tokens that fall together, and the older one leaves', () => {
    const table = createHotTokens();
    for (const token of alike) table.keep(hot(token));
    expect(alike.map((token) => table.find(token)?.token)).toEqual([undefined, ...alike.slice(1)]);
  });

  it('has one place for a token, under its last number', () => {
    const table = createHotTokens();
    for (const number of [1, 2]) table.keep(hot(alike[0] as string, number));
    table.keep(hot(alike[1] as string));
    table.keep(hot(alike[0] as string, 3));
    expect(alike.map((token) => table.find(token)?.number)).toEqual([3, 1, undefined]);
  });

  it('holds so many characters, and then lets others go', () => {
    const table = createHotTokens(100);
    // Each in a set of its own, by its last characters but ten.
    const tokens = Array.from({ length: 11 }, (_, index) =>
      `${String.fromCharCode(97 + index)}${'x'.repeat(9)}`.padStart(50, 'y'),
    );
    const kept = () => tokens.filter((token) => table.find(token) !== undefined);
    for (const token of tokens.slice(0, 10)) table.keep(hot(token));
    expect(kept()).toHaveLength(10);
    table.keep(hot(tokens[10] as string));
    expect(kept()).toHaveLength(10);
    expect(kept()).toContain(tokens[10]);
  });

  it.each([
    [100, true],
    [101, false],
  ])('takes one of %d characters of 100: %s', (size, fits) => {
    const table = createHotTokens(100);
    table.keep(hot('token', 1, size));
    expect(table.find('token') !== undefined).toBe(fits);
  });

  it('finds tokens that are shorter than a signature', () => {
    const table = createHotTokens();
    for (const token of ['', 'a', 'a.b.c']) {
      table.keep(hot(token));
      expect(table.find(token)?.token).toBe(token);
    }
  });

  it.each([64, 256])('spreads signatures of %d octets over its sets', (octets) => {
    const tokens = Array.from({ length: 1_000 }, () => randomBytes(octets).toString('base64url'));
    const table = createHotTokens();
    for (const token of tokens) table.keep(hot(token));
    const kept = tokens.filter((token) => table.find(token) !== undefined);
    expect(kept.length).toBeGreaterThan(970);
  });
});
