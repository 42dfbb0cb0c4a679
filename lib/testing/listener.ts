// The one loopback port of a test issuer.

import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

// Taken when this file loads, so that a test's fake timers can't stop a step of the endpoint.
const { setImmediate, setTimeout } = process.getBuiltinModule('node:timers');
const { createServer } = process.getBuiltinModule('node:http');

/**
 * How often a port is tried again: long enough for a passing connection that took it during an outage
 * to end, shorter than a test's time limit.
 */
const PORT_RETRY_LIMIT = 100;
const PORT_RETRY_PAUSE_MS = 20;

/**
 * One loopback port, whose state changes one step at a time. Nothing here keeps the process alive,
 * so that a forgotten `close()` never hangs a test runner; whoever waits for an answer holds the
 * event loop by the client's own socket.
 */
export function createListener(onRequest: RequestListener, fixedPort: number | undefined) {
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
