import {
  createWorkosVerifier,
  testWorkosConnection,
  type WorkosConnectionOptions,
} from 'verify-workos-token';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { signer, startKeyHost } from '../support/connection.js';
import { CLIENT_ID } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const fixed = { clientId: CLIENT_ID, jwks: signer.jwks };

describe('wrong options', () => {
  it.each<[string, unknown, RegExp]>([
    ['none, without a client id', {}, /"clientId" is missing/],
    ['null', null, /must be an object/],
    ['a promise', Promise.resolve(fixed), /must be a plain object, not a promise/],
    ['an unknown one', { ...fixed, tokn: 'x' }, /no option "tokn"/],
    ['a wrong type', { ...fixed, audience: 5 }, /"audience" must be/],
    ['a contradiction', { ...fixed, jwksUrl: 'https://keys.example' }, /mutually exclusive/],
    ['a restriction that is not set', { ...fixed, organizationId: undefined }, /"organizationId"/],
    ['an inherited token', Object.create({ token: 'x' }), /"token" is inherited/],
    ['an inherited option', Object.create({ clientId: 'x' }), /"clientId" is inherited/],
    ['a clock that gives no time', { ...fixed, now: () => 'x' }, /"now"/],
  ])('are a rejection: %s', async (_, options, message) => {
    vi.stubEnv('WORKOS_CLIENT_ID', undefined);
    const call = () => testWorkosConnection(options as WorkosConnectionOptions);
    const error = await refusal(call);
    expect([error.code, error.message]).toEqual([
      'INVALID_OPTIONS',
      expect.stringMatching(message),
    ]);
  });
  afterEach(() => vi.unstubAllEnvs());

  it('name what was meant', async () => {
    const options = { ...fixed, tokn: 'x' } as WorkosConnectionOptions;
    expect((await refusal(() => testWorkosConnection(options))).hint).toContain('token');
  });

  it.each<[unknown, RegExp]>([
    [{ clientId: CLIENT_ID }, /no option "clientId"/],
    [null, /must be an object/],
    ['x', /must be an object/],
  ])("of a verifier's test are a rejection as well: %j", async (options, message) => {
    const verifier = createWorkosVerifier(fixed);
    const call = () => verifier.testConnection(options as { token: string });
    const error = await refusal(call);
    expect([error.code, error.message]).toEqual([
      'INVALID_OPTIONS',
      expect.stringMatching(message),
    ]);
  });
});

it('a token that is undefined is none', async () => {
  const { token } = await testWorkosConnection({ ...fixed, token: undefined });
  expect(token).toBe(null);
  expect((await createWorkosVerifier(fixed).testConnection({ token: undefined })).token).toBe(null);
});

it('each option is read once', async () => {
  const reads: string[] = [];
  const options = new Proxy(
    { ...fixed, token: signer.sign() },
    {
      get(target, name) {
        reads.push(String(name));
        return Reflect.get(target, name);
      },
    },
  );
  expect((await testWorkosConnection(options)).success).toBe(true);
  expect(reads.toSorted()).toEqual(['clientId', 'jwks', 'token']);
});

it('the environment gives what options leave out', async () => {
  const { server } = await startKeyHost();
  vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
  vi.stubEnv('WORKOS_API_HOSTNAME', '127.0.0.1');
  vi.stubEnv('WORKOS_API_PORT', String(server.port));
  vi.stubEnv('WORKOS_API_HTTPS', 'false');
  const { jwksUrl, issuer, discovery } = await testWorkosConnection();
  const origin = `http://127.0.0.1:${server.port}`;
  expect([jwksUrl, issuer, discovery.url]).toEqual([
    `${origin}/sso/jwks/${CLIENT_ID}`,
    `${origin}/user_management/${CLIENT_ID}`,
    `${origin}/user_management/${CLIENT_ID}/.well-known/openid-configuration`,
  ]);
  vi.unstubAllEnvs();
});

it('a polluted prototype changes nothing', async () => {
  const host = await startKeyHost();
  const polluted = { token: 'x.y', proxy: 'http://127.0.0.1:1', fixed: { keys: [] }, cause: 'x' };
  const reports = [await testWorkosConnection(host.options)];
  try {
    Object.assign(Object.prototype, polluted);
    reports.push(await testWorkosConnection(host.options));
  } finally {
    for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
  }
  expect(reports.map(({ success, token }) => [success, token])).toEqual([
    [true, null],
    [true, null],
  ]);
});
