import { type KeyObject, sign } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  type WorkosTokenOptions,
  type WorkosVerifier,
} from 'verify-workos-token';
import {
  type Behaviour,
  body,
  delayed,
  drip,
  type FaultServer,
  headersOnly,
  keySet,
  reset,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner, forge, segment } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';
import { newKeyPair } from '../support/key-pair.js';

/** Longer than any answer from memory takes on a busy machine. */
const AT_ONCE_MS = 500;
const MIB = 1_024 * 1_024;
const signer = createSigner('key_1');
const next = createSigner('key_2');
const token = signer.sign();
const good = keySet(signer.jwks.keys);
const both = keySet([signer.jwk, next.jwk]);

const servers: FaultServer[] = [];
// At the end alone: these tests wait side by side.
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function setUp(behaviour: Behaviour, options: Partial<WorkosTokenOptions> = {}) {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  const given = { clientId: CLIENT_ID, jwksUrl: server.url, ...options };
  return { server, verifier: createWorkosVerifier(given) };
}

/** Calls again and again for so long, or until `done`; the slowest call, and every error's code. */
async function callFor(verifier: WorkosVerifier, ms: number, done = () => false) {
  const codes: string[] = [];
  let slowestMs = 0;
  for (const end = performance.now() + ms; performance.now() < end && !done(); await sleep(5)) {
    const start = performance.now();
    await verifier.verify(token).catch(({ code }) => codes.push(code));
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }
  return { codes, slowestMs };
}

describe('a set of 10,000 keys', () => {
  const COUNT = 10_000;
  // Only keys on this curve are small enough for so many of them to pass the limit of 1 MiB.
  const edwards = (kid: string) => {
    const { publicKey, privateKey } = newKeyPair('ed25519');
    const { x } = publicKey.export({ format: 'jwk' });
    return { jwk: { kty: 'OKP', crv: 'Ed25519', kid, x }, privateKey };
  };
  const signed = (kid: string, key: KeyObject) => {
    const input = `${segment({ alg: 'EdDSA', kid })}.${segment(claims())}`;
    return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
  };
  const options = { algorithms: ['RS256', 'EdDSA'] as const };
  const alternating = (...jwks: object[]) =>
    Array.from({ length: COUNT }, (_, index) => jwks[index % jwks.length] as object);

  /** The longest time for which the event loop stood still during a call. */
  async function longestPause(call: Promise<unknown>): Promise<number> {
    let last = performance.now();
    let longestMs = 0;
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    await call.finally(() => clearInterval(timer));
    return Math.max(longestMs, performance.now() - last);
  }

  it('is read with one request while nobody is held up, and every key in it counts', async () => {
    const keys = Array.from({ length: COUNT - 1 }, (_, index) => edwards(`${index}`));
    const jwks = [...keys.slice(0, 5_000).map(({ jwk }) => jwk), signer.jwk];
    jwks.push(...keys.slice(5_000).map(({ jwk }) => jwk));
    const text = JSON.stringify({ keys: jwks });
    expect(text.length).toBeLessThanOrEqual(MIB);
    const { server, verifier } = await setUp(body(text), options);
    expect(await longestPause(verifier.ready())).toBeLessThan(AT_ONCE_MS);
    expect(verifier.stats()).toMatchObject({ keysInMemory: COUNT, fetches: 1, fetchFailures: 0 });
    for (const index of [0, 4_999, 5_000, COUNT - 2]) {
      const { privateKey } = keys[index] as { privateKey: KeyObject };
      expect(verifier.verifySync(signed(`${index}`, privateKey)).sub).toBe('user_1');
    }
    expect(verifier.verifySync(token).sub).toBe('user_1');
    const start = performance.now();
    for (let count = 0; count < 1_000; count += 1) verifier.verifySync(token);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(server.requests).toBe(1);
    const lacking = edwards(`${COUNT}`);
    const error = await refusal(() => verifier.verify(signed(lacking.jwk.kid, lacking.privateKey)));
    expect(error.code).toBe('UNKNOWN_KEY');
    expect(server.requests).toBe(2);
  });

  it.each<[string, object[]]>([
    ['of one kid', alternating(edwards('same').jwk, edwards('same').jwk)],
    ['that are none', Array(COUNT).fill({})],
    [
      'of an unknown kind',
      Array.from({ length: COUNT }, (_, kid) => ({ kty: 'X', kid: `${kid}` })),
    ],
  ])('%s spoils no other, and is no set by itself', async (_, keys) => {
    const { server, verifier } = await setUp(keySet([...keys, signer.jwk]), options);
    await verifier.ready();
    expect(verifier.verifySync(token).sub).toBe('user_1');
    expect(verifier.stats().keysInMemory).toBe(1);
    const alone = await setUp(keySet(keys), options);
    const { cause } = await refusal(() => alone.verifier.ready());
    expect(cause).toHaveProperty('code', 'NO_USABLE_KEY');
    expect([server.requests, alone.server.requests]).toEqual([1, 1]);
  });
});

