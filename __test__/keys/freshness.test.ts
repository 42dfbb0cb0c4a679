import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier, type WorkosTokenOptions } from 'verify-workos-token';
import {
  type Behaviour,
  type FaultServer,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, createSigner, forge } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner('key_1');
const next = createSigner('key_2');
const token = signer.sign();

const servers: FaultServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** A server that keeps the headers of what it is asked, and a verifier that asks it. */
async function setUp(behaviour: Behaviour, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer();
  servers.push(server);
  const asked: IncomingHttpHeaders[] = [];
  const answer = (behaviour: Behaviour) => {
    server.behaviour = (response, request) => {
      asked.push(request.headers);
      behaviour(response, request);
    };
  };
  answer(behaviour);
  const options = { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache };
  return { server, asked, answer, options, verifier: createWorkosVerifier(options) };
}

describe('an ETag', () => {
  const tagged = keySet([signer.jwk], { ETag: '"v1"' });

  it('is sent back, and an answer that nothing was modified keeps the keys', async () => {
    const { asked, answer, verifier } = await setUp(tagged, { cooldownSeconds: 300 });
    await verifier.verify(token);
    answer(status(304));
    const { code, retryable } = await refusal(() => verifier.verify(next.sign()));
    expect({ code, retryable }).toEqual({ code: 'UNKNOWN_KEY', retryable: false });
    expect(verifier.verifySync(token).sub).toBe('user_1');
    expect(verifier.stats()).toMatchObject({ fetches: 2, fetchFailures: 0, keysInMemory: 1 });
    expect(asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"v1"']);
    // Such a request counts for the cooldown as any other.
    expect(await refusal(() => verifier.verify(next.sign()))).toHaveProperty('retryable', true);
  });

  it('makes the keys young again', async () => {
    const { answer, server, verifier } = await setUp(tagged, { maxAgeSeconds: 1 });
    await verifier.verify(token);
    answer(status(304));
    while (server.requests < 3) {
      await verifier.verify(token);
      await sleep(5);
    }
    expect(verifier.stats()).toMatchObject({ fetchFailures: 0, staleServes: 0, keysInMemory: 1 });
  });

  it('of an answer that was replaced is not sent any more', async () => {
    const { asked, answer, verifier } = await setUp(tagged, { cooldownSeconds: 1 });
    await verifier.verify(token);
    answer(keySet([signer.jwk, next.jwk]));
    await verifier.verify(next.sign());
    const cooling = await refusal(() => verifier.verify(forge('key_9')));
    await sleep(Number(cooling.retryAfterSeconds) * 1_000 + 5);
    await refusal(() => verifier.verify(forge('key_9')));
    expect(asked.map((headers) => headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
      undefined,
    ]);
  });

  it.each([
    ['a bad answer', keySet([], { ETag: '"bad"' })],
    ['an error', status(500, { ETag: '"bad"' })],
  ])('of %s is not taken', async (_, behaviour) => {
    const { asked, answer, verifier } = await setUp(tagged);
    await verifier.verify(token);
    answer(behaviour);
    const error = await refusal(() => verifier.verify(next.sign()));
    answer(keySet([signer.jwk, next.jwk]));
    await sleep(Number(error.retryAfterSeconds) * 1_000 + 5);
    await verifier.verify(next.sign());
    expect(asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"v1"', '"v1"']);
  });

  it('of many kilobytes is not sent', async () => {
    const long = keySet([signer.jwk], { ETag: `"${'x'.repeat(8_000)}"` });
    const { asked, verifier } = await setUp(long);
    await verifier.verify(token);
    expect((await refusal(() => verifier.verify(next.sign()))).code).toBe('UNKNOWN_KEY');
    expect(asked[1]).not.toHaveProperty('if-none-match');
  });
});

describe('what the server says of the time', () => {
  it.each(['no-store', 'no-cache', 'max-age=0', 'max-age=1', 'max-age=nonsense'])(
    'Cache-Control %s does not make each call a request',
    async (value) => {
      const { server, verifier } = await setUp(keySet([signer.jwk], { 'Cache-Control': value }));
      await verifier.verify(token);
      for (let count = 0; count < 20; count += 1) {
        await verifier.verify(signer.sign());
        await sleep(5);
      }
      expect(server.requests).toBe(1);
      expect(verifier.stats().staleServes).toBe(0);
    },
  );

  it('does not lengthen a lifetime that was set', async () => {
    const lasting = keySet([signer.jwk], { 'Cache-Control': 'public, max-age=86400' });
    const { server, verifier } = await setUp(lasting, { maxAgeSeconds: 1 });
    await verifier.verify(token);
    for (const end = performance.now() + 3_000; server.requests < 2; await sleep(5)) {
      expect(performance.now()).toBeLessThan(end);
      await verifier.verify(token);
    }
  });

  it.each([
    ['86400', 30],
    ['99999999999999999999', 30],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 30],
    ['-5', 0.5],
    ['soon', 0.5],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0.5],
  ])('Retry-After %s puts the next request off by %d seconds at the most', async (value, most) => {
    const { verifier } = await setUp(status(503, { 'Retry-After': value }));
    const error = await refusal(() => verifier.verify(token));
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(0.25);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(most);
  });
});
