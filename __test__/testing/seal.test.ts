// What the test issuer seals, opened by WorkOS's own SDK.
import { WorkOS } from '@workos-inc/node';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyWorkosSession } from 'verify-workos-token';
import type { TestCookieOptions, TestIssuerOptions } from 'verify-workos-token/testing';
import { closeIssuers, decode, listeningIssuer, newIssuer } from '../support/issuer.js';
import { PASSWORD } from '../support/seal.js';

afterEach(closeIssuers);

const workos = new WorkOS('sk_test', { clientId: 'client_test' });
const open = (sessionData: string, cookiePassword = PASSWORD) =>
  workos.userManagement.getSessionFromCookie({ sessionData, cookiePassword });

describe('seal()', () => {
  it('is opened by @workos-inc/node, which accepts the session', async () => {
    const issuer = await listeningIssuer({ cookiePassword: PASSWORD });
    const { hostname, port } = new URL(issuer.jwksUrl);
    const sdk = new WorkOS('sk_test', {
      clientId: issuer.clientId,
      apiHostname: hostname,
      port: Number(port),
      https: false,
    });
    const sessionData = await issuer.seal({ org_id: 'org_1', permissions: ['a'] });
    const session = sdk.userManagement.loadSealedSession({ sessionData, cookiePassword: PASSWORD });
    const { claims, user } = await verifyWorkosSession(sessionData, issuer.options);
    expect(await session.authenticate()).toMatchObject({
      authenticated: true,
      organizationId: 'org_1',
      permissions: ['a'],
      sessionId: claims.sid,
      user,
    });
  });

  it('holds what the SDK holds, in its form', async () => {
    const issuer = newIssuer({ cookiePassword: PASSWORD });
    const sealed = await issuer.seal({ org_id: 'org_1' });
    expect(sealed).toMatch(
      /^Fe26\.2\*1\*[\da-f]{64}\*[\w-]{22}\*[\w-]+\*\*[\da-f]{64}\*[\w-]{43}~2$/,
    );
    const session = await open(sealed);
    const { claims } = decode(session?.accessToken ?? '');
    expect(session).toEqual({
      organizationId: 'org_1',
      user: expect.objectContaining({ object: 'user', id: claims.sub, emailVerified: true }),
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      authenticationMethod: 'Password',
    });
    expect(await issuer.seal()).not.toBe(await issuer.seal());
  });

  it('takes the claims, the user and the options of sign()', async () => {
    const issuer = newIssuer({ cookiePassword: PASSWORD });
    const sealed = await issuer.seal(
      { sub: 'user_1', plan: 'paid' },
      {
        user: { email: 'ada@example.com' },
        refreshToken: 'r',
        authenticationMethod: 'SSO',
        impersonator: { email: 'admin@example.com', reason: null },
        now: 1_000,
        expiresInSeconds: 60,
        header: { typ: 'JWT' },
      },
    );
    const session = await open(sealed);
    expect(session).toMatchObject({
      user: { id: 'user_1', email: 'ada@example.com' },
      refreshToken: 'r',
      authenticationMethod: 'SSO',
      impersonator: { email: 'admin@example.com', reason: null },
    });
    const { header, claims } = decode(session?.accessToken ?? '');
    expect([header.typ, claims.plan, claims.exp]).toEqual(['JWT', 'paid', 1_060]);
    expect((await open(await issuer.seal({}, { user: null })))?.user).toBeUndefined();
    const other = await open(await issuer.seal({}, { user: { id: 'user_2' } }));
    expect(other?.user.id).toBe('user_2');
  });

  it.each<[TestCookieOptions, RegExp]>([
    [{ users: {} } as object, /unknown option "users"/],
    [{ user: 'user_1' } as object, /user must be an object; got another string/],
    [{ cookieName: 'x' }, /unknown option "cookieName"/],
    [{ expiresInSeconds: 'x' } as object, /expiresInSeconds must be a number/],
  ])('refuses %j', async (options, message) => {
    const issuer = newIssuer({ cookiePassword: PASSWORD });
    await expect(issuer.seal({}, options)).rejects.toThrow(message);
  });
});

describe('cookie()', () => {
  it('is a pair for the header', async () => {
    const issuer = newIssuer({ cookiePassword: PASSWORD });
    const [name, value = ''] = (await issuer.cookie({ plan: 'paid' })).split('=');
    expect(name).toBe('wos-session');
    const { claims } = await verifyWorkosSession<{ plan: string }>(value, issuer.options);
    expect(claims.plan).toBe('paid');
    expect(await issuer.cookie({}, { cookieName: 'other', user: null })).toMatch(
      /^other=Fe26\.2\*/,
    );
    await expect(issuer.cookie({}, { cookieName: '' })).rejects.toThrow(/cookieName must be/);
  });
});

describe('cookiePassword', () => {
  it('is needed to seal, and is then among the options', async () => {
    const without = newIssuer();
    expect(without.options).not.toHaveProperty('cookiePassword');
    const message = 'seal() and cookie() need createTestIssuer({ cookiePassword })';
    await expect(without.seal()).rejects.toThrow(new TypeError(message));
    await expect(without.cookie()).rejects.toThrow(new TypeError(message));
    expect(newIssuer({ cookiePassword: PASSWORD }).options.cookiePassword).toBe(PASSWORD);
  });

  it.each(['x'.repeat(31), 'x'.repeat(1_025), '', 7, null, ['x'.repeat(32)], '\ud800'.repeat(32)])(
    '%j is refused',
    (cookiePassword) => {
      const options = { cookiePassword } as TestIssuerOptions;
      expect(() => newIssuer(options)).toThrow(
        /^cookiePassword must be a string of 32 to 1024 characters; got (?!.*xxx)/,
      );
    },
  );

  it('has 32 to 1,024 characters', () => {
    for (const length of [32, 1_024])
      expect(newIssuer({ cookiePassword: 'x'.repeat(length) })).toHaveProperty('seal');
  });
});
