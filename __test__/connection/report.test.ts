import { createWorkosVerifier, testWorkosConnection } from 'verify-workos-token';
import { describe, expect, it } from 'vitest';
import { document, plain, report, signer, startKeyHost } from '../support/connection.js';
import { keySet } from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner } from '../support/jws.js';

const NO_TOKEN = /^The audience can't be checked without a token/;

describe('a connection that is well', () => {
  it('is reported whole, frozen, as plain data', async () => {
    const { issuer, options, server, asked } = await startKeyHost();
    const found = await report(options);
    const { latencyMs, discovery, warnings } = found;
    expect(found).toStrictEqual({
      success: true,
      issuer,
      jwksUrl: server.url,
      discovery: {
        status: 'ok',
        configuredIssuer: issuer,
        url: `${issuer}/.well-known/openid-configuration`,
        issuer,
        jwksUri: server.url,
        latencyMs: expect.any(Number),
        reason: null,
        error: null,
      },
      otherDiscoveries: [],
      keys: [
        {
          kid: 'key_1',
          kty: 'RSA',
          alg: 'RS256',
          sizeBits: 2048,
          use: 'sig',
          usable: true,
          reason: null,
        },
      ],
      latencyMs: expect.any(Number),
      clockSkewSeconds: 0,
      cache: { maxAgeSeconds: null, etag: null },
      token: null,
      error: null,
      warnings: [expect.stringMatching(NO_TOKEN)],
    });
    for (const ms of [latencyMs, discovery.latencyMs]) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThan(5_000);
    }
    expect(JSON.parse(JSON.stringify(found))).toStrictEqual(found);
    expect(asked).toEqual({ keys: 1, discovery: 1 });
    expect(warnings).toHaveLength(1);
  });

  it('says nothing of an audience that is not checked', async () => {
    const { options } = await startKeyHost();
    expect((await report({ ...options, audience: null })).warnings).toEqual([]);
  });

  it('is asked each time, and nothing that comes is kept', async () => {
    const { options, asked, server } = await startKeyHost();
    const verifier = createWorkosVerifier(options);
    expect(plain(await verifier.testConnection()).success).toBe(true);
    expect(verifier.stats()).toMatchObject({ fetches: 0, keysInMemory: 0, verified: 0 });
    await verifier.ready();
    expect(asked).toEqual({ keys: 2, discovery: 1 });
    expect((await verifier.testConnection()).success).toBe(true);
    await report(options);
    expect(asked).toEqual({ keys: 4, discovery: 3 });
    expect(verifier.stats()).toMatchObject({ fetches: 1, keysInMemory: 1 });
    expect(server.headers.filter((one) => one['if-none-match'])).toEqual([]);
  });

  it('is not hidden by a back-off', async () => {
    const host = await startKeyHost();
    const verifier = createWorkosVerifier(host.options);
    host.keys = (response) => response.writeHead(500).end();
    await expect(verifier.ready()).rejects.toMatchObject({ code: 'JWKS_FETCH_FAILED' });
    host.keys = keySet(signer.jwks.keys);
    expect((await verifier.testConnection()).success).toBe(true);
  });

  it('needs no `this`', async () => {
    const { options } = await startKeyHost();
    const { testConnection } = createWorkosVerifier(options);
    expect((await testConnection()).success).toBe(true);
  });
});

describe('a fixed key set', () => {
  const fixed = { clientId: CLIENT_ID, jwks: signer.jwks };

  it('is reported without a request', async () => {
    const found = await report(fixed);
    expect(found).toMatchObject({
      success: true,
      jwksUrl: null,
      latencyMs: null,
      clockSkewSeconds: null,
      cache: null,
      discovery: { status: 'skipped', url: null, reason: 'the keys are fixed' },
      keys: [{ kid: 'key_1', sizeBits: 2048, usable: true }],
      warnings: [expect.stringMatching(NO_TOKEN)],
    });
  });

  it('verifies a token', async () => {
    expect(await report({ ...fixed, token: signer.sign() })).toMatchObject({
      success: true,
      token: { ok: true, claim: null, reason: null, error: null },
      warnings: [],
    });
  });

  it('without a usable key says so', async () => {
    const jwks = { keys: [{ ...signer.jwk, use: 'enc' }] };
    expect(await report({ clientId: CLIENT_ID, jwks })).toMatchObject({
      success: false,
      keys: [{ usable: false, reason: 'its use is not sig' }],
      error: {
        code: 'UNKNOWN_KEY',
        message: 'the key set has no usable key: its use is not sig',
        hint: expect.stringContaining('`use` absent or `sig`'),
        cause: null,
      },
    });
  });
});

