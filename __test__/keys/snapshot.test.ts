// Keys from another process: `exportKeys()` and `jwksCache.snapshot`.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosJwksCacheOptions,
} from 'verify-workos-token';
import { type Behaviour, hang, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { keySnapshot } from '../support/key-snapshot.js';
import { GOOD, optionsRefusal } from '../support/options.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();
const token = signer.sign();
const NONE = { used: 0, ignored: 0, lastFault: null };

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** A key server, and options with a snapshot of this age for it. */
async function setUp(behaviour: Behaviour, ageSeconds = 0, more: WorkosJwksCacheOptions = {}) {
  const server = await startFaultServer(behaviour);
  closing.push(() => server.close());
  const snapshot = keySnapshot(server.url, [signer.jwk], ageSeconds);
  const jwksCache = { snapshot, timeoutMs: 500, ...more };
  return { server, snapshot, options: { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache } };
}

interface Cold {
  outcome: string;
  milliseconds: number;
  fetches: number;
  snapshots: object;
  exported?: string;
}

async function coldProcess(options: object): Promise<Cold> {
  const script = fileURLToPath(new URL('../support/cold-with-snapshot.mjs', import.meta.url));
  const input = JSON.stringify({ token, options });
  const { stdout } = await promisify(execFile)(process.execPath, [script, input]);
  return JSON.parse(stdout);
}

describe('a cold process whose key server hangs', () => {
  it.each([
    ['fresh', 0, 0],
    ['stale', 3_000, 1],
  ])('verifies from a %s snapshot', async (_, ageSeconds, fetches) => {
    const { options, snapshot, server } = await setUp(hang, ageSeconds, { timeoutMs: 30_000 });
    const { milliseconds, ...cold } = await coldProcess(options);
    const snapshots = { used: 1, ignored: 0, lastFault: null };
    expect(cold).toEqual({ outcome: 'user_1', fetches, snapshots, exported: snapshot });
    expect(milliseconds).toBeLessThan(5_000);
    expect(server.requests).toBeLessThanOrEqual(fetches);
  });

  it('does not from one that is past the grace time', async () => {
    const { options, server } = await setUp(hang, 4_201);
    const { milliseconds: _, ...cold } = await coldProcess(options);
    const snapshots = { used: 0, ignored: 1, lastFault: 'expired' };
    expect(cold).toEqual({ outcome: 'JWKS_FETCH_FAILED', fetches: 1, snapshots });
    expect(server.requests).toBe(1);
  });
});

it('what one process exports another takes, for the same URL alone', async () => {
  const { server, options } = await setUp(keySet(signer.jwks.keys));
  const { snapshot: _, ...withoutSnapshot } = options.jwksCache;
  const fetching = createWorkosVerifier({ ...options, jwksCache: withoutSnapshot });
  expect(fetching.exportKeys()).toBe(undefined);
  await fetching.ready();
  const snapshot = fetching.exportKeys();
  const { lastFetchAt } = fetching.stats();
  const { fetchedAt, ...content } = JSON.parse(snapshot as string);
  const { jwk } = signer;
  const keys = [{ kid: jwk.kid, alg: 'RS256', e: jwk.e, kty: 'RSA', n: jwk.n }];
  expect(content).toEqual({ v: 1, jwksUrl: server.url, keys, sha256: expect.any(String) });
  expect(Math.abs(fetchedAt - (lastFetchAt as number))).toBeLessThan(50);
  const cold = await coldProcess({ ...options, jwksCache: { snapshot } });
  expect(cold).toMatchObject({ outcome: 'user_1', fetches: 0, exported: snapshot });
  const elsewhere = { ...options, jwksUrl: `${server.url}/other`, jwksCache: { snapshot } };
  const foreign = createWorkosVerifier(elsewhere).stats().snapshots;
  expect(foreign).toEqual({ used: 0, ignored: 1, lastFault: 'foreign' });
  expect(server.requests).toBe(1);
});

it('a fixed set is not exported', () => {
  expect(createWorkosVerifier(signer.options).exportKeys()).toBe(undefined);
});

it('keys of a snapshot give way to the first fetch as a whole', async () => {
  const next = createSigner('key_2');
  const { server, options } = await setUp(keySet([next.jwk]), 0);
  const verifier = createWorkosVerifier(options);
  expect((await verifier.verify(token)).sub).toBe('user_1');
  // No cooldown holds back the first unknown `kid`.
  expect((await verifier.verify(next.sign())).sub).toBe('user_1');
  expect(server.requests).toBe(1);
  const { code } = await refusal(() => verifier.verify(token));
  expect(code).toBe('UNKNOWN_KEY');
  expect(JSON.parse(verifier.exportKeys() as string).keys).toMatchObject([{ kid: 'key_2' }]);
});

it('of two snapshots for one entry the younger counts', async () => {
  const { server, options } = await setUp(hang);
  const other = createSigner(signer.kid);
  const older = keySnapshot(server.url, [other.jwk], 60);
  const verifiers = [older, options.jwksCache.snapshot, older].map((snapshot) =>
    createWorkosVerifier({ ...options, jwksCache: { snapshot } }),
  );
  for (const { verify, stats } of verifiers) {
    expect((await verify(token)).sub).toBe('user_1');
    expect((await refusal(() => verify(other.sign()))).code).toBe('INVALID_SIGNATURE');
    expect(stats().snapshots).toEqual({ used: 2, ignored: 0, lastFault: null });
  }
});

it('worker threads share the keys of a snapshot', async () => {
  const { server, options } = await setUp(hang);
  expect((await verifyWorkosToken(token, options)).sub).toBe('user_1');
  const file = new URL('../support/worker.mjs', import.meta.url);
  const { jwksCache: _, ...plain } = options;
  const messages: unknown[] = [];
  for (const own of [plain, options]) {
    const worker = new Worker(file, { workerData: { tokens: [token, token], options: own } });
    closing.push(() => worker.terminate());
    worker.on('message', (message) => messages.push(message));
    await once(worker, 'exit');
  }
  expect(messages).toEqual(['calling', ['user_1', 'user_1'], 'calling', ['user_1', 'user_1']]);
  expect(server.requests).toBe(0);
});

describe('a snapshot that is no use is ignored, and counted', () => {
  it.each<[string, (text: string, url: string) => string, string]>([
    ['empty', () => '', 'damaged'],
    ['not JSON', () => 'WorkOS', 'damaged'],
    ['10 MB', (text) => text + ' '.repeat(10_000_000), 'damaged'],
    ['just too long', (text) => text + ' '.repeat(65_537 - text.length), 'damaged'],
    ['with a lone surrogate', (text) => text.replace('key_1', 'key_\ud800'), 'damaged'],
    ['of other keys', (text) => text.replace(signer.jwk.n, createSigner().jwk.n), 'damaged'],
    ['of another age', (text) => text.replace(/"fetchedAt":\d/, '"fetchedAt":2'), 'damaged'],
    ['of another version', (_, url) => keySnapshot(url, [signer.jwk], 0, { v: 2 }), 'damaged'],
    ['without keys', (_, url) => keySnapshot(url, []), 'damaged'],
    ['for another URL', (_, url) => keySnapshot(`${url}?`, [signer.jwk]), 'foreign'],
    ['from the future', (_, url) => keySnapshot(url, [signer.jwk], -60), 'future'],
    ['from long ago', (_, url) => keySnapshot(url, [signer.jwk], 1e9), 'expired'],
  ])('%s', async (_, change, lastFault) => {
    const { server, snapshot, options } = await setUp(keySet(signer.jwks.keys));
    const jwksCache = { snapshot: change(snapshot, server.url) };
    const verifier = createWorkosVerifier({ ...options, jwksCache });
    expect(verifier.stats().snapshots).toEqual({ used: 0, ignored: 1, lastFault });
    expect((await verifier.verify(token)).sub).toBe('user_1');
    expect(server.requests).toBe(1);
  });

  it('but one of just the greatest length is taken', async () => {
    const { snapshot, options } = await setUp(hang);
    const padded = snapshot + ' '.repeat(65_536 - snapshot.length);
    const verifier = createWorkosVerifier({ ...options, jwksCache: { snapshot: padded } });
    expect(verifier.stats().snapshots).toEqual({ ...NONE, used: 1 });
  });

  it('and none is asked for where keys were fetched', async () => {
    const { server, options } = await setUp(keySet(signer.jwks.keys));
    await createWorkosVerifier({ ...options, jwksCache: {} }).ready();
    expect(createWorkosVerifier(options).stats().snapshots).toEqual(NONE);
    expect(server.requests).toBe(1);
  });
});

describe('what is no text is refused', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    [{ v: 1 }, 'an object'],
    [Buffer.from('{}'), 'a Buffer or typed array'],
    [Promise.resolve('{}'), 'a promise'],
  ])('%o', async (snapshot, kind) => {
    const { jwks: _, ...options } = GOOD;
    const { message, hint } = await optionsRefusal({ ...options, jwksCache: { snapshot } });
    const named = 'the option "jwksCache.snapshot" must be the text of a snapshot';
    expect(message).toBe(`${named}, not ${kind}`);
    expect(hint).toContain('exportKeys()');
  });
});
