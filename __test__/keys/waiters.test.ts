// Callers who wait for keys: how many can, what they cost, and that they hold up nobody else's keys.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import {
  type Behaviour,
  delayed,
  type FaultServer,
  hang,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner, forge, segment } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

/** As many callers as wait for one source at the most. */
const MAX_WAITERS = 1_024;
const MIB = 1_024 * 1_024;
const signer = createSigner('key_1');
const good = keySet(signer.jwks.keys);
const dsaEncoding = 'ieee-p1363';
const servers: FaultServer[] = [];

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function start(behaviour: Behaviour) {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  return { server, options: { clientId: CLIENT_ID, jwksUrl: server.url } };
}

describe('while the endpoint hangs', () => {
  it('1,024 callers wait, and the others are answered at once', async () => {
    const { server, options } = await start(hang);
    const jwksCache = { timeoutMs: 3_000 };
    const verifier = createWorkosVerifier({ ...options, jwksCache });
    const settled: string[] = [];
    const calls = Array.from({ length: MAX_WAITERS + 500 }, (_, index) =>
      refusal(() => verifier.verify(forge(`key_${index}`))).then((error) => {
        settled.push(String((error.cause as { code?: string }).code));
        return error;
      }),
    );
    await vi.waitFor(() => expect(settled).toHaveLength(500), 2_000);
    expect(new Set(settled)).toEqual(new Set(['TOO_MANY_WAITING']));
    const errors = await Promise.all(calls);
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', status: 503, retryable: true });
    }
    expect(settled.filter((code) => code === 'TIMEOUT')).toHaveLength(MAX_WAITERS);
    expect(server.requests).toBe(1);
  });

  it('40,000 forged tokens of 16 kB take no more memory than those who wait', async () => {
    const { server, options } = await start(good);
    const verifier = createWorkosVerifier({ ...options, jwksCache: { timeoutMs: 3_000 } });
    await verifier.ready();
    server.behaviour = hang;
    const filling = 'x'.repeat(11_500);
    const before = process.memoryUsage().rss;
    const outcomes = new Set<string>();
    const calls: Promise<void>[] = [];
    for (let index = 0; index < 40_000; index += 1) {
      const call = refusal(() => verifier.verify(forge(`forged_${index}`, { filling })));
      calls.push(
        call.then(({ code, retryable }) => {
          outcomes.add(`${code} ${retryable}`);
        }),
      );
      if (index % 1_000 === 0) await new Promise(setImmediate);
    }
    const grown = (process.memoryUsage().rss - before) / MIB;
    await Promise.all(calls);
    // Those who are one too many, and those who waited for nothing.
    expect(outcomes).toEqual(new Set(['UNKNOWN_KEY true', 'JWKS_FETCH_FAILED true']));
    // 16 MB of tokens, and what V8 has not collected yet; it was 1.3 GB.
    expect(grown).toBeLessThan(400);
  });
});

it('callers of one source do not hold up the keys of another', async () => {
  // Signatures that take long to verify: all of them together take most of a second.
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-384',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const jwk = { ...createPublicKey(publicKey).export({ format: 'jwk' }), kid: 'slow' };
  const tokens = Array.from({ length: MAX_WAITERS }, (_, jti) => {
    const parts = [{ alg: 'ES384', kid: 'slow' }, claims({ jti: `${jti}` })];
    const input = parts.map(segment).join('.');
    const signature = sign('sha384', Buffer.from(input), { key: privateKey, dsaEncoding });
    return `${input}.${signature.toString('base64url')}`;
  });
  const slow = await start(delayed(300, keySet([jwk])));
  const other = await start(delayed(320, good));
  const options = { ...slow.options, algorithms: ['ES384'] as const };
  const waiting = Promise.all(tokens.map((token) => verifyWorkosToken(token, options)));
  const verifier = createWorkosVerifier(other.options);
  await verifier.ready();
  const { lastFetchDurationMs } = verifier.stats();
  await waiting;
  expect(lastFetchDurationMs).toBeLessThan(580);
});

it('a source that is asked for after 1,000 others still backs off', async () => {
  const asked: string[] = [];
  const { server } = await start((response, request) => {
    asked.push(String(request.url));
    status(503, { 'Retry-After': '30' })(response, request);
  });
  // In a process of its own, which collects garbage: a verifier keeps its source for as long as it lives.
  const script = path.join(import.meta.dirname, '../support/many-sources.mjs');
  const env = { ...process.env, JWKS_URL: server.url, TOKEN: signer.sign() };
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script], { env });
  expect(JSON.parse(stdout)).toEqual(['JWKS_FETCH_FAILED']);
  expect(asked).toHaveLength(1_400);
  expect(new Set(asked).size).toBe(1_400);
});
