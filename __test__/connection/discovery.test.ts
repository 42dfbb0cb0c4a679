import { describe, expect, it } from 'vitest';
import type { WorkosConnectionOptions } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { freePort } from '../integration/support/project.js';
import { document, report, signer, startKeyHost } from '../support/connection.js';
import { type Behaviour, body, hang, status } from '../support/fault-server.js';
import { CLIENT_ID } from '../support/jws.js';

describe('a discovery document', () => {
  it.each<[string, (issuer: string, jwksUrl: string) => object, string, RegExp]>([
    [
      'another issuer',
      (issuer, jwksUrl) => ({ issuer: `${issuer}/`, jwks_uri: jwksUrl }),
      "the issuer's discovery document names another issuer",
      /`clientId`, `apiUrl` or `issuer`/,
    ],
    [
      'another JWKS URL',
      (issuer, jwksUrl) => ({ issuer, jwks_uri: `${jwksUrl}/other` }),
      "the issuer's discovery document names another JWKS URL",
      /Leave `jwksUrl` out/,
    ],
    [
      'another JWKS URL alone',
      () => ({ jwks_uri: 'https://keys.example/' }),
      "the issuer's discovery document names another JWKS URL",
      /Leave `jwksUrl` out/,
    ],
    [
      'a JWKS URL that is none',
      (issuer) => ({ issuer, jwks_uri: 'keys' }),
      "the issuer's discovery document names another JWKS URL",
      /Leave `jwksUrl` out/,
    ],
  ])(
    'that names %s is no success, though the keys are there',
    async (_, members, message, hint) => {
      const host = await startKeyHost();
      const named = members(host.issuer, host.server.url) as { issuer?: string; jwks_uri?: string };
      host.discovery = document(named);
      const found = await report({ ...host.options, audience: null });
      expect(found).toMatchObject({
        success: false,
        keys: [{ usable: true }],
        discovery: {
          status: 'mismatch',
          issuer: named.issuer ?? null,
          jwksUri: named.jwks_uri ?? null,
          error: null,
        },
        error: { code: 'DISCOVERY_MISMATCH', message, hint: expect.stringMatching(hint) },
        warnings: [],
      });
    },
  );

  it('names a JWKS URL in another spelling', async () => {
    const host = await startKeyHost();
    const spelled = host.server.url.replace('http://', 'HTTP://');
    host.discovery = document({ issuer: host.issuer, jwks_uri: `${spelled}#keys` });
    expect((await report(host.options)).discovery.status).toBe('ok');
  });

  it('below an issuer with a slash at its end has one slash there', async () => {
    const host = await startKeyHost();
    const issuer = `${host.issuer}/`;
    host.discovery = document({ issuer, jwks_uri: host.server.url });
    const { success, discovery } = await report({ ...host.options, issuer });
    const url = `${host.issuer}/.well-known/openid-configuration`;
    expect([success, discovery]).toMatchObject([true, { status: 'ok', url }]);
  });

  it('with a byte order mark is read', async () => {
    const host = await startKeyHost();
    const text = JSON.stringify({ issuer: host.issuer, jwks_uri: host.server.url });
    host.discovery = body(`\ufeff${text}`);
    expect((await report(host.options)).discovery.status).toBe('ok');
  });

  it.each<[string, Behaviour, object, RegExp]>([
    [
      'is not there',
      status(404),
      { status: 'missing', error: { code: 'STATUS', status: 404 } },
      /does not exist \(status 404\)/,
    ],
    [
      'is refused',
      status(403),
      { status: 'failed', error: { code: 'STATUS', status: 403 } },
      /could not be read: the server responded with status 403/,
    ],
    [
      'is moved',
      status(302, { Location: '/elsewhere' }),
      { status: 'failed', error: { code: 'REDIRECT', status: 302 } },
      /could not be read: the server responded with a redirect \(302\)/,
    ],
    [
      'is a web page',
      body('<!doctype html>'),
      { status: 'failed', error: { code: 'NOT_JSON', status: null } },
      /could not be read: the response is an html page, not json/,
    ],
    [
      'is something else',
      document({ keys: [] }),
      { status: 'failed', error: null, reason: expect.stringContaining('issuer and a jwks_uri') },
      /could not be read: it is not a discovery document/,
    ],
    [
      'is no object',
      body('null'),
      { status: 'failed', error: null, issuer: null },
      /could not be read: it is not a discovery document/,
    ],
    [
      'does not come',
      hang,
      { status: 'failed', error: { code: 'TIMEOUT', status: null } },
      /could not be read: no complete response arrived within the time limit/,
    ],
  ])('that %s is a warning', async (_, behaviour, discovery, warning) => {
    const host = await startKeyHost();
    host.discovery = behaviour;
    const jwksCache = { timeoutMs: 300 };
    const found = await report({ ...host.options, audience: null, jwksCache });
    expect(found).toMatchObject({ success: true, error: null, discovery });
    expect(found.warnings).toEqual([expect.stringMatching(warning)]);
    expect(found.warnings[0]).toContain(host.issuer);
  });
});

