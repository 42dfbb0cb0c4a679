import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority } from '../support/authority.js';
import { keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';

const signer = createSigner();
const authority = createAuthority();
/** As long as a request waits for roots. */
const ROOTS_LIMIT_MS = 2_000;
/** Longer than any answer takes on a busy machine. */
const AT_ONCE_MS = 1_000;

async function run(mode: string, jwksUrl: string): Promise<Record<string, unknown>> {
  const jwksCache = { ca: authority.pem };
  const options = { clientId: CLIENT_ID, jwksUrl, jwksCache };
  const script = fileURLToPath(new URL('../support/late-roots.mjs', import.meta.url));
  const args = [script, JSON.stringify({ mode, token: signer.sign(), options })];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  return JSON.parse(stdout);
}

async function startServer() {
  const server = await startFaultServer(keySet(signer.jwks.keys), authority.issue());
  onTestFinished(() => server.close());
  return server;
}

/** Passes all bytes on, and notes when the first connection and the first bytes came. */
async function startWatcher(port: number) {
  const times = { connected: 0, spoken: 0 };
  const watcher = createServer((socket) => {
    times.connected ||= Date.now();
    socket.once('data', () => (times.spoken ||= Date.now()));
    const onward = connect(port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on('error', () => {});
  });
  await once(watcher.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void watcher.close());
  return { times, port: (watcher.address() as AddressInfo).port };
}

describe('roots that come late', () => {
  it('are waited for by a request that has connected, and says nothing before', async () => {
    const server = await startServer();
    const watcher = await startWatcher(server.port);
    const url = server.url.replace(String(server.port), String(watcher.port));
    const { outcome, handedAt } = await run('slow', url);
    expect(outcome).toBe('user_1');
    expect(watcher.times.connected).toBeGreaterThan(0);
    expect(watcher.times.connected).toBeLessThan(Number(handedAt));
    expect(watcher.times.spoken).toBeGreaterThanOrEqual(Number(handedAt));
  });
});

describe('roots that cannot be read', () => {
  it('fail the request that waits for them at once, and are read by the next call', async () => {
    const server = await startServer();
    const { ms, failed, outcome } = await run('missed', server.url);
    expect([failed, outcome]).toEqual(['NO_TRUST_ROOTS', 'user_1']);
    expect(ms).toBeLessThan(AT_ONCE_MS);
    expect(server.requests).toBe(1);
  });
});

describe('a worker that ends while it reads roots', () => {
  it('holds nobody up who needs the same keys', async () => {
    const server = await startServer();
    const { outcome, ms } = await run('joined', server.url);
    expect(outcome).toBe('user_1');
    expect(ms).toBeLessThan(AT_ONCE_MS);
    expect(server.requests).toBe(1);
  });

  it('leaves a request behind that ends in time, and no harm', async () => {
    const server = await startServer();
    const { ms, failed, outcome } = await run('alone', server.url);
    expect(ms).toBeGreaterThan(ROOTS_LIMIT_MS - 100);
    expect(ms).toBeLessThan(ROOTS_LIMIT_MS + AT_ONCE_MS);
    expect([failed, outcome]).toEqual(['NO_TRUST_ROOTS', 'user_1']);
    expect(server.requests).toBe(1);
  });
});
