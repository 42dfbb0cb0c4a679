// The test issuer's key endpoint: it serves the keys on one loopback port, and fails as asked.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestOutageMode } from '../../entries/testing.cjs';
import { type Identity, kindOf } from './options.ts';

// Taken when this file loads, so that a test's fake timers can't stop a dripping response or a step
// of the endpoint.
const { clearInterval, setImmediate, setInterval, setTimeout } =
  process.getBuiltinModule('node:timers');
const { createServer } = process.getBuiltinModule('node:http');

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

interface KeyRing {
  signingKey(): unknown;
  publicSet(): object;
}

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

const OUTAGE_MODES: readonly TestOutageMode[] = [
  'refuse',
  'hang',
  'drip',
  'status-500',
  'status-404',
  'html',
  'empty',
];

export function createKeyServer(identity: Identity, keyRing: KeyRing, issuer: () => string) {
  const jwksPath = `/sso/jwks/${encodeURIComponent(identity.clientId)}`;
  const place = placeOf(identity.issuer);
  const listener = createListener(answerRequest, place?.port);
  let mode: TestOutageMode | null = null;
  let requestCount = 0;

  const url = () =>
    listener.port === null ? null : `http://127.0.0.1:${listener.port}${jwksPath}`;
  const discoveryPaths = discoveryPathsOf(identity, place);
  const document = () => discoveryDocument({ ...identity, issuer: issuer() }, url());
  const findAnswer = createRoutes({ keyRing, jwksPath, discoveryPaths, document });

  function answerRequest(request: IncomingMessage, response: ServerResponse): void {
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

  function outage(next: TestOutageMode | null) {
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
 */
function createListener(onRequest: RequestListener, fixedPort: number | undefined) {
  let server: Server | null = null;
  let port: number | null = null;
  let lastStep: Promise<unknown> = Promise.resolve();

  async function open() {
    const isFixed = fixedPort !== undefined;
    server = await (isFixed ? openServer(onRequest, fixedPort) : openServerOnNewPort(onRequest));
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

  async function inTurn(step: () => Promise<void>) {
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

function openServer(onRequest: RequestListener, port: number): Promise<Server> {
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
 */
async function openServerOnNewPort(onRequest: RequestListener): Promise<Server> {
  const used = usedPorts();
  const passedOver: Server[] = [];
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

/** Shared by all copies of this file: a test runner may load it again for each test file. */
function usedPorts(): Set<number> {
  const shared = process as unknown as Record<symbol, Set<number>>;
  const key = Symbol.for('verify-workos-token.test-ports');
  return (shared[key] ??= new Set());
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/**
 * While a port refuses, the system may lend it to an outgoing connection of another test: this
 * waits for its end.
 */
async function openServerAgain(onRequest: RequestListener, port: number): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openServer(onRequest, port);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' || attempt === PORT_RETRY_LIMIT) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PORT_RETRY_PAUSE_MS));
  }
}

async function closeServer(server: Server): Promise<void> {
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

interface Place {
  port: number;
  path: string;
}

/**
 * Where an issuer on this machine says that it is, with its port: there it listens, so that its
 * discovery document is below its URL.
 */
function placeOf(issuer: string): Place | undefined {
  if (!/^http:\/\/(127\.0\.0\.1|localhost):\d+(\/|$)/.test(issuer) || !URL.canParse(issuer))
    return undefined;
  const { port, pathname } = new URL(issuer);
  // The default port is not in a URL's `port`.
  return { port: Number(port || 80), path: pathname.replace(/\/$/, '') };
}

function discoveryPathsOf({ clientId }: Identity, place: Place | undefined): string[] {
  const workosPath = `/user_management/${encodeURIComponent(clientId)}`;
  const paths = place === undefined ? [workosPath] : [workosPath, place.path];
  return paths.map((path) => `${path}/.well-known/openid-configuration`);
}

interface Routes {
  keyRing: KeyRing;
  jwksPath: string;
  discoveryPaths: readonly string[];
  document: () => object;
}

function createRoutes({ keyRing, jwksPath, discoveryPaths, document }: Routes) {
  return function findAnswer(method: string | undefined, path: string): Answer {
    if (path !== jwksPath && !discoveryPaths.includes(path))
      return jsonAnswer(404, { message: 'Not Found' });
    if (method !== 'GET' && method !== 'HEAD') {
      return jsonAnswer(405, { message: 'Method Not Allowed' }, { Allow: 'GET, HEAD' });
    }
    return jsonAnswer(200, path === jwksPath ? keyRing.publicSet() : document());
  };
}

function discoveryDocument({ issuer, algorithm }: Identity, jwksUrl: string | null) {
  return {
    issuer,
    jwks_uri: jwksUrl,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  };
}

/** What an outage sends in place of the document. Some modes leave the document alone. */
function brokenAnswer(mode: TestOutageMode | null, isKeySet: boolean): Answer | undefined {
  if (mode === 'status-500') return jsonAnswer(500, { message: 'Internal Server Error' });
  if (mode === 'status-404') return jsonAnswer(404, { message: 'Not Found' });
  if (mode === 'html')
    return htmlAnswer('<!doctype html><title>Maintenance</title><p>Back soon.</p>');
  if (mode === 'empty' && isKeySet) return jsonAnswer(200, { keys: [] });
  return undefined;
}

function jsonAnswer(status: number, value: object, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

function htmlAnswer(body: string): Answer {
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body };
}

function send(response: ServerResponse, answer: Answer, dripping: boolean): void {
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  if (dripping) drip(response, body);
  else response.end(body);
}

function drip(response: ServerResponse, body: string): void {
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

function unknownModeMessage(mode: unknown): string {
  const modes = OUTAGE_MODES.join(', ');
  return `outage mode must be one of ${modes}, or null to end the outage; got ${kindOf(mode)}`;
}
