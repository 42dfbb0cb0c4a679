import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  type WorkosJwksEvent,
  type WorkosRequestEvent,
  type WorkosVerifier,
} from 'verify-workos-token';
import {
  type FaultServer,
  hang,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner } from '../support/jws.js';
import { type EventName, listen, stopListening } from '../support/listen.js';
import { refusal } from '../support/refusal.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const first = createSigner('key_1');
const second = createSigner('key_2');
/** The native ring holds so many events. */
const RING = 1_024;

const servers: FaultServer[] = [];
afterEach(async () => {
  stopListening();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function setUp(jwksCache: object = {}) {
  const server = await startFaultServer(keySet(first.jwks.keys));
  servers.push(server);
  const options = { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache };
  return { server, options, verifier: createWorkosVerifier(options) };
}

let last = 0;
function sign(signer = first): string {
  last += 1;
  return signer.sign(claims({ jti: `${last}` }));
}

/** Without what happened while nobody listened, and without what other tests have left under way. */
function listenFromNow(
  { server, verifier }: { server: FaultServer; verifier: WorkosVerifier },
  names?: readonly EventName[],
) {
  const listening = listen('jwks', names, server.url);
  verifier.stats();
  listening.published.length = 0;
  return listening;
}

/** The events in short, as they were published. */
function summary(published: readonly { name: string; event: WorkosJwksEvent }[]): string[] {
  return published.map(({ name, event }) => {
    const what = event.event === 'request' ? (event.outcome ?? event.reason) : '';
    const key = 'kid' in event ? event.kid : what;
    return `${name}: ${event.event} ${key}`.trim();
  });
}

const moment = (what: string) => [`start: ${what}`, `end: ${what}`];
const request = (reason: string, outcome: string) => [
  ...moment(`request ${reason}`),
  ...(outcome === 'failed' ? ['error: request failed'] : []),
  `asyncStart: request ${outcome}`,
  `asyncEnd: request ${outcome}`,
];

describe('what listeners are told of keys', () => {
  it('a request whole, with its times, and the keys that it brought', async () => {
    const { server, verifier } = await setUp();
    const { published } = listenFromNow({ server, verifier });
    const from = Date.now();
    await verifier.verify(sign());
    const until = Date.now();
    expect(summary(published)).toEqual([
      ...request('renewal', 'fetched'),
      ...moment('key added key_1'),
    ]);
    const { context, event } = published[3] as { context: object; event: WorkosRequestEvent };
    expect(event).toMatchObject({
      event: 'request',
      jwksUrl: server.url,
      request: 1,
      keysAdded: 1,
      keysRemoved: 0,
      keySetHash: verifier.stats().keySetHash,
    });
    expect(published.slice(0, 4).every((one) => one.context === context)).toBe(true);
    const { startedAt, endedAt = 0, durationMs = 0 } = event;
    expect(startedAt).toBeGreaterThanOrEqual(from - 1);
    expect(endedAt).toBeLessThanOrEqual(until + 1);
    expect(endedAt - startedAt).toBeCloseTo(durationMs, 0);
    const added = published[4]?.event;
    expect(added).toMatchObject({ kid: 'key_1', at: endedAt, thumbprint: expect.any(String) });
    expect((added as { thumbprint: string }).thumbprint).toMatch(/^[\w-]{43}$/);
  });

  it('a rotation: keys that come and go', async () => {
    const { server, verifier } = await setUp();
    await verifier.ready();
    const { published } = listenFromNow({ server, verifier }, ['end', 'asyncEnd']);
    server.behaviour = keySet(second.jwks.keys);
    await verifier.verify(sign(second));
    expect(summary(published)).toEqual([
      'end: request unknown kid',
      'asyncEnd: request fetched',
      'end: key removed key_1',
      'end: key added key_2',
    ]);
    expect(published[1]?.event).toMatchObject({ keysAdded: 1, keysRemoved: 1, request: 2 });
  });

  it('a failure with its cause, and the back-off after it', async () => {
    const { server, verifier } = await setUp();
    server.behaviour = status(503);
    const { published } = listenFromNow({ server, verifier });
    const { retryAfterSeconds = 0 } = await refusal(() => verifier.verify(sign()));
    expect(summary(published)).toEqual([...request('renewal', 'failed'), ...moment('back-off')]);
    const error = { code: 'STATUS', status: 503, message: expect.stringContaining('503') };
    expect(published[2]?.event).toMatchObject({ code: 'STATUS', error });
    const backOff = published.at(-1)?.event as { pauseMs: number };
    expect(backOff).toMatchObject({ failures: 1, at: expect.any(Number) });
    expect(backOff.pauseMs).toBeGreaterThanOrEqual(250);
    expect(backOff.pauseMs).toBeCloseTo(retryAfterSeconds * 1_000, -1);
  });

  it('stale keys that serve, once until a request has ended', async () => {
    const { server, verifier } = await setUp({ maxAgeSeconds: 1 });
    await verifier.ready();
    const { published } = listenFromNow({ server, verifier }, ['end', 'asyncEnd']);
    server.behaviour = hang;
    await sleep(1_050);
    for (let count = 0; count < 3; count += 1) await verifier.verify(sign());
    verifier.stats();
    const told = ['end: request renewal', 'end: stale serve'];
    expect(summary(published).toSorted()).toEqual(told);
    const stale = published.find(({ event }) => event.event === 'stale serve')?.event;
    expect((stale as { ageMs: number }).ageMs).toBeGreaterThanOrEqual(1_000);
    expect(verifier.stats().staleServes).toBe(3);
  });

  it('what happened between two calls, with the next one: verify, ready or stats', async () => {
    const { server, verifier } = await setUp({ maxAgeSeconds: 1 });
    const { published } = listenFromNow({ server, verifier }, ['asyncEnd']);
    await verifier.ready();
    expect(published.length).toBe(1);
    await sleep(950);
    await verifier.verify(sign());
    await server.received(2);
    await sleep(100);
    expect(published.length).toBe(1);
    verifier.stats();
    expect(published.length).toBe(2);
  });

  it('a request whole that began before anybody listened', async () => {
    const { server, verifier } = await setUp();
    const elsewhere = await setUp();
    const early = listen('jwks');
    elsewhere.verifier.stats();
    early.stop();
    const pending = verifier.verify(sign());
    const { published } = listen('jwks', undefined, server.url);
    await pending;
    elsewhere.verifier.stats();
    expect(summary(published).slice(0, 4)).toEqual(request('renewal', 'fetched'));
  });
});

describe('the ring', () => {
  /** A response with so many keys makes two more events. */
  async function makeEvents(count: number): Promise<void> {
    const keys = Array.from({ length: count - 2 }, (_, index) => ({
      ...first.jwk,
      kid: `key_${index}`,
    }));
    const { server, verifier } = await setUp();
    server.behaviour = keySet(keys);
    await verifier.ready();
  }

  it.each([
    ['just holds', RING, 0],
    ['drops the first of', RING + 3, 3],
  ])(
    '%s what comes while nobody asks',
    async (_, events, dropped) => {
      const { verifier } = await setUp();
      const before = listen('jwks', ['end']);
      await verifier.ready();
      const sequence = before.published.at(-1)?.event.sequence ?? Number.NaN;
      before.stop();
      for (let left = events; left > 0; left -= 64) await makeEvents(Math.min(64, left));
      const { published } = listen('jwks', ['end']);
      verifier.stats();
      expect(published[0]?.event.sequence).toBe(sequence + dropped + 1);
      expect(published.at(-1)?.event.sequence).toBe(sequence + events);
    },
    60_000,
  );
});

describe('threads', () => {
  it('each that listens is told of what all of them fetch', async () => {
    const { options } = await setUp();
    const program = `
      const { tracingChannel } = require('node:diagnostics_channel');
      const { parentPort, workerData } = require('node:worker_threads');
      const { createWorkosVerifier } = require(${JSON.stringify(`${root}index.cjs`)});
      const told = [];
      tracingChannel('verify-workos-token.jwks').asyncEnd.subscribe((event) => told.push(event.jwksUrl));
      const verifier = createWorkosVerifier(workerData);
      verifier.stats();
      parentPort.postMessage('listening');
      parentPort.once('message', () => { verifier.stats(); parentPort.postMessage(told); });`;
    const workers = [1, 2].map(() => new Worker(program, { eval: true, workerData: options }));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    await createWorkosVerifier(options).ready();
    for (const worker of workers) {
      worker.postMessage('tell');
      expect(await once(worker, 'message')).toEqual([[options.jwksUrl]]);
      await worker.terminate();
    }
  });

  it('nothing keeps a process alive that listens and has made its calls', async () => {
    const { server, options } = await setUp({ maxAgeSeconds: 1 });
    const program = `
      import { tracingChannel } from 'node:diagnostics_channel';
      import { createWorkosVerifier } from 'verify-workos-token';
      for (const name of ['verify', 'jwks'])
        tracingChannel('verify-workos-token.' + name).subscribe({ start() {}, asyncEnd() {} });
      const { verify, ready } = createWorkosVerifier(${JSON.stringify(options)});
      await ready();
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      // Behind this call a request begins that is never answered.
      process.on('exit', () => console.log('ended'));
      console.log((await verify(process.env.TOKEN)).sub);`;
    setTimeout(() => (server.behaviour = hang), 900);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program],
      { cwd: root, env: { ...process.env, TOKEN: sign() }, timeout: 4_500 },
    );
    expect(stdout).toBe('user_1\nended\n');
  });
});
