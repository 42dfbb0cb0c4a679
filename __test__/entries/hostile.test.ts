// Tokens of one entry that try to pass in another, and entries that are down.
import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken, type WorkosEntry } from 'verify-workos-token';
import {
  type FaultServer,
  hang,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner, forge, ISSUER, segment } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const STAGING = 'client_staging';
const STAGING_ISSUER = `https://api.workos.com/user_management/${STAGING}`;
const staged = { iss: STAGING_ISSUER, aud: STAGING };
/** The same `kid` in both sets. */
const [ours, theirs] = [createSigner('key_1'), createSigner('key_1')];
const production = { name: 'production', clientId: CLIENT_ID, jwks: ours.jwks };
const staging = { name: 'staging', clientId: STAGING, jwks: theirs.jwks };
const verifier = createWorkosVerifier([production, staging]);

const servers: FaultServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(behaviour: Parameters<typeof startFaultServer>[0]): Promise<FaultServer> {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  return server;
}

describe('a verifier with two environments', () => {
  it('names the one whose token it is', async () => {
    const token = ours.sign();
    const detailed = await verifier.verifyDetailed(token);
    expect(detailed).toEqual({
      claims: await verifyWorkosToken(token, ours.options),
      header: { alg: 'RS256', kid: 'key_1' },
      name: 'production',
    });
    expect(Object.isFrozen(detailed) && Object.isFrozen(detailed.header)).toBe(true);
    const other = theirs.sign(claims(staged));
    await expect(verifier.verifyDetailed(other)).resolves.toHaveProperty('name', 'staging');
    expect(verifier.verifySync(other)).toEqual(await verifier.verify(other));
  });

  it('names none for a verifier without entries', async () => {
    const alone = createWorkosVerifier(ours.options);
    const token = ours.sign(claims(), { alg: 'RS256', kid: 'key_1', typ: 'at+jwt' });
    const detailed = await alone.verifyDetailed(token);
    expect(detailed).toEqual({
      claims: await alone.verify(token),
      header: { alg: 'RS256', kid: 'key_1', typ: 'at+jwt' },
      name: undefined,
    });
  });

  it('gives an escaped name of a header as it was signed', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' };
    const header = '{"alg":"RS256","k\\u0069d":"k","\\u005f_proto__":{"a":1},"extra":["\\u0061"]}';
    const input = `${segment(header)}.${segment(claims())}`;
    const signature = signBytes('sha256', Buffer.from(input), privateKey).toString('base64url');
    const options = { clientId: CLIENT_ID, jwks: { keys: [jwk] } };
    const detailed = await createWorkosVerifier(options).verifyDetailed(`${input}.${signature}`);
    expect(JSON.stringify(detailed.header)).toBe(
      '{"alg":"RS256","kid":"k","__proto__":{"a":1},"extra":["a"]}',
    );
  });

  it.each([
    ['signed with the key of the other', theirs.sign(), 'INVALID_SIGNATURE'],
    ['signed with ours for the other', ours.sign(claims(staged)), 'INVALID_SIGNATURE'],
    ['for the other audience', ours.sign(claims({ aud: STAGING })), 'INVALID_AUDIENCE'],
    ['of the other client', ours.sign(claims({ client_id: STAGING })), 'INVALID_CLAIM'],
    ['with a forged issuer', forge('key_1', staged), 'INVALID_SIGNATURE'],
    [
      'with the issuer of nobody',
      forge('key_1', { iss: 'https://evil.invalid' }),
      'INVALID_ISSUER',
    ],
    ['with both issuers', forge('key_1', { iss: [ISSUER, STAGING_ISSUER] }), 'INVALID_ISSUER'],
    ['without an issuer', ours.sign(claims({ iss: undefined })), 'INVALID_ISSUER'],
    ['with a slash at the end', ours.sign(claims({ iss: `${ISSUER}/` })), 'INVALID_ISSUER'],
    ['that has expired', ours.sign(claims({ exp: 1 })), 'TOKEN_EXPIRED'],
    ['that is none', 'a.b', 'MALFORMED_TOKEN'],
    ['of no type', undefined, 'MALFORMED_TOKEN'],
    ['without a kid', ours.sign(claims(), { alg: 'RS256' }), 'MALFORMED_TOKEN'],
    [
      'with HS256',
      forge('key_1').replace(/^[^.]+/, segment({ alg: 'HS256', kid: 'key_1' })),
      'UNSUPPORTED_ALGORITHM',
    ],
  ])('refuses a token %s', async (_, token, code) => {
    const error = await refusal(() => verifier.verify(token as string));
    expect(error.code).toBe(code);
    expect(refusalSync(() => verifier.verifySync(token as string)).code).toBe(code);
    expect((await refusal(() => verifier.verifyDetailed(token as string))).code).toBe(code);
    const explained = await verifier.explain(token as string);
    expect([explained.ok, explained.code]).toEqual([false, code]);
    const hasClaims = ['TOKEN_EXPIRED', 'INVALID_AUDIENCE', 'INVALID_CLAIM'].includes(code);
    expect(error.claims !== undefined).toBe(hasClaims);
  });

  it('says that no entry has the issuer', async () => {
    const error = await refusal(() =>
      verifier.verify(forge('key_9', { iss: 'https://x.invalid' })),
    );
    expect(error).toMatchObject({ claim: 'iss', reason: 'mismatch', status: 401 });
    expect(error.message).toBe('the token names an issuer that no entry accepts');
  });
});

