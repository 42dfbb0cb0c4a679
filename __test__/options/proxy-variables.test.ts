import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenError,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { createApi } from '../../lib/index.ts';
import { createAuthority } from '../support/authority.js';
import { keySet, startFaultServer } from '../support/fault-server.js';
import { startForwardProxy } from '../support/forward-proxy.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { optionsRefusal } from '../support/options.js';
import { expectNone, refusal, textOf } from '../support/refusal.js';

const signer = createSigner('key_1');
const token = signer.sign();
const PROXY = 'http://proxy.example:3128/';
const OTHER = 'http://other.example:3128/';

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

/** The proxy that the native side is told of, for a verifier that asks nothing more of it. */
function proxyOf(jwksUrl: string, env: Record<string, string>): string | undefined {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  let native: { keys: { fetched: { proxy?: string } } } | undefined;
  const { createWorkosVerifier } = createApi({
    createVerifier(text: string) {
      native = JSON.parse(text);
    },
  } as never);
  createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl, allowInsecureJwksUrl: true });
  return native?.keys.fetched.proxy;
}

/** On Windows both names are those of one variable. */
const BOTH: [string, Record<string, string>, string][] =
  process.platform === 'win32'
    ? []
    : [
        ['https', { https_proxy: PROXY, HTTPS_PROXY: OTHER }, PROXY],
        ['http', { http_proxy: PROXY, HTTP_PROXY: OTHER }, PROXY],
      ];

