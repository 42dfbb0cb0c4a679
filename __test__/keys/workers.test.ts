import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier, type WorkosTokenOptions } from 'verify-workos-token';
import {
  type Behaviour,
  delayed,
  type FaultServer,
  hang,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner('key_1');
const next = createSigner('key_2');
const token = signer.sign();
const good = keySet(signer.jwks.keys);
const both = keySet([signer.jwk, next.jwk]);
const CALLS = 20;
/** Longer than keys take to arrive on any machine. */
const ARRIVED = { timeout: 10_000 };

/** How long a request may be held back: workers take seconds to start on a busy machine. */
const HELD_MS = 30_000;

const servers: FaultServer[] = [];
const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A verifier of the main thread with keys in memory, and the options that share them. */
async function warm(jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer(good);
  servers.push(server);
  const cache = { timeoutMs: HELD_MS, ...jwksCache };
  const options = { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache: cache };
  const verifier = createWorkosVerifier(options);
  await verifier.ready();
  return { server, options, verifier };
}

/** A worker, once its calls are under way, and what they will come to. */
async function callInWorker(options: object, one: string) {
  const file = new URL('../support/worker.mjs', import.meta.url);
  const workerData = { tokens: Array(CALLS).fill(one), options };
  const worker = new Worker(file, { workerData });
  workers.push(worker);
  const outcomes = new Promise<string[]>((resolve) => {
    worker.on('message', (said) => Array.isArray(said) && resolve(said));
  });
  await once(worker, 'message');
  return { worker, outcomes };
}

/** Holds every answer back until it is told to give it. */
function heldBack(then: Behaviour): { behaviour: Behaviour; release(): void } {
  const waiting: (() => void)[] = [];
  return {
    behaviour: (response, request) => waiting.push(() => then(response, request)),
    release: () => {
      for (const answer of waiting.splice(0)) answer();
    },
  };
}

describe('one request serves the main thread and its workers', () => {
  it.each<[string, Behaviour, string]>([
    ['that brings a new kid', both, 'user_1'],
    ['that does not', good, 'UNKNOWN_KEY'],
    ['that fails', status(500), 'JWKS_FETCH_FAILED'],
  ])('%s', async (_, behaviour, outcome) => {
    const { server, options, verifier } = await warm();
    const answer = heldBack(behaviour);
    server.behaviour = answer.behaviour;
    const own = verifier.verify(next.sign()).then(
      ({ sub }) => sub,
      ({ code }) => code,
    );
    await server.received(2);
    const called = await Promise.all([1, 2, 3].map(() => callInWorker(options, next.sign())));
    answer.release();
    expect(await own).toBe(outcome);
    const outcomes = await Promise.all(called.map(({ outcomes }) => outcomes));
    expect(outcomes).toEqual(Array(3).fill(Array(CALLS).fill(outcome)));
    expect(server.requests).toBe(2);
    expect(verifier.stats().fetches).toBe(2);
  });

  it('behind which stale keys serve in all of them', async () => {
    const { server, options, verifier } = await warm({ maxAgeSeconds: 1 });
    await sleep(1_050);
    const answer = heldBack(both);
    server.behaviour = answer.behaviour;
    const called = await Promise.all([1, 2, 3].map(() => callInWorker(options, token)));
    const outcomes = await Promise.all(called.map(({ outcomes }) => outcomes));
    expect(outcomes).toEqual(Array(3).fill(Array(CALLS).fill('user_1')));
    await verifier.verify(token);
    expect(server.requests).toBe(2);
    answer.release();
    await expect.poll(() => verifier.stats().keysInMemory, ARRIVED).toBe(2);
    expect(server.requests).toBe(2);
  });

  it('and so do its cooldown and its back-off', async () => {
    const { server, options, verifier } = await warm({ cooldownSeconds: 300 });
    const first = await callInWorker(options, next.sign());
    expect(await first.outcomes).toEqual(Array(CALLS).fill('UNKNOWN_KEY'));
    server.behaviour = both;
    const cooling = await refusal(() => verifier.verify(next.sign()));
    expect(cooling).toMatchObject({ code: 'UNKNOWN_KEY', retryable: true });
    expect(server.requests).toBe(2);

    const failing = await warm();
    failing.server.behaviour = status(500, { 'Retry-After': '30' });
    const second = await callInWorker(failing.options, next.sign());
    expect(await second.outcomes).toEqual(Array(CALLS).fill('JWKS_FETCH_FAILED'));
    const backingOff = await refusal(() => failing.verifier.verify(next.sign()));
    expect(backingOff.retryAfterSeconds).toBeGreaterThan(25);
    expect(failing.server.requests).toBe(2);
  });
});

describe('a worker that ends in the middle', () => {
  it('of the request that it has started for a new kid leaves it to the others', async () => {
    const { server, options, verifier } = await warm();
    const answer = heldBack(both);
    server.behaviour = answer.behaviour;
    const starter = await callInWorker(options, next.sign());
    await server.received(2);
    const other = await callInWorker(options, next.sign());
    const own = verifier.verify(next.sign());
    await starter.worker.terminate();
    answer.release();
    await expect(own).resolves.toHaveProperty('sub', 'user_1');
    expect(await other.outcomes).toEqual(Array(CALLS).fill('user_1'));
    expect(server.requests).toBe(2);
  });

  it('of a refresh that it has started leaves its keys to the others', async () => {
    const { server, options, verifier } = await warm({ maxAgeSeconds: 1 });
    await sleep(1_050);
    server.behaviour = delayed(300, both);
    const starter = await callInWorker(options, token);
    await server.received(2);
    await starter.worker.terminate();
    await expect.poll(() => verifier.stats().keysInMemory, ARRIVED).toBe(2);
    expect(server.requests).toBe(2);
  });

  it('of a request that never ends, as the only one: the next caller is not held up', async () => {
    const { server, options, verifier } = await warm({ timeoutMs: 500 });
    server.behaviour = hang;
    const starter = await callInWorker(options, next.sign());
    await server.received(2);
    await starter.worker.terminate();
    expect(verifier.verifySync(token).sub).toBe('user_1');
    const error = await refusal(() => verifier.verify(next.sign()));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'TIMEOUT' } });
    server.behaviour = both;
    await sleep(Number(error.retryAfterSeconds) * 1_000 + 5);
    await expect(verifier.verify(next.sign())).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(3);
  });

  it('one after the other, while one request hangs, and the rest get its answer', async () => {
    const { server, options, verifier } = await warm();
    const answer = heldBack(both);
    server.behaviour = answer.behaviour;
    const own = verifier.verify(next.sign());
    for (let count = 0; count < 8; count += 1) {
      const { worker } = await callInWorker(options, next.sign());
      await worker.terminate();
    }
    answer.release();
    await expect(own).resolves.toHaveProperty('sub', 'user_1');
    expect(server.requests).toBe(2);
  });
});
