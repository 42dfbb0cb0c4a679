// Reading the largest key sets takes a while. Other sources don't wait for it.
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createWorkosVerifier, testWorkosConnection } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Behaviour, body, keySet, startFaultServer, status } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';

/** Enough that reading all of them takes far longer than a request. */
const LARGE_SETS = 8;
/** One after another they find the network's thread at work, unless it is free. */
const OTHERS = 5;
const MAX_BYTES = 1_024 * 1_024;
/** The longest there is: on a busy machine, sending and reading all sets takes seconds. */
const TIMEOUT_MS = 30_000;
const signer = createSigner();
const token = signer.sign();

/** Keys on P-384, which take the longest to read, up to the limit of a response. */
function largestSet(): string {
  const [jwk] = createTestIssuer({ algorithm: 'ES384' }).jwks.keys;
  const bytes = JSON.stringify({ ...jwk, kid: '0000' }).length + 1;
  const count = Math.floor((MAX_BYTES - 100) / bytes);
  const keys = Array.from({ length: count }, (_, kid) => ({
    ...jwk,
    kid: `${kid}`.padStart(4, '0'),
  }));
  return JSON.stringify({ keys });
}

const closing: (() => Promise<void>)[] = [];
let large: string;
beforeAll(() => {
  large = largestSet();
});
afterAll(() => Promise.all(closing.map((close) => close())));

async function optionsFor(behaviour: Behaviour) {
  const server = await startFaultServer(behaviour);
  closing.push(server.close);
  const jwksCache = { timeoutMs: TIMEOUT_MS };
  const algorithms = ['RS256', 'ES384'] as const;
  return { clientId: CLIENT_ID, jwksUrl: server.url, algorithms, jwksCache };
}

/** Sends all of the set but its last byte, until it is told to send that to all. */
function holding() {
  const held: ServerResponse[] = [];
  const sent = new EventEmitter();
  const behaviour: Behaviour = (response, request) => {
    if (request.url?.includes('.well-known')) return status(404)(response, request);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write(large.slice(0, -1), () => {
      held.push(response);
      sent.emit('sent');
    });
  };
  const whenHeld = async (count: number) => {
    while (held.length < count) await once(sent, 'sent');
  };
  const release = () => {
    for (const response of held) response.end(large.slice(-1));
  };
  return { behaviour, whenHeld, release };
}

type Options = Awaited<ReturnType<typeof optionsFor>>;

describe.each<[string, (options: Options) => Promise<unknown>]>([
  ['keys', (options) => createWorkosVerifier(options).ready()],
  [
    'the test of a connection',
    async (options) => {
      const { error } = await testWorkosConnection({ ...options, issuer: options.jwksUrl });
      expect(error?.code).not.toBe('JWKS_FETCH_FAILED');
    },
  ],
])('reading large sets for %s', (_, read) => {
  it('lets the requests of other sources go on', async () => {
    expect(large.length).toBeGreaterThan(MAX_BYTES * 0.99);
    const { behaviour, whenHeld, release } = holding();
    const small = keySet([signer.jwk]);
    const others = Array.from({ length: OTHERS }, async () =>
      createWorkosVerifier(await optionsFor(small)),
    );
    const verifiers = await Promise.all(others);
    let landed = 0;
    const reading = Array.from({ length: LARGE_SETS }, async () => {
      await read(await optionsFor(behaviour));
      landed += 1;
    });
    await whenHeld(LARGE_SETS);
    release();
    for (const other of verifiers) await other.ready();
    expect(landed).toBeLessThan(LARGE_SETS);
    for (const other of verifiers) expect(other.verifySync(token).sub).toBe('user_1');
    await Promise.all(reading);
  }, 60_000);
});

it('gives every key of a large set', async () => {
  const verifier = createWorkosVerifier(await optionsFor(body(large)));
  await verifier.ready();
  const { keysInMemory, fetchFailures } = verifier.stats();
  expect([keysInMemory, fetchFailures]).toEqual([JSON.parse(large).keys.length, 0]);
});