describe('the keys', () => {
  it('are listed with why one is not usable', async () => {
    const host = await startKeyHost();
    const encryption = { ...createSigner('key_2').jwk, use: 'enc' };
    host.keys = keySet([signer.jwk, encryption, { kty: 'EC' }]);
    const { success, keys, warnings } = await report(host.options);
    expect(success).toBe(true);
    expect(keys.map(({ kid, usable, reason }) => [kid, usable, reason])).toEqual([
      ['key_1', true, null],
      ['key_2', false, 'its use is not sig'],
      [null, false, 'it has no kid, or one that is not a string'],
    ]);
    expect(warnings[1]).toBe("2 of 3 keys can't be used: see `reason` of each.");
  });

  it('none of which can be used fail as they fail for tokens', async () => {
    const host = await startKeyHost();
    host.keys = keySet([{ ...signer.jwk, n: 'gQ' }]);
    expect(await report(host.options)).toMatchObject({
      success: false,
      keys: [{ sizeBits: 8, reason: 'its rsa modulus has fewer than 2048 bits' }],
      error: {
        code: 'JWKS_FETCH_FAILED',
        hint: expect.stringContaining('2048 bits'),
        cause: { code: 'NO_USABLE_KEY', status: null },
      },
    });
  });

  it.each([
    [['ES256'], false],
    [['ES256', 'RS256'], true],
  ] as const)('for RS256 with the allow-list %j: %j', async (algorithms, success) => {
    const { options } = await startKeyHost();
    const found = await report({ ...options, algorithms });
    expect(found.success).toBe(success);
    const reason = success ? null : 'no algorithm in `algorithms` fits it';
    expect(found.keys).toMatchObject([{ usable: success, reason }]);
    if (found.success) return;
    expect(found.error).toMatchObject({
      code: 'UNSUPPORTED_ALGORITHM',
      message: 'no key of the key set is for an algorithm in `algorithms`',
      hint: expect.stringContaining('`algorithms`'),
    });
  });

  it.each([
    [100, 100],
    [101, 100],
  ])('of which there are %i are listed up to a bound', async (count, listed) => {
    const host = await startKeyHost();
    const others = Array.from({ length: count - 1 }, (_, index) => ({ kid: `other_${index}` }));
    host.keys = keySet([...others, signer.jwk]);
    const found = await report(host.options);
    expect([found.success, found.keys.length]).toEqual([true, listed]);
    const isCut = found.warnings.includes(
      `The key set lists ${count} keys. Only the first 100 are shown.`,
    );
    expect(isCut).toBe(count > 100);
  });
});

describe('a text from the network', () => {
  it.each([
    ['k'.repeat(200), 'k'.repeat(200)],
    ['k'.repeat(201), `${'k'.repeat(200)}…`],
    ['\u001b[2J\u202e\u0000', '\ufffd[2J\ufffd\ufffd'],
    [`${'k'.repeat(199)}😀`, `${'k'.repeat(199)}\ufffd…`],
  ])('is bounded, and moves no cursor', async (text, expected) => {
    const host = await startKeyHost();
    host.keys = keySet([{ kid: text, kty: text, alg: text, use: text }]);
    host.discovery = document({ issuer: text, jwks_uri: text });
    const { keys, discovery } = await report(host.options);
    expect(keys).toMatchObject([{ kid: expected, kty: expected, alg: expected, use: expected }]);
    expect(discovery).toMatchObject({ issuer: expected, jwksUri: expected });
  });

  it('is compared whole', async () => {
    const host = await startKeyHost();
    const path = 'p'.repeat(300);
    const [issuer, jwksUrl] = [`${host.issuer}/${path}`, `${host.server.url}/${path}`];
    host.discovery = document({ issuer, jwks_uri: `${jwksUrl}x` });
    const found = await report({ ...host.options, issuer, jwksUrl });
    expect(found.discovery).toMatchObject({ status: 'mismatch' });
    expect([found.issuer, found.jwksUrl]).toEqual([issuer, jwksUrl]);
  });
});

describe('the cache headers', () => {
  it.each([
    [{ 'Cache-Control': 'public, max-age=300', Age: '100' }, 200],
    [{ 'Cache-Control': 'no-store' }, 0],
    [{}, null],
  ])('of %j', async (headers, maxAgeSeconds) => {
    const host = await startKeyHost();
    host.keys = keySet(signer.jwks.keys, { ...headers, ETag: '"a"' });
    expect((await report(host.options)).cache).toEqual({ maxAgeSeconds, etag: '"a"' });
  });
});

describe("the server's clock", () => {
  const now = 1_900_000_000;
  const at = (seconds: number) => ({ Date: new Date(seconds * 1_000).toUTCString() });

  it.each<[string, Record<string, string>, number | null, RegExp | null]>([
    ['ours', at(now), 0, null],
    ['within the same second', at(now - 1), 0, null],
    ['ahead of ours within the tolerance', at(now + 5), 5, null],
    ['ahead of ours', at(now + 6), 6, /clock is 6 s behind .* accepted too long/],
    ['behind ours within the tolerance', at(now - 6), -5, null],
    ['behind ours', at(now - 7), -6, /clock is 6 s ahead of .* expired too early/],
    ['that of a cache', { ...at(now - 90), Age: '90' }, 0, null],
    ['unreadable', { Date: 'soon' }, null, null],
  ])('is %s', async (_, headers, skew, warning) => {
    const host = await startKeyHost();
    host.keys = (response) => {
      response.sendDate = false;
      keySet(signer.jwks.keys, headers)(response, response.req);
    };
    const found = await report({ ...host.options, audience: null, now });
    expect(found).toMatchObject({ success: true, clockSkewSeconds: skew });
    expect(found.warnings).toEqual(warning === null ? [] : [expect.stringMatching(warning)]);
  });

  it('is ours as long as no second is missing', async () => {
    const host = await startKeyHost();
    host.keys = keySet(signer.jwks.keys, at(now));
    const skewAt = async (time: number) =>
      (await report({ ...host.options, now: time })).clockSkewSeconds;
    expect([await skewAt(now + 1.4), await skewAt(now + 1.6)]).toEqual([0, -1]);
  });

  it('is read from a response that brings no keys, too', async () => {
    const host = await startKeyHost();
    host.keys = (response) => response.writeHead(404, at(now + 60)).end();
    expect(await report({ ...host.options, now })).toMatchObject({
      success: false,
      clockSkewSeconds: 60,
    });
  });
});

it('verifies a token with the keys of the test', async () => {
  const { options, issuer } = await startKeyHost();
  const token = signer.sign(claims({ iss: issuer }));
  expect((await testWorkosConnection({ ...options, token })).token).toMatchObject({ ok: true });
});
