import { execFile } from 'node:child_process';
import { constants, createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type {
  TestAlgorithm,
  TestIssuer,
  TestIssuerOptions,
  TestJwk,
  TestOutageMode,
} from 'verify-workos-token/testing';
import { createTestIssuer } from 'verify-workos-token/testing';

const run = promisify(execFile);
const ULID = '01[0-9A-HJKMNP-TV-Z]{24}';
const KID = new RegExp(`^sso_oidc_key_pair_${ULID}$`);

// jose is a second opinion where it is installed; everything is checked by node:crypto as well.
const joseName: string = 'jose';
const jose = await import(joseName).catch(() => null);

const opened: TestIssuer[] = [];

/** An issuer that is closed after the test, whatever the test does. */
function newIssuer(options?: TestIssuerOptions): TestIssuer {
  const issuer = createTestIssuer(options);
  opened.push(issuer);
  return issuer;
}

async function listeningIssuer(
  options?: TestIssuerOptions,
): Promise<TestIssuer & { readonly jwksUrl: string }> {
  const issuer = newIssuer(options);
  await issuer.listen();
  return issuer as TestIssuer & { readonly jwksUrl: string };
}

function urlOf(issuer: TestIssuer): string {
  return issuer.jwksUrl ?? expect.unreachable('the issuer listens');
}

function publishedKey(issuer: TestIssuer, index = 0): TestJwk {
  return issuer.jwks.keys[index] ?? expect.unreachable('the key is in the set');
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(opened.splice(0).map((issuer) => issuer.close()));
});

function decode(token: string) {
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const json = (segment: string) =>
    JSON.parse(Buffer.from(segment, 'base64url').toString()) as Record<string, unknown>;
  return {
    header: json(header),
    claims: json(payload),
    signature: Buffer.from(signature, 'base64url'),
    signingInput: Buffer.from(`${header}.${payload}`),
  };
}

const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
};
const p1363 = { dsaEncoding: 'ieee-p1363' } as const;
const ALGORITHMS: [
  TestAlgorithm,
  digest: string | null,
  parameters: object,
  signatureBytes: number,
][] = [
  ['RS256', 'sha256', {}, 256],
  ['RS384', 'sha384', {}, 256],
  ['RS512', 'sha512', {}, 256],
  ['PS256', 'sha256', pss, 256],
  ['PS384', 'sha384', pss, 256],
  ['PS512', 'sha512', pss, 256],
  ['ES256', 'sha256', p1363, 64],
  ['ES384', 'sha384', p1363, 96],
  ['EdDSA', null, {}, 64],
];

/**
 * Whether the signature is good under the key of the set that the token's `kid` names; `null` when
 * there is none.
 */
function signatureIsGood(token: string, issuer: TestIssuer): boolean | null {
  const { header, signature, signingInput } = decode(token);
  const jwk = issuer.jwks.keys.find((key) => key.kid === header.kid);
  if (jwk === undefined) return null;
  const [, digest = null, parameters] = ALGORITHMS.find(([name]) => name === jwk.alg) ?? [];
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return verify(digest, signingInput, { key, ...parameters }, signature);
}

async function fetchOutcome(url: string, timeoutMs = 5000) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    return { failure: cause?.code ?? name };
  }
}

const requestsArrive = (issuer: TestIssuer, count: number) =>
  vi.waitFor(() => expect(issuer.requests()).toBe(count), { timeout: 5000, interval: 10 });

async function fetchJson(url: string | URL): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  return JSON.parse(await response.text());
}

