// The connection to an AuthKit domain.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WorkosConnectionOptions } from 'verify-workos-token';
import { connectClaims, RESOURCE } from '../support/connect.js';
import { document, report, signer } from '../support/connection.js';
import { type Behaviour, keySet, startFaultServer, status } from '../support/fault-server.js';

const DOCUMENT = '/.well-known/oauth-authorization-server';

/** An AuthKit domain on this machine, for one test. */
async function startDomain(path = '') {
  const asked: string[] = [];
  const host = { keys: keySet(signer.jwks.keys), document: status(404) as Behaviour };
  const server = await startFaultServer((response, request) => {
    const url = request.url ?? '';
    asked.push(url);
    if (url === '/oauth2/jwks') host.keys(response, request);
    else if (url === `${DOCUMENT}${path}`) host.document(response, request);
    else status(404)(response, request);
  });
  onTestFinished(() => server.close());
  const origin = new URL(server.url).origin;
  host.document = document({ issuer: `${origin}${path}`, jwks_uri: `${origin}/oauth2/jwks` });
  const options: WorkosConnectionOptions = {
    profile: 'connect',
    authkitDomain: origin,
    resource: RESOURCE,
  };
  return { host, asked, origin, options };
}

describe('an AuthKit domain', () => {
  it('is asked for its keys and the document of RFC 8414', async () => {
    const { asked, origin, options } = await startDomain();
    const token = signer.sign(connectClaims({ iss: origin }));
    const found = await report({ ...options, token });
    expect(found).toMatchObject({
      success: true,
      issuer: origin,
      jwksUrl: `${origin}/oauth2/jwks`,
      discovery: { status: 'ok', url: `${origin}${DOCUMENT}` },
      token: { ok: true },
      warnings: [],
    });
    expect(asked.sort()).toEqual([DOCUMENT, '/oauth2/jwks']);
  });

  it.each([
    ['scope', { scopes: ['posts:read'] }, { scope: 'openid' }, true],
    ['cnf', {}, { cnf: { jkt: 'x' } }, true],
    ['sid', {}, { sid: 'session_1' }, false],
  ])('tells a token whose %s is refused from one whose audience was not seen', async (...given) => {
    const [claim, required, changes, isSeen] = given;
    const { origin, options } = await startDomain();
    const token = signer.sign(connectClaims({ iss: origin, ...changes }));
    const found = await report({ ...options, ...required, token });
    expect(found.token).toMatchObject({ ok: false, claim });
    const unseen = expect.stringContaining('before its audience was checked');
    expect(found.warnings).toEqual(isSeen ? [] : [unseen]);
  });

  it('has the document before the path of an issuer', async () => {
    const { asked, origin, options } = await startDomain('/tenant');
    for (const issuer of [`${origin}/tenant`, `${origin}/tenant/`]) {
      const { discovery } = await report({ ...options, issuer });
      expect(discovery.url).toBe(`${origin}${DOCUMENT}/tenant`);
      expect(discovery.status).toBe(issuer.endsWith('/') ? 'mismatch' : 'ok');
    }
    expect(asked.filter((url) => url !== '/oauth2/jwks')).toEqual(
      Array(2).fill(`${DOCUMENT}/tenant`),
    );
  });

  it('says without a token that the resource can’t be seen', async () => {
    const { options } = await startDomain();
    const { success, warnings } = await report(options);
    expect([success, warnings]).toEqual([true, [expect.stringContaining('resource indicator')]]);
    expect((await report({ ...options, audience: null })).warnings).toEqual([]);
  });

  it.each<[string, (origin: string) => object, RegExp]>([
    ['issuer', () => ({ issuer: 'https://auth.acme.example' }), /custom AuthKit domain/],
    [
      'JWKS URL',
      (issuer) => ({ issuer, jwks_uri: 'https://auth.acme.example/oauth2/jwks' }),
      /derived from `authkitDomain`/,
    ],
  ])('whose document names another %s is no success', async (what, members, hint) => {
    const { host, origin, options } = await startDomain();
    host.document = document(members(origin));
    expect(await report(options)).toMatchObject({
      success: false,
      discovery: { status: 'mismatch', reason: `it names another ${what}` },
      error: { code: 'DISCOVERY_MISMATCH', hint: expect.stringMatching(hint) },
    });
  });

  it('that has no document is a warning, and without keys it is none', async () => {
    const { host, options } = await startDomain();
    host.document = status(404);
    const missing = await report({ ...options, audience: null });
    expect(missing).toMatchObject({ success: true, discovery: { status: 'missing' } });
    expect(missing.warnings).toEqual([
      expect.stringMatching(/does not exist \(status 404\)\. Check the AuthKit domain\./),
    ]);
    host.keys = status(404);
    expect(await report(options)).toMatchObject({
      success: false,
      error: { code: 'JWKS_FETCH_FAILED', hint: expect.stringContaining('`authkitDomain`') },
    });
  });

  it.each([
    ['a session’s token', { sid: 'session_1' }, 'INVALID_CLAIM', 'sid', 'mismatch'],
    ['another resource', { aud: 'https://other.example' }, 'INVALID_AUDIENCE', 'aud', 'mismatch'],
    ['a machine', { sub: 'client_app' }, 'INVALID_SUBJECT', 'sub', 'mismatch'],
    ['a missing scope', { scope: undefined }, 'MISSING_PERMISSION', 'scope', 'missing'],
    ['a bound token', { cnf: {} }, 'INVALID_CLAIM', 'cnf', 'mismatch'],
  ])('refuses the token with %s', async (_, changes, code, claim, reason) => {
    const { origin, options } = await startDomain();
    const token = signer.sign(connectClaims({ iss: origin, ...changes }));
    expect(await report({ ...options, scopes: ['openid'], token })).toMatchObject({
      success: false,
      token: { ok: false, claim, reason, error: { code } },
    });
  });
});
