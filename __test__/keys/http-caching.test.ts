import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  type WorkosTokenOptions,
  type WorkosVerifier,
} from 'verify-workos-token';
import {
  type Behaviour,
  body,
  type FaultServer,
  keySet,
  raw,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, createSigner, forge } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner('key_1');
const token = signer.sign();
const text = JSON.stringify(signer.jwks);
const good = keySet(signer.jwks.keys);

const servers: FaultServer[] = [];
// At the end alone: these tests wait side by side.
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function setUp(behaviour: Behaviour, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  const verifier = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl: server.url, jwksCache });
  return { server, verifier };
}

/** Calls until the server has been asked so often, each time for keys in memory. */
async function callUntil(server: FaultServer, requests: number, verifier: WorkosVerifier) {
  const end = performance.now() + 10_000;
  while (server.requests < requests) {
    expect(performance.now()).toBeLessThan(end);
    await verifier.verify(token);
    await sleep(5);
  }
}

describe.concurrent('an ETag', () => {
  const tagged = (tag: string) => keySet(signer.jwks.keys, { ETag: tag });
  const asked = ({ headers }: FaultServer) => headers.map((one) => one['if-none-match']);

  it('stays through answers that do not repeat it, and each makes the keys young again', async () => {
    const { server, verifier } = await setUp(tagged('"v1"'), { maxAgeSeconds: 1 });
    await verifier.verify(token);
    server.behaviour = status(304);
    const fetchedAt = [verifier.stats().lastFetchAt];
    for (const requests of [2, 3]) {
      await callUntil(server, requests, verifier);
      await vi.waitFor(() => expect(verifier.stats().lastFetchAt).not.toBe(fetchedAt.at(-1)));
      fetchedAt.push(verifier.stats().lastFetchAt);
    }
    expect(asked(server)).toEqual([undefined, '"v1"', '"v1"']);
    expect(fetchedAt).toEqual(fetchedAt.toSorted((a, b) => Number(a) - Number(b)));
    expect(verifier.stats()).toMatchObject({ fetches: 3, fetchFailures: 0, staleServes: 0 });
  });

  it.each([
    ['a weak one', 'W/"v1"', true],
    ['an empty one', '""', true],
    ['one of 256 bytes', `"${'x'.repeat(254)}"`, true],
    ['one of 257 bytes', `"${'x'.repeat(255)}"`, false],
    ['one that is no ASCII', '"\xe9"', false],
  ])('%s is repeated as it is, or not at all', async (_, tag, repeated) => {
    const { server, verifier } = await setUp(tagged(tag));
    await verifier.verify(token);
    await refusal(() => verifier.verify(forge('key_9')));
    expect(asked(server)).toEqual([undefined, repeated ? tag : undefined]);
  });

  it('gives way to the next one', async () => {
    const { server, verifier } = await setUp(tagged('"v1"'), { maxAgeSeconds: 1 });
    await verifier.verify(token);
    server.behaviour = tagged('"v2"');
    await callUntil(server, 3, verifier);
    expect(asked(server)).toEqual([undefined, '"v1"', '"v2"']);
  });

  it('is not there to be asked about while there is no set: 304 is a failure, twice', async () => {
    const { server, verifier } = await setUp(status(304, { ETag: '"v1"' }));
    const first = await refusal(() => verifier.verify(token));
    expect(first.cause).toMatchObject({ code: 'STATUS', status: 304 });
    await sleep(Number(first.retryAfterSeconds) * 1_000 + 5);
    const second = await refusal(() => verifier.verify(token));
    expect(second.cause).toMatchObject({ code: 'STATUS', status: 304 });
    expect(asked(server)).toEqual([undefined, undefined]);
  });

  it('is never sent to another URL', async () => {
    const one = await setUp(tagged('"one"'));
    const other = createWorkosVerifier({
      clientId: CLIENT_ID,
      jwksUrl: `${one.server.url}/other`,
    });
    await one.verifier.verify(token);
    await other.verify(token);
    expect(asked(one.server)).toEqual([undefined, undefined]);
  });
});

