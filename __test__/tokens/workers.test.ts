import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  type WorkosTokenOptions,
  verifyWorkosToken,
} from 'verify-workos-token';
import {
  type Behaviour,
  delayed,
  type FaultServer,
  hang,
  keySet,
  startFaultServer,
} from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner } from '../support/jws.js';

const signer = createSigner();
const token = signer.sign();
const good = keySet(signer.jwks.keys);

/** How long a request may be held back: workers take seconds to start on a busy machine. */
const HELD_MS = 30_000;

const servers: FaultServer[] = [];
const workers: Worker[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function setUp(behaviour: Behaviour, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  const cache = { timeoutMs: HELD_MS, ...jwksCache };
  return { server, options: { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache: cache } };
}

function startWorker(options: object, tokens = [token], extra: WorkerOptions = {}): Worker {
  const file = new URL('../support/worker.mjs', import.meta.url);
  const worker = new Worker(file, { workerData: { tokens, options }, ...extra });
  workers.push(worker);
  return worker;
}

/** What the worker's calls came to, once it has ended by itself. */
async function outcomesOf(worker: Worker): Promise<unknown> {
  const messages: unknown[] = [];
  worker.on('message', (message) => messages.push(message));
  const [code] = await once(worker, 'exit');
  expect(code).toBe(0);
  return messages.at(-1);
}

describe('worker threads', () => {
  it('share one registry with the main thread: one request in all', async () => {
    const { server, options } = await setUp(delayed(300, good));
    const many = Array.from({ length: 50 }, () => signer.sign());
    const started = [1, 2, 3, 4].map(() => startWorker(options, many));
    const outcomes = Promise.all(started.map(outcomesOf));
    const verifier = createWorkosVerifier(options);
    await Promise.all(many.map((one) => verifier.verify(one)));
    expect(await outcomes).toEqual(Array(4).fill(Array(50).fill('user_1')));
    expect(server.requests).toBe(1);
    expect(verifier.stats().fetches).toBe(1);
  });

  it('end by themselves with keys in memory', async () => {
    const { server, options } = await setUp(good);
    expect(await outcomesOf(startWorker(options))).toEqual(['user_1']);
    await verifyWorkosToken(token, options);
    expect(server.requests).toBe(1);
  });

  it('get their failures too, and classes of their own', async () => {
    const { options } = await setUp(good);
    const bad = [signer.sign(claims({ exp: 1 })), '', createSigner('key_9').sign()];
    expect(await outcomesOf(startWorker(options, bad))).toEqual([
      'TOKEN_EXPIRED',
      'MALFORMED_TOKEN',
      'UNKNOWN_KEY',
    ]);
  });

  it('read the environment that is theirs', async () => {
    const options = { jwks: signer.jwks };
    const env = { WORKOS_CLIENT_ID: CLIENT_ID };
    expect(await outcomesOf(startWorker(options, [token, token], { env }))).toEqual([
      'user_1',
      'user_1',
    ]);
  });
});

describe('a worker that is terminated while its call waits', () => {
  it('does not take the request from the others who wait', async () => {
    const { server, options } = await setUp(hang);
    let answer = () => {};
    server.behaviour = (response, request) => {
      answer = () => good(response, request);
    };
    const ended = startWorker(options, Array(10).fill(token));
    await server.received(1);
    const other = startWorker(options);
    const outcomes = outcomesOf(other);
    await once(other, 'message');
    const call = verifyWorkosToken(token, options);
    await ended.terminate();
    answer();
    await expect(call).resolves.toHaveProperty('sub', 'user_1');
    expect(await outcomes).toEqual(['user_1']);
    expect(server.requests).toBe(1);
  });

  it('and was the only one, leaves its keys to those who come later', async () => {
    const { server, options } = await setUp(delayed(200, good));
    const ended = startWorker(options);
    await server.received(1);
    await ended.terminate();
    await expect(verifyWorkosToken(token, options)).resolves.toHaveProperty('sub', 'user_1');
    expect(server.requests).toBe(1);
  });
});

/** Runs one of the processes in `support`, whose crash or hanging is a failure here. */
async function run(script: string, args: string[], env: Record<string, string> = {}) {
  const file = fileURLToPath(new URL(`../support/${script}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  children.push(child);
  let saidAt = performance.now();
  child.stdout.on('data', () => {
    saidAt = performance.now();
  });
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const [stdout, stderr, [code, signal]] = await output;
  return { stdout, stderr, code, signal, endedAfterMs: performance.now() - saidAt };
}

// Fifty start and end: on a busy machine that alone takes half a minute.
it('fifty workers that end with calls in flight neither crash nor hang the process', {
  timeout: 180_000,
}, async () => {
  const { stdout, stderr, code, signal } = await run('churn.mjs', [
    '50',
    token,
    JSON.stringify(signer.jwks),
  ]);
  expect({ code, signal }, stderr).toEqual({ code: 0, signal: null });
  const outcomes: string[] = JSON.parse(stdout);
  expect(outcomes).toEqual(Array(25).fill(['user_1', 'ended']).flat());
});

/** Nothing listens there. */
const PROXIES = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']
    .flatMap((name) => [name, name.toLowerCase()])
    .map((name) => [name, 'http://127.0.0.1:1']),
);

/**
 * By itself, and not because a request is over after twice that time. On a busy machine the end of a
 * process alone can take more than a second.
 */
const ENDED_MS = 15_000;

// It looks its threads and sockets up as Linux shows them.
describe.runIf(process.platform === 'linux')('a process', () => {
  const lifetime = async (what: string, options: object, env: Record<string, string> = {}) => {
    const result = await run('lifetime.mjs', [what, token, JSON.stringify(options)], env);
    const { stdout, stderr, code, signal, endedAfterMs } = result;
    expect(signal, stderr).toBe(null);
    expect(stdout, stderr).not.toBe('');
    return { said: JSON.parse(stdout), code, endedAfterMs };
  };

  it('has no thread and no socket more after the import, nor after a fixed key set', async () => {
    if (process.platform !== 'linux') return; // the counts are read from /proc
    const { said } = await lifetime('import', { clientId: CLIENT_ID, jwks: signer.jwks });
    const [before, ...after] = said;
    expect(after).toEqual([before, before]);
  });

  it('goes on while a call waits, and ends by itself with an idle cache', async () => {
    const { options } = await setUp(delayed(300, good));
    const { said, code, endedAfterMs } = await lifetime('verify', options);
    expect({ said, code }).toEqual({ said: 'user_1', code: 0 });
    expect(endedAfterMs).toBeLessThan(ENDED_MS);
  });

  it('sends nothing for a loopback host through a proxy', async () => {
    const { server, options } = await setUp(good);
    const { said } = await lifetime('verify', options, PROXIES);
    expect({ said, requests: server.requests }).toEqual({ said: 'user_1', requests: 1 });
  });

  it('ends while a refresh hangs behind it', async () => {
    const { server, options } = await setUp(good, { maxAgeSeconds: 1, timeoutMs: 30_000 });
    const behaviours = [good, hang];
    server.behaviour = (response, request) => behaviours.shift()?.(response, request);
    const { said, code, endedAfterMs } = await lifetime('refresh', options);
    expect({ said, code }).toEqual({ said: 'user_1', code: 0 });
    expect(endedAfterMs).toBeLessThan(ENDED_MS);
    expect(server.requests).toBe(2);
  });

  it('ends while the fetch that verifySync has started hangs behind it', async () => {
    const { options } = await setUp(hang, { timeoutMs: 30_000 });
    const { said, code, endedAfterMs } = await lifetime('sync', options);
    expect({ said, code }).toEqual({ said: 'JWKS_FETCH_FAILED', code: 0 });
    expect(endedAfterMs).toBeLessThan(ENDED_MS);
  });

  it('can be ended in the middle of its calls', async () => {
    const { options } = await setUp(hang, { timeoutMs: 30_000 });
    const { said, code, endedAfterMs } = await lifetime('exit', options);
    expect({ said, code }).toEqual({ said: 'calling', code: 7 });
    expect(endedAfterMs).toBeLessThan(ENDED_MS);
  });
});
