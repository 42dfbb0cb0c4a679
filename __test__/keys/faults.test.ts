import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, type WorkosTokenOptions } from 'verify-workos-token';
import {
  type Behaviour,
  body,
  cutOff,
  drip,
  endless,
  type FaultServer,
  gzipBomb,
  hang,
  headersOnly,
  keySet,
  notHttp,
  raw,
  reset,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, createSigner, forge } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const MIB = 1_024 * 1_024;
/** For what does not end; whatever ends has time enough on any machine. */
const TIMEOUT_MS = 400;
const ENOUGH_MS = 15_000;
const limitOf = (code: string) => (code === 'TIMEOUT' ? TIMEOUT_MS : ENOUGH_MS);
const signer = createSigner();
const token = signer.sign();
const goodText = JSON.stringify(signer.jwks);
const padded = (length: number) => goodText.padEnd(length, ' ');

const servers: FaultServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function setUp(behaviour: Behaviour, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer(behaviour);
  servers.push(server);
  const verifier = createWorkosVerifier({
    clientId: CLIENT_ID,
    jwksUrl: server.url,
    jwksCache: { timeoutMs: ENOUGH_MS, ...jwksCache },
  });
  return { server, verifier };
}

const members = Buffer.concat(
  [goodText.slice(0, 9), goodText.slice(9)].map((text) => gzipSync(text)),
);
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

const FAULTS: [string, Behaviour, string, number?][] = [
  ['an HTML page', body('<!doctype html><title>Sign in</title>'), 'NOT_JSON'],
  ['nothing in the body', body(''), 'NOT_JSON'],
  ['truncated JSON', body(goodText.slice(0, -2)), 'NOT_JSON'],
  ['two key sets', body(goodText + goodText), 'NOT_JSON'],
  ['two byte order marks', body(`\ufeff\ufeff${goodText}`), 'NOT_JSON'],
  ['a byte order mark alone', body('\ufeff'), 'NOT_JSON'],
  ['no UTF-8', body(Buffer.from(`{"keys":["\xff"]}`, 'latin1')), 'NOT_JSON'],
  ['UTF-16', body(Buffer.from(goodText, 'utf16le')), 'NOT_JSON'],
  ['endless nesting', body('['.repeat(500_000)), 'NOT_JSON'],
  ['endless nesting in the keys', body(`{"keys":[${'['.repeat(500_000)}`), 'NOT_JSON'],
  ['null', body('null'), 'NOT_A_KEY_SET'],
  ['a list', body('[]'), 'NOT_A_KEY_SET'],
  ['a list of keys', body(JSON.stringify([[signer.jwk]])), 'NOT_A_KEY_SET'],
  ['an empty object', body('{}'), 'NOT_A_KEY_SET'],
  ['keys that are no list', body('{"keys":{}}'), 'NOT_A_KEY_SET'],
  ['keys that are null', body('{"keys":null}'), 'NOT_A_KEY_SET'],
  ['keys twice', body(`{"keys":[],${goodText.slice(1)}`), 'NOT_A_KEY_SET'],
  ['an empty set', keySet([]), 'NO_USABLE_KEY'],
  ['a set of no keys', body('{"keys":[null,5,"x",[],{}]}'), 'NO_USABLE_KEY'],
  ['a set of unusable keys', keySet([{ ...signer.jwk, use: 'enc' }]), 'NO_USABLE_KEY'],
  ['a set in which all is ambiguous', keySet([signer.jwk, createSigner().jwk]), 'NO_USABLE_KEY'],
  ['1 MiB and a byte', body(padded(MIB + 1)), 'TOO_LARGE'],
  ['64 MiB', endless(64 * MIB), 'TOO_LARGE'],
  ['a compressed bomb of 64 MiB', gzipBomb(64 * MIB), 'TOO_LARGE'],
  ['1 MiB and a byte in gzip', gzip(padded(MIB + 1)), 'TOO_LARGE'],
  ['2 MiB and a byte of gzip', inGzip(emptyMembers(2 * MIB + 1)), 'TOO_LARGE'],
  ['a bomb in many members', inGzip(repeated(gzipSync(' '.repeat(MIB / 16)), 17)), 'TOO_LARGE'],
  ['gzip that is none', inGzip(Buffer.from(goodText)), 'CONTENT_ENCODING'],
  ['gzip that is cut off', gzip(goodText, -20), 'CONTENT_ENCODING'],
  ['gzip without its length', gzip(goodText, -4), 'CONTENT_ENCODING'],
  ['gzip with a wrong checksum', inGzip(damaged(gzipSync(goodText))), 'CONTENT_ENCODING'],
  ['a second member that is cut off', inGzip(members.subarray(0, -9)), 'CONTENT_ENCODING'],
  ['something behind gzip', inGzip(Buffer.concat([members, Buffer.from('x')])), 'CONTENT_ENCODING'],
  ['1,025 members of gzip', inGzip(withMembers(1_025)), 'CONTENT_ENCODING'],
  ['brotli', body(brotliCompressSync(goodText), { 'Content-Encoding': 'br' }), 'CONTENT_ENCODING'],
  ['deflate', body(deflateSync(goodText), { 'Content-Encoding': 'deflate' }), 'CONTENT_ENCODING'],
  ['gzip twice', body(gzipSync(members), { 'Content-Encoding': 'gzip, gzip' }), 'CONTENT_ENCODING'],
  ['half of the answer', cutOff(signer.jwks.keys), 'INTERRUPTED'],
  ['a reset', reset, 'INTERRUPTED'],
  ['another protocol', notHttp, 'NOT_HTTP'],
  ['a header without a name', raw(`HTTP/1.1 200 OK\r\n: x\r\n\r\n${goodText}`), 'NOT_HTTP'],
  ['a header without a colon', raw(`HTTP/1.1 200 OK\r\nX\r\n\r\n${goodText}`), 'NOT_HTTP'],
  ['a control character', raw(`HTTP/1.1 200 OK\r\nX: \0\r\n\r\n${goodText}`), 'NOT_HTTP'],
  ['two lengths', raw('HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n{}'), 'NOT_HTTP'],
  ['a chunk of no size', raw(`${chunked}x\r\n${goodText}\r\n0\r\n\r\n`), 'NOT_HTTP'],
  ['chunks that do not end', raw(`${chunked}2\r\n{}\r\n`), 'INTERRUPTED'],
  ['a header of 2 MiB', body(goodText, { 'X-Long': 'x'.repeat(2 * MIB) }), 'TOO_LARGE'],
  ['2,001 headers', raw(withHeaders(2_001)), 'TOO_LARGE'],
  ['no answer', hang, 'TIMEOUT'],
  ['headers, and then nothing', headersOnly, 'TIMEOUT'],
  ['a byte each 300 ms', drip(signer.jwks.keys), 'TIMEOUT'],
  ['a byte each 20 ms', drip(signer.jwks.keys, 20), 'TIMEOUT'],
  ...[201, 204, 206, 304, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504].map(
    (code): [string, Behaviour, string, number] => [`${code}`, status(code), 'STATUS', code],
  ),
  ...[300, 301, 302, 303, 307, 308].map((code): [string, Behaviour, string, number] => [
    `${code}`,
    status(code, { Location: '/elsewhere' }),
    'REDIRECT',
    code,
  ]),
];