describe('the token', () => {
  it('has the shape of a production token, and nothing more', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { header, claims } = decode(await newIssuer().sign());
    expect(header).toStrictEqual({ alg: 'RS256', kid: expect.stringMatching(KID) });
    expect(claims).toStrictEqual({
      iss: 'https://api.workos.com/user_management/client_test',
      aud: 'client_test',
      sub: expect.stringMatching(new RegExp(`^user_${ULID}$`)),
      sid: expect.stringMatching(new RegExp(`^session_${ULID}$`)),
      jti: expect.stringMatching(new RegExp(`^${ULID}$`)),
      client_id: 'client_test',
      auth_time: claims.iat,
      iat: expect.any(Number),
      exp: (claims.iat as number) + 300,
    });
    expect(Number.isInteger(claims.iat)).toBe(true);
    expect((claims.iat as number) - before).toBeLessThanOrEqual(2);
    expect((claims.iat as number) - before).toBeGreaterThanOrEqual(0);
  });

  it('names one person in one session, each time with another jti', async () => {
    const { sign } = newIssuer({ algorithm: 'EdDSA' });
    const [first, second] = [decode(await sign()).claims, decode(await sign()).claims];
    const other = decode(await newIssuer({ algorithm: 'EdDSA' }).sign()).claims;
    expect(second).toMatchObject({ sub: first.sub, sid: first.sid });
    expect(second.jti).not.toBe(first.jti);
    expect(other.sub).not.toBe(first.sub);
    expect(other.sid).not.toBe(first.sid);
  });

  it('follows clientId, issuer and audience', async () => {
    const plain = newIssuer({ clientId: 'client_other', algorithm: 'EdDSA' });
    expect(decode(await plain.sign()).claims).toMatchObject({
      iss: 'https://api.workos.com/user_management/client_other',
      aud: 'client_other',
      client_id: 'client_other',
    });
    const custom = newIssuer({
      issuer: 'https://auth.example.com',
      audience: ['a', 'b'],
      algorithm: 'EdDSA',
    });
    expect(decode(await custom.sign()).claims).toMatchObject({
      iss: 'https://auth.example.com',
      aud: ['a', 'b'],
    });
  });

  it('has no aud with audience: null', async () => {
    const issuer = newIssuer({ audience: null, algorithm: 'EdDSA' });
    expect(decode(await issuer.sign()).claims).not.toHaveProperty('aud');
    expect(decode(await issuer.sign({ aud: 'x' })).claims.aud).toBe('x');
  });

  it('takes claims over the defaults, and leaves out what is undefined', async () => {
    const token = await newIssuer({ algorithm: 'EdDSA' }).sign({
      org_id: 'org_1',
      permissions: ['a:b'],
      sub: 7,
      aud: undefined,
      exp: null,
    });
    const { claims } = decode(token);
    expect(claims).toMatchObject({ org_id: 'org_1', permissions: ['a:b'], sub: 7, exp: null });
    expect(claims).not.toHaveProperty('aud');
    expect(claims).toHaveProperty('iss');
  });

  it('keeps a claim named __proto__ as a claim', async () => {
    const token = await newIssuer({ algorithm: 'EdDSA' }).sign(
      JSON.parse('{"__proto__":{"admin":true}}'),
    );
    expect(Object.hasOwn(decode(token).claims, '__proto__')).toBe(true);
  });

  it('takes header members over alg and kid, and signs as before', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const typed = await issuer.sign({}, { header: { typ: 'JWT' } });
    expect(decode(typed).header).toStrictEqual({
      alg: 'EdDSA',
      kid: publishedKey(issuer).kid,
      typ: 'JWT',
    });
    expect(signatureIsGood(typed, issuer)).toBe(true);
    const renamed = await issuer.sign({}, { header: { alg: 'HS256' } });
    expect(decode(renamed).header.alg).toBe('HS256');
    expect(signatureIsGood(renamed, issuer)).toBe(true);
    const nameless = await issuer.sign({}, { header: { kid: undefined } });
    expect(decode(nameless).header).toStrictEqual({ alg: 'EdDSA' });
  });

  it('lives as long as asked, from the time asked', async () => {
    const { sign } = newIssuer({ algorithm: 'EdDSA' });
    const at = async (options: object) => decode(await sign({}, options)).claims;
    expect(await at({ now: 1_700_000_000 })).toMatchObject({
      iat: 1_700_000_000,
      exp: 1_700_000_300,
    });
    expect(await at({ now: 1_700_000_000, expiresInSeconds: 60 })).toMatchObject({
      exp: 1_700_000_060,
    });
    expect(await at({ now: 1_700_000_000, expiresInSeconds: -1 })).toMatchObject({
      exp: 1_699_999_999,
    });
    expect(await at({ now: 0 })).toMatchObject({ iat: 0, auth_time: 0, exp: 300 });
  });

  it('is signed at the time of fake timers, and needs no timer', async () => {
    vi.useFakeTimers({ now: new Date('2031-02-03T04:05:06.789Z') });
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const seconds = Date.UTC(2031, 1, 3, 4, 5, 6) / 1000;
    expect(decode(await issuer.sign()).claims).toMatchObject({ iat: seconds, exp: seconds + 300 });
    vi.advanceTimersByTime(10_000);
    expect(decode(await issuer.sign()).claims.iat).toBe(seconds + 10);
    expect(decode(await issuer.expired()).claims.exp).toBeLessThan(seconds);
    expect(decode(await issuer.wrongKey()).claims.iat).toBe(seconds + 10);
  });

  it('can be expired: rightly signed, and past the largest tolerance', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const token = await issuer.expired();
    const { claims } = decode(token);
    expect(signatureIsGood(token, issuer)).toBe(true);
    expect(claims.exp).toBeLessThan(Date.now() / 1000 - 300);
    expect(claims.iat).toBeLessThan(claims.exp as number);
    expect(claims).toMatchObject({ iss: issuer.issuer, aud: issuer.audience });
  });

  it('can be forged: the kid of the present key, another key', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const forged = await issuer.wrongKey();
    expect(decode(forged).header).toStrictEqual(decode(await issuer.sign()).header);
    expect(decode(forged).claims.exp).toBeGreaterThan(Date.now() / 1000);
    expect(signatureIsGood(forged, issuer)).toBe(false);
    const kid = issuer.rotate();
    expect(decode(await issuer.wrongKey()).header.kid).toBe(kid);
    expect(signatureIsGood(await issuer.wrongKey(), issuer)).toBe(false);
  });

  it.each<[string, unknown[], RegExp]>([
    ['claims: null', [null], /^claims must be an object; got null$/],
    ['claims: an array', [[]], /^claims must be an object; got an empty array$/],
    ['options: a number', [{}, 300], /^options must be an object; got number$/],
    [
      'an unknown option',
      [{}, { expiresIn: 300 }],
      /^unknown option "expiresIn"; .*expiresInSeconds/,
    ],
    ['header: a string', [{}, { header: 'x' }], /^header must be an object; got another string$/],
    [
      'expiresInSeconds: a string',
      [{}, { expiresInSeconds: '5m' }],
      /^expiresInSeconds must be a number/,
    ],
    [
      'expiresInSeconds: Infinity',
      [{}, { expiresInSeconds: Infinity }],
      /^expiresInSeconds must be a number/,
    ],
    ['now: NaN', [{}, { now: NaN }], /^now must be a number of seconds/],
    ['now: milliseconds', [{}, { now: 253_402_300_800 }], /^now must be .* or milliseconds$/],
  ])('is refused as a rejection, never a throw: %s', async (_, args, message) => {
    const { sign } = newIssuer({ algorithm: 'EdDSA' }) as unknown as {
      sign(...args: unknown[]): Promise<string>;
    };
    const error: unknown = await sign(...args).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
  });

  it('may be signed in the last second of the year 9999', async () => {
    expect(
      decode(await newIssuer({ algorithm: 'EdDSA' }).sign({}, { now: 253_402_300_799 })).claims.iat,
    ).toBe(253_402_300_799);
  });
});

