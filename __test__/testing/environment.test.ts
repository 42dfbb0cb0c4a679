import { verifyWorkosSession, verifyWorkosToken } from 'verify-workos-token';
import type { TestIssuer, TestIssuerOptions } from 'verify-workos-token/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  closeIssuers,
  decode,
  fetchJson,
  listeningIssuer,
  newIssuer,
  urlOf,
} from '../support/issuer.js';

const PRODUCTION = 'https://api.workos.com/user_management/client_test';
const PASSWORD = 'a password of 32 characters, or more';

afterEach(async () => {
  vi.unstubAllEnvs();
  await closeIssuers();
});

function use(issuer: TestIssuer): void {
  for (const [name, value] of Object.entries(issuer.env)) vi.stubEnv(name, value);
}

const ownAddress = (issuer: TestIssuer) =>
  `${new URL(urlOf(issuer)).origin}/user_management/${issuer.clientId}`;

const issOf = (token: string) => decode(token).claims.iss;

describe('env', () => {
  it('holds the address of the keys, as a new object each time', async () => {
    const issuer = await listeningIssuer();
    expect(issuer.env).toStrictEqual({
      WORKOS_CLIENT_ID: 'client_test',
      WORKOS_API_HOSTNAME: '127.0.0.1',
      WORKOS_API_PORT: new URL(issuer.jwksUrl).port,
      WORKOS_API_HTTPS: 'false',
      WORKOS_AUTHKIT_DOMAIN: new URL(issuer.jwksUrl).origin,
    });
    issuer.env.WORKOS_CLIENT_ID = 'client_other';
    expect(issuer.env.WORKOS_CLIENT_ID).toBe('client_test');
  });

  it('makes code without options trust what the issuer signs, in one call of listen', async () => {
    const issuer = await listeningIssuer({ clientId: 'client_env' });
    use(issuer);
    const claims = await verifyWorkosToken(await issuer.sign({ sub: 'user_1' }));
    expect(claims).toMatchObject({ sub: 'user_1', iss: ownAddress(issuer), aud: 'client_env' });
    for (const [token, code] of [
      [issuer.expired(), 'TOKEN_EXPIRED'],
      [issuer.wrongKey(), 'INVALID_SIGNATURE'],
    ] as const)
      await expect(verifyWorkosToken(await token)).rejects.toMatchObject({ code });
  });

  it('holds no AuthKit domain, if the issuer has another', async () => {
    const issuer = await listeningIssuer({ authkitDomain: 'acme.authkit.app' });
    expect(Object.keys(issuer.env)).not.toContain('WORKOS_AUTHKIT_DOMAIN');
  });

  it('holds the password of sessions, if the issuer has one', async () => {
    const issuer = await listeningIssuer({ cookiePassword: PASSWORD });
    use(issuer);
    expect(issuer.env.WORKOS_COOKIE_PASSWORD).toBe(PASSWORD);
    const session = await verifyWorkosSession(await issuer.seal({ sub: 'user_1' }));
    expect(session.claims.sub).toBe('user_1');
  });

  it.each<[string, TestIssuerOptions]>([
    ['INVALID_AUDIENCE', { audience: null }],
    ['INVALID_ISSUER', { issuer: PRODUCTION }],
    ['UNSUPPORTED_ALGORITHM', { algorithm: 'ES256' }],
  ])('leaves the options of the issuer in force: %s', async (code, options) => {
    const issuer = await listeningIssuer(options);
    use(issuer);
    await expect(verifyWorkosToken(await issuer.sign())).rejects.toMatchObject({ code });
  });

  it('is an error while there is no address', async () => {
    const issuer = newIssuer();
    const missing = /^env is available once listen\(\) has resolved$/;
    expect(() => issuer.env).toThrow(missing);
    await issuer.listen();
    expect(issuer.env.WORKOS_API_HTTPS).toBe('false');
    await issuer.close();
    expect(() => issuer.env).toThrow(missing);
  });
});

describe('the issuer that tokens name', () => {
  it('is WorkOS’s until env is read, and then its own address', async () => {
    const issuer = await listeningIssuer();
    const early = await issuer.sign();
    expect([issOf(early), issuer.issuer, issuer.options.issuer]).toEqual(Array(3).fill(PRODUCTION));
    const { WORKOS_API_PORT: port } = issuer.env;
    const own = `http://127.0.0.1:${port}/user_management/client_test`;
    const late = await issuer.sign();
    expect([issOf(late), issuer.issuer, issuer.options.issuer]).toEqual(Array(3).fill(own));
    expect(issOf(await issuer.sign({ iss: 'another' }))).toBe('another');
    await verifyWorkosToken(late, issuer.options);
    const refusal = expect(verifyWorkosToken(early, issuer.options)).rejects;
    await refusal.toMatchObject({ code: 'INVALID_ISSUER' });
  });

  it('is the address of the day', async () => {
    const issuer = await listeningIssuer();
    const first = issuer.env.WORKOS_API_PORT;
    await issuer.close();
    expect(issuer.issuer).toBe(PRODUCTION);
    await issuer.listen();
    expect(issuer.env.WORKOS_API_PORT).not.toBe(first);
    expect(issuer.issuer).toBe(ownAddress(issuer));
  });

  it('is in the discovery document too', async () => {
    const issuer = await listeningIssuer();
    use(issuer);
    const document = await fetchJson(`${ownAddress(issuer)}/.well-known/openid-configuration`);
    expect(document).toMatchObject({ issuer: ownAddress(issuer), jwks_uri: issuer.jwksUrl });
  });

  it('does not change when an issuer is copied, printed or compared', async () => {
    const issuer = await listeningIssuer();
    const { sign } = { ...issuer };
    expect(Object.keys(issuer)).not.toContain('env');
    expect(JSON.stringify(issuer)).not.toContain('WORKOS_');
    expect(issuer).toEqual(issuer);
    expect(issOf(await sign())).toBe(PRODUCTION);
  });
});
