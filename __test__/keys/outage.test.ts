import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  type WorkosTokenError,
  type WorkosTokenOptions,
  type WorkosVerifier,
} from 'verify-workos-token';
import {
  type Behaviour,
  delayed,
  type FaultServer,
  hang,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, createSigner, forge } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner('key_1');
const next = createSigner('key_2');
const token = signer.sign();
const good = keySet(signer.jwks.keys);
/** Longer than any answer from memory takes on a busy machine, shorter than any wait here. */
const AT_ONCE_MS = 500;

const servers: FaultServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function setUp(behaviour: Behaviour, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  const options = { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache };
  return { server, options, verifier: createWorkosVerifier(options) };
}

/** Calls again and again until `done` or for so long; gives the slowest call and all errors. */
async function callFor(
  verifier: WorkosVerifier,
  ms: number,
  done: () => boolean = () => false,
): Promise<{ calls: number; slowestMs: number; errors: WorkosTokenError[] }> {
  const errors: WorkosTokenError[] = [];
  let slowestMs = 0;
  let calls = 0;
  const end = performance.now() + ms;
  while (performance.now() < end && !done()) {
    const start = performance.now();
    await verifier.verify(token).catch((error) => errors.push(error));
    slowestMs = Math.max(slowestMs, performance.now() - start);
    calls += 1;
    await sleep(5);
  }
  return { calls, slowestMs, errors };
}

describe('an outage with nothing in memory', () => {
  it('is met by few requests, and in between every call answers at once', async () => {
    const { server, verifier } = await setUp(status(500));
    const { calls, slowestMs, errors } = await callFor(verifier, 2_000);
    expect(errors).toHaveLength(calls);
    expect(calls).toBeGreaterThan(20);
    expect(slowestMs).toBeLessThan(AT_ONCE_MS);
    // A pause is 250 ms at the least, and at the most 500 ms, 1 s, 2 s.
    expect(server.requests).toBeGreaterThanOrEqual(3);
    expect(server.requests).toBeLessThanOrEqual(8);
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', retryable: true, status: 503 });
      expect(error.cause).toMatchObject({ code: 'STATUS', status: 500 });
      expect(error.retryAfterSeconds).toBeGreaterThan(0);
      expect(error.retryAfterSeconds).toBeLessThanOrEqual(30);
      const header = Number(error.headers['Retry-After']);
      expect(header).toBe(Math.max(1, Math.ceil(Number(error.retryAfterSeconds))));
    }
    expect(verifier.stats()).toMatchObject({ fetchFailures: server.requests, keysInMemory: 0 });
  });

  it('is over for the first call after the time that the error names', async () => {
    const { server, verifier } = await setUp(status(503));
    const error = await refusal(() => verifier.verify(token));
    server.behaviour = good;
    const early = await refusal(() => verifier.verify(token));
    expect(early.retryAfterSeconds).toBeLessThanOrEqual(Number(error.retryAfterSeconds));
    await sleep(Number(early.retryAfterSeconds) * 1_000 + 5);
    await expect(verifier.verify(token)).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(2);
  });

  it('is one request for 500 callers at once', async () => {
    const { server, verifier } = await setUp(status(500));
    const calls = Array.from({ length: 500 }, () => refusal(() => verifier.verify(token)));
    const codes = new Set((await Promise.all(calls)).map(({ code }) => code));
    expect([...codes]).toEqual(['JWKS_FETCH_FAILED']);
    expect(server.requests).toBe(1);
  });
});

describe('an outage with keys in memory', () => {
  const short = { maxAgeSeconds: 1, timeoutMs: 700 };

  it('is noticed by nobody, though the keys are too old and the endpoint hangs', async () => {
    const { server, verifier } = await setUp(good, short);
    await verifier.verify(token);
    server.behaviour = hang;
    const { errors, slowestMs } = await callFor(verifier, 2_600);
    expect(errors).toEqual([]);
    expect(slowestMs).toBeLessThan(AT_ONCE_MS);
    const stats = verifier.stats();
    expect(stats.staleServes).toBeGreaterThan(0);
    expect(stats.fetchFailures).toBeGreaterThan(0);
    expect(server.requests).toBeLessThanOrEqual(5);
    expect(verifier.verifySync(token).sub).toBe('user_1');

    // And its end too: the next attempt brings the new set, behind a call that does not wait.
    server.behaviour = keySet([signer.jwk, next.jwk]);
    const renewed = () => verifier.stats().keysInMemory === 2;
    const after = await callFor(verifier, 5_000, renewed);
    expect(after.errors).toEqual([]);
    expect(after.slowestMs).toBeLessThan(AT_ONCE_MS);
    expect(renewed()).toBe(true);
  });

  it('is a JWKS_FETCH_FAILED for a new kid, at once after the first', async () => {
    const { server, verifier } = await setUp(good);
    await verifier.verify(token);
    server.behaviour = status(500);
    await refusal(() => verifier.verify(next.sign()));
    const start = performance.now();
    const error = await refusal(() => verifier.verify(next.sign()));
    expect(performance.now() - start).toBeLessThan(AT_ONCE_MS);
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'STATUS' } });
    expect(server.requests).toBe(2);
    server.behaviour = keySet([signer.jwk, next.jwk]);
    await sleep(Number(error.retryAfterSeconds) * 1_000 + 5);
    await expect(verifier.verify(next.sign())).resolves.toHaveProperty('sub');
  });

  it('ends in JWKS_FETCH_FAILED past the time of grace, within the time limit', async () => {
    const { server, verifier } = await setUp(good, { ...short, staleIfErrorSeconds: 0 });
    await verifier.verify(token);
    server.behaviour = hang;
    const { errors, slowestMs } = await callFor(verifier, 2_000);
    expect(errors[0]).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'TIMEOUT' } });
    expect(slowestMs).toBeLessThan(short.timeoutMs + 300);
    server.behaviour = good;
    const served = verifier.stats().verified;
    await callFor(verifier, 5_000, () => verifier.stats().verified > served);
    expect(verifier.stats().verified).toBe(served + 1);
  });

  it('does not hold up a known key while an unknown kid waits', async () => {
    const { server, verifier } = await setUp(good, { timeoutMs: 600 });
    await verifier.verify(token);
    server.behaviour = hang;
    const waiting = refusal(() => verifier.verify(forge('key_9')));
    await server.received(2);
    const { errors, slowestMs } = await callFor(verifier, 200);
    expect(errors).toEqual([]);
    expect(slowestMs).toBeLessThan(AT_ONCE_MS);
    expect((await waiting).cause).toHaveProperty('code', 'TIMEOUT');
  });
});