describe('the algorithms', () => {
  // One issuer for both opinions: RSA keys take their time.
  const issuers = ALGORITHMS.map(([algorithm]) => ({
    algorithm,
    issuer: createTestIssuer({ algorithm }),
  }));
  const issuerOf = (algorithm: TestAlgorithm) =>
    issuers.find((entry) => entry.algorithm === algorithm)?.issuer ?? expect.unreachable();
  afterAll(() => Promise.all(issuers.map(({ issuer }) => issuer.close())));

  it.each(ALGORITHMS)('%s', async (algorithm, _digest, _parameters, signatureBytes) => {
    const issuer = issuerOf(algorithm);
    const token = await issuer.sign({ org_id: 'org_1' });
    const { header, signature } = decode(token);
    expect(header).toStrictEqual({ alg: algorithm, kid: publishedKey(issuer).kid });
    expect(signature).toHaveLength(signatureBytes);
    expect(signatureIsGood(token, issuer)).toBe(true);
    expect(signatureIsGood(await issuer.expired(), issuer)).toBe(true);
    expect(signatureIsGood(await issuer.wrongKey(), issuer)).toBe(false);
    expect(issuer.options.algorithms).toStrictEqual(
      algorithm === 'RS256' ? undefined : [algorithm],
    );
  });

  it.skipIf(jose === null).each(ALGORITHMS)('%s, as jose sees it', async (algorithm) => {
    const issuer = issuerOf(algorithm);
    await issuer.listen();
    const checks = { issuer: issuer.issuer, audience: issuer.audience, algorithms: [algorithm] };
    const remote = jose.createRemoteJWKSet(new URL(urlOf(issuer)));
    const { payload } = await jose.jwtVerify(
      await issuer.sign({ org_id: 'org_1' }),
      remote,
      checks,
    );
    expect(payload.org_id).toBe('org_1');
    await expect(jose.jwtVerify(await issuer.wrongKey(), remote, checks)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    await expect(jose.jwtVerify(await issuer.expired(), remote, checks)).rejects.toMatchObject({
      code: 'ERR_JWT_EXPIRED',
    });
  });
});

describe('the key set', () => {
  it('is there right after the creation, public and in the shape of WorkOS', () => {
    const issuer = newIssuer();
    expect(issuer.jwks.keys).toStrictEqual([
      {
        kty: 'RSA',
        n: expect.any(String),
        e: 'AQAB',
        kid: expect.stringMatching(KID),
        alg: 'RS256',
        use: 'sig',
      },
    ]);
    expect(Buffer.from(publishedKey(issuer).n ?? '', 'base64url')).toHaveLength(256);
  });

  it.each<[TestAlgorithm, object]>([
    ['ES256', { kty: 'EC', crv: 'P-256' }],
    ['ES384', { kty: 'EC', crv: 'P-384' }],
    ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
  ])('holds public members alone for %s', (algorithm, shape) => {
    const [key] = newIssuer({ algorithm }).jwks.keys;
    expect(key).toMatchObject({ ...shape, alg: algorithm, use: 'sig' });
    expect(key).not.toHaveProperty('d');
  });

  it('is a copy: what a test does to it changes nothing', () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const copy = issuer.jwks;
    for (const key of copy.keys) key.kid = 'changed';
    copy.keys.length = 0;
    issuer.options.jwks?.keys.splice(0);
    expect(publishedKey(issuer).kid).toMatch(KID);
  });

  it('gains the new key on rotation, and keeps the old one until it is withdrawn', async () => {
    const issuer = newIssuer({ algorithm: 'ES256' });
    const old = await issuer.sign();
    const oldKid = publishedKey(issuer).kid;
    const newKid = issuer.rotate();
    expect(newKid).toMatch(KID);
    expect(issuer.jwks.keys.map((key) => key.kid)).toStrictEqual([oldKid, newKid]);
    const fresh = await issuer.sign();
    expect(decode(fresh).header.kid).toBe(newKid);
    expect([signatureIsGood(old, issuer), signatureIsGood(fresh, issuer)]).toStrictEqual([
      true,
      true,
    ]);

    issuer.withdraw(oldKid);
    expect(issuer.jwks.keys.map((key) => key.kid)).toStrictEqual([newKid]);
    expect([signatureIsGood(old, issuer), signatureIsGood(fresh, issuer)]).toStrictEqual([
      null,
      true,
    ]);
  });

  it('holds both keys when the first use of an issuer is a rotation', () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const kid = issuer.rotate();
    expect(issuer.jwks.keys).toHaveLength(2);
    expect(publishedKey(issuer, 1).kid).toBe(kid);
  });

  it('goes on signing with the present key after it was withdrawn, until the next rotation', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const kid = publishedKey(issuer).kid;
    issuer.withdraw(kid);
    expect(issuer.jwks).toStrictEqual({ keys: [] });
    const token = await issuer.sign();
    expect(decode(token).header.kid).toBe(kid);
    expect(signatureIsGood(token, issuer)).toBe(null);
    issuer.rotate();
    expect(signatureIsGood(await issuer.sign(), issuer)).toBe(true);
  });

  it('has nothing to withdraw under an unknown kid, and does not repeat what was passed', () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const error = catchError(() => issuer.withdraw('sk_live_secret'));
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).not.toContain('secret');
    const { kid } = publishedKey(issuer);
    issuer.withdraw(kid);
    expect(() => issuer.withdraw(kid)).toThrow(RangeError);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the options', () => {
  it('hold the key set until the issuer listens, and again once it is closed', async () => {
    const issuer = newIssuer({ algorithm: 'ES256', audience: null });
    const expected = {
      clientId: 'client_test',
      issuer: 'https://api.workos.com/user_management/client_test',
      audience: null,
      algorithms: ['ES256'],
      jwks: issuer.jwks,
    };
    expect(issuer.options).toStrictEqual(expected);
    await issuer.listen();
    await issuer.close();
    expect(issuer.options).toStrictEqual(expected);
    expect(issuer.jwksUrl).toBe(null);
  });

  it('hold the URL of the key endpoint while the issuer listens', async () => {
    const issuer = await listeningIssuer();
    expect(issuer.jwksUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sso\/jwks\/client_test$/);
    expect(issuer.options).toStrictEqual({
      clientId: 'client_test',
      issuer: 'https://api.workos.com/user_management/client_test',
      audience: 'client_test',
      jwksUrl: issuer.jwksUrl,
      jwksCache: { cooldownSeconds: 1 },
    });
  });

  it('are a new object each time, down to the audience', () => {
    const audience = ['a', 'b'];
    const issuer = newIssuer({ audience });
    audience.push('c');
    expect(issuer.audience).toStrictEqual(['a', 'b']);
    expect(Object.isFrozen(issuer.audience)).toBe(true);
    (issuer.options.audience as string[]).push('d');
    expect(issuer.options.audience).toStrictEqual(['a', 'b']);
  });

  it.each<[string, unknown, RegExp]>([
    ['null', null, /^options must be an object; got null$/],
    ['an array', ['x'], /^options must be an object; got an array$/],
    [
      'an unknown option',
      { audiences: 'x' },
      /^unknown option "audiences"; .*audience, algorithm$/,
    ],
    ['clientId: a number', { clientId: 1 }, /^clientId must be a non-empty string; got number$/],
    [
      'clientId: a symbol',
      { clientId: Symbol('x') },
      /^clientId must be a non-empty string; got symbol$/,
    ],
    [
      'clientId: empty',
      { clientId: '' },
      /^clientId must be a non-empty string; got an empty string$/,
    ],
    ['issuer: null', { issuer: null }, /^issuer must be a non-empty string; got null$/],
    ['audience: empty', { audience: '' }, /^audience must be .* null; got an empty string$/],
    ['audience: []', { audience: [] }, /^audience must be .* null; got an empty array$/],
    ['audience: [1]', { audience: [1] }, /^audience must be .* null; got an array$/],
    [
      'algorithm: HS256',
      { algorithm: 'HS256' },
      /^algorithm must be one of RS256, .*EdDSA; got another string$/,
    ],
    ['algorithm: toString', { algorithm: 'toString' }, /^algorithm must be one of/],
    ['algorithm: null', { algorithm: null }, /^algorithm must be one of .*; got null$/],
  ])('of the wrong kind are a TypeError that names them: %s', (_, options, message) => {
    const error = catchError(() => createTestIssuer(options as TestIssuerOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
  });

  it('that are undefined have their defaults, and a polluted prototype sets none', () => {
    const polluted = Object.prototype as { audience?: unknown };
    polluted.audience = 'evil';
    try {
      expect(newIssuer({ clientId: undefined, audience: undefined }).audience).toBe('client_test');
      expect(newIssuer().audience).toBe('client_test');
    } finally {
      delete polluted.audience;
    }
  });
});

