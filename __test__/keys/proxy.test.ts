import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { createAuthority, type Identity } from '../support/authority.js';
import { type Behaviour, hang, keySet, startFaultServer, status } from '../support/fault-server.js';
import { type ForwardProxy, type ProxyMode, startForwardProxy } from '../support/forward-proxy.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { expectNone, refusal, textOf } from '../support/refusal.js';

const signer = createSigner('key_1');
const token = signer.sign();
const good = keySet(signer.jwks.keys);
const authority = createAuthority();
/** No name here is asked of anyone: the proxy makes the server on loopback of every host. */
const HOST = 'keys.example';
const identity = authority.issue({ names: [HOST] });

const NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  for (const name of NAMES.flatMap((name) => [name, name.toLowerCase()])) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A key server, and a proxy in front of it. */
async function setUp(secure: Identity | null = identity, behaviour: Behaviour = good) {
  const server = await startFaultServer(behaviour, secure ?? undefined);
  const proxy = await startForwardProxy(server.port);
  closing.push(server.close, proxy.close);
  const jwksUrl = `${secure ? 'https' : 'http'}://${HOST}${new URL(server.url).pathname}`;
  return { server, proxy, options: optionsOf(jwksUrl) };
}

function optionsOf(jwksUrl: string, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const ca = jwksUrl.startsWith('https:') ? { ca: authority.pem } : {};
  return {
    clientId: CLIENT_ID,
    jwksUrl,
    allowInsecureJwksUrl: true,
    jwksCache: { timeoutMs: 1_000, ...ca, ...jwksCache },
  };
}

describe('a proxy that works', () => {
  it('carries https in a tunnel, and sees neither the path nor the answer', async () => {
    const { server, proxy, options } = await setUp();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    await Promise.all(Array.from({ length: 100 }, () => verifyWorkosToken(token, options)));
    expect(proxy.asked).toEqual([
      { method: 'CONNECT', target: `${HOST}:443`, authorization: undefined },
    ]);
    expect(server.requests).toBe(1);
    expect(server.headers[0]).toMatchObject({ host: HOST, 'accept-encoding': 'gzip' });
    await vi.waitFor(() => expect(proxy.connections).toBe(0));
  });

  it('carries http in the absolute form', async () => {
    const { server, proxy, options } = await setUp(null);
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    const jwksUrl = `${options.jwksUrl.replace(HOST, `${HOST}:8080`)}?a=b`;
    await verifyWorkosToken(token, { ...options, jwksUrl });
    expect(proxy.asked).toEqual([{ method: 'GET', target: jwksUrl, authorization: undefined }]);
    expect(server.requests).toBe(1);
    await vi.waitFor(() => expect(proxy.connections).toBe(0));
  });

  it('does not make a certificate for another host good', async () => {
    const { server, proxy, options } = await setUp();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const jwksUrl = options.jwksUrl.replace(HOST, 'other.example');
    const error = await refusal(() => verifyWorkosToken(token, { ...options, jwksUrl }));
    expect(error.cause).toHaveProperty('code', 'TLS_WRONG_NAME');
    const { ca: _, ...untrusting } = options.jwksCache as { ca?: string };
    const stranger = { ...options, jwksCache: untrusting };
    const unknown = await refusal(() => verifyWorkosToken(token, stranger));
    expect(unknown.cause).toHaveProperty('code', 'TLS_UNKNOWN_ISSUER');
    expect(server.requests).toBe(0);
  });

  it('may be written without a scheme, and may itself be https', async () => {
    const { server, proxy, options } = await setUp();
    vi.stubEnv('HTTPS_PROXY', `127.0.0.1:${proxy.port}`);
    await verifyWorkosToken(token, options);
    const secure = await startForwardProxy(server.port, authority.issue());
    closing.push(secure.close);
    vi.stubEnv('HTTPS_PROXY', secure.url);
    await verifyWorkosToken(token, options);
    expect([proxy.asked.length, secure.asked.length]).toEqual([1, 1]);
  });

  it('passes a redirect on, which is not followed to where a cloud keeps its secrets', async () => {
    const metadata = 'http://169.254.169.254/latest/meta-data/';
    for (const code of [301, 302, 303, 307, 308]) {
      const { proxy, options } = await setUp(null, status(code, { Location: metadata }));
      vi.stubEnv('HTTP_PROXY', proxy.url);
      const error = await refusal(() => verifyWorkosToken(token, options));
      expect(error.cause).toMatchObject({ code: 'REDIRECT', status: code });
      expect(proxy.asked.map(({ target }) => target)).toEqual([options.jwksUrl]);
    }
  });
});