function gzip(text: string, end?: number): Behaviour {
  return inGzip(gzipSync(text).subarray(0, end));
}

function inGzip(content: Uint8Array, name = 'gzip'): Behaviour {
  return body(content, { 'Content-Encoding': name });
}

function repeated(part: Uint8Array, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => part));
}

function emptyMembers(length: number): Buffer {
  const member = gzipSync('');
  return repeated(member, Math.ceil(length / member.length)).subarray(0, length);
}

/** The set in the first member, and nothing in the others. */
function withMembers(count: number): Buffer {
  return Buffer.concat([gzipSync(goodText), repeated(gzipSync(''), count - 1)]);
}

function damaged(content: Buffer): Buffer {
  content.writeUInt32LE(1, content.length - 8);
  return content;
}

/** The last of them is the body's length. */
function withHeaders(count: number): string {
  const others = Array.from({ length: count - 1 }, (_, index) => `X-${index}: a\r\n`).join('');
  return `HTTP/1.1 200 OK\r\n${others}Content-Length: ${goodText.length}\r\n\r\n${goodText}`;
}

describe.each(FAULTS)('an endpoint that answers with %s', (_, behaviour, code, httpStatus) => {
  it('ends a first call in JWKS_FETCH_FAILED with the cause, in time', async () => {
    const timeoutMs = limitOf(code);
    const { server, verifier } = await setUp(behaviour, { timeoutMs });
    const start = performance.now();
    const error = await refusal(() => verifier.verify(token));
    const took = performance.now() - start;
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', retryable: true, status: 503 });
    expect(error.cause).toMatchObject({ code, ...(httpStatus && { status: httpStatus }) });
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect(Number(error.headers['Retry-After'])).toBeGreaterThanOrEqual(1);
    // The request's time, and then some for a busy machine.
    expect(took).toBeLessThan(timeoutMs + 5_000);
    if (code === 'TIMEOUT') expect(took).toBeGreaterThan(TIMEOUT_MS - 50);
    expect(server.requests).toBe(1);
    expect(verifier.stats()).toMatchObject({ fetches: 1, fetchFailures: 1, keysInMemory: 0 });
    await vi.waitFor(() => expect(server.connections).toBe(0), ENOUGH_MS);
  });

  it('leaves good keys serving, and a new kid is not called unknown', async () => {
    const { server, verifier } = await setUp(keySet(signer.jwks.keys), {
      timeoutMs: limitOf(code),
    });
    await verifier.verify(token);
    const { keySetHash } = verifier.stats();
    server.behaviour = behaviour;
    const lookup = refusal(() => verifier.verify(forge('key_9')));
    await server.received(2);
    expect(verifier.verifySync(signer.sign()).sub).toBe('user_1');
    const error = await lookup;
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code } });
    expect(verifier.verifySync(token).sub).toBe('user_1');
    await expect(verifier.verify(signer.sign())).resolves.toHaveProperty('sub');
    expect(verifier.stats()).toMatchObject({ keySetHash, keysInMemory: 1, fetchFailures: 1 });
  });
});