describe('the key endpoint', () => {
  it('serves the key set as it is now, and counts the requests for it', async () => {
    const issuer = await listeningIssuer({ algorithm: 'ES256' });
    expect(issuer.requests()).toBe(0);
    const first = await fetch(issuer.jwksUrl);
    expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(first.headers.get('keep-alive')).toBe(null); // no idle timeout for a client to race with
    expect(JSON.parse(await first.text())).toStrictEqual(issuer.jwks);
    issuer.rotate();
    issuer.withdraw(publishedKey(issuer).kid);
    expect(await fetchJson(`${issuer.jwksUrl}?fresh=1`)).toStrictEqual(issuer.jwks);
    expect(issuer.requests()).toBe(2);
  });

  it('serves a discovery document', async () => {
    const issuer = await listeningIssuer({ clientId: 'client_x', algorithm: 'EdDSA' });
    const url = new URL(
      '/user_management/client_x/.well-known/openid-configuration',
      issuer.jwksUrl,
    );
    expect(await fetchJson(url)).toStrictEqual({
      issuer: 'https://api.workos.com/user_management/client_x',
      jwks_uri: issuer.jwksUrl,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['EdDSA'],
    });
    expect(issuer.requests()).toBe(0);
  });

  it.each([
    '/sso/jwks/client_another',
    '/sso/jwks/',
    '/',
    '/user_management/client_another/.well-known/openid-configuration',
  ])('answers 404 with JSON for %s, and does not count it', async (path) => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    expect(await fetchOutcome(new URL(path, issuer.jwksUrl).href)).toStrictEqual({
      status: 404,
      type: 'application/json; charset=utf-8',
      body: '{"message":"Not Found"}',
    });
    expect(issuer.requests()).toBe(0);
  });

  it('answers GET and HEAD alone', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const head = await fetch(issuer.jwksUrl, { method: 'HEAD' });
    expect([head.status, await head.text()]).toStrictEqual([200, '']);
    const post = await fetch(issuer.jwksUrl, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toStrictEqual([405, 'GET, HEAD']);
  });

  it('finds a client id that has to be escaped in a URL', async () => {
    const issuer = await listeningIssuer({ clientId: 'client a/b?c', algorithm: 'EdDSA' });
    expect(await fetchJson(issuer.jwksUrl)).toStrictEqual(issuer.jwks);
  });

  it('listens once, however often and however fast it is asked to', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    expect(issuer.jwksUrl).toBe(null);
    await Promise.all([issuer.listen(), issuer.listen()]);
    const url = urlOf(issuer);
    await fetchOutcome(url);
    await issuer.listen();
    expect(issuer.jwksUrl).toBe(url);
    expect(issuer.requests()).toBe(1);
  });

  it('closes once, listens anew after it, and counts anew', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    await issuer.close();
    await issuer.listen();
    const url = urlOf(issuer);
    await fetchOutcome(url);
    await Promise.all([issuer.close(), issuer.close()]);
    await issuer.close();
    expect(issuer.jwksUrl).toBe(null);
    expect(await fetchOutcome(url)).toStrictEqual({ failure: 'ECONNREFUSED' });
    expect(issuer.requests()).toBe(1);
    await issuer.listen();
    expect(issuer.requests()).toBe(0);
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject({ status: 200 });
  });

  it('does in order what is asked without awaiting', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    void issuer.listen();
    void issuer.outage('refuse');
    void issuer.close();
    void issuer.listen();
    void issuer.outage('refuse');
    await issuer.outage(null);
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject({ status: 200 });
    await Promise.all([issuer.outage('refuse'), issuer.close()]);
    expect(issuer.jwksUrl).toBe(null);
  });

  it.skipIf(!Symbol.asyncDispose)('closes by await using', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const url = issuer.jwksUrl;
    await issuer[Symbol.asyncDispose]();
    expect(await fetchOutcome(url)).toStrictEqual({ failure: 'ECONNREFUSED' });
  });
});

