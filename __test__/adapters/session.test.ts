// The session cookie as each adapter takes it.
import { describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { ADAPTERS, type Answer } from '../support/requests.js';

const cookiePassword = 'a password of more than 32 characters';
const issuer = createTestIssuer({ cookiePassword });
const other = createTestIssuer({ cookiePassword: 'another password of over 32 characters' });

const cookie = await issuer.cookie({ sub: 'user_cookie' });
const refreshed = await issuer.seal({ sub: 'user_refreshed' });
const expired = await issuer.cookie({}, { expiresInSeconds: -60 });
const forged = await other.cookie();
const bearer = await issuer.sign({ sub: 'user_bearer' });
const bad = await other.sign();

const SESSION = { ...issuer.options, credentials: ['session'] };
const BOTH = { ...issuer.options, credentials: ['bearer', 'session'] };

const NO_COOKIE = [401, 'Bearer', 'unauthorized', 'INVALID_SESSION'];
const NO_TOKEN = [401, 'Bearer', 'unauthorized', 'MALFORMED_TOKEN'];
const refusedAs = (code: string) => [401, 'Bearer error="invalid_token"', 'invalid_token', code];
const CROSS_SITE = [403, undefined, 'cross_site_request', 'CROSS_SITE_REQUEST'];

const summary = ({ status, headers, body }: Answer) => {
  const { error, code } = body as { error: string; code: string };
  return [status, headers['www-authenticate'], error, code];
};

describe.each(Object.entries(ADAPTERS))('%s', (name, send) => {
  it('takes the session cookie where it is asked for', async () => {
    const { status, body } = await send(SESSION, [], { cookie });
    expect([status, body]).toMatchObject([200, { sub: 'user_cookie', user: 'user_cookie' }]);
    expect((body as { token: string }).token.split('.')).toHaveLength(3);
  });

  it('does not look at the cookie by default', async () => {
    expect(summary(await send(issuer.options, [], { cookie }))).toEqual(NO_TOKEN);
  });

  it('does not look at the header for sessions alone', async () => {
    expect(summary(await send(SESSION, [`Bearer ${bearer}`]))).toEqual(NO_COOKIE);
  });

  it('finds the cookie by its name', async () => {
    const options = { ...SESSION, cookieName: 'my-session' };
    const named = await issuer.cookie({}, { cookieName: 'my-session' });
    expect(await send(options, [], { cookie: `a=b; ${named}` })).toHaveProperty('status', 200);
    expect(summary(await send(options, [], { cookie }))).toEqual(NO_COOKIE);
  });

  it('finds the cookie by the name in the environment', async () => {
    process.env.WORKOS_COOKIE_NAME = 'from-environment';
    try {
      const named = await issuer.cookie({}, { cookieName: 'from-environment' });
      expect(await send(SESSION, [], { cookie: named })).toHaveProperty('status', 200);
    } finally {
      delete process.env.WORKOS_COOKIE_NAME;
    }
  });

  it.each<[string, Record<string, string>, unknown[]]>([
    ['no cookie', {}, NO_COOKIE],
    ['an emptied cookie', { cookie: 'wos-session=' }, NO_COOKIE],
    ['another cookie', { cookie: 'a=b' }, NO_COOKIE],
    ['a session sealed with another password', { cookie: forged }, refusedAs('INVALID_SESSION')],
    [
      'a bare token in the cookie',
      { cookie: `wos-session=${bearer}` },
      refusedAs('INVALID_SESSION'),
    ],
    ['an expired session', { cookie: expired }, refusedAs('TOKEN_EXPIRED')],
    [
      'a bad cookie before a good one',
      { cookie: `${forged}; ${cookie}` },
      refusedAs('INVALID_SESSION'),
    ],
  ])('refuses %s', async (_, headers, answer) => {
    expect(summary(await send(SESSION, [], headers))).toEqual(answer);
  });

  it('lets only missing and expired sessions through where they are optional', async () => {
    const options = { ...SESSION, optional: true };
    for (const headers of [{}, { cookie: expired }, { cookie: 'wos-session=' }]) {
      const { status, body } = await send(options, [], headers as Record<string, string>);
      expect([status, body]).toEqual([200, { sub: null, token: null }]);
    }
    expect(summary(await send(options, [], { cookie: forged }))).toEqual(
      refusedAs('INVALID_SESSION'),
    );
  });

  it('lets a bearer token decide', async () => {
    const good = await send(BOTH, [`Bearer ${bearer}`], { cookie });
    expect(good.body).toEqual({ sub: 'user_bearer', token: bearer });
    expect(summary(await send(BOTH, [`Bearer ${bad}`], { cookie }))).toEqual(
      refusedAs('UNKNOWN_KEY'),
    );
    const malformed = await send(BOTH, ['Bearer'], { cookie });
    expect(malformed.status).toBe(400);
    expect((await send(BOTH, ['Basic eDp5'], { cookie })).body).toMatchObject({
      sub: 'user_cookie',
    });
    expect(summary(await send(BOTH, []))).toEqual(NO_TOKEN);
  });

  it.each<[string, string, Record<string, string>]>([
    ['POST from a page of its own', 'POST', { 'sec-fetch-site': 'same-origin' }],
    ['POST from no page', 'POST', { 'sec-fetch-site': 'none' }],
    ['POST of a program', 'POST', {}],
    ['DELETE from its origin', 'DELETE', { origin: 'http://localhost' }],
    ['a link on another site', 'GET', { 'sec-fetch-site': 'cross-site' }],
  ])('takes %s', async (_, method, headers) => {
    const { status } = await send(SESSION, [], { cookie, ...headers }, method);
    expect(status).toBe(200);
  });

  it.each<[string, string, Record<string, string>]>([
    ['a form on another site', 'POST', { 'sec-fetch-site': 'cross-site' }],
    ['a page on a sibling host', 'PUT', { 'sec-fetch-site': 'same-site' }],
    ['another origin', 'PATCH', { origin: 'https://evil.test' }],
    ['a sandboxed page', 'DELETE', { origin: 'null' }],
  ])('refuses what changes something from %s', async (_, method, headers) => {
    expect(summary(await send(SESSION, [], { cookie, ...headers }, method))).toEqual(CROSS_SITE);
    const optional = { ...SESSION, optional: true };
    expect(summary(await send(optional, [], { cookie, ...headers }, method))).toEqual(CROSS_SITE);
  });

  it('takes pages of trusted origins', async () => {
    const options = { ...SESSION, trustedOrigins: ['https://admin.test'] };
    const headers = { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://admin.test' };
    expect(await send(options, [], headers, 'POST')).toHaveProperty('status', 200);
  });

  it('does not ask where a bearer token comes from', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect(await send(BOTH, [`Bearer ${bearer}`], headers, 'POST')).toHaveProperty('status', 200);
  });

  const takesHeader = name.startsWith('next');
  it(`${takesHeader ? 'prefers' : 'ignores'} the session that a proxy has refreshed`, async () => {
    const headers = { cookie, 'x-workos-session': refreshed };
    const sub = takesHeader ? 'user_refreshed' : 'user_cookie';
    expect((await send(SESSION, [], headers)).body).toMatchObject({ sub });
    if (!takesHeader) return;
    const crossSite = { 'x-workos-session': refreshed, 'sec-fetch-site': 'cross-site' };
    expect(summary(await send(SESSION, [], crossSite, 'POST'))).toEqual(CROSS_SITE);
    expect((await send(SESSION, [], { cookie, 'x-workos-session': '' })).body).toMatchObject({
      sub: 'user_cookie',
    });
  });

  it.each<[string, object]>([
    ['no credentials at all', { credentials: [] }],
    ['unknown credentials', { credentials: ['cookie'] }],
    ['credentials that are not set', { credentials: [undefined] }],
    ['credentials outside of an array', { credentials: 'session' }],
    ['a cookie with a name that none can have', { cookieName: 'wos session' }],
    ['a cookie without a name', { cookieName: '' }],
    ['an origin with a slash', { trustedOrigins: ['https://admin.test/'] }],
    ['an origin with a wildcard', { trustedOrigins: ['https://*.test'] }],
    ['an origin in capitals', { trustedOrigins: ['https://Admin.test'] }],
    ['an origin that is a host', { trustedOrigins: ['admin.test'] }],
    ['the origin of a sandbox', { trustedOrigins: ['null'] }],
    ['an origin outside of an array', { trustedOrigins: 'https://admin.test' }],
    ['a getToken that nobody would call', { getToken: () => bearer }],
    ['a cookie that nobody would read', { credentials: ['bearer'], cookieName: 'x' }],
    [
      'origins that nobody would trust',
      { credentials: ['bearer'], trustedOrigins: ['https://a.test'] },
    ],
    ['no password', { cookiePassword: undefined }],
    ['a short password', { cookiePassword: 'x'.repeat(31) }],
  ])('rejects %s', async (_, options) => {
    const send_ = async () => send({ ...SESSION, ...options }, []);
    const error = await send_().then(
      ({ body }) => body,
      (error) => error,
    );
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  it('leaves the session alone in an outage', async () => {
    const { jwks: _, ...rest } = SESSION;
    const options = { ...rest, jwksUrl: 'http://127.0.0.1:1/jwks' };
    const { status, headers } = await send(options, [], { cookie });
    expect([status, headers['set-cookie'], headers['www-authenticate']]).toEqual([
      503,
      undefined,
      undefined,
    ]);
  });
});
