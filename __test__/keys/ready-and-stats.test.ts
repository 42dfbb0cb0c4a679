import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { type FaultServer, keySet, startFaultServer, status } from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const first = createSigner('key_1');
const second = createSigner('key_2');
const token = first.sign();

const servers: FaultServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** A server and a verifier that takes its keys from there. */
async function setUp(keys: readonly object[] = [first.jwk]) {
  const server = await startFaultServer(keySet(keys));
  servers.push(server);
  const options = { clientId: CLIENT_ID, jwksUrl: server.url };
  return { server, options, verifier: createWorkosVerifier(options) };
}

describe('ready and verifySync', () => {
  it('verifySync has no keys before ready(), and says so, and has them after it', async () => {
    const { verifier, server } = await setUp();
    const error = refusalSync(() => verifier.verifySync(token));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', retryable: true });
    expect(error.hint).toContain('ready()');
    await verifier.ready();
    expect(verifier.verifySync(token).sub).toBe('user_1');
    expect(server.requests).toBe(1);
  });

  it('ready() fails while the keys cannot be had, and succeeds when they can', async () => {
    const { verifier, server } = await setUp();
    server.behaviour = status(500);
    const error = await refusal(() => verifier.ready());
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'STATUS' } });
    server.behaviour = keySet([first.jwk]);
    await sleep(Number(error.retryAfterSeconds) * 1_000 + 5);
    await verifier.ready();
    expect(verifier.verifySync(token).sub).toBe('user_1');
    expect(server.requests).toBe(2);
  });

  it('with a fixed set both are there from the start', async () => {
    const verifier = createWorkosVerifier(first.options);
    expect(verifier.verifySync(token).sub).toBe('user_1');
    await expect(verifier.ready()).resolves.toBeUndefined();
  });

  it('a key that verifySync lacks is fetched behind its refusal', async () => {
    const { verifier, server } = await setUp();
    await verifier.ready();
    server.behaviour = keySet([first.jwk, second.jwk]);
    const error = refusalSync(() => verifier.verifySync(second.sign()));
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', retryable: true });
    await server.received(2);
    await expect(verifier.verify(second.sign())).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(2);
  });
});

describe('stats()', () => {
  it('counts what has happened', async () => {
    const { verifier, options } = await setUp([first.jwk, second.jwk, { kid: 'x' }]);
    const nothing = { fetches: 0, keysInMemory: 0, keySetHash: null, lastFetchAt: null };
    expect(verifier.stats()).toMatchObject({ ...nothing, verified: 0, rejected: {} });
    const before = Date.now();
    await verifier.verify(token);
    await verifier.verify(token);
    verifier.verifySync(second.sign());
    await refusal(() => verifier.verify(''));
    refusalSync(() => verifier.verifySync(first.sign(claims({ exp: 1 }))));
    refusalSync(() => verifier.verifySync(''));

    const stats = verifier.stats();
    expect(stats).toMatchObject({
      fetches: 1,
      fetchFailures: 0,
      keysInMemory: 2,
      staleServes: 0,
      unknownKidLookups: 0,
      verified: 3,
      rejected: { MALFORMED_TOKEN: 2, TOKEN_EXPIRED: 1 },
    });
    expect(stats.keySetHash).toMatch(/^[0-9a-f]{64}$/);
    expect(stats.lastFetchAt).toBeGreaterThanOrEqual(before - 5);
    expect(stats.lastFetchAt).toBeLessThanOrEqual(Date.now());
    expect(stats.lastFetchDurationMs).toBeGreaterThan(0);
    expect(stats.lastFetchDurationMs).toBeLessThan(5_000);
    expect(stats.verifiedTokenCache.hits).toBeGreaterThan(0);
    expect(stats.verifiedTokenCache.entries).toBeGreaterThan(0);
    expect(stats.verifiedTokenCache.bytes).toBeGreaterThan(token.length);

    // The keys are the source's, the counts of tokens are the verifier's own.
    expect(createWorkosVerifier(options).stats()).toMatchObject({ fetches: 1, verified: 0 });
    stats.rejected.MALFORMED_TOKEN = 99;
    expect(verifier.stats().rejected.MALFORMED_TOKEN).toBe(2);
  });

  it.each(['verify', 'verifySync'] as const)(
    'counts one lookup of a withdrawn key for each call of %s, however hot the token is',
    async (method) => {
      const { server, options } = await setUp([first.jwk]);
      const verifier = createWorkosVerifier({ ...options, jwksCache: { cooldownSeconds: 300 } });
      const hot = first.sign(claims({ jti: method }));
      for (let count = 0; count < 3; count += 1) await verifier.verify(hot);
      server.behaviour = keySet([second.jwk]);
      await verifier.verify(second.sign());
      const before = verifier.stats().unknownKidLookups;
      const call = async () => verifier[method](hot);
      const unknown = { code: 'UNKNOWN_KEY', retryable: true };
      for (let count = 0; count < 3; count += 1) expect(await refusal(call)).toMatchObject(unknown);
      expect(verifier.stats().unknownKidLookups).toBe(before + 3);
    },
  );

  it('shows that verifiedTokenCache: false remembers nothing', async () => {
    const { options } = await setUp();
    const verifier = createWorkosVerifier({ ...options, verifiedTokenCache: false });
    const { hits, entries } = verifier.stats().verifiedTokenCache;
    const unseen = first.sign();
    for (let count = 0; count < 3; count += 1) await verifier.verify(unseen);
    expect(verifier.stats().verifiedTokenCache).toMatchObject({ hits, entries });
  });

  it('has the same hash for the same keys, in whatever order', async () => {
    const [one, two, three] = await Promise.all([
      setUp([first.jwk, second.jwk]),
      setUp([{ ...second.jwk, x5t: 'x' }, first.jwk]),
      setUp([first.jwk]),
    ]);
    for (const { verifier } of [one, two, three]) await verifier.ready();
    const hashes = [one, two, three].map(({ verifier }) => verifier.stats().keySetHash);
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });
});