describe.concurrent('Retry-After', () => {
  it.each([
    ['seconds', () => '2'],
    ['a date', () => new Date(Date.now() + 2_900).toUTCString()],
  ])('in %s is kept to, and named to every caller', async (_, value) => {
    const { server, verifier } = await setUp(status(429, { 'Retry-After': value() }));
    const start = performance.now();
    const error = await refusal(() => verifier.verify(token));
    // A date has whole seconds.
    expect(error.retryAfterSeconds).toBeGreaterThan(1.5);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(3);
    expect(Number(error.headers['Retry-After'])).toBe(Math.ceil(Number(error.retryAfterSeconds)));
    server.behaviour = good;
    await sleep(1_000);
    const early = await refusal(() => verifier.verify(token));
    const passed = (performance.now() - start) / 1_000;
    expect(early.retryAfterSeconds).toBeLessThanOrEqual(Number(error.retryAfterSeconds) - 0.9);
    expect(early.retryAfterSeconds).toBeGreaterThan(Number(error.retryAfterSeconds) - passed - 0.1);
    expect(server.requests).toBe(1);
    await sleep(Number(early.retryAfterSeconds) * 1_000 + 5);
    await verifier.verify(token);
    expect(server.requests).toBe(2);
  });

  it.each<[string, Behaviour, number, number]>([
    ['29 seconds', status(503, { 'Retry-After': '29' }), 28.9, 29],
    ['31 seconds, cut to 30', status(503, { 'Retry-After': '31' }), 29.9, 30],
    ['an hour, cut to 30 s', status(500, { 'Retry-After': '3600' }), 29.9, 30],
    ['20 seconds with a redirect', status(302, { 'Retry-After': '20' }), 19.9, 20],
    ['20 seconds with a 404', status(404, { 'Retry-After': '20' }), 19.9, 20],
    ['less than the back-off', status(503, { 'Retry-After': '0' }), 0.25, 0.5],
    ['20 seconds with a page', body('<html>', { 'Retry-After': '20' }), 0.25, 0.5],
  ])('of %s', async (_, behaviour, least, most) => {
    const { server, verifier } = await setUp(behaviour);
    const error = await refusal(() => verifier.verify(token));
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(least);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(most);
    const again = await refusal(() => verifier.verify(token));
    expect(again.retryAfterSeconds).toBeLessThanOrEqual(Number(error.retryAfterSeconds));
    expect(server.requests).toBe(1);
  });

  it('holds up no key that is in memory, while it holds up the refresh', async () => {
    const { server, verifier } = await setUp(good, { maxAgeSeconds: 1 });
    await verifier.verify(token);
    server.behaviour = status(503, { 'Retry-After': '30' });
    await callUntil(server, 2, verifier);
    const end = performance.now() + 1_500;
    while (performance.now() < end) {
      await verifier.verify(token);
      await sleep(5);
    }
    expect(server.requests).toBe(2);
    const { code, retryAfterSeconds } = await refusal(() => verifier.verify(forge('key_9')));
    expect(code).toBe('JWKS_FETCH_FAILED');
    expect(retryAfterSeconds).toBeGreaterThan(25);
  });
});

