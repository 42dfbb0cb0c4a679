// What is understood of a proxy's answer; what the variables say is in options/proxy-variables.test.ts.
import { randomUUID } from 'node:crypto';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
  vi,
} from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { createAuthority } from '../support/authority.js';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { startForwardProxy } from '../support/forward-proxy.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { forwards, type RawProxy, tunnels } from '../support/proxies.js';
import { startRawServer } from '../support/raw-server.js';

const NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const HOST = 'keys.example';
/** For documentation alone (RFC 3849): it is no host. */
const ADDRESS = '2001:db8::8';
/** For an answer that comes: none takes so long, on any machine. */
const LONG_MS = 20_000;
/** For one that does not. */
const SHORT_MS = 400;
const signer = createSigner();
const authority = createAuthority();

let keys: FaultServer;
beforeAll(async () => {
  const identity = authority.issue({ names: [HOST, ADDRESS] });
  keys = await startFaultServer(keySet(signer.jwks.keys), identity);
});
afterAll(() => keys.close());
beforeEach(() => {
  for (const name of NAMES.flatMap((name) => [name, name.toLowerCase()]))
    vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

async function outcomeOf(origin: string, timeoutMs = LONG_MS): Promise<string> {
  const verifier = createWorkosVerifier({
    clientId: CLIENT_ID,
    jwksUrl: `${origin}/${randomUUID()}`,
    allowInsecureJwksUrl: true,
    jwksCache: { timeoutMs, ...(origin.startsWith('https:') && { ca: authority.pem }) },
  });
  return verifier.ready().then(
    () => 'keys',
    ({ cause }) => cause?.code,
  );
}

async function startProxy({ answer }: RawProxy) {
  const asked: string[] = [];
  const proxy = await startRawServer((socket, target) => {
    asked.push(target);
    answer(socket, keys.port);
  });
  onTestFinished(() => proxy.close());
  return { proxy, asked };
}

const named = (rows: readonly RawProxy[]) => rows.map((row) => [row.name, row] as const);

describe('a proxy that is asked for a tunnel and answers with', () => {
  it.each(named(tunnels))('%s opens one, or is named as the cause', async (_, row) => {
    const { proxy, asked } = await startProxy(row);
    vi.stubEnv('HTTPS_PROXY', proxy.origin);
    const limit = row.outcome === 'TIMEOUT' ? SHORT_MS : LONG_MS;
    expect(await outcomeOf(`https://${HOST}`, limit)).toBe(row.outcome);
    expect(asked).toEqual([`${HOST}:443`]);
    await vi.waitFor(() => expect(proxy.connections).toBe(0), { timeout: 10_000, interval: 2 });
  });
});

describe('a proxy that is asked for the keys and answers with', () => {
  it.each(named(forwards))('%s is told apart', async (_, row) => {
    const { proxy, asked } = await startProxy(row);
    vi.stubEnv('HTTP_PROXY', proxy.origin);
    expect(await outcomeOf(`http://${HOST}`)).toBe(row.outcome);
    expect(asked).toHaveLength(1);
    await vi.waitFor(() => expect(proxy.connections).toBe(0), { timeout: 10_000, interval: 2 });
  });
});

describe('a proxy and an address of IPv6', () => {
  it('as the host: the tunnel is asked for with brackets, and the certificate without', async () => {
    const proxy = await startForwardProxy(keys.port);
    onTestFinished(() => proxy.close());
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    expect(await outcomeOf(`https://[${ADDRESS}]`)).toBe('keys');
    expect(proxy.asked.map(({ target }) => target)).toEqual([`[${ADDRESS}]:443`]);
  });
});