describe.concurrent('during the stale time', () => {
  const stale = { jwksCache: { maxAgeSeconds: 1, cooldownSeconds: 300 } };

  /** Keys that are too old, behind an endpoint that is down. */
  async function outage() {
    const { server, verifier } = await setUp(good, stale);
    await verifier.verify(token);
    await verifier.verify(token);
    await sleep(1_050);
    server.behaviour = reset;
    await verifier.verify(token);
    await vi.waitFor(() => expect(verifier.stats().fetchFailures).toBe(1));
    expect(verifier.stats().staleServes).toBeGreaterThan(0);
    return { server, verifier };
  }

  it.each<[string, object[], string]>([
    ['is withdrawn', [next.jwk], 'UNKNOWN_KEY'],
    ['gets another key', [createSigner('key_1').jwk, next.jwk], 'INVALID_SIGNATURE'],
    ['gets a second key', [signer.jwk, createSigner('key_1').jwk, next.jwk], 'UNKNOWN_KEY'],
  ])('a kid that %s serves until the first good answer, and no longer', async (_, keys, code) => {
    const { server, verifier } = await outage();
    server.behaviour = keySet(keys);
    const before = server.requests;
    const renewed = () => verifier.stats().keySetHash !== hash;
    const hash = verifier.stats().keySetHash;
    const { codes, slowestMs } = await callFor(verifier, 5_000, renewed);
    expect(codes).toEqual([]);
    expect(slowestMs).toBeLessThan(AT_ONCE_MS);
    expect(renewed()).toBe(true);
    expect(refusalSync(() => verifier.verifySync(token)).code).toBe(code);
    expect((await refusal(() => verifier.verify(token))).code).toBe(code);
    expect(verifier.verifySync(next.sign()).sub).toBe('user_1');
    // The refresh, and one look for the kid that is gone.
    expect(server.requests - before).toBe(code === 'UNKNOWN_KEY' ? 2 : 1);
  });

  it('a new kid is not called unknown, and comes with the end of the outage', async () => {
    const { server, verifier } = await outage();
    const error = await refusal(() => verifier.verify(next.sign()));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'INTERRUPTED' } });
    server.behaviour = both;
    await sleep(Number(error.retryAfterSeconds) * 1_000 + 5);
    await expect(verifier.verify(next.sign())).resolves.toHaveProperty('sub');
  });
});

describe.concurrent('at the expiry of keys, nobody waits', () => {
  it.each<[string, Behaviour, number]>([
    ['is slow', delayed(900, good), 0],
    ['sends headers and then nothing', headersOnly, 1],
    ['sends a byte each 300 ms', drip(signer.jwks.keys), 1],
    ['fails', status(500), 1],
    ['ends each connection', reset, 1],
    ['has no key any more', keySet([]), 1],
  ])('for an endpoint that %s', async (_, behaviour, failures) => {
    const jwksCache = { maxAgeSeconds: 1, timeoutMs: 1_500 };
    const { server, verifier } = await setUp(good, { jwksCache });
    await verifier.verify(token);
    server.behaviour = behaviour;
    const { codes, slowestMs } = await callFor(verifier, 2_600);
    expect(codes).toEqual([]);
    expect(slowestMs).toBeLessThan(AT_ONCE_MS);
    expect(verifier.stats().fetchFailures).toBeGreaterThanOrEqual(failures);
    if (failures === 0) expect(verifier.stats().fetchFailures).toBe(0);
    // The first, and then no more than the shortest pauses allow.
    expect(server.requests).toBeGreaterThanOrEqual(2);
    expect(server.requests).toBeLessThanOrEqual(1 + Math.ceil(1_800 / 250));
  });

  it('for a port where nobody listens any more', async () => {
    const { server, verifier } = await setUp(good, { jwksCache: { maxAgeSeconds: 1 } });
    await verifier.verify(token);
    await server.close();
    const { codes, slowestMs } = await callFor(verifier, 2_000);
    expect(codes).toEqual([]);
    expect(slowestMs).toBeLessThan(AT_ONCE_MS);
    const { fetches, fetchFailures } = verifier.stats();
    expect(fetchFailures).toBeGreaterThanOrEqual(1);
    expect(fetches).toBeLessThanOrEqual(1 + Math.ceil(1_200 / 250));
  });
});

it('10,000 unknown kids during an outage make as few requests as one, and known ones serve', async () => {
  const { server, verifier } = await setUp(good);
  await verifier.verify(token);
  server.behaviour = status(500);
  const start = performance.now();
  for (let sent = 0; sent < 10_000; sent += 500) {
    const forged = Array.from({ length: 500 }, (_, index) => forge(`kid_${sent + index}`));
    const errors = await Promise.all(forged.map((one) => refusal(() => verifier.verify(one))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['JWKS_FETCH_FAILED']));
    expect(verifier.verifySync(token).sub).toBe('user_1');
  }
  const steps = Math.ceil((performance.now() - start) / 250);
  expect(server.requests).toBeLessThanOrEqual(1 + steps);
  expect(verifier.stats().unknownKidLookups).toBeGreaterThanOrEqual(10_000);
});