describe('two entries with one issuer', () => {
  const audiences = [
    { ...production, name: 'api', audience: 'https://api.example.com' },
    { ...production, name: 'mcp', audience: 'https://mcp.example.com' },
    { ...production, name: 'admin', audience: null, permissions: ['admin'] },
  ];

  it('are told apart by their audiences, and tried in order', async () => {
    const { verifyDetailed, verify } = createWorkosVerifier(audiences);
    const named = async (changes: object) =>
      (await verifyDetailed(ours.sign(claims({ ...changes })))).name;
    expect(await named({ aud: 'https://api.example.com' })).toBe('api');
    expect(await named({ aud: 'https://mcp.example.com' })).toBe('mcp');
    expect(await named({ aud: 'https://mcp.example.com', permissions: ['admin'] })).toBe('mcp');
    expect(await named({ aud: 'https://x.example.com', permissions: ['admin'] })).toBe('admin');
    // The third came furthest.
    const refused = await refusal(() => verify(ours.sign(claims({ aud: 'x' }))));
    expect(refused).toMatchObject({ code: 'MISSING_PERMISSION', expected: ['admin'] });
  });

  it('stay so for a hot token, whose verdict can change with the time', async () => {
    let now = Date.now() / 1000;
    const time = { now: () => now };
    const entries = [
      { ...production, ...time, name: 'strict', clockToleranceSeconds: 0 },
      { ...production, ...time, name: 'lax', clockToleranceSeconds: 300 },
    ];
    const { verifyDetailed, stats } = createWorkosVerifier(entries);
    const token = ours.sign(claims({ exp: Math.floor(now) + 10 }));
    const names: string[] = [];
    for (let call = 0; call < 4; call += 1) names.push((await verifyDetailed(token)).name);
    now += 11;
    for (let call = 0; call < 2; call += 1) names.push((await verifyDetailed(token)).name);
    expect(names).toEqual(['strict', 'strict', 'strict', 'strict', 'lax', 'lax']);
    now += 300;
    expect((await refusal(() => verifyDetailed(token))).code).toBe('TOKEN_EXPIRED');
    expect(stats()).toMatchObject({ verified: 6, rejected: { TOKEN_EXPIRED: 1 } });
    expect(stats().entries.map(({ name, verified }) => [name, verified])).toEqual([
      ['strict', 4],
      ['lax', 2],
    ]);
  });

  it('find a token hot again after another verifier has', async () => {
    const token = ours.sign(claims({ aud: 'https://mcp.example.com' }));
    const alone = createWorkosVerifier({ ...ours.options, audience: null });
    const { verify, verifyDetailed } = createWorkosVerifier(audiences);
    const seen = [await alone.verify(token), await verify(token), await alone.verify(token)];
    const detailed = await verifyDetailed(token);
    expect(detailed.name).toBe('mcp');
    expect(await alone.verify(token)).toEqual(seen[0]);
    // Frozen claims of a repeated token are shared.
    expect(detailed.claims).toBe(seen[2]);
  });
});