describe('a proxy that asks who is there', () => {
  const SECRETS = { user: 'SECRET-user', password: 'SECRET:p@ss', encoded: 'p%40ss' };
  const basic = `Basic ${Buffer.from('SECRET-user:SECRET:p@ss').toString('base64')}`;
  const withCredentials = ({ port }: ForwardProxy) =>
    `http://SECRET-user:SECRET%3Ap%40ss@127.0.0.1:${port}`;

  it.each([
    ['HTTPS_PROXY', identity],
    ['HTTP_PROXY', null],
  ])('gets the credentials of %s, and the key server does not', async (name, secure) => {
    const { server, proxy, options } = await setUp(secure);
    vi.stubEnv(name, withCredentials(proxy));
    await verifyWorkosToken(token, options);
    expect(proxy.asked.map(({ authorization }) => authorization)).toEqual([basic]);
    for (const header of ['proxy-authorization', 'authorization']) {
      expect(server.headers[0]).not.toHaveProperty(header);
    }
  });

  it.each<ProxyMode>([{ status: 407 }, 'drop', 'cut'])(
    'and refuses (%o): no error says what they are',
    async (mode) => {
      const { proxy, options } = await setUp();
      vi.stubEnv('HTTPS_PROXY', withCredentials(proxy));
      proxy.mode = mode;
      const verifier = createWorkosVerifier(options);
      const error = await refusal(() => verifier.verify(token));
      expect(error.code).toBe('JWKS_FETCH_FAILED');
      const answer = await error.getResponse().text();
      const shown = [textOf(error), answer, inspect(verifier), inspect(verifier.stats())];
      expectNone(shown.join('\n'), { ...SECRETS, secret: 'SECRET', basic: basic.slice(6) });
    },
  );
});

describe('a proxy that does not', () => {
  const MODES: [string, ProxyMode | 'down', Identity | null, RegExp][] = [
    ['refuses with 403', { status: 403 }, identity, /^PROXY$/],
    ['refuses with 407', { status: 407 }, identity, /^PROXY$/],
    ['refuses http with 407', { status: 407 }, null, /^PROXY$/],
    // Here its answer is as good as the server's own.
    ['refuses http with 403', { status: 403 }, null, /^STATUS$/],
    ['fails with 502', { status: 502 }, identity, /^PROXY$/],
    ['redirects', { status: 302 }, identity, /^PROXY$/],
    ['ends the connection in place of an answer', 'drop', identity, /^PROXY$/],
    ['ends it while the tunnel is being secured', 'cut', identity, /^PROXY$/],
    ['ends it in the middle of the answer', 'cut', null, /^INTERRUPTED$/],
    ['ends it in place of an answer over http', 'drop', null, /^INTERRUPTED$/],
    ['is down', 'down', identity, /^PROXY$/],
    ['is down for http', 'down', null, /^PROXY$/],
    ['never answers', 'hang', identity, /^TIMEOUT$/],
  ];

  it.each(MODES)('%s is told apart, left alone for a while, and asked again', async (...row) => {
    const [, mode, secure, code] = row;
    const { server, proxy, options } = await setUp(secure);
    vi.stubEnv(secure ? 'HTTPS_PROXY' : 'HTTP_PROXY', proxy.url);
    if (mode === 'down') await proxy.down();
    else proxy.mode = mode;
    const verifier = createWorkosVerifier(options);
    const error = await refusal(() => verifier.verify(token));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', retryable: true });
    expect(error.cause).toHaveProperty('code', expect.stringMatching(code));
    if (code.test('PROXY')) expect(error.hint).toContain('HTTPS_PROXY');
    const { length } = proxy.asked;
    const again = await refusal(() => verifier.verify(token));
    expect(again.cause).toEqual(error.cause);
    expect(again.retryAfterSeconds).toBeLessThanOrEqual(Number(error.retryAfterSeconds));
    expect(proxy.asked).toHaveLength(length);
    expect(length).toBe(mode === 'down' ? 0 : 1);

    if (mode === 'down') await proxy.up();
    else proxy.mode = 'forward';
    await sleep(Number(again.retryAfterSeconds) * 1_000 + 20);
    await expect(verifier.verify(token)).resolves.toHaveProperty('sub');
    expect(proxy.asked).toHaveLength(length + 1);
    expect(server.requests).toBeLessThanOrEqual(2);
  });

  it('live until the answer ends the wait, and not the process', async () => {
    const { server, proxy, options } = await setUp(identity, hang);
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const waiting = Array.from({ length: 20 }, () =>
      refusal(() => verifyWorkosToken(token, options)),
    );
    await server.received(1);
    await proxy.down();
    const causes = (await Promise.all(waiting)).map(({ cause }) => cause);
    for (const cause of causes) expect(cause).toHaveProperty('code', 'INTERRUPTED');
    expect(server.requests).toBe(1);
  });

  it('work any more leaves the keys serving', async () => {
    const { proxy, options } = await setUp();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const verifier = createWorkosVerifier(options);
    await verifier.verify(token);
    await proxy.down();
    const error = await refusal(() => verifier.verify(createSigner('key_2').sign()));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'PROXY' } });
    expect(verifier.verifySync(signer.sign())).toHaveProperty('sub', 'user_1');
  });
});