describe('the variables', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['https', { HTTPS_PROXY: PROXY }, PROXY],
    ['https', { https_proxy: PROXY }, PROXY],
    ...BOTH,
    ['https', { https_proxy: '', HTTPS_PROXY: OTHER }, OTHER],
    ['https', { HTTPS_PROXY: '' }, undefined],
    ['https', { HTTP_PROXY: PROXY, http_proxy: PROXY }, undefined],
    ['http', { HTTP_PROXY: PROXY }, PROXY],
    ['http', { HTTPS_PROXY: PROXY, https_proxy: PROXY }, undefined],
    ['https', { HTTPS_PROXY: 'proxy.example:3128' }, PROXY],
    ['https', { HTTPS_PROXY: 'https://proxy.example' }, 'https://proxy.example/'],
    ['https', { HTTPS_PROXY: 'http://u:p@proxy.example:3128' }, 'http://u:p@proxy.example:3128/'],
  ])('for %s, %o', (scheme, env, proxy) => {
    expect(proxyOf(`${scheme}://keys.example/jwks`, env)).toBe(proxy);
  });

  it.each([
    'http://localhost:4100/jwks',
    'https://localhost/jwks',
    'http://127.0.0.1/jwks',
    'https://127.1.2.3:8443/jwks',
    'http://[::1]/jwks',
    'https://LOCALHOST./jwks',
  ])('never send %s through a proxy', (url) => {
    expect(proxyOf(url, { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY })).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  const direct = (list: string, url: string, name = 'NO_PROXY') =>
    proxyOf(url, { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, [name]: list }) === undefined;

  it.each([
    ['*', 'https://keys.example'],
    ['keys.example', 'https://keys.example'],
    ['KEYS.example', 'https://keys.EXAMPLE'],
    ['example', 'https://keys.example'],
    ['.example', 'https://keys.example'],
    ['*.example', 'https://keys.example'],
    ['.keys.example', 'https://a.b.keys.example'],
    ['other.example,keys.example', 'https://keys.example'],
    [' other.example , keys.example ', 'https://keys.example'],
    ['other.example keys.example', 'https://keys.example'],
    ['keys.example:443', 'https://keys.example'],
    ['keys.example:80', 'http://keys.example'],
    ['.example:8443', 'https://keys.example:8443'],
    ['10.1.2.3', 'https://10.1.2.3'],
    ['10.1.2.3:8443', 'https://10.1.2.3:8443'],
    ['*:443', 'https://keys.example'],
    ['keys.example.', 'https://keys.example'],
    ['keys.example', 'https://keys.example.'],
    ['.example.', 'https://keys.example'],
    ['*.example.:443', 'https://keys.example.'],
    ['\tother.example\t,\n keys.example\r\n', 'https://keys.example'],
    ['10.1.2.3.', 'https://10.1.2.3'],
    ['10.0.0.0/8', 'https://10.1.2.3'],
    ['10.9.9.9/8', 'https://10.1.2.3'],
    ['10.1.2.2/31', 'https://10.1.2.3'],
    ['10.1.2.3/32', 'https://10.1.2.3'],
    ['0.0.0.0/0', 'https://10.1.2.3'],
    ['10.0.0.0/8:8443', 'https://10.1.2.3:8443'],
    ['172.16.0.0/12 , 10.0.0.0/8', 'https://10.1.2.3'],
    ['10.0.0.0/8', 'https://0x0a010203'],
    ['10.0.0.0/8', 'https://[::ffff:10.1.2.3]'],
  ])('%j lets %s pass directly', (list, url) => {
    expect(direct(list, `${url}/jwks`)).toBe(true);
    expect(direct(list, `${url}/jwks`, 'no_proxy')).toBe(true);
  });

  it.each([
    ['', 'https://keys.example'],
    [',', 'https://keys.example'],
    ['other.example', 'https://keys.example'],
    ['ys.example', 'https://keys.example'],
    ['keys.example.com', 'https://keys.example'],
    ['keys', 'https://keys.example'],
    ['a.keys.example', 'https://keys.example'],
    ['keys.example:8443', 'https://keys.example'],
    ['keys.example:443', 'https://keys.example:8443'],
    ['keys.example:443', 'http://keys.example'],
    ['0.1.2.3', 'https://10.1.2.3'],
    ['.', 'https://keys.example'],
    [':443', 'https://keys.example'],
    ['*:8443', 'https://keys.example'],
    ['10.1.2.4/32', 'https://10.1.2.3'],
    ['10.1.2.4/31', 'https://10.1.2.3'],
    ['11.0.0.0/8', 'https://10.1.2.3'],
    ['10.0.0.0/8', 'https://keys.example'],
    ['10.0.0.0/8', 'https://10.example'],
    ['0.0.0.0/0', 'https://[2001:db8::1]'],
    ['10.0.0.0/33', 'https://10.1.2.3'],
    ['10.0.0.0/', 'https://10.1.2.3'],
    ['10.0.0.0/-1', 'https://10.1.2.3'],
    ['10.0.0.0/8/8', 'https://10.1.2.3'],
    ['10.0.0.0/8x', 'https://10.1.2.3'],
    ['10.0.0.0/1e1', 'https://10.1.2.3'],
    ['10.1/16', 'https://10.1.2.3'],
    ['010.1.2.3', 'https://10.1.2.3'],
    ['10.0.0.0/8:443', 'https://10.1.2.3:8443'],
    ['keys.example/24', 'https://keys.example'],
    ['keys.example..', 'https://keys.example'],
    ['/8', 'https://10.1.2.3'],
    ['[', 'https://[2001:db8::1]'],
    ['[]', 'https://[2001:db8::1]'],
  ])('%j does not let %s', (list, url) => {
    expect(direct(list, `${url}/jwks`)).toBe(false);
  });

  it.each([
    ['[2001:db8::1]', 'https://[2001:db8::1]'],
    ['2001:db8::1', 'https://[2001:db8::1]'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
    ['2001:0DB8:0:0::0001', 'https://[2001:db8::1]'],
    ['2001:db8::/32', 'https://[2001:db8::1]'],
    ['[2001:db8::]/32', 'https://[2001:db8::1]'],
    ['[2001:db8::/32]', 'https://[2001:db8::1]'],
    ['[2001:db8::]/32:8443', 'https://[2001:db8::1]:8443'],
    ['::/0', 'https://[2001:db8::1]'],
    ['2001:db8::1/128', 'https://[2001:db8::1]'],
  ])('%j names the address of %s', (list, url) => {
    expect(direct(list, `${url}/jwks`)).toBe(true);
  });

  it.each([
    ['2001:db8::2', 'https://[2001:db8::1]'],
    ['2001:db9::/32', 'https://[2001:db8::1]'],
    ['2001:db8::1/129', 'https://[2001:db8::1]'],
    ['[2001:db8::]/32:443', 'https://[2001:db8::1]:8443'],
    ['[2001:db8::1', 'https://[2001:db8::1]'],
    ['2001:db8::/32', 'https://10.1.2.3'],
  ])('%j does not name the address of %s', (list, url) => {
    expect(direct(list, `${url}/jwks`)).toBe(false);
  });
});

describe('a proxy that is malformed', () => {
  const SECRETS = { secret: 'SECRET' };
  const keys = { clientId: CLIENT_ID, jwksUrl: 'https://keys.example/jwks' };

  it.each([
    ['HTTPS_PROXY', 'http://'],
    ['HTTPS_PROXY', 'http://SECRET:SECRET@'],
    ['HTTPS_PROXY', 'http://SECRET example:80'],
    ['HTTPS_PROXY', 'SECRET example'],
    ['HTTPS_PROXY', 'http://user:SECRET@proxy.example:99999'],
    ['HTTPS_PROXY', 'socks5://user:SECRET@proxy.example'],
    ['HTTPS_PROXY', 'ftp://SECRET.example'],
    ['HTTPS_PROXY', 'file:///SECRET'],
    ['https_proxy', 'http://user:SECRET@[::1'],
  ])('%s = %j is INVALID_OPTIONS, by name alone', async (name, value) => {
    vi.stubEnv(name, value);
    const error = await optionsRefusal(keys);
    expect(error.message).toMatch(/HTTPS_PROXY/i);
    expectNone(textOf(error), SECRETS);
  });

  it('in HTTP_PROXY names that, and only where http is spoken', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://SECRET:SECRET@');
    const plain = { ...keys, jwksUrl: 'http://keys.example/jwks', allowInsecureJwksUrl: true };
    expect((await optionsRefusal(plain)).message).toContain('HTTP_PROXY');
    expect(createWorkosVerifier(keys)).toHaveProperty('verify');
  });

  it.each<[string, WorkosTokenOptions]>([
    ['a fixed set', signer.options],
    ['a loopback host', { clientId: CLIENT_ID, jwksUrl: 'https://localhost/jwks' }],
  ])('plays no part for %s', (_, options) => {
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY']) vi.stubEnv(name, 'http://');
    expect(createWorkosVerifier(options)).toHaveProperty('verify');
  });
});

