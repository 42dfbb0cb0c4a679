'use strict';

// The test issuer's key endpoint: it serves the keys on one loopback port, and fails as asked.

const { createServer } = require('node:http');
// Taken when this file loads: a test's fake timers shall stop neither a dripping answer nor a step
// of the endpoint.
const { clearInterval, setImmediate, setInterval, setTimeout } = require('node:timers');
const { kindOf } = require('./testing-options.cjs');

/** @typedef {import('./testing.cjs').TestOutageMode} TestOutageMode */
/** @typedef {import('./testing-options.cjs').Identity} Identity */
/** @typedef {{ signingKey(): unknown, publicSet(): object }} KeyRing */

/**
 * Quick enough that no single read times out, slow enough that a whole key set takes far longer
 * than any `timeoutMs`.
 */
const DRIP_INTERVAL_MS = 300;
/**
 * How often a port is tried again: long enough for a passing connection that took it during an outage
 * to end, shorter than a test's time limit.
 */
const PORT_RETRY_LIMIT = 100;
const PORT_RETRY_PAUSE_MS = 20;

/** @type {readonly TestOutageMode[]} */
const OUTAGE_MODES = ['refuse', 'hang', 'drip', 'status-500', 'status-404', 'html', 'empty'];

/** @param {Identity} identity @param {KeyRing} keyRing */
function createKeyServer(identity, keyRing) {
  const jwksPath = `/sso/jwks/${encodeURIComponent(identity.clientId)}`;
  const listener = createListener(answerRequest);
  /** @type {TestOutageMode | null} */
  let mode = null;
  let requestCount = 0;

  const url = () =>
    listener.port === null ? null : `http://127.0.0.1:${listener.port}${jwksPath}`;
  const findAnswer = createRoutes(identity, keyRing, jwksPath, url);

  /** @type {import('node:http').RequestListener} */
  function answerRequest(request, response) {
    const path = request.url?.split('?', 1)[0] ?? '';
    if (path === jwksPath) requestCount += 1;
    if (mode === 'hang') return;
    const answer = brokenAnswer(mode, path === jwksPath) ?? findAnswer(request.method, path);
    send(response, answer, mode === 'drip');
  }

  async function listen() {
    return listener.inTurn(async () => {
      if (listener.port !== null) return;
      requestCount = 0;
      keyRing.signingKey(); // now, not within the first request: that one may have a short timeout
      await listener.open();
      if (mode === 'refuse') await listener.refuse();
    });
  }

  /** @param {TestOutageMode | null} next */
  function outage(next) {
    if (next !== null && !OUTAGE_MODES.includes(next))
      throw new TypeError(unknownModeMessage(next));
    mode = next;
    // The mode is read when the turn comes: a later call may have changed it by then, and the last
    // one counts.
    return listener.inTurn(() => (mode === 'refuse' ? listener.refuse() : listener.reopen()));
  }

  async function close() {
    mode = null;
    return listener.inTurn(listener.close);
  }

  return { url, listen, outage, close, requests: () => requestCount };
}

/**
 * One loopback port, whose state changes one step at a time. Nothing here keeps the process alive,
 * so that a forgotten `close()` never hangs a test runner; whoever waits for an answer holds the
 * event loop by the client's own socket.
 *
 * @param {import('node:http').RequestListener} onRequest
 */
function createListener(onRequest) {
  /** @type {import('node:http').Server | null} */
  let server = null;
  /** @type {number | null} */
  let port = null;
  /** @type {Promise<unknown>} */
  let lastStep = Promise.resolve();

  async function open() {
    server = await openServerOnNewPort(onRequest);
    port = portOf(server);
  }

  async function reopen() {
    if (port !== null && server === null) server = await openServerAgain(onRequest, port);
  }

  async function refuse() {
    const stopping = server;
    server = null;
    if (stopping !== null) await closeServer(stopping);
  }

  async function close() {
    await refuse();
    port = null;
  }

  /** @param {() => Promise<void>} step */
  async function inTurn(step) {
    const done = lastStep.then(step);
    // A failure is told to whoever asked for the step, and is no reason to skip the next one.
    lastStep = done.catch(() => {});
    return done;
  }

  return {
    get port() {
      return port;
    },
    open,
    reopen,
    refuse,
    close,
    inTurn,
  };
}

/**
 * @param {import('node:http').RequestListener} onRequest
 * @param {number} port
 * @returns {Promise<import('node:http').Server>}
 */
function openServer(onRequest, port) {
  return new Promise((resolve, reject) => {
    // No idle timeout: a client that reuses a connection just as the server ends it would fail now
    // and then.
    const server = createServer({ keepAliveTimeout: 0 }, onRequest);
    server.unref();
    server.on('connection', (socket) => socket.unref());
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => resolve(server));
  });
}