describe('an outage', () => {
  const json = 'application/json; charset=utf-8';
  it.each<[TestOutageMode, object]>([
    ['status-500', { status: 500, type: json, body: '{"message":"Internal Server Error"}' }],
    ['status-404', { status: 404, type: json, body: '{"message":"Not Found"}' }],
    [
      'html',
      {
        status: 200,
        type: 'text/html; charset=utf-8',
        body: expect.stringMatching(/^<!doctype html>/),
      },
    ],
    ['empty', { status: 200, type: json, body: '{"keys":[]}' }],
  ])('of mode %s answers so at once, is counted, and ends', async (mode, outcome) => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const inForce = issuer.outage(mode);
    expect(await fetchOutcome(issuer.jwksUrl)).toStrictEqual(outcome);
    await expect(inForce).resolves.toBe(undefined);
    expect(issuer.requests()).toBe(1);
    void issuer.outage(null);
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({
      status: 200,
      body: JSON.stringify(issuer.jwks),
    });
    expect(issuer.requests()).toBe(2);
  });

  it('of mode refuse refuses connections, and ends on the same port', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const url = issuer.jwksUrl;
    await issuer.outage('refuse');
    expect(issuer.jwksUrl).toBe(url);
    expect(issuer.options.jwksUrl).toBe(url);
    expect(await fetchOutcome(url)).toStrictEqual({ failure: 'ECONNREFUSED' });
    expect(issuer.requests()).toBe(0);
    await issuer.outage('refuse');
    await issuer.outage(null);
    expect(issuer.jwksUrl).toBe(url);
    expect(await fetchOutcome(url)).toMatchObject({ status: 200 });
    expect(issuer.requests()).toBe(1);
  });

  it('of mode refuse is a refusal also for a client that kept a connection', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    for (let round = 1; round <= 20; round += 1) {
      expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 200 });
      await issuer.outage('refuse');
      expect(await fetchOutcome(issuer.jwksUrl)).toStrictEqual({ failure: 'ECONNREFUSED' });
      await issuer.outage(null);
    }
  });

  it('can follow upon another', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    await issuer.outage('refuse');
    await issuer.outage('status-500');
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 500 });
    await issuer.outage('refuse');
    expect(await fetchOutcome(issuer.jwksUrl)).toStrictEqual({ failure: 'ECONNREFUSED' });
  });

  it('of mode refuse ends kept-alive, silent and hanging connections', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const agent = new Agent({ keepAlive: true });
    const request = get(issuer.jwksUrl, { agent });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    const silent = connect(Number(new URL(issuer.jwksUrl).port), '127.0.0.1').on('error', () => {});
    await once(silent, 'connect');
    const ended = Promise.all([
      once(request.socket ?? expect.unreachable(), 'close'),
      once(silent, 'close'),
    ]);
    void issuer.outage('hang');
    const hanging = fetchOutcome(issuer.jwksUrl);
    await requestsArrive(issuer, 2);
    await issuer.outage('refuse');
    await ended;
    expect(await hanging).toHaveProperty('failure');
    agent.destroy();
  });

  it('of mode refuse waits for its port when something else has it, but not for ever', {
    timeout: 20_000,
  }, async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    await issuer.outage('refuse');
    const squatter = createServer().listen(Number(new URL(issuer.jwksUrl).port), '127.0.0.1');
    await once(squatter, 'listening');
    await expect(issuer.outage(null)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const back = issuer.outage(null);
    setTimeout(() => squatter.close(), 100);
    await back;
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 200 });
  });

  it('of mode hang accepts, counts and never answers; close() ends what hangs', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    void issuer.outage('hang');
    const outcome = fetchOutcome(issuer.jwksUrl, 60_000);
    await requestsArrive(issuer, 1);
    expect(await Promise.race([outcome, sleep(400, 'no answer')])).toBe('no answer');
    await issuer.close();
    expect(await outcome).toHaveProperty('failure', expect.not.stringContaining('Timeout'));
  });

  // The gap between the headers and the first byte is what a busy machine may swallow.
  it('of mode drip sends headers at once, and then a byte every 300 ms, whatever fake timers say', {
    retry: 2,
  }, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval'] });
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    void issuer.outage('drip');
    const response = await fetch(issuer.jwksUrl);
    const headersAt = performance.now();
    expect(response.status).toBe(200);
    const body = JSON.stringify(issuer.jwks);
    expect(response.headers.get('content-length')).toBe(String(body.length));
    const reader = response.body?.getReader() ?? expect.unreachable();
    const chunks = [];
    for (let read = 0; read < 3; read += 1) {
      chunks.push(Buffer.from((await reader.read()).value ?? []).toString());
    }
    const elapsed = performance.now() - headersAt;
    await reader.cancel();
    expect(chunks).toStrictEqual([body[0], body[1], body[2]]);
    expect(elapsed).toBeGreaterThan(700);
  });

  it('touches the discovery document too, except in mode empty', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const discovery = new URL(
      '/user_management/client_test/.well-known/openid-configuration',
      issuer.jwksUrl,
    ).href;
    void issuer.outage('status-500');
    expect(await fetchOutcome(discovery)).toMatchObject({ status: 500 });
    void issuer.outage('empty');
    expect(await fetchOutcome(discovery)).toMatchObject({
      status: 200,
      body: expect.stringContaining('jwks_uri'),
    });
  });

  it.each<[TestOutageMode, object]>([
    ['status-500', { status: 500 }],
    ['refuse', { failure: 'ECONNREFUSED' }],
  ])('of mode %s can be there from the start', async (mode, outcome) => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    await issuer.outage(mode);
    await issuer.listen();
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject(outcome);
    await issuer.outage(null);
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject({ status: 200 });
  });

  it('is over after close()', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    await issuer.outage('status-500');
    await issuer.close();
    await issuer.listen();
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 200 });
  });

  it.each([['slow'], [undefined], [''], [0], ['toString']])(
    'of an unknown mode (%s) is a TypeError that names the modes',
    (mode) => {
      const issuer = newIssuer();
      const error = catchError(() => issuer.outage(mode as TestOutageMode));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as TypeError).message).toContain(
        'one of refuse, hang, drip, status-500, status-404, html, empty, or null to end the outage',
      );
    },
  );
});

