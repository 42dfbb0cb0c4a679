import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createWorkosVerifier } from 'verify-workos-token';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Worker } from 'node:worker_threads';
import { plain, report, signer, startKeyHost } from '../support/connection.js';
import {
  type Behaviour,
  body,
  cutOff,
  drip,
  endless,
  gzipBomb,
  hang,
  headersOnly,
  keySet,
  notHttp,
  raw,
  reset,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID } from '../support/jws.js';

const TIMEOUT_MS = 400;
/** Longer than any answer takes on a busy machine. */
const AT_ONCE_MS = 500;
const MIB = 1_024 * 1_024;
const { keys } = signer.jwks;

describe('an outage is a result:', () => {
  it.each<[string, Behaviour, string, RegExp]>([
    ['a web page', body('<!doctype html><title>Sign in</title>'), 'NOT_JSON', /login page/],
    ['broken JSON', body('{"keys":['), 'NOT_JSON', /JWKS URL is right/],
    ['another document', body('{"issuer":"x"}'), 'NOT_A_KEY_SET', /discovery document/],
    ['an empty set', keySet([]), 'NO_USABLE_KEY', /Open the JWKS URL/],
    ['404', status(404), 'STATUS', /check `clientId`/],
    ['403', status(403), 'STATUS', /firewall/],
    ['429', status(429), 'STATUS', /many processes/],
    ['500', status(500), 'STATUS', /key server is failing/],
    ['a redirect', status(301, { Location: '/x' }), 'REDIRECT', /never followed/],
    ['nothing', hang, 'TIMEOUT', /can reach the JWKS URL/],
    ['headers alone', headersOnly, 'TIMEOUT', /can reach the JWKS URL/],
    ['a byte now and then', drip(keys), 'TIMEOUT', /can reach the JWKS URL/],
    ['a reset', reset, 'INTERRUPTED', /closed in the middle/],
    ['half a set', cutOff(keys), 'INTERRUPTED', /closed in the middle/],
    ['what is not HTTP', notHttp, 'NOT_HTTP', /JWKS URL is right/],
    ['2 MiB', endless(2 * MIB), 'TOO_LARGE', /JWKS URL is right/],
    ['a bomb', gzipBomb(2 * MIB), 'TOO_LARGE', /JWKS URL is right/],
    ['broken gzip', body('x', { 'Content-Encoding': 'gzip' }), 'CONTENT_ENCODING', /Only gzip/],
    [
      'endless headers',
      raw(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(3_000)}\r\n`),
      'TOO_LARGE',
      /./,
    ],
  ])('%s', async (_, behaviour, code, hint) => {
    const host = await startKeyHost();
    host.keys = behaviour;
    const start = performance.now();
    const found = await report({ ...host.options, jwksCache: { timeoutMs: TIMEOUT_MS } });
    expect(performance.now() - start).toBeLessThan(TIMEOUT_MS + AT_ONCE_MS);
    expect(found).toMatchObject({
      success: false,
      keys: [],
      discovery: { status: 'ok' },
      error: {
        code: 'JWKS_FETCH_FAILED',
        message: expect.stringMatching(/^the signing keys are unavailable: [a-z]/),
        hint: expect.stringMatching(hint),
        cause: {
          code,
          status: code === 'STATUS' || code === 'REDIRECT' ? expect.any(Number) : null,
        },
      },
    });
    expect(found.latencyMs).toBeGreaterThan(code === 'TIMEOUT' ? TIMEOUT_MS - 50 : 0);
    await vi.waitFor(() => expect(host.server.connections).toBe(0));
  });

  it('a server that is down', async () => {
    const host = await startKeyHost();
    await host.server.close();
    expect(await report(host.options)).toMatchObject({
      success: false,
      discovery: { status: 'failed', error: { code: 'CONNECT' } },
      clockSkewSeconds: null,
      cache: null,
      error: { cause: { code: 'CONNECT' } },
    });
  });

  it('a name that does not resolve', async () => {
    const found = await report({ clientId: CLIENT_ID, apiUrl: 'https://keys.invalid.' });
    expect(found).toMatchObject({
      success: false,
      jwksUrl: `https://keys.invalid./sso/jwks/${CLIENT_ID}`,
      discovery: { status: 'failed', error: { code: 'DNS' } },
      error: { cause: { code: 'DNS' }, hint: expect.stringContaining('name resolution') },
    });
  });
});

it.each([
  [MIB, true],
  [MIB + 1, false],
])('a set of %i bytes', async (size, success) => {
  const host = await startKeyHost();
  host.keys = body(JSON.stringify(signer.jwks).padEnd(size));
  expect((await report(host.options)).success).toBe(success);
});

it('a set in gzip is read', async () => {
  const host = await startKeyHost();
  const packed = gzipSync(JSON.stringify(signer.jwks));
  host.keys = body(packed, { 'Content-Encoding': 'gzip' });
  expect((await report(host.options)).success).toBe(true);
});

it('many tests at once are as many requests', async () => {
  const host = await startKeyHost();
  const verifier = createWorkosVerifier(host.options);
  const tests = Array.from({ length: 20 }, () => verifier.testConnection());
  expect((await Promise.all(tests)).every((one) => plain(one).success)).toBe(true);
  expect(host.asked).toEqual({ keys: 20, discovery: 20 });
});

it('a worker that ends during a test harms nobody', async () => {
  const host = await startKeyHost();
  host.keys = hang;
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads');
     require(${JSON.stringify(fileURLToPath(new URL('../../index.cjs', import.meta.url)))})
       .testWorkosConnection(workerData);`,
    { eval: true, workerData: host.options },
  );
  onTestFinished(async () => void (await worker.terminate()));
  await vi.waitFor(() => expect(host.asked).toEqual({ keys: 1, discovery: 1 }), { timeout: 5_000 });
  const ended = once(worker, 'exit');
  await worker.terminate();
  await ended;
  host.keys = keySet(keys);
  expect((await report(host.options)).success).toBe(true);
});
