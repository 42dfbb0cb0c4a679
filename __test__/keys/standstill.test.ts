// A process that is stopped, as functions are frozen between two calls: no caller is charged for it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultServer, hang, keySet, startFaultServer } from '../support/fault-server.js';
import { createSigner } from '../support/jws.js';

const TIMEOUT_MS = 1_000;
const signer = createSigner();
const good = keySet(signer.jwks.keys);

let server: FaultServer;
let child: ChildProcess;

beforeEach(async () => {
  server = await startFaultServer(hang);
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await server.close();
});

async function start(jwksCache: object = {}): Promise<void> {
  const env = {
    ...process.env,
    JWKS_URL: server.url,
    TOKEN: signer.sign(),
    JWKS_CACHE: JSON.stringify({ timeoutMs: TIMEOUT_MS, ...jwksCache }),
  };
  child = fork(path.join(import.meta.dirname, '../support/standstill.mjs'), { env, execArgv: [] });
  await once(child, 'message');
}

/** Stops the process for so long; it meets these messages at the moment at which it goes on. */
async function standStill(ms: number, ...messages: string[]): Promise<void> {
  child.kill('SIGSTOP');
  await sleep(ms);
  for (const message of messages) child.send(message);
  await sleep(50);
  child.kill('SIGCONT');
}

interface Report {
  outcomes: { outcome: string; tookMs: number }[];
  stats: { fetches: number; fetchFailures: number; staleServes: number };
}

async function report(): Promise<Report> {
  child.send('report');
  const [message] = await once(child, 'message');
  return message as Report;
}

// Windows has no signal that stops a process.
const canStop = process.platform !== 'win32';

describe.runIf(canStop)('a call after a standstill', () => {
  it.each([2 * TIMEOUT_MS, 5 * TIMEOUT_MS])('of %i ms has a request of its own', async (ms) => {
    await start();
    child.send('call');
    await server.received(1);
    const stopped = standStill(ms, 'call');
    server.behaviour = good;
    await stopped;
    const { outcomes, stats } = await report();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'JWKS_FETCH_FAILED TIMEOUT',
      'accepted',
    ]);
    expect(stats.fetches).toBe(2);
  });

  it('goes on with what it has where the standstill was shorter than its time', async () => {
    await start({ timeoutMs: 10_000 });
    child.send('call');
    await server.received(1);
    const stopped = standStill(1_500, 'call');
    server.behaviour = good;
    // Once the process stands still for certain: signals take a moment.
    await sleep(500);
    server.dropAll();
    await stopped;
    const { outcomes } = await report();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });
});

describe.runIf(canStop)('a function that is frozen behind each call', () => {
  it('renews its keys by a call past their expiry, which waits for it', async () => {
    server.behaviour = good;
    await start({ maxAgeSeconds: 2 });
    child.send('call');
    expect((await report()).outcomes).toMatchObject([{ outcome: 'accepted' }]);
    // In the refresh window: served at once, and frozen before the refresh is answered.
    server.behaviour = hang;
    await sleep(1_850);
    child.send('call');
    expect((await report()).outcomes).toMatchObject([{ outcome: 'accepted' }]);
    await server.received(2);
    const stopped = standStill(2 * TIMEOUT_MS, 'call');
    server.behaviour = good;
    await stopped;
    const { outcomes, stats } = await report();
    expect(outcomes).toMatchObject([{ outcome: 'accepted' }]);
    expect(stats).toMatchObject({ fetches: 3, staleServes: 0 });
  });
});