describe('bursts', () => {
  it('name the entry of each token', async () => {
    const signers = [ours, theirs];
    const tokens = Array.from({ length: 100 }, (_, index) => {
      const changes = { ...(index % 2 ? staged : {}), sub: `user_${index}` };
      return signers[index % 2]?.sign(claims(changes)) ?? '';
    });
    for (let round = 0; round < 3; round += 1) {
      const found = await Promise.all(tokens.map((token) => verifier.verifyDetailed(token)));
      expect(found.map(({ name, claims }) => `${name} ${claims.sub}`)).toEqual(
        tokens.map((_, index) => `${index % 2 ? 'staging' : 'production'} user_${index}`),
      );
    }
  });
});

describe('an entry that is down', () => {
  const down = (jwksUrl: string, timeoutMs = 300): WorkosEntry => ({
    name: 'down',
    clientId: CLIENT_ID,
    jwksUrl,
    jwksCache: { timeoutMs },
  });

  it('harms no other issuer', async () => {
    const server = await serve(hang);
    const { verifyDetailed } = createWorkosVerifier([down(server.url), staging]);
    await expect(verifyDetailed(theirs.sign(claims(staged)))).resolves.toHaveProperty(
      'name',
      'staging',
    );
    expect(server.requests).toBe(0);
    expect((await refusal(() => verifyDetailed(ours.sign()))).code).toBe('JWKS_FETCH_FAILED');
  });

  it('is waited for, and then the next is tried', async () => {
    const server = await serve(status(500));
    const entries = [down(server.url), production, { ...production, name: 'third' }];
    const { verifyDetailed, verifySync, explain } = createWorkosVerifier(entries);
    await expect(verifyDetailed(ours.sign())).resolves.toHaveProperty('name', 'production');
    expect(server.requests).toBe(1);
    expect(verifySync(ours.sign()).sub).toBe('user_1');
    await expect(explain(ours.sign())).resolves.toMatchObject({ ok: true, name: 'production' });
  });

  it.each([
    ['an unknown key', forge('key_9'), 503],
    ['another key', theirs.sign(), 401],
    ['another audience', ours.sign(claims({ aud: 'x' })), 401],
  ])('makes a token with %s %i %i', async (_, token, expected) => {
    const server = await serve(status(500));
    const { verify } = createWorkosVerifier([down(server.url), production]);
    const error = await refusal(() => verify(token));
    expect(error.status).toBe(expected);
    expect(error.retryable).toBe(expected === 503);
  });

  it('does not add its time to that of others', async () => {
    const timeoutMs = 1_000;
    const entries: WorkosEntry[] = [];
    for (let index = 0; index < 8; index += 1) {
      const { url } = await serve(hang);
      entries.push({ ...down(url, timeoutMs), name: `down ${index}` });
    }
    const start = performance.now();
    const { verify } = createWorkosVerifier(entries);
    expect((await refusal(() => verify(ours.sign()))).code).toBe('JWKS_FETCH_FAILED');
    // Eight waits one after the other would take as many times that long.
    expect(performance.now() - start).toBeLessThan(7 * timeoutMs);
  });

  it('waits for its keys, and a burst with it', async () => {
    const server = await serve(keySet(ours.jwks.keys));
    const fetched = { name: 'fetched', clientId: CLIENT_ID, jwksUrl: server.url };
    const { verifyDetailed, ready } = createWorkosVerifier([staging, fetched]);
    const tokens = Array.from({ length: 40 }, (_, index) =>
      ours.sign(claims({ sub: `user_f${index}` })),
    );
    const found = await Promise.all(tokens.map((token) => verifyDetailed(token)));
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['fetched']));
    expect(server.requests).toBe(1);
    await ready();
  });

  it('makes `ready` reject', async () => {
    const server = await serve(status(500));
    const { ready } = createWorkosVerifier([production, down(server.url)]);
    expect((await refusal(ready)).code).toBe('JWKS_FETCH_FAILED');
  });
});