describe('of several issuers', () => {
  it('each is asked for its own', async () => {
    const host = await startKeyHost();
    const other = await startKeyHost();
    other.discovery = document({ issuer: other.issuer, jwks_uri: host.server.url });
    const options = { ...host.options, issuer: [host.issuer, other.issuer] };
    const found = await report(options);
    expect(found).toMatchObject({
      success: true,
      issuer: host.issuer,
      discovery: { status: 'ok', configuredIssuer: host.issuer },
      otherDiscoveries: [{ status: 'ok', configuredIssuer: other.issuer }],
    });
    other.discovery = document({ issuer: other.issuer, jwks_uri: other.server.url });
    const { success, otherDiscoveries } = await report(options);
    expect([success, otherDiscoveries]).toMatchObject([false, [{ status: 'mismatch' }]]);
  });

  it.each([10, 11])('of which there are %i, ten at the most', async (count) => {
    const host = await startKeyHost();
    const issuer = Array.from({ length: count }, (_, index) => `${host.issuer}/${index}`);
    host.discovery = status(404);
    const { otherDiscoveries } = await report({ ...host.options, issuer });
    expect(host.asked.discovery).toBe(10);
    expect(otherDiscoveries).toHaveLength(count - 1);
    expect(otherDiscoveries.at(-1)?.status).toBe(count > 10 ? 'skipped' : 'missing');
  });
});

describe('an issuer that has no document is not asked, and that is a warning:', () => {
  const elsewhere = { clientId: CLIENT_ID, jwksUrl: 'https://127.0.0.1:1/', audience: null };

  it.each<[string, string, Partial<WorkosConnectionOptions>, RegExp]>([
    ['no URL', 'my-issuer', {}, /not an http or https URL/],
    ['a URN', 'urn:example:issuer', {}, /not an http or https URL/],
    ['one with a query', 'http://127.0.0.1:1/?tenant=1', {}, /not an http or https URL/],
    ['one with a fragment', 'http://127.0.0.1:1/#a', {}, /not an http or https URL/],
    ['one with credentials', 'http://a:b@127.0.0.1:1/', {}, /not an http or https URL/],
    ['one elsewhere, of keys on this machine', 'https://127.0.0.2.example', {}, /this machine/],
    [
      'one over http elsewhere, of keys over https',
      'http://issuer.invalid',
      { jwksUrl: 'https://keys.invalid' },
      /http URL on another host/,
    ],
  ])('%s', async (_, issuer, options, reason) => {
    const jwksCache = { timeoutMs: 500 };
    const { discovery, warnings } = await report({ ...elsewhere, issuer, ...options, jwksCache });
    expect(discovery).toMatchObject({
      status: 'skipped',
      configuredIssuer: issuer,
      url: null,
      latencyMs: null,
      reason: expect.stringMatching(reason),
    });
    expect(warnings).toEqual([
      `The discovery document of ${issuer} was not requested: ${discovery.reason}.`,
    ]);
  });
});

describe('an issuer for tests', () => {
  it('is asked for nothing outside of this machine', async () => {
    await using issuer = createTestIssuer({ algorithm: 'EdDSA' });
    await issuer.listen();
    const found = await report({ ...issuer.options, token: await issuer.sign() });
    expect(found).toMatchObject({ success: true, discovery: { status: 'skipped' } });
  });

  it('can be asked for its document', async () => {
    const place = `http://127.0.0.1:${await freePort()}/user_management/client_test`;
    await using issuer = createTestIssuer({ issuer: place, algorithm: 'EdDSA' });
    await issuer.listen();
    const found = await report({ ...issuer.options, token: await issuer.sign() });
    expect(found).toMatchObject({ success: true, discovery: { status: 'ok' }, warnings: [] });
    await issuer.outage('status-404');
    expect(await report(issuer.options)).toMatchObject({
      success: false,
      discovery: { status: 'missing' },
      error: { code: 'JWKS_FETCH_FAILED', hint: expect.stringContaining('check `clientId`') },
    });
  });
});

it('is asked for along with the keys and not after them', async () => {
  const host = await startKeyHost();
  host.keys = hang;
  host.discovery = hang;
  const jwksCache = { timeoutMs: 600 };
  const start = performance.now();
  const found = await report({ ...host.options, jwksCache, token: signer.sign() });
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(found.discovery.error?.code).toBe('TIMEOUT');
  expect(host.asked).toEqual({ keys: 1, discovery: 1 });
});
