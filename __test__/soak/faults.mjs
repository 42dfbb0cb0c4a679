// @ts-nocheck: written without types.
// How a key server answers, and how it fails to.
import { gzipSync } from 'node:zlib';

/** Below this, an answer comes within every caller's time. */
export const SLOWEST_GOOD_MS = 300;

/** The set, or that it has not changed. */
export function good(response, { request, jwks, tag }) {
  const headers = { 'Content-Type': 'application/json', ETag: tag };
  if (request.headers['if-none-match'] === tag) return response.writeHead(304, headers).end();
  response.writeHead(200, headers).end(JSON.stringify(jwks));
}

const status =
  (code, headers = {}) =>
  (response) =>
    response.writeHead(code, headers).end();

const body = (write) => (response, given) =>
  response.writeHead(200, { ETag: '"bad"' }).end(write(given));

/** By name: what is done, and the pause that is asked for. */
export const FAULTS = {
  error: { act: status(500) },
  unavailable: { act: status(503, { 'Retry-After': '1' }), retryAfterMs: 1_000 },
  limited: { act: status(429, { 'Retry-After': '2' }), retryAfterMs: 2_000 },
  missing: { act: status(404) },
  redirect: { act: status(302, { Location: '/b' }) },
  hang: { act: () => {} },
  headersOnly: { act: (response) => response.writeHead(200).flushHeaders() },
  drip: {
    act(response) {
      response.writeHead(200, { 'Content-Length': 10_000 });
      const timer = setInterval(() => response.write('{'), 100);
      response.once('close', () => clearInterval(timer));
    },
  },
  reset: { act: (response) => response.socket.resetAndDestroy() },
  cutOff: {
    act(response, { jwks }) {
      const text = JSON.stringify(jwks);
      response.writeHead(200, { 'Content-Length': text.length });
      response.write(text.slice(0, text.length / 2), () => response.socket.end());
    },
  },
  empty: { act: body(() => '{"keys":[]}') },
  html: { act: body(() => '<!doctype html><title>Maintenance</title>') },
  truncated: { act: body(({ jwks }) => JSON.stringify(jwks).slice(0, -2)) },
  /** Both an RSA key and one on a curve: what the other has is a member that nobody knows. */
  unusable: {
    act: body(({ jwks }) =>
      JSON.stringify({ keys: jwks.keys.map((key) => ({ ...key, e: 'AQ', x: 'AQ' })) }),
    ),
  },
  huge: { act: body(({ jwks }) => JSON.stringify(jwks).padEnd(1_100_000, ' ')) },
  bomb: {
    act: (response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(4e6, ' '))),
  },
  /** Good, and late: it says what was true when it was asked. */
  slow: {
    isGood: true,
    act: (response, given) =>
      setTimeout(() => good(response, given), given.chance.between(50, SLOWEST_GOOD_MS)),
  },
};
