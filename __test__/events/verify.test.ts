import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosVerifyEvent,
} from 'verify-workos-token';
import { type FaultServer, keySet, startFaultServer, status } from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner, forge } from '../support/jws.js';
import { type EventName, listen, stopListening } from '../support/listen.js';
import { expectNone, refusal, refusalSync } from '../support/refusal.js';

const signer = createSigner();
const { options } = signer;
const keySetHash = createWorkosVerifier(options).stats().keySetHash;

const servers: FaultServer[] = [];
afterEach(async () => {
  stopListening();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function setUp(jwksCache: object = {}) {
  const server = await startFaultServer(keySet(signer.jwks.keys));
  servers.push(server);
  return { server, options: { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache } };
}

/** A token that no test has used. */
let last = 0;
function sign(changes: Record<string, unknown> = {}): string {
  last += 1;
  return signer.sign(claims({ jti: `${last}`, ...changes }));
}

/** What a call's last event says. */
async function lastEvent(call: () => Promise<unknown>): Promise<WorkosVerifyEvent> {
  const { published, stop } = listen('verify', ['asyncEnd']);
  await call().catch(() => undefined);
  stop();
  expect(published.length).toBe(1);
  return published[0]?.event as WorkosVerifyEvent;
}

const ACCEPTED = { outcome: 'accepted', keySetHash, durationMs: expect.any(Number) };

describe('the events of a call', () => {
  it.each([
    ['verify', createWorkosVerifier(options).verify],
    ['verifyWorkosToken', (token: string) => verifyWorkosToken(token, options)],
  ] as const)('come in the order of a promise: %s', async (method, verify) => {
    const { published } = listen('verify');
    await verify(sign());
    expect(published.map(({ name }) => name)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(new Set(published.map(({ context }) => context)).size).toBe(1);
    const final = { method, ...ACCEPTED, source: 'fixed' };
    expect(published.map(({ event }) => event)).toEqual([{ method }, { method }, final, final]);

    published.length = 0;
    await refusal(() => verify(sign({ exp: 1 })));
    const order = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'];
    expect(published.map(({ name }) => name)).toEqual(order);
    expect(published.at(-1)?.event).toMatchObject({ outcome: 'refused', code: 'TOKEN_EXPIRED' });
  });

  it('come in the order of a function that returns: verifySync', () => {
    const { verifySync } = createWorkosVerifier(options);
    const { published } = listen('verify');
    verifySync(sign());
    expect(published.map(({ name }) => name)).toEqual(['start', 'end']);
    const final = { method: 'verifySync', ...ACCEPTED, source: 'fixed' };
    expect(published[1]?.event).toEqual(final);
    published.length = 0;
    refusalSync(() => verifySync('a.b.c'));
    expect(published.map(({ name }) => name)).toEqual(['start', 'error', 'end']);
    expect(published[2]?.event).toMatchObject({ outcome: 'refused', code: 'MALFORMED_TOKEN' });
  });

  it.each(['start', 'end', 'asyncStart', 'asyncEnd', 'error'] satisfies EventName[])(
    'reach a listener of one channel alone: %s',
    async (name) => {
      const { published } = listen('verify', [name]);
      await refusal(() => verifyWorkosToken('x', options));
      expect(published.map((one) => one.name)).toEqual([name]);
    },
  );

  it('end with the listening', async () => {
    const { published, stop } = listen('verify');
    stop();
    await verifyWorkosToken(sign(), options);
    expect(published).toEqual([]);
  });

  it('are told once, although import and require have a copy each', async () => {
    const required = createRequire(import.meta.url)('verify-workos-token');
    const { published } = listen('verify', ['asyncEnd']);
    await required.verifyWorkosToken(sign(), options);
    await verifyWorkosToken(sign(), options);
    expect(published.length).toBe(2);
  });

  it('describe the refusal as the error does, and nothing of the token', async () => {
    const { published } = listen('verify', ['error']);
    const error = await refusal(() => verifyWorkosToken(sign({ aud: 'other' }), options));
    const { name, code, message, hint } = error;
    expect(published[0]?.event.error).toEqual({ name, code, message, hint });

    const { server, options: fetched } = await setUp();
    server.behaviour = status(503);
    await refusal(() => verifyWorkosToken(sign(), fetched));
    const cause = { code: 'STATUS', message: 'the server responded with status 503', status: 503 };
    expect(published[1]?.event.error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause });
  });

  it('tell of options that are wrong', async () => {
    const event = await lastEvent(() => verifyWorkosToken(sign(), { clientId: '' }));
    expect(event).toMatchObject({ outcome: 'refused', code: 'INVALID_OPTIONS' });
    expect(event).not.toHaveProperty('source');
  });

  it('hold no token and no personal data', async () => {
    const secrets = { sub: 'user_secret', org_id: 'org_secret', sid: 'session_secret' };
    const tokens = [
      sign(secrets),
      sign({ ...secrets, exp: 1 }),
      sign({ ...secrets, aud: 'aud_secret' }),
      sign({ ...secrets, iss: 'https://iss.secret' }),
      forge(signer.kid, secrets),
      forge('kid_secret', secrets),
      `${sign(secrets)}.x`,
    ];
    const { published } = listen('verify');
    for (const token of tokens) await verifyWorkosToken(token, options).catch(() => undefined);
    expect(published.length).toBe(4 + 6 * 5);
    const contexts = published.map(({ context }) => context);
    const text = inspect(contexts, { depth: 10, showHidden: true }) + JSON.stringify(contexts);
    const segments = tokens.flatMap((token) => token.split('.').slice(1, 3));
    expectNone(text, { ...secrets, ...Object.fromEntries(segments.entries()), any: 'secret' });
  });
});

describe('the source of an answer', () => {
  it('is the request, then memory, then the token cache', async () => {
    const { options: fetched } = await setUp();
    const { verify, verifySync } = createWorkosVerifier(fetched);
    const token = sign();
    const sources = [];
    for (const next of [token, sign(), token, token])
      sources.push(await lastEvent(() => verify(next)));
    const expected = ['fetch', 'memory', 'token cache', 'token cache'];
    expect(sources.map(({ source }) => source)).toEqual(expected);
    expect(sources.map((event) => event.keySetHash)).toEqual(Array(4).fill(keySetHash));
    const { published } = listen('verify', ['end']);
    verifySync(sign());
    verifySync(token);
    expect(published.map(({ event }) => event.source)).toEqual(['memory', 'token cache']);
  });

  it('is memory for a remembered token whose cache is off', async () => {
    const { options: fetched } = await setUp();
    const { verify } = createWorkosVerifier({ ...fetched, verifiedTokenCache: false });
    const token = sign();
    await verify(token);
    expect(await lastEvent(() => verify(token))).toMatchObject({ source: 'memory' });
  });

  it('is stale once the keys are too old and cannot be renewed', async () => {
    const { server, options: fetched } = await setUp({ maxAgeSeconds: 1 });
    const { verify } = createWorkosVerifier(fetched);
    await verify(sign());
    server.behaviour = status(500);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const event = await lastEvent(() => verify(sign()));
    expect(event).toMatchObject({ ...ACCEPTED, source: 'stale' });
  });

  it('is named for each of a burst, wherever it is verified', async () => {
    const { options: fetched } = await setUp();
    const { verify } = createWorkosVerifier(fetched);
    const { published } = listen('verify', ['asyncEnd']);
    const cold = Array.from({ length: 20 }, () => sign());
    await Promise.all(cold.map((token) => verify(token)));
    expect(published.map(({ event }) => event.source)).toEqual(Array(20).fill('fetch'));
    published.length = 0;
    const warm = Array.from({ length: 64 }, () => sign());
    await Promise.all([...warm, ...warm].map((token) => verify(token)));
    const sources = published.map(({ event }) => event.source);
    expect(sources.length).toBe(128);
    expect(new Set(sources)).toEqual(new Set(['memory', 'token cache']));
    expect(sources.filter((source) => source === 'memory').length).toBeGreaterThanOrEqual(64);
  });

  it('is that of a refusal, too, if keys had a part in it', async () => {
    const { server, options: fetched } = await setUp();
    const { verify } = createWorkosVerifier(fetched);
    server.behaviour = status(500);
    const outage = await lastEvent(() => verify(sign()));
    expect(outage).toMatchObject({ code: 'JWKS_FETCH_FAILED' });
    expect(outage).not.toHaveProperty('source');
    server.behaviour = keySet(signer.jwks.keys);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const unknown = forge('key_9', { iss: claims().iss });
    const asked = await lastEvent(() => verify(unknown));
    expect(asked).toMatchObject({ code: 'UNKNOWN_KEY', source: 'fetch' });
    // The first request was no answer to an unknown kid: this one is.
    await lastEvent(() => verify(unknown));
    const inCooldown = await lastEvent(() => verify(unknown));
    expect(inCooldown).toMatchObject({ code: 'UNKNOWN_KEY', source: 'memory', keySetHash });
    const malformed = await lastEvent(() => verify('x'));
    expect(malformed).toMatchObject({ code: 'MALFORMED_TOKEN' });
    expect(malformed).not.toHaveProperty('source');
  });
});