describe('the age of keys', () => {
  it('causes one refresh shortly before its end', async () => {
    const { server, verifier } = await setUp(good, { maxAgeSeconds: 1 });
    await verifier.verify(token);
    const { errors } = await callFor(verifier, 2_500, () => server.requests === 3);
    expect(errors).toEqual([]);
    expect(server.requests).toBe(3);
    expect(verifier.stats()).toMatchObject({ fetchFailures: 0, staleServes: 0 });
  });

  it('causes no request while nobody asks', async () => {
    const { server, verifier } = await setUp(good, { maxAgeSeconds: 1 });
    await verifier.verify(token);
    await sleep(1_500);
    expect(server.requests).toBe(1);
    await verifier.verify(token);
    await server.received(2);
  });

  it('is judged for each caller by its own limit', async () => {
    const { server, options, verifier } = await setUp(good, { maxAgeSeconds: 60 });
    const hasty = { maxAgeSeconds: 1, staleIfErrorSeconds: 0, timeoutMs: 100 };
    const strict = createWorkosVerifier({ ...options, jwksCache: hasty });
    await verifier.verify(token);
    server.behaviour = hang;
    const refused = await callFor(
      strict,
      3_000,
      () => 'JWKS_FETCH_FAILED' in strict.stats().rejected,
    );
    expect(refused.errors).toHaveLength(1);
    expect(verifier.verifySync(token).sub).toBe('user_1');
  });

  it('takes a key away at the next refresh', async () => {
    const { server, verifier } = await setUp(good, { maxAgeSeconds: 1, cooldownSeconds: 300 });
    await verifier.verify(token);
    const { keySetHash } = verifier.stats();
    server.behaviour = keySet([next.jwk]);
    const renewed = () => verifier.stats().keySetHash !== keySetHash;
    const { errors } = await callFor(verifier, 3_000, renewed);
    expect(errors).toEqual([]);
    expect(renewed()).toBe(true);
    expect((await refusal(() => verifier.verify(token))).code).toBe('UNKNOWN_KEY');
  });
});

describe('each caller waits for as long as it says', () => {
  it.each([
    ['the one with less time comes first', [200, 1_500]],
    ['the one with more time comes first', [1_500, 200]],
  ])('%s: it leaves, and the request goes on for the other', async (_, timeouts) => {
    const { server, options } = await setUp(delayed(700, good));
    const start = performance.now();
    const calls = timeouts.map(async (timeoutMs) => {
      const verifier = createWorkosVerifier({ ...options, jwksCache: { timeoutMs } });
      const outcome = await verifier.verify(token).catch((error: WorkosTokenError) => error);
      return { timeoutMs, outcome, took: performance.now() - start };
    });
    const results = await Promise.all(calls);
    const short = results.find(({ timeoutMs }) => timeoutMs === 200);
    const long = results.find(({ timeoutMs }) => timeoutMs === 1_500);
    expect(short?.outcome).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'TIMEOUT' } });
    expect(short?.took).toBeGreaterThan(180);
    expect(short?.took).toBeLessThan(650);
    expect(long?.outcome).toHaveProperty('sub', 'user_1');
    expect(long?.took).toBeGreaterThan(650);
    expect(server.requests).toBe(1);
  });

  it('a late caller does not wait past the end of the request that it joins', async () => {
    const { server, verifier } = await setUp(hang, { timeoutMs: 1_000 });
    const start = performance.now();
    const early = refusal(() => verifier.verify(token));
    await server.received(1);
    await sleep(700);
    const late = refusal(() => verifier.verify(token));
    for (const error of await Promise.all([early, late])) {
      expect(error.cause).toHaveProperty('code', 'TIMEOUT');
    }
    expect(performance.now() - start).toBeLessThan(1_000 + AT_ONCE_MS);
    expect(server.requests).toBe(1);
  });
});
