// Each row of the key cache's table, over real HTTP: what is in memory, whether the kid is there, its
// age, the last attempt, and what is done then.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, type WorkosTokenOptions } from 'verify-workos-token';
import {
  type Behaviour,
  delayed,
  type FaultServer,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner, forge } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

/** Longer than any answer from memory takes on a busy machine. */
const AT_ONCE_MS = 500;
/** What a slow answer takes: whoever waits for it has waited. */
const SLOW_MS = 700;
const signer = createSigner('key_1');
const next = createSigner('key_2');
const token = signer.sign();
/** Good ones, each of which is new to whoever verifies them. */
const hundred = Array.from({ length: 100 }, (_, index) => signer.sign(claims({ jti: `${index}` })));
const good = keySet(signer.jwks.keys);
const both = keySet([signer.jwk, next.jwk]);
/** Refreshed from 0.8 s on, stale from 1 s. */
const AGEING = { maxAgeSeconds: 1 };
/** Gone at 1 s. */
const GONE = { maxAgeSeconds: 1, staleIfErrorSeconds: 0 };

const servers: FaultServer[] = [];
// At the end alone: these tests wait side by side.
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function cold(behaviour: Behaviour, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  const verifier = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl: server.url, jwksCache });
  return { server, verifier };
}

async function warm(jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const { server, verifier } = await cold(good, jwksCache);
  await verifier.ready();
  return { server, verifier };
}

async function timed<T>(call: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const start = performance.now();
  const result = await call;
  return { result, tookMs: performance.now() - start };
}

describe.concurrent('with no set in memory', () => {
  it('and no attempt yet, one is made and waited for', async () => {
    const { server, verifier } = await cold(delayed(SLOW_MS, good));
    const { tookMs } = await timed(verifier.verify(token));
    expect(tookMs).toBeGreaterThan(SLOW_MS - 50);
    expect(server.requests).toBe(1);
  });

  it('and the back-off over, one is made and waited for', async () => {
    const { server, verifier } = await cold(status(500));
    const error = await refusal(() => verifier.verify(token));
    server.behaviour = delayed(SLOW_MS, good);
    await sleep(Number(error.retryAfterSeconds) * 1_000 + 5);
    const { tookMs } = await timed(verifier.verify(token));
    expect(tookMs).toBeGreaterThan(SLOW_MS - 50);
    expect(server.requests).toBe(2);
  });

  it('and backing off, calls fail at once with the time to retry', async () => {
    const { server, verifier } = await cold(status(500, { 'Retry-After': '5' }));
    await refusal(() => verifier.verify(token));
    server.behaviour = good;
    const calls = Array.from({ length: 100 }, () => refusal(() => verifier.verify(token)));
    const { result, tookMs } = await timed(Promise.all(calls));
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    for (const error of result) {
      expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { status: 500 } });
      expect(error.retryAfterSeconds).toBeGreaterThan(4);
      expect(error.retryAfterSeconds).toBeLessThanOrEqual(5);
    }
    expect(server.requests).toBe(1);
  });
});

describe.concurrent('with the kid in a set that is', () => {
  it('fresh, it serves', async () => {
    const { server, verifier } = await warm();
    server.behaviour = status(500);
    for (const one of hundred) await verifier.verify(one);
    expect(server.requests).toBe(1);
    expect(verifier.stats().fetches).toBe(1);
  });

  it('in the refresh window, it serves, and one refresh goes on behind', async () => {
    const { server, verifier } = await warm({ maxAgeSeconds: 3 });
    // A set draws its moment between 80 and 90 % of its lifetime.
    await sleep(Number(verifier.stats().lastFetchAt) + 2_730 - Date.now());
    server.behaviour = delayed(SLOW_MS, both);
    const { tookMs } = await timed(Promise.all(hundred.map((one) => verifier.verify(one))));
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    await server.received(2);
    expect(verifier.stats()).toMatchObject({ keysInMemory: 1, fetches: 2, staleServes: 0 });
    await sleep(SLOW_MS + 200);
    expect(verifier.verifySync(next.sign()).sub).toBe('user_1');
    expect(server.requests).toBe(2);
  });

  it('stale within the grace time, it serves, and one refresh goes on behind', async () => {
    const { server, verifier } = await warm(AGEING);
    await sleep(1_050);
    server.behaviour = delayed(SLOW_MS, both);
    const calls = hundred.map((one) => verifier.verify(one));
    const { tookMs } = await timed(Promise.all(calls));
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    await server.received(2);
    expect(verifier.stats()).toMatchObject({ keysInMemory: 1, fetches: 2 });
    expect(verifier.stats().staleServes).toBeGreaterThan(0);
    expect(server.requests).toBe(2);
  });

  it('the same while backing off, it serves, and nothing goes on behind', async () => {
    const { server, verifier } = await warm(AGEING);
    await sleep(1_050);
    server.behaviour = status(500, { 'Retry-After': '30' });
    await verifier.verify(token);
    await vi.waitFor(() => expect(verifier.stats().fetchFailures).toBe(1));
    for (const one of hundred) await verifier.verify(one);
    expect(verifier.verifySync(token).sub).toBe('user_1');
    expect(server.requests).toBe(2);
  });

  it('past the grace time, one attempt is made and waited for', async () => {
    const { server, verifier } = await warm(GONE);
    await sleep(1_050);
    server.behaviour = delayed(SLOW_MS, good);
    const calls = hundred.map((one) => verifier.verify(one));
    const { tookMs } = await timed(Promise.all(calls));
    expect(tookMs).toBeGreaterThan(SLOW_MS - 50);
    expect(server.requests).toBe(2);
  });

  it('past it while backing off, calls fail at once, also those of a token known as good', async () => {
    const { server, verifier } = await warm(GONE);
    await verifier.verify(token);
    await verifier.verify(token);
    await sleep(1_050);
    server.behaviour = status(500, { 'Retry-After': '30' });
    await refusal(() => verifier.verify(token));
    server.behaviour = good;
    const { result, tookMs } = await timed(refusal(() => verifier.verify(token)));
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    expect(result).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { status: 500 } });
    expect(result.retryAfterSeconds).toBeGreaterThan(25);
    expect(refusalSync(() => verifier.verifySync(token)).code).toBe('JWKS_FETCH_FAILED');
    expect(server.requests).toBe(2);
  });
});