describe('an answer in other clothes', () => {
  const slices = (size: number): string[] => text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
  const chunks = slices(7).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
  const length = `Content-Length: ${text.length}\r\n`;
  const good200 = `HTTP/1.1 200 OK\r\n${length}\r\n`;
  const inChunks = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

  it.each<[string, Behaviour]>([
    ['that ends with the connection', raw(`HTTP/1.1 200 OK\r\n\r\n${text}`)],
    ['of HTTP/1.0', raw(`HTTP/1.0 200 OK\r\n\r\n${text}`)],
    [
      'in chunks',
      raw(`HTTP/1.1 200 K\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`),
    ],
    [
      'after early hints',
      raw(`HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n${length}\r\n${text}`),
    ],
    ['with more behind it', raw(`HTTP/1.1 200 OK\r\n${length}\r\n${text}HTTP/1.1 500 No\r\n\r\n`)],
    [
      'in chunks with extensions',
      raw(`${inChunks}${chunks.join('').replaceAll('\r\n{', ';a="b";c\r\n{')}0\r\n\r\n`),
    ],
    ['in chunks with a trailer', raw(`${inChunks}${chunks.join('')}0\r\nX-Sum: 1\r\n\r\n`)],
    [
      'after several other answers',
      raw(`${'HTTP/1.1 102 Wait\r\n\r\n'.repeat(3)}${good200}${text}`),
    ],
    ['without a reason', raw(`HTTP/1.1 200\r\n${length}\r\n${text}`)],
    ['with a header in two lines', raw(`HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\n${length}\r\n${text}`)],
    ['with a space before a colon', raw(`HTTP/1.1 200 OK\r\nX : a\r\n${length}\r\n${text}`)],
    ['with an empty header', raw(`HTTP/1.1 200 OK\r\nX:\r\n${length}\r\n${text}`)],
    ['with lines that end in LF alone', raw(good200.replaceAll('\r', '') + text)],
    ['with headers in odd case', raw(`HTTP/1.1 200 OK\r\n${length.toUpperCase()}\r\n${text}`)],
    ['with its length twice', raw(`HTTP/1.1 200 OK\r\n${length}${length}\r\n${text}`)],
    [
      'with a length beside its chunks',
      raw(`${inChunks.trim()}\r\nContent-Length: 5\r\n\r\n${chunks.join('')}0\r\n\r\n`),
    ],
    ['in gzip by chunks', body(gzipSync(text), { 'Content-Encoding': 'gzip', Trailer: 'X' })],
  ])('%s is read', async (_, behaviour) => {
    const { server, verifier } = await setUp(behaviour);
    await expect(verifier.verify(token)).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(1);
  });
});

describe('what is kept between two requests', () => {
  it('is no cookie, no connection and no trace of where the last one led', async () => {
    const { server, verifier } = await setUp(
      keySet(signer.jwks.keys, {
        'Set-Cookie': 'session=1; Path=/',
        Connection: 'keep-alive',
        'Keep-Alive': 'timeout=600',
      }),
    );
    await verifier.verify(token);
    await vi.waitFor(() => expect(server.connections).toBe(0));
    server.behaviour = status(302, { Location: '/elsewhere', 'Set-Cookie': 'session=2' });
    const error = await refusal(() => verifier.verify(forge('key_9')));
    await vi.waitFor(() => expect(server.connections).toBe(0));
    server.behaviour = good;
    await sleep(Number(error.retryAfterSeconds) * 1_000 + 5);
    await refusal(() => verifier.verify(forge('key_9')));
    const [first, ...others] = server.headers;
    expect(others).toEqual([first, first]);
    expect(Object.keys(first ?? {}).toSorted()).toEqual(
      expect.arrayContaining(['accept', 'accept-encoding', 'host', 'user-agent']),
    );
    for (const name of ['cookie', 'referer', 'origin', 'authorization', 'if-none-match']) {
      expect(first).not.toHaveProperty(name);
    }
    expect([server.requests, server.accepted]).toEqual([3, 3]);
  });

  it('is the URL as it was given, asked for with GET and nothing in it', async () => {
    const { server } = await setUp(good);
    const lines: string[] = [];
    server.behaviour = (response, request) => {
      lines.push(`${request.method} ${request.url} ${request.headers['content-length'] ?? '-'}`);
      good(response, request);
    };
    const path = '/a%20b/c?d=%2F&e=~#f';
    const jwksUrl = new URL(path, server.url).href;
    await createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl }).ready();
    expect(lines).toEqual(['GET /a%20b/c?d=%2F&e=~ -']);
    expect(server.headers[0]?.host).toBe(`127.0.0.1:${server.port}`);
  });
});