/**
 * A port that no issuer has had before in this process: keys are remembered by their URL, and another
 * issuer's must not be met there.
 *
 * @param {import('node:http').RequestListener} onRequest
 */
async function openServerOnNewPort(onRequest) {
  const used = usedPorts();
  /** @type {import('node:http').Server[]} */
  const passedOver = [];
  let server = await openServer(onRequest, 0);
  while (used.has(portOf(server)) && passedOver.length < PORT_RETRY_LIMIT) {
    // Kept open, so that the system gives another.
    passedOver.push(server);
    server = await openServer(onRequest, 0);
  }
  used.add(portOf(server));
  await Promise.all(passedOver.map(closeServer));
  return server;
}

/**
 * Of all copies of this file, since a test runner may load it anew for each file.
 *
 * @returns {Set<number>}
 */
function usedPorts() {
  const shared = /** @type {any} */ (process);
  const key = Symbol.for('verify-workos-token.test-ports');
  return (shared[key] ??= new Set());
}

/** @param {import('node:http').Server} server */
function portOf(server) {
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/**
 * While a port refuses, the system may lend it to an outgoing connection of another test: this
 * waits for its end.
 *
 * @param {import('node:http').RequestListener} onRequest
 * @param {number} port
 */
async function openServerAgain(onRequest, port) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openServer(onRequest, port);
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== 'EADDRINUSE' || attempt === PORT_RETRY_LIMIT) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PORT_RETRY_PAUSE_MS));
  }
}

/** @param {import('node:http').Server} server */
async function closeServer(server) {
  await new Promise((resolve) => {
    server.close(resolve);
    // Kept-alive and hanging ones too, which close() alone would wait for.
    server.closeAllConnections();
  });
  // A client in this thread that keeps connections learns of their end in the next turns of the
  // event loop. Until then it would send a request into one of them, and see a reset where a test
  // expects a refusal.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/**
 * @param {Identity} identity
 * @param {KeyRing} keyRing
 * @param {string} jwksPath
 * @param {() => string | null} jwksUrl
 */
function createRoutes(identity, keyRing, jwksPath, jwksUrl) {
  const issuerPath = `/user_management/${encodeURIComponent(identity.clientId)}`;
  const discoveryPath = `${issuerPath}/.well-known/openid-configuration`;

  /** @param {string | undefined} method @param {string} path */
  return function findAnswer(method, path) {
    if (path !== jwksPath && path !== discoveryPath)
      return jsonAnswer(404, { message: 'Not Found' });
    if (method !== 'GET' && method !== 'HEAD') {
      return jsonAnswer(405, { message: 'Method Not Allowed' }, { Allow: 'GET, HEAD' });
    }
    return jsonAnswer(
      200,
      path === jwksPath ? keyRing.publicSet() : discoveryDocument(identity, jwksUrl()),
    );
  };
}

/** @param {Identity} identity @param {string | null} jwksUrl */
function discoveryDocument({ issuer, algorithm }, jwksUrl) {
  return {
    issuer,
    jwks_uri: jwksUrl,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  };
}

/**
 * What an outage says in place of the document; nothing for the modes that do not touch what is
 * said.
 *
 * @param {TestOutageMode | null} mode
 * @param {boolean} isKeySet
 */
function brokenAnswer(mode, isKeySet) {
  if (mode === 'status-500') return jsonAnswer(500, { message: 'Internal Server Error' });
  if (mode === 'status-404') return jsonAnswer(404, { message: 'Not Found' });
  if (mode === 'html')
    return htmlAnswer('<!doctype html><title>Maintenance</title><p>Back soon.</p>');
  if (mode === 'empty' && isKeySet) return jsonAnswer(200, { keys: [] });
  return undefined;
}

/** @param {number} status @param {object} value @param {Record<string, string>} [headers] */
function jsonAnswer(status, value, headers = {}) {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** @param {string} body */
function htmlAnswer(body) {
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body };
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {{ status: number, headers: object, body: string }} answer
 * @param {boolean} dripping
 */
function send(response, { status, headers, body }, dripping) {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  if (dripping) drip(response, body);
  else response.end(body);
}

/** @param {import('node:http').ServerResponse} response @param {string} body */
function drip(response, body) {
  const bytes = Buffer.from(body);
  let sent = 0;
  response.flushHeaders();
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + 1));
    sent += 1;
    if (sent < bytes.length) return;
    clearInterval(timer);
    response.end();
  }, DRIP_INTERVAL_MS);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

/** @param {unknown} mode */
function unknownModeMessage(mode) {
  const modes = OUTAGE_MODES.join(', ');
  return `outage mode must be one of ${modes}, or null to end the outage; got ${kindOf(mode)}`;
}

module.exports = { createKeyServer };
