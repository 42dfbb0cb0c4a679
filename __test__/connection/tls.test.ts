import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAuthority, type Identity, selfSigned } from '../support/authority.js';
import { document, report, startKeyHost } from '../support/connection.js';
import { type ProxyMode, startForwardProxy } from '../support/forward-proxy.js';
import { CLIENT_ID } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const authority = createAuthority();
const company = createAuthority('Company Authority');
/** No name here is asked of anyone: the proxy makes the server on loopback of every host. */
const HOST = 'keys.example';

describe('a certificate', () => {
  it('of an authority in `ca` serves keys and document', async () => {
    const { options, asked } = await startKeyHost(authority.issue());
    const found = await report({ ...options, jwksCache: { ca: authority.pem } });
    expect(found).toMatchObject({ success: true, discovery: { status: 'ok' } });
    expect(asked).toEqual({ keys: 1, discovery: 1 });
  });

  it.each<[string, Identity, string, RegExp]>([
    ['of a company', company.issue(), 'TLS_UNKNOWN_ISSUER', /company's certificate authority/],
    ['of its own', selfSigned(), 'TLS_SELF_SIGNED', /self-signed certificate/],
    [
      'as `openssl req -x509` makes it',
      selfSigned({ isAuthority: true, commonName: 'localhost', names: [] }),
      'TLS_SELF_SIGNED',
      /self-signed certificate/,
    ],
    [
      'without a subject alternative name',
      authority.issue({ names: [], commonName: 'localhost' }),
      'TLS_NO_SUBJECT_ALT_NAME',
      /subject alternative name, such as/,
    ],
    ['for another host', authority.issue({ names: ['x.example'] }), 'TLS_WRONG_NAME', /right host/],
    ['that has ended', authority.issue({ validUntil: -5 }), 'TLS_EXPIRED', /clock/],
  ])('%s is told apart, of the document as well', async (_, identity, code, hint) => {
    const { options, asked } = await startKeyHost(identity);
    const found = await report({ ...options, jwksCache: { ca: authority.pem } });
    expect(found).toMatchObject({
      success: false,
      clockSkewSeconds: null,
      cache: null,
      keys: [],
      discovery: { status: 'failed', error: { code } },
      error: { code: 'JWKS_FETCH_FAILED', hint: expect.stringMatching(hint), cause: { code } },
    });
    expect(asked).toEqual({ keys: 0, discovery: 0 });
  });

  it('is asked for with the roots of this process, by the document alone too', async () => {
    const secure = await startKeyHost(authority.issue());
    const plain = await startKeyHost();
    const issuer = [plain.issuer, secure.issuer];
    const { otherDiscoveries } = await report({ ...plain.options, issuer });
    expect(otherDiscoveries[0]?.error?.code).toBe('TLS_UNKNOWN_ISSUER');
  });
});

describe('a proxy', () => {
  const NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];
  beforeEach(() => {
    for (const name of NAMES.flatMap((name) => [name, name.toLowerCase()]))
      vi.stubEnv(name, undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  async function setUp(mode: ProxyMode = 'forward') {
    const host = await startKeyHost(authority.issue({ names: [HOST] }));
    const proxy = await startForwardProxy(host.server.port);
    onTestFinished(() => proxy.close());
    proxy.mode = mode;
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const origin = `https://${HOST}`;
    const [issuer, jwksUrl] = [`${origin}/tenant`, `${origin}/jwks`];
    host.discovery = document({ issuer, jwks_uri: jwksUrl });
    const jwksCache = { ca: authority.pem, timeoutMs: 1_000 };
    return { host, proxy, options: { clientId: CLIENT_ID, issuer, jwksUrl, jwksCache } };
  }

  it('is gone through for keys and document', async () => {
    const { proxy, options } = await setUp();
    const found = await report(options);
    expect(found).toMatchObject({ success: true, discovery: { status: 'ok' } });
    const asked = { method: 'CONNECT', target: `${HOST}:443`, authorization: undefined };
    expect(proxy.asked).toEqual([asked, asked]);
  });

  it.each<[string, ProxyMode]>([
    ['refuses', { status: 403 }],
    ['asks for a password', { status: 407 }],
    ['ends the connection', 'drop'],
  ])('that %s is named as the cause', async (_, mode) => {
    const { options } = await setUp(mode);
    expect(await report(options)).toMatchObject({
      success: false,
      discovery: { status: 'failed', error: { code: 'PROXY' } },
      error: { cause: { code: 'PROXY' }, hint: expect.stringContaining('HTTPS_PROXY') },
    });
  });

  it('that is down is named as the cause', async () => {
    const { options, proxy } = await setUp();
    await proxy.down();
    expect((await report(options)).error?.cause?.code).toBe('PROXY');
  });

  it('is gone through for another issuer, too', async () => {
    const { options } = await setUp();
    const issuer = [options.issuer, 'https://other.example'];
    const found = await report({ ...options, issuer });
    expect(found.otherDiscoveries[0]?.error?.code).toBe('TLS_WRONG_NAME');
  });

  it('of which the environment holds none is a rejection, at once', async () => {
    vi.stubEnv('HTTP_PROXY', 'ftp://proxy.example');
    vi.stubEnv('NO_PROXY', 'keys.invalid');
    const urls = { jwksUrl: 'http://keys.invalid.', issuer: 'http://issuer.example' };
    const options = { clientId: CLIENT_ID, allowInsecureJwksUrl: true, ...urls };
    const error = await refusal(() => report(options));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(error.message).toContain('HTTP_PROXY');
  });
});