describe('the limits of an answer', () => {
  it.each<[string, Behaviour]>([
    ['1 MiB', body(padded(MIB))],
    ['1 MiB in gzip', gzip(padded(MIB))],
    ['a few bytes in gzip', gzip(goodText)],
    ['gzip by another name', inGzip(members, 'X-GZip')],
    ['gzip in capitals', inGzip(members, 'GZIP')],
    ['gzip among no codings', inGzip(members, ' identity , gzip,')],
    ['gzip of several members', inGzip(members)],
    ['gzip of 1,024 members', inGzip(withMembers(1_024))],
    ['zeros behind gzip', inGzip(Buffer.concat([members, Buffer.alloc(512)]))],
    ['a coding that does not change it', body(goodText, { 'Content-Encoding': 'utf-8' })],
    ['a byte order mark', body(`\ufeff${goodText}`)],
    ['a byte order mark in gzip', gzip(`\ufeff${goodText}`)],
    ['100 headers', raw(withHeaders(100))],
    ['101 headers', raw(withHeaders(101))],
    ['2,000 headers', raw(withHeaders(2_000))],
    ['any content type', body(goodText, { 'Content-Type': 'text/plain' })],
    ['white space around it', body(`\r\n\t ${goodText}\n`)],
    [
      'members that nobody knows',
      body(`{"a":${'['.repeat(90)}${']'.repeat(90)},${goodText.slice(1)}`),
    ],
  ])('%s is read', async (_, behaviour) => {
    const { verifier } = await setUp(behaviour);
    await expect(verifier.verify(token)).resolves.toHaveProperty('sub');
  });

  it.each<[string, Behaviour]>([
    ['64 MiB', endless(64 * MIB)],
    ['a bomb of 256 MiB', gzipBomb(256 * MIB)],
  ])('%s are not taken into memory', async (_, behaviour) => {
    const { server, verifier } = await setUp(behaviour);
    const before = process.memoryUsage().rss;
    const error = await refusal(() => verifier.ready());
    expect(error.cause).toHaveProperty('code', 'TOO_LARGE');
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * MIB);
    await vi.waitFor(() => expect(server.connections).toBe(0), ENOUGH_MS);
    expect(server.mostBytesSent).toBeLessThan(16 * MIB); // what the system's buffers hold
  });

  it('a redirect is not followed: the other port sees nothing', async () => {
    const elsewhere = await startFaultServer(keySet(signer.jwks.keys));
    servers.push(elsewhere);
    for (const code of [301, 302, 303, 307, 308]) {
      const { verifier } = await setUp(status(code, { Location: elsewhere.url }));
      expect((await refusal(() => verifier.verify(token))).hint).toMatch(/never followed/);
    }
    expect([elsewhere.requests, elsewhere.connections]).toEqual([0, 0]);
  });

  it('a port that nobody listens on is refused at once', async () => {
    const { server, verifier } = await setUp(hang);
    await server.close();
    const start = performance.now();
    const error = await refusal(() => verifier.verify(token));
    expect(error.cause).toHaveProperty('code', 'CONNECT');
    expect(performance.now() - start).toBeLessThan(ENOUGH_MS);
  });
});

describe('the hint for keys that cannot be had', () => {
  it.each<[string, Behaviour, RegExp]>([
    ['a 404 says that the client id is wrong', status(404), /client id that it does not know/],
    ['a 500 says that the user need not sign out', status(500), /do not sign the user out/],
    ['a 429 says that there is a limit', status(429), /limits this machine's requests/],
    ['a time-out says that it may be the way there', hang, /can reach the JWKS URL/],
    ['a page in its place may be a proxy', body('<html>'), /proxy or login page/],
    ['another coding names what may have made it', inGzip(members, 'br'), /Only gzip is requested/],
    ['no HTTP may be a proxy', notHttp, /proxy or login page/],
    ['an empty set says where to look', keySet([]), /Open the JWKS URL/],
  ])('%s', async (_, behaviour, hint) => {
    const { verifier } = await setUp(behaviour, {
      timeoutMs: behaviour === hang ? 100 : ENOUGH_MS,
    });
    expect((await refusal(() => verifier.verify(token))).hint).toMatch(hint);
  });
});
