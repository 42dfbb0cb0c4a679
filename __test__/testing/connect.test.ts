import { testWorkosConnection, verifyWorkosToken } from 'verify-workos-token';
import type { TestIssuer, TestIssuerOptions } from 'verify-workos-token/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  catchError,
  closeIssuers,
  decode,
  listeningIssuer,
  newIssuer,
  signatureIsGood,
  ULID,
} from '../support/issuer.js';

afterEach(closeIssuers);

const NOW = 1_800_000_000;
const NOBODY = 'https://test.authkit.app';
const RESOURCE = 'https://mcp.example.com/mcp';
const id = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_${ULID}$`));

const claimsOf = async (token: Promise<string>) => decode(await token).claims;

describe('signConnect', () => {
  it('signs the claims of a third-party application for the user of sign()', async () => {
    const issuer = newIssuer({ algorithm: 'ES256' });
    const token = await issuer.signConnect({}, { now: NOW });
    expect(decode(token).header).toStrictEqual({ alg: 'ES256', kid: issuer.jwks.keys[0]?.kid });
    expect(signatureIsGood(token, issuer)).toBe(true);
    expect(decode(token).claims).toStrictEqual({
      iss: NOBODY,
      aud: RESOURCE,
      sub: decode(await issuer.sign()).claims.sub,
      sid: id('app_consent'),
      jti: expect.stringMatching(new RegExp(`^${ULID}$`)),
      client_id: id('client'),
      scope: 'openid profile email',
      iat: NOW,
      exp: NOW + 300,
    });
  });

  it('merges claims, leaves out undefined ones, and takes the options of sign', async () => {
    const issuer = newIssuer({ algorithm: 'ES256' });
    const token = await issuer.signConnect(
      { scope: 'notes:read', sid: undefined, org_id: 'org_1' },
      { header: { typ: 'at+jwt' }, now: NOW, expiresInSeconds: 5 },
    );
    const { header, claims } = decode(token);
    expect(header.typ).toBe('at+jwt');
    expect(claims).toMatchObject({ scope: 'notes:read', org_id: 'org_1', exp: NOW + 5 });
    expect(claims).not.toHaveProperty('sid');
    const other = decode(await issuer.signConnect()).claims;
    expect(other.client_id).toBe(claims.client_id);
    expect(other.jti).not.toBe(claims.jti);
  });

  it.each([
    ['claims', [null, {}]],
    ['options', [{}, { until: 1 }]],
  ])('refuses other %s', async (_, args) => {
    const issuer = newIssuer({ algorithm: 'ES256' });
    for (const sign of [issuer.signConnect, issuer.signMachine])
      await expect(sign(...(args as []))).rejects.toBeInstanceOf(TypeError);
  });
});

describe('signMachine', () => {
  it('signs the claims of a machine, whose audience is the client id of the environment', async () => {
    const issuer = newIssuer({ algorithm: 'ES256', clientId: 'client_env' });
    const claims = await claimsOf(issuer.signMachine({}, { now: NOW }));
    expect(claims).toStrictEqual({
      iss: NOBODY,
      aud: 'client_env',
      sub: id('client'),
      org_id: id('org'),
      jti: expect.stringMatching(new RegExp(`^${ULID}$`)),
      client_id: claims.sub,
      iat: NOW,
      exp: NOW + 300,
    });
    const again = await claimsOf(issuer.signMachine({ scope: 'jobs:run' }));
    expect(again).toMatchObject({ sub: claims.sub, org_id: claims.org_id, scope: 'jobs:run' });
    expect(claims.sub).not.toBe((await claimsOf(issuer.signConnect())).client_id);
  });
});

describe('connectOptions', () => {
  it('hold the key set until the issuer listens, and again once it is closed', async () => {
    const issuer = newIssuer({ algorithm: 'ES256' });
    const expected = {
      profile: 'connect',
      authkitDomain: NOBODY,
      resource: RESOURCE,
      algorithms: ['ES256'],
      jwks: issuer.jwks,
    };
    expect(issuer.connectOptions).toStrictEqual(expected);
    await issuer.listen();
    await issuer.close();
    expect(issuer.connectOptions).toStrictEqual(expected);
    expect(issuer.connectOptions).not.toBe(issuer.connectOptions);
  });

  it('hold the origin of a listening issuer, which its tokens name', async () => {
    const issuer = await listeningIssuer();
    const { origin } = new URL(issuer.jwksUrl);
    expect(issuer.connectOptions).toStrictEqual({
      profile: 'connect',
      authkitDomain: origin,
      resource: RESOURCE,
      jwksUrl: `${origin}/oauth2/jwks`,
      jwksCache: { cooldownSeconds: 1 },
    });
    expect(await claimsOf(issuer.signConnect())).toMatchObject({ iss: origin });
    expect(await claimsOf(issuer.signMachine())).toMatchObject({ iss: origin });
    expect(await claimsOf(issuer.sign())).toMatchObject({ iss: issuer.issuer });
  });

  it.each([
    ['acme.authkit.app', 'https://acme.authkit.app'],
    ['https://auth.acme.com', 'https://auth.acme.com'],
    ['https://auth.acme.com/', 'https://auth.acme.com'],
    ['http://localhost:8080', 'http://localhost:8080'],
  ])(
    'hold the domain %s that was given, also while it listens',
    async (authkitDomain, issuerUrl) => {
      const resource = 'https://notes.acme.com';
      const issuer = await listeningIssuer({ algorithm: 'ES256', authkitDomain, resource });
      expect(issuer.resource).toBe(resource);
      expect(issuer.connectOptions).toMatchObject({ authkitDomain: issuerUrl, resource });
      const claims = await claimsOf(issuer.signConnect());
      expect(claims).toMatchObject({ iss: issuerUrl, aud: resource });
    },
  );

  it.each<[string, unknown, RegExp]>([
    ['a path', 'acme.authkit.app/x', /^authkitDomain must be a domain .*; got another string$/],
    ['a query', 'https://acme.authkit.app?', /^authkitDomain must be a domain/],
    ['no domain', 'a b', /^authkitDomain must be a domain/],
    ['an empty domain', '', /^authkitDomain must be a domain .*; got an empty string$/],
    ['a number', 1, /^authkitDomain must be a domain .*; got number$/],
  ])('are not made of an authkitDomain with %s', (_, authkitDomain, message) => {
    const error = catchError(() => newIssuer({ authkitDomain } as TestIssuerOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
  });

  it('are not made of a resource that is no string', () => {
    const error = catchError(() => newIssuer({ resource: new URL(RESOURCE) } as never));
    expect(error).toMatchObject({ message: 'resource must be a non-empty string; got a URL' });
  });
});

describe('the package', () => {
  it('trusts the issuer by its options, before it listens and while it does', async () => {
    const issuer = newIssuer();
    for (const step of [async () => {}, issuer.listen]) {
      await step();
      const claims = await verifyWorkosToken(await issuer.signConnect(), issuer.connectOptions);
      expect(claims).toMatchObject({ aud: RESOURCE, scope: 'openid profile email' });
      const options = { ...issuer.connectOptions, audience: issuer.clientId };
      const machine = await issuer.signMachine({ scope: 'jobs:run' });
      const { client_id, sub } = await verifyWorkosToken(machine, {
        ...options,
        subjects: ['machine'],
        scopes: ['jobs:run'],
      });
      expect(client_id).toBe(sub);
      const session = verifyWorkosToken(await issuer.sign(), issuer.connectOptions);
      await expect(session).rejects.toMatchObject({ code: 'INVALID_ISSUER' });
      const reversed = verifyWorkosToken(await issuer.signConnect(), issuer.options);
      await expect(reversed).rejects.toMatchObject({ code: 'INVALID_ISSUER' });
    }
  });

  it('trusts it by its environment, and connects to it', async () => {
    const issuer = await listeningIssuer({ algorithm: 'RS256' });
    for (const [name, value] of Object.entries(issuer.env)) vi.stubEnv(name, value);
    try {
      const { resource } = issuer;
      const token = await issuer.signConnect();
      await verifyWorkosToken(token, { profile: 'connect', resource });
      const result = await testWorkosConnection({ ...issuer.connectOptions, token });
      expect(result).toMatchObject({ success: true, discovery: { status: 'ok' }, warnings: [] });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('the key endpoint of the AuthKit domain', () => {
  it('serves the same keys, counts, and fails with the other', async () => {
    const issuer = await listeningIssuer({ algorithm: 'ES256' });
    const { jwksUrl } = issuer.connectOptions as { jwksUrl: string };
    const answer = async () => {
      const response = await fetch(jwksUrl, { signal: AbortSignal.timeout(5_000) });
      return [response.status, await response.text()];
    };
    expect(await answer()).toEqual([200, JSON.stringify(issuer.jwks)]);
    expect(issuer.requests()).toBe(1);
    await issuer.outage('status-500');
    expect(await answer()).toEqual([500, expect.anything()]);
    await issuer.outage('empty');
    expect(await answer()).toEqual([200, '{"keys":[]}']);
    expect(issuer.requests()).toBe(3);
    await issuer.outage('hang');
    const hanging = fetch(jwksUrl).catch(() => 'ended');
    await vi.waitFor(() => expect(issuer.requests()).toBe(4), { timeout: 10_000 });
    await issuer.close();
    expect(await hanging).toBe('ended');
  });
});

it('has the new members on the type', () => {
  const { resource, connectOptions, signConnect, signMachine }: TestIssuer = newIssuer();
  expect([resource, connectOptions.profile]).toEqual([RESOURCE, 'connect']);
  expect([typeof signConnect, typeof signMachine]).toEqual(['function', 'function']);
});