describe('the environment', () => {
  const authority = createAuthority();
  const jwksUrl = 'https://keys.example/jwks';
  const options = { clientId: CLIENT_ID, jwksUrl, jwksCache: { ca: authority.pem } };

  /** A proxy behind which the host has this key. */
  async function setUp(one = signer) {
    const identity = authority.issue({ names: ['keys.example'] });
    const server = await startFaultServer(keySet(one.jwks.keys), identity);
    const proxy = await startForwardProxy(server.port);
    closing.push(server.close, proxy.close);
    return { server, proxy };
  }

  it('is read at each call of verifyWorkosToken, and once for a verifier', async () => {
    const [first, second] = [await setUp(), await setUp()];
    vi.stubEnv('HTTPS_PROXY', first.proxy.url);
    const verifier = createWorkosVerifier(options);
    vi.stubEnv('HTTPS_PROXY', second.proxy.url);
    await verifier.verify(token);
    expect([first.server.requests, second.server.requests]).toEqual([1, 0]);
    await verifyWorkosToken(token, options);
    expect([first.server.requests, second.server.requests]).toEqual([1, 1]);
    vi.stubEnv('HTTPS_PROXY', 'http://');
    expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe('INVALID_OPTIONS');
    await expect(verifier.verify(signer.sign())).resolves.toHaveProperty('sub');
    vi.stubEnv('HTTPS_PROXY', first.proxy.url);
    await verifyWorkosToken(token, options);
    expect([first.server.requests, second.server.requests]).toEqual([1, 1]);
  });

  it('separates what came through one proxy from what came through another', async () => {
    const other = createSigner(signer.kid);
    const [ours, theirs] = [await setUp(), await setUp(other)];
    const calls = { ours, theirs, ours2: ours, theirs2: theirs };
    const codes: Record<string, string> = {};
    for (const [name, { proxy }] of Object.entries(calls)) {
      vi.stubEnv('HTTPS_PROXY', proxy.url);
      const call = verifyWorkosToken(token, options);
      codes[name] = await call.then(
        ({ sub }) => sub,
        ({ code }: WorkosTokenError) => code,
      );
    }
    const [good, bad] = ['user_1', 'INVALID_SIGNATURE'];
    expect(codes).toEqual({ ours: good, theirs: bad, ours2: good, theirs2: bad });
    expect([ours.server.requests, theirs.server.requests]).toEqual([1, 1]);
  });

  it('separates what came through a proxy from what came without', async () => {
    const server = await startFaultServer(keySet([createSigner(signer.kid).jwk]));
    const behind = await startFaultServer(keySet(signer.jwks.keys));
    const proxy = await startForwardProxy(behind.port);
    closing.push(server.close, behind.close, proxy.close);
    // An address of this machine that is none of loopback's, so that proxies count.
    const url = `http://0.0.0.0:${server.port}/jwks`;
    const direct = { clientId: CLIENT_ID, jwksUrl: url, allowInsecureJwksUrl: true };
    vi.stubEnv('HTTP_PROXY', proxy.url);
    await verifyWorkosToken(token, direct);
    vi.stubEnv('NO_PROXY', '0.0.0.0');
    const error = await refusal(() => verifyWorkosToken(token, direct));
    expect(error.code).toBe('INVALID_SIGNATURE');
    vi.stubEnv('NO_PROXY', '0.0.0.1');
    await verifyWorkosToken(token, direct);
    expect([server.requests, behind.requests, proxy.asked.length]).toEqual([1, 1, 1]);
  });
});