describe('the process', { timeout: 20_000 }, () => {
  // By its own name, which Node finds from inside the package alone.
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const prelude = `const { createTestIssuer } = require('verify-workos-token/testing');`;
  // Exit code 0 alone: 13 would be an await that nothing holds open, and a kill by the time limit
  // has no code.
  const exitsByItself = async (script: string) => {
    const code = `${prelude} (async () => { ${script} })().then(() => console.log('done'));`;
    const { stdout } = await run(process.execPath, ['-e', code], { cwd, timeout: 10_000 });
    expect(stdout).toBe('done\n');
  };

  it('exits by itself when close() was forgotten', async () => {
    await exitsByItself(`
      const issuer = createTestIssuer();
      await issuer.listen();
      await (await fetch(issuer.jwksUrl)).json();
      await issuer.outage('hang');`);
  });

  it('exits by itself with a connection that hangs or drips', async () => {
    await exitsByItself(`
      const issuer = createTestIssuer({ algorithm: 'EdDSA' });
      await issuer.listen();
      for (const [count, mode] of [[1, 'hang'], [2, 'drip']]) {
        issuer.outage(mode);
        const request = require('node:http').get(issuer.jwksUrl).on('error', () => {});
        request.on('socket', (socket) => socket.unref());
        while (issuer.requests() < count) await new Promise((resolve) => setTimeout(resolve, 10));
      }`);
  });

  it('stays until every step is done, though nothing else is pending', async () => {
    await exitsByItself(`
      const issuer = createTestIssuer({ algorithm: 'EdDSA' });
      await issuer.listen();
      await issuer.outage('refuse');
      await issuer.outage(null);
      if ((await fetch(issuer.jwksUrl)).status !== 200) throw new Error('not back');
      await issuer.close();
      await issuer.listen();
      await issuer.close();`);
  });

  it('has one implementation for import and require, and loads no native addon for it', async () => {
    await exitsByItself(`
      const imported = await import('verify-workos-token/testing');
      if (imported.createTestIssuer !== createTestIssuer) throw new Error('two implementations');
      const loaded = Object.keys(require.cache).map((path) => require('node:path').basename(path));
      if (!loaded.every((name) => /^(testing.*|algorithms|kinds|option-names)\\.cjs$/.test(name))) throw new Error(loaded.join());`);
  });
});

describe('the port of an issuer', () => {
  it('is none that another had before, whose keys are remembered by their URL', async () => {
    const key = Symbol.for('verify-workos-token.test-ports');
    const used = (process as unknown as Record<symbol, Set<number>>)[key] as Set<number>;
    const first = createTestIssuer();
    await first.listen();
    expect(used).toContain(Number(new URL(first.jwksUrl as string).port));
    await first.close();
    // Half of all: every other try meets a used one. (Linux gives odd ones first.)
    const before = new Set(used);
    const isFree = (port: number) => (port >> 1) % 2 === 1;
    for (let port = 1_024; port < 65_536; port += 1) if (!isFree(port)) used.add(port);
    try {
      for (let round = 0; round < 8; round += 1) {
        const issuer = createTestIssuer();
        await issuer.listen();
        const port = Number(new URL(issuer.jwksUrl as string).port);
        expect(isFree(port), String(port)).toBe(true);
        await issuer.close();
      }
    } finally {
      used.clear();
      for (const port of before) used.add(port);
    }
  });
});
