import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner, forge, ISSUER } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const require = createRequire(import.meta.url);
const first = createSigner('key_1');
const second = createSigner('key_2');
const token = first.sign();

const servers: FaultServer[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A server and a verifier that takes its keys from there. */
async function setUp(
  keys: readonly object[] = [first.jwk],
  jwksCache: WorkosTokenOptions['jwksCache'] = {},
) {
  const server = await startFaultServer(keySet(keys));
  servers.push(server);
  const options = { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache };
  return { server, options, verifier: createWorkosVerifier(options) };
}

describe('one request', () => {
  it('serves 1,000 callers that come at once to an empty memory', async () => {
    const { server, options, verifier } = await setUp();
    const tokens = Array.from({ length: 1_000 }, () => first.sign());
    const calls = tokens.map((one, index) =>
      index % 2 === 0 ? verifier.verify(one) : verifyWorkosToken(one, options),
    );
    const results = await Promise.all([...calls, verifier.ready()]);
    expect(results.filter((result) => result?.sub === 'user_1')).toHaveLength(1_000);
    expect(server.requests).toBe(1);
    expect(verifier.stats().fetches).toBe(1);
  });

  it('serves every verifier and call that names the same source', async () => {
    const { server, options } = await setUp();
    const alike = [
      options,
      { ...options, jwksUrl: new URL(options.jwksUrl) },
      { ...options, jwksUrl: `${options.jwksUrl}#fragment` },
      { ...options, jwksUrl: options.jwksUrl.replace('http:', 'HTTP:') },
      { ...options, jwksCache: { maxAgeSeconds: 300, cooldownSeconds: 5 } },
      { ...options, audience: null },
    ];
    for (const one of alike) await verifyWorkosToken(token, one);
    expect(server.requests).toBe(1);
  });

  it('serves those who come after it, at once', async () => {
    const { server, verifier } = await setUp();
    await verifier.ready();
    for (let count = 0; count < 100; count += 1) verifier.verifySync(first.sign());
    expect(server.requests).toBe(1);
  });

  it('serves every copy of the JavaScript, loaded by whatever way', async () => {
    const { server, options, verifier } = await setUp();
    const load = (): typeof import('verify-workos-token') => require('verify-workos-token');
    const one = load();
    for (const file of Object.keys(require.cache)) {
      if (!file.includes('node_modules')) delete require.cache[file];
    }
    const other = load();
    expect(other.verifyWorkosToken).not.toBe(one.verifyWorkosToken);
    const calls = [one, other].map((copy) => copy.verifyWorkosToken(token, options));
    await Promise.all([verifier.verify(token), ...calls]);
    expect(other.createWorkosVerifier(options).verifySync(token).sub).toBe('user_1');
    const error = await refusal(() => other.verifyWorkosToken('', options));
    expect(error).toBeInstanceOf(one.WorkosTokenError);
    expect(server.requests).toBe(1);
  });

  it('is made by the name localhost too, where only one of its addresses listens', async () => {
    const { server, options } = await setUp();
    const jwksUrl = options.jwksUrl.replace('127.0.0.1', 'localhost');
    await expect(verifyWorkosToken(token, { ...options, jwksUrl })).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(1);
  });

  it('and the age of keys run on real time, whatever fake timers say', async () => {
    const { server, verifier } = await setUp();
    vi.useFakeTimers();
    await verifier.verify(token);
    vi.advanceTimersByTime(7 * 86_400_000);
    expect((await refusal(() => verifier.verify(token))).code).toBe('TOKEN_EXPIRED');
    expect(verifier.verifySync(first.sign()).sub).toBe('user_1');
    await verifier.verify(first.sign());
    expect(server.requests).toBe(1);
  });

  it('asks for the key set as a client of good manners', async () => {
    const { server, verifier } = await setUp();
    let headers: Record<string, unknown> = {};
    server.behaviour = (response, request) => {
      headers = request.headers;
      keySet([first.jwk])(response, request);
    };
    await verifier.ready();
    expect(headers['user-agent']).toMatch(/^verify-workos-token\/\d/);
    expect(headers.accept).toContain('application/json');
    expect(headers['accept-encoding']).toBe('gzip');
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  });
});

describe('a kid that the set lacks', () => {
  it('is looked up once, and after that it is unknown', async () => {
    const { server, verifier } = await setUp([first.jwk], { cooldownSeconds: 300 });
    await verifier.verify(token);
    const fetched = await refusal(() => verifier.verify(forge('key_9')));
    expect(fetched).toMatchObject({ code: 'UNKNOWN_KEY', retryable: false });
    const cooling = await refusal(() => verifier.verify(forge('key_9')));
    expect(cooling).toMatchObject({ code: 'UNKNOWN_KEY', retryable: true });
    expect(cooling.retryAfterSeconds).toBeGreaterThan(290);
    expect(cooling.retryAfterSeconds).toBeLessThanOrEqual(300);
    expect(server.requests).toBe(2);
    expect(verifier.stats().unknownKidLookups).toBeGreaterThanOrEqual(2);
  });

  it('is picked up with one request when it is new', async () => {
    const { server, verifier } = await setUp();
    await verifier.verify(token);
    server.behaviour = keySet([first.jwk, second.jwk]);
    await expect(verifier.verify(second.sign())).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(2);
  });

  it('does not start the cooldown when the first request was for an empty memory', async () => {
    const { server, verifier } = await setUp([first.jwk], { cooldownSeconds: 300 });
    expect(await refusal(() => verifier.verify(second.sign()))).toHaveProperty('retryable', false);
    server.behaviour = keySet([first.jwk, second.jwk]);
    await verifier.verify(second.sign());
    expect(server.requests).toBe(2);
  });

  it('of a token that names another issuer, or none, makes no request', async () => {
    const { server, verifier } = await setUp();
    await verifier.verify(token);
    for (const iss of ['https://api.workos.com/user_management/client_x', undefined, 5, '']) {
      const { code } = await refusal(() => verifier.verify(forge('key_9', { iss })));
      expect(code).toBe('INVALID_ISSUER');
    }
    expect(server.requests).toBe(1);
  });

  it('makes one request per window, however many come, and a new key gets in', async () => {
    const { server, verifier } = await setUp([first.jwk], { cooldownSeconds: 1 });
    await verifier.verify(token);
    const start = performance.now();
    let sent = 0;
    const flood = async (count: number) => {
      const forged = Array.from({ length: count }, () => forge(`kid_${sent++}`));
      const errors = await Promise.all(forged.map((one) => refusal(() => verifier.verify(one))));
      const codes = new Set(errors.map(({ code }) => code));
      expect([...codes]).toEqual(['UNKNOWN_KEY']);
      return errors;
    };

    await flood(4_000);
    expect(server.requests).toBe(2);
    for (const error of await flood(2_000)) expect(error.retryAfterSeconds).toBeLessThanOrEqual(1);
    expect(server.requests).toBe(2);

    server.behaviour = keySet([first.jwk, second.jwk]);
    let waited = 0;
    for (let claims: object | undefined; claims === undefined; ) {
      const [newcomer] = await Promise.all([
        verifier.verify(second.sign()).catch(() => {}),
        flood(500),
      ]);
      claims = newcomer ?? undefined;
      waited = performance.now() - start;
      expect(waited).toBeLessThan(5_000);
    }
    await flood(Math.max(1, 10_000 - sent));
    expect(sent).toBeGreaterThanOrEqual(10_000);
    const windows = Math.ceil((performance.now() - start) / 1_000);
    expect(server.requests).toBeLessThanOrEqual(1 + windows);
    expect(waited).toBeLessThan(3_000);
  });
});

describe('a good answer replaces the set whole', () => {
  it('a key that was withdrawn stops at once, for a token that was good before too', async () => {
    const { server, verifier } = await setUp([first.jwk]);
    await verifier.verify(token);
    await verifier.verify(token);
    server.behaviour = keySet([second.jwk]);
    await verifier.verify(second.sign());
    expect(refusalSync(() => verifier.verifySync(token)).code).toBe('UNKNOWN_KEY');
    expect(await refusal(() => verifier.verify(token))).toHaveProperty('code', 'UNKNOWN_KEY');
  });

  it('a kid with another key takes it at once, for a token that was good before too', async () => {
    const { server, verifier } = await setUp([first.jwk]);
    await verifier.verify(token);
    await verifier.verify(token);
    const renewed = createSigner(first.kid);
    server.behaviour = keySet([renewed.jwk, second.jwk]);
    await verifier.verify(second.sign());
    expect(verifier.verifySync(renewed.sign()).sub).toBe('user_1');
    expect(refusalSync(() => verifier.verifySync(token)).code).toBe('INVALID_SIGNATURE');
  });

  it('two keys of one kid are ambiguous, and an unusable key spoils no other', async () => {
    const keys = [first.jwk, createSigner(first.kid).jwk, null, 5, { kid: 'x' }, second.jwk];
    const { verifier } = await setUp(keys as object[]);
    await expect(verifier.verify(second.sign())).resolves.toHaveProperty('sub');
    const error = refusalSync(() => verifier.verifySync(token));
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', message: /same kid/ });
  });
});

describe('two sources', () => {
  it('never mix their keys, though kid and token are the same', async () => {
    const other = createSigner(first.kid);
    const one = await setUp([first.jwk]);
    const two = await setUp([other.jwk]);
    for (let count = 0; count < 2; count += 1) {
      await one.verifier.verify(token);
      expect((await refusal(() => two.verifier.verify(token))).code).toBe('INVALID_SIGNATURE');
    }
  });

  it('at one server under two client ids neither', async () => {
    const other = createSigner(first.kid);
    const { server } = await setUp();
    server.behaviour = (response, request) =>
      keySet([request.url?.endsWith('client_a') ? first.jwk : other.jwk])(response, request);
    const apiUrl = `http://127.0.0.1:${server.port}`;
    const shared = { apiUrl, audience: null, issuer: ISSUER };
    await verifyWorkosToken(token, { ...shared, clientId: 'client_a' });
    const call = () => verifyWorkosToken(token, { ...shared, clientId: 'client_b' });
    expect((await refusal(call)).code).toBe('INVALID_SIGNATURE');
    expect(server.requests).toBe(2);
  });

  it('a fixed set never gets into what is fetched, nor the other way round', async () => {
    const { options, server } = await setUp([second.jwk]);
    await verifyWorkosToken(token, first.options);
    expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe('UNKNOWN_KEY');
    const fixed = await refusal(() => verifyWorkosToken(second.sign(), first.options));
    expect(fixed).toMatchObject({ code: 'UNKNOWN_KEY', retryable: false });
    expect(server.requests).toBe(1);
  });
});
