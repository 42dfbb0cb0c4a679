import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WorkosTokenOptions, verifyWorkosToken } from 'verify-workos-token';
import { CLIENT_ID, claims } from '../support/jws.js';
import { isAccepted, optionsRefusal, signer, token } from '../support/options.js';
import { expectNone, refusal, textOf } from '../support/refusal.js';

const SECRETS = { secret: 'SECRET' };

beforeEach(() => {
  for (const name of ['CLIENT_ID', 'API_HOSTNAME', 'API_PORT', 'API_HTTPS']) {
    vi.stubEnv(`WORKOS_${name}`, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('jwksUrl is https, or http on a loopback host', () => {
  it.each([
    'https://keys.example/jwks',
    'https://keys.example:8443/jwks?a=b#c',
    'HTTPS://KEYS.EXAMPLE',
    'https://127.example.com/jwks',
    'https://[2001:db8::1]/jwks',
    'http://127.0.0.1/jwks',
    'http://127.0.0.1:4100/jwks',
    'http://127.9.9.9/jwks',
    'http://127.1/jwks',
    'http://2130706433/jwks',
    'http://0x7f.0.0.1/jwks',
    'http://localhost/jwks',
    'http://LocalHost:4100/jwks',
    'http://localhost./jwks',
    'http://[::1]/jwks',
    'http://[::1]:4100/jwks',
    'http://[0:0:0:0:0:0:0:1]/jwks',
    '  https://keys.example  ',
  ])('%s', (jwksUrl) => {
    isAccepted({ clientId: CLIENT_ID, jwksUrl });
    isAccepted({ clientId: CLIENT_ID, jwksUrl: new URL(jwksUrl) });
  });

  it('a URL of another realm, as a browser environment of a test runner has', () => {
    class ForeignUrl {
      readonly href = 'https://keys.example/jwks';
      get [Symbol.toStringTag](): string {
        return 'URL';
      }
    }
    isAccepted({ clientId: CLIENT_ID, jwksUrl: new ForeignUrl() });
  });

  it.each([
    'http://SECRET.example/jwks',
    'http://127.SECRET.example/jwks',
    'http://127.0.0.1.SECRET.example/jwks',
    'http://localhost.SECRET.example/jwks',
    'http://SECRETlocalhost/jwks',
    'http://0.0.0.0/SECRET',
    'http://10.0.0.1/SECRET',
    'http://126.255.255.255/SECRET',
    'http://128.0.0.1/SECRET',
    'http://[::]/SECRET',
    'http://[::2]/SECRET',
    'http://[2001:db8::1]/SECRET',
    'http://169.254.169.254/SECRET',
    'http://keys/SECRET',
  ])('not %s, but for allowInsecureJwksUrl', async (jwksUrl) => {
    const options = { clientId: CLIENT_ID, jwksUrl };
    for (const url of [jwksUrl, new URL(jwksUrl)]) {
      const error = await optionsRefusal({ ...options, jwksUrl: url });
      expect(error.message).toContain('"jwksUrl"');
      expect(error.hint).toContain('allowInsecureJwksUrl');
      expectNone(textOf(error), SECRETS);
    }
    await optionsRefusal({ ...options, allowInsecureJwksUrl: false });
    isAccepted({ ...options, allowInsecureJwksUrl: true });
  });

  it.each([
    '',
    ' ',
    '/sso/jwks/SECRET',
    'SECRET.example/jwks',
    '//SECRET.example/jwks',
    'https://',
    'https://SECRET.example:99999',
    'https://SECRET example',
    'https://keys.example/SECRET\ud800',
    'http://[::1/SECRET',
    'http://127.0.0.256/SECRET',
    'ftp://SECRET.example/jwks',
    'ws://127.0.0.1/SECRET',
    'file:///SECRET',
    'data:application/json,SECRET',
    'javascript:SECRET',
    'blob:https://SECRET.example/1',
    'https://SECRET@keys.example/jwks',
    'https://user:SECRET@keys.example/jwks',
    'https://:SECRET@keys.example/jwks',
    'http://user:SECRET@127.0.0.1/jwks',
  ])('never %j', async (jwksUrl) => {
    const options = { clientId: CLIENT_ID, jwksUrl, allowInsecureJwksUrl: true };
    const error = await optionsRefusal(options);
    expect(error.message).toContain('"jwksUrl"');
    expectNone(textOf(error), SECRETS);
  });
});

describe('apiUrl is the base of what is derived', () => {
  const verifies = async (options: WorkosTokenOptions, issuer: string) => {
    const signed = signer.sign(claims({ iss: issuer }));
    const all = { clientId: CLIENT_ID, jwks: signer.jwks, ...options };
    await expect(verifyWorkosToken(signed, all)).resolves.toHaveProperty('iss', issuer);
  };

  it.each([
    ['https://auth.example', 'https://auth.example'],
    ['https://auth.example/', 'https://auth.example'],
    ['https://auth.example//', 'https://auth.example'],
    ['https://AUTH.example:443', 'https://auth.example'],
    ['https://auth.example:8443/workos/', 'https://auth.example:8443/workos'],
    ['http://localhost:4100', 'http://localhost:4100'],
    // Without keys to fetch there is nothing that needs protection on the way.
    ['http://emulator:4100', 'http://emulator:4100'],
  ])('%s', async (apiUrl, base) => {
    await verifies({ apiUrl }, `${base}/user_management/${CLIENT_ID}`);
  });

  it('and without it, WorkOS itself', async () => {
    await verifies({}, `https://api.workos.com/user_management/${CLIENT_ID}`);
  });

  it.each([
    'auth.example/SECRET',
    'ftp://SECRET.example',
    'https://user:SECRET@auth.example',
    'https://auth.example?SECRET',
    'https://auth.example/#SECRET',
    'https://auth.example/?',
    'https://auth.example/#',
  ])('not %s', async (apiUrl) => {
    const error = await optionsRefusal({ clientId: CLIENT_ID, jwks: signer.jwks, apiUrl });
    expect(error.message).toContain('"apiUrl"');
    expectNone(textOf(error), SECRETS);
  });

  it('over http to another host, keys are not fetched from it', async () => {
    const options = { clientId: CLIENT_ID, apiUrl: 'http://SECRET:4100' };
    const error = await optionsRefusal(options);
    expect(error.message).toContain('"apiUrl"');
    expectNone(textOf(error), SECRETS);
    isAccepted({ ...options, allowInsecureJwksUrl: true });
    isAccepted({ ...options, jwksUrl: 'https://keys.example' });
  });

  it('the environment builds it where it is not given', async () => {
    vi.stubEnv('WORKOS_API_HOSTNAME', 'auth.example');
    await verifies({}, `https://auth.example/user_management/${CLIENT_ID}`);
    vi.stubEnv('WORKOS_API_PORT', '8443');
    await verifies({}, `https://auth.example:8443/user_management/${CLIENT_ID}`);
    vi.stubEnv('WORKOS_API_HTTPS', 'true');
    await verifies({}, `https://auth.example:8443/user_management/${CLIENT_ID}`);
    vi.stubEnv('WORKOS_API_HTTPS', 'false');
    await verifies({}, `http://auth.example:8443/user_management/${CLIENT_ID}`);
    await verifies(
      { apiUrl: 'https://b.example' },
      `https://b.example/user_management/${CLIENT_ID}`,
    );
    vi.stubEnv('WORKOS_API_HOSTNAME', '');
    vi.stubEnv('WORKOS_API_PORT', '');
    vi.stubEnv('WORKOS_API_HTTPS', '');
    await verifies({}, `https://api.workos.com/user_management/${CLIENT_ID}`);
  });

  it.each([
    ['WORKOS_API_HOSTNAME', 'SECRET SECRET'],
    ['WORKOS_API_HOSTNAME', 'user:SECRET@auth.example'],
    ['WORKOS_API_HOSTNAME', 'auth.example/?SECRET'],
    ['WORKOS_API_PORT', 'SECRET'],
    ['WORKOS_API_PORT', '99999'],
    ['WORKOS_CLIENT_ID', 'sk_live_SECRET'],
    ['WORKOS_CLIENT_ID', 'client SECRET'],
  ])('%s that is wrong is named, and not repeated', async (name, value) => {
    vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
    vi.stubEnv(name, value);
    const error = await optionsRefusal({ jwks: signer.jwks });
    expect(error.message).toContain(name);
    expectNone(textOf(error), SECRETS);
  });
});

describe('workos is a client of @workos-inc/node, or what looks like one', () => {
  class Client {
    readonly #clientId: string | undefined;
    constructor(clientId?: string) {
      this.#clientId = clientId;
    }
    get clientId() {
      return this.#clientId;
    }
    get baseURL() {
      return 'https://auth.example/';
    }
  }
  const issuer = `https://auth.example/user_management/${CLIENT_ID}`;
  const signed = signer.sign(claims({ iss: issuer }));

  it.each<[string, WorkosTokenOptions['workos']]>([
    ['a plain object', { clientId: CLIENT_ID, baseURL: 'https://auth.example' }],
    ['an instance with getters', new Client(CLIENT_ID)],
    ['a subclass', new (class extends Client {})(CLIENT_ID)],
    ['a client without a client id, beside one', new Client()],
    ['a client with an empty client id, beside one', new Client('')],
    ['a client with the same client id', new Client(CLIENT_ID)],
  ])('%s', async (_, workos) => {
    const clientId = workos?.clientId ? undefined : CLIENT_ID;
    const options = { workos, clientId, jwks: signer.jwks };
    await expect(verifyWorkosToken(signed, options)).resolves.toHaveProperty('iss', issuer);
  });

  it('apiUrl comes before its base', async () => {
    const workos = new Client(CLIENT_ID);
    const options = { workos, apiUrl: 'https://api.workos.com', jwks: signer.jwks };
    await expect(verifyWorkosToken(token, options)).resolves.toHaveProperty('sub');
    expect((await refusal(() => verifyWorkosToken(signed, options))).code).toBe('INVALID_ISSUER');
  });

  it.each<[string, unknown, string]>([
    ['without a base', { clientId: CLIENT_ID }, '"workos"'],
    ['with a base that is no URL', { baseURL: 'SECRET' }, '"workos.baseURL"'],
    ['with credentials', { baseURL: 'https://u:SECRET@a.example' }, '"workos.baseURL"'],
    [
      'with an API key',
      { clientId: 'sk_SECRET', baseURL: 'https://a.example' },
      '"workos.clientId"',
    ],
    ['with a number', { clientId: 5, baseURL: 'https://a.example' }, '"workos.clientId"'],
    ['that is an API key', 'sk_live_SECRET', '"workos"'],
  ])('not one %s', async (_, workos, named) => {
    const error = await optionsRefusal({ workos, jwks: signer.jwks });
    expect(error.message).toContain(named);
    expectNone(textOf(error), SECRETS);
  });
});
