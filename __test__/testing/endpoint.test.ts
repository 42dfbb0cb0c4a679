import { createTestIssuer } from 'verify-workos-token/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../integration/support/project.js';
import {
  closeIssuers,
  fetchJson,
  fetchOutcome,
  listeningIssuer,
  newIssuer,
  publishedKey,
  urlOf,
} from '../support/issuer.js';

afterEach(closeIssuers);

describe('the key endpoint', () => {
  it('serves the key set as it is now, and counts the requests for it', async () => {
    const issuer = await listeningIssuer({ algorithm: 'ES256' });
    expect(issuer.requests()).toBe(0);
    const first = await fetch(issuer.jwksUrl);
    expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(first.headers.get('keep-alive')).toBe(null); // no idle timeout for a client to race with
    expect(JSON.parse(await first.text())).toStrictEqual(issuer.jwks);
    issuer.rotate();
    issuer.withdraw(publishedKey(issuer).kid);
    expect(await fetchJson(`${issuer.jwksUrl}?fresh=1`)).toStrictEqual(issuer.jwks);
    expect(issuer.requests()).toBe(2);
  });

  it('serves a discovery document', async () => {
    const issuer = await listeningIssuer({ clientId: 'client_x', algorithm: 'EdDSA' });
    const url = new URL(
      '/user_management/client_x/.well-known/openid-configuration',
      issuer.jwksUrl,
    );
    expect(await fetchJson(url)).toStrictEqual({
      issuer: 'https://api.workos.com/user_management/client_x',
      jwks_uri: issuer.jwksUrl,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['EdDSA'],
    });
    expect(issuer.requests()).toBe(0);
  });

  it.each(['127.0.0.1', 'localhost'])('is where an issuer on %s says that it is', async (host) => {
    const port = await freePort();
    const issuer = await listeningIssuer({ issuer: `http://${host}:${port}/tenants/1` });
    expect(issuer.jwksUrl).toBe(`http://127.0.0.1:${port}/sso/jwks/client_test`);
    const document = { issuer: `http://${host}:${port}/tenants/1`, jwks_uri: issuer.jwksUrl };
    const path = '/.well-known/openid-configuration';
    expect(await fetchJson(`${issuer.issuer}${path}`)).toMatchObject(document);
    const workosPath = `/user_management/client_test${path}`;
    expect(await fetchJson(new URL(workosPath, issuer.jwksUrl))).toMatchObject(document);
    await issuer.outage('refuse');
    await issuer.outage(null);
    expect(await fetchJson(`${issuer.issuer}${path}`)).toMatchObject(document);
    const second = newIssuer({ issuer: issuer.issuer });
    await expect(second.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it.each([
    'https://127.0.0.1:4000',
    'http://127.0.0.1',
    'http://127.0.0.1:99999',
    'http://127.0.0.1:4000.example',
    'http://other.example:4000',
  ])('is on a free port for the issuer %s', async (issuer) => {
    const { jwksUrl } = await listeningIssuer({ issuer });
    expect(new URL(jwksUrl).port).not.toMatch(/^(4000|80|)$/);
  });

  it.each([
    '/sso/jwks/client_another',
    '/sso/jwks/',
    '/',
    '/user_management/client_another/.well-known/openid-configuration',
  ])('answers 404 with JSON for %s, and does not count it', async (path) => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    expect(await fetchOutcome(new URL(path, issuer.jwksUrl).href)).toStrictEqual({
      status: 404,
      type: 'application/json; charset=utf-8',
      body: '{"message":"Not Found"}',
    });
    expect(issuer.requests()).toBe(0);
  });

  it('answers GET and HEAD alone', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const head = await fetch(issuer.jwksUrl, { method: 'HEAD' });
    expect([head.status, await head.text()]).toStrictEqual([200, '']);
    const post = await fetch(issuer.jwksUrl, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toStrictEqual([405, 'GET, HEAD']);
  });

  it('finds a client id that has to be escaped in a URL', async () => {
    const issuer = await listeningIssuer({ clientId: 'client a/b?c', algorithm: 'EdDSA' });
    expect(await fetchJson(issuer.jwksUrl)).toStrictEqual(issuer.jwks);
  });

  it('listens once, however often and however fast it is asked to', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    expect(issuer.jwksUrl).toBe(null);
    await Promise.all([issuer.listen(), issuer.listen()]);
    const url = urlOf(issuer);
    await fetchOutcome(url);
    await issuer.listen();
    expect(issuer.jwksUrl).toBe(url);
    expect(issuer.requests()).toBe(1);
  });

  it('closes once, listens anew after it, and counts anew', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    await issuer.close();
    await issuer.listen();
    const url = urlOf(issuer);
    await fetchOutcome(url);
    await Promise.all([issuer.close(), issuer.close()]);
    await issuer.close();
    expect(issuer.jwksUrl).toBe(null);
    expect(await fetchOutcome(url)).toStrictEqual({ failure: 'ECONNREFUSED' });
    expect(issuer.requests()).toBe(1);
    await issuer.listen();
    expect(issuer.requests()).toBe(0);
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject({ status: 200 });
  });

  it('does in order what is asked without awaiting', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    void issuer.listen();
    void issuer.outage('refuse');
    void issuer.close();
    void issuer.listen();
    void issuer.outage('refuse');
    await issuer.outage(null);
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject({ status: 200 });
    await Promise.all([issuer.outage('refuse'), issuer.close()]);
    expect(issuer.jwksUrl).toBe(null);
  });

  it.skipIf(!Symbol.asyncDispose)('closes by await using', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const url = issuer.jwksUrl;
    await issuer[Symbol.asyncDispose]();
    expect(await fetchOutcome(url)).toStrictEqual({ failure: 'ECONNREFUSED' });
  });
});

describe('the port of an issuer', () => {
  it('is none that another had before, whose keys are remembered by their URL', async () => {
    const first = createTestIssuer();
    await first.listen();
    const key = Symbol.for('verify-workos-token.test-ports');
    const used = (process as unknown as Record<symbol, Set<number>>)[key] as Set<number>;
    expect(used).toContain(Number(new URL(first.jwksUrl as string).port));
    await first.close();
    // Half of all: every other try meets a used one. (Linux gives odd ones first.)
    const before = new Set(used);
    const isFree = (port: number) => (port >> 1) % 2 === 1;
    for (let port = 1_024; port < 65_536; port += 1) if (!isFree(port)) used.add(port);
    try {
      for (let round = 0; round < 8; round += 1) {
        const issuer = createTestIssuer();
        await issuer.listen();
        const port = Number(new URL(issuer.jwksUrl as string).port);
        expect(isFree(port), String(port)).toBe(true);
        await issuer.close();
      }
    } finally {
      used.clear();
      for (const port of before) used.add(port);
    }
  });
});