describe.concurrent('with a set that lacks the kid', () => {
  it('and a token of another issuer, or of none, it is INVALID_ISSUER without a request', async () => {
    const { server, verifier } = await warm(AGEING);
    server.behaviour = both;
    for (const pause of [0, 1_050]) {
      await sleep(pause);
      for (const iss of ['https://api.workos.com', undefined, null, 5]) {
        const { code } = await refusal(() => verifier.verify(forge('key_2', { iss })));
        expect(code).toBe('INVALID_ISSUER');
      }
    }
    expect(server.requests).toBe(1);
  });

  it('one attempt is made, and brings the key', async () => {
    const { server, verifier } = await warm();
    server.behaviour = delayed(SLOW_MS, both);
    const calls = Array.from({ length: 100 }, () => verifier.verify(next.sign()));
    const { tookMs } = await timed(Promise.all(calls));
    expect(tookMs).toBeGreaterThan(SLOW_MS - 50);
    expect(server.requests).toBe(2);
  });

  it('or UNKNOWN_KEY', async () => {
    const { server, verifier } = await warm();
    const calls = Array.from({ length: 100 }, () => refusal(() => verifier.verify(next.sign())));
    const [first, ...joined] = await Promise.all(calls);
    // The request was made for the first; it may have been answered before the others' key was
    // published.
    expect(first).toMatchObject({ code: 'UNKNOWN_KEY', status: 401, retryable: false });
    for (const error of joined) {
      expect(error).toMatchObject({ code: 'UNKNOWN_KEY', status: 401, retryable: true });
    }
    expect(server.requests).toBe(2);
  });

  it('or JWKS_FETCH_FAILED', async () => {
    const { server, verifier } = await warm();
    server.behaviour = status(503);
    const calls = Array.from({ length: 100 }, () => refusal(() => verifier.verify(next.sign())));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { status: 503 } });
    }
    expect(server.requests).toBe(2);
  });

  it('and cooling down, it is UNKNOWN_KEY with the time to retry, without a request', async () => {
    const { server, verifier } = await warm({ cooldownSeconds: 1 });
    await refusal(() => verifier.verify(next.sign()));
    server.behaviour = both;
    const { result, tookMs } = await timed(refusal(() => verifier.verify(next.sign())));
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    expect(result).toMatchObject({ code: 'UNKNOWN_KEY', retryable: true });
    expect(result.headers).toEqual({ 'WWW-Authenticate': 'Bearer error="invalid_token"' });
    expect(result.retryAfterSeconds).toBeLessThanOrEqual(1);
    expect(server.requests).toBe(2);
    await sleep(Number(result.retryAfterSeconds) * 1_000 + 5);
    await expect(verifier.verify(next.sign())).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(3);
  });

  it('and backing off, it is JWKS_FETCH_FAILED with the time to retry, without a request', async () => {
    const { server, verifier } = await warm();
    server.behaviour = status(500, { 'Retry-After': '5' });
    await refusal(() => verifier.verify(next.sign()));
    server.behaviour = both;
    const { result, tookMs } = await timed(refusal(() => verifier.verify(next.sign())));
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    expect(result).toMatchObject({ code: 'JWKS_FETCH_FAILED', retryable: true });
    expect(result.retryAfterSeconds).toBeGreaterThan(4);
    expect(verifier.verifySync(signer.sign()).sub).toBe('user_1');
    expect(server.requests).toBe(2);
  });

  it('and both, the failure counts', async () => {
    const { server, verifier } = await warm({ ...AGEING, cooldownSeconds: 300 });
    await refusal(() => verifier.verify(next.sign()));
    server.behaviour = status(500, { 'Retry-After': '30' });
    await sleep(1_050);
    await verifier.verify(token);
    await vi.waitFor(() => expect(verifier.stats().fetchFailures).toBe(1));
    expect(await refusal(() => verifier.verify(next.sign()))).toHaveProperty(
      'code',
      'JWKS_FETCH_FAILED',
    );
    expect(server.requests).toBe(3);
  });
});
