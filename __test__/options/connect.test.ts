// `profile: 'connect'` and the options that only it has.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosSession,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { authenticateRequest } from 'verify-workos-token/web';
import { CONNECT, connectClaims, DOMAIN, RESOURCE } from '../support/connect.js';
import { CLIENT_ID, claims } from '../support/jws.js';
import { isAccepted, optionsRefusal, signer } from '../support/options.js';
import { refusal, refusalSync } from '../support/refusal.js';

const OPTIONS: WorkosTokenOptions = { ...CONNECT, jwks: signer.jwks };
const PASSWORD = 'a cookie password of 36 characters!!';

const sign = (changes?: Record<string, unknown>) => signer.sign(connectClaims(changes));
const verified = (options: object, changes?: Record<string, unknown>) =>
  verifyWorkosToken(sign(changes), { ...OPTIONS, ...options });

beforeEach(() => {
  for (const name of ['WORKOS_CLIENT_ID', 'WORKOS_AUTHKIT_DOMAIN', 'WORKOS_API_HOSTNAME'])
    vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the AuthKit domain', () => {
  it.each([
    'acme.authkit.app',
    'https://acme.authkit.app',
    'https://acme.authkit.app/',
    'acme.authkit.app/',
    'ACME.authkit.app',
    'HTTPS://Acme.Authkit.App',
    'https://acme.authkit.app:443',
  ])('%s gives the issuer', async (authkitDomain) => {
    expect(await verified({ authkitDomain })).toMatchObject({ iss: DOMAIN });
  });

  it.each([
    ['auth.acme.example', 'https://auth.acme.example'],
    ['https://auth.acme.example:8443', 'https://auth.acme.example:8443'],
    ['http://127.0.0.1:4100', 'http://127.0.0.1:4100'],
    ['http://localhost:4100/', 'http://localhost:4100'],
    ['http://[::1]:4100', 'http://[::1]:4100'],
    ['localhost:4100', 'https://localhost:4100'],
  ])('%s may be a custom one or on this machine', async (authkitDomain, iss) => {
    expect(await verified({ authkitDomain }, { iss })).toMatchObject({ iss });
  });

  it.each([
    ['http://acme.authkit.app', 'an http URL'],
    ['acme.authkit.app/oauth2', 'a domain with a path'],
    ['https://acme.authkit.app//', 'a domain with a path'],
    ['acme.authkit.app/.', 'a domain with a path'],
    ['https://acme.authkit.app/oauth2/..', 'a domain with a path'],
    ['acme.authkit.app.', 'a domain with an empty label'],
    ['acme..authkit.app', 'a domain with an empty label'],
    ['.authkit.app', 'a domain with an empty label'],
    ['api.workos.com.', 'a domain with an empty label'],
    ['acme.authkit.app?x', 'a domain with a query or fragment'],
    ['acme.authkit.app#x', 'a domain with a query or fragment'],
    ['me@acme.authkit.app', 'a domain with credentials'],
    ['ftp://acme.authkit.app', 'a URL of another scheme'],
    ['acme', 'a name without a dot'],
    ['api.workos.com', "the host of WorkOS's API"],
    [CLIENT_ID, 'the id of something else'],
    ['sk_test_1', 'an API key'],
    ['', 'an empty string'],
    [' ', 'white space alone'],
    ['acme.authkit.app\n', 'a text with white space'],
    ['"acme.authkit.app"', 'a text in quotes'],
    ['<name>.authkit.app', 'a placeholder'],
    ['undefined', 'the word "undefined"'],
    ['https://', 'a text of another form'],
    ['acme.authkit.app:99999', 'a text of another form'],
    ['acme\ud800.authkit.app', 'a string with a lone surrogate'],
  ])('%j is refused', async (authkitDomain, kind) => {
    const allowed = 'an AuthKit domain (acme.authkit.app, or a custom one)';
    const { message } = await optionsRefusal({ ...OPTIONS, authkitDomain });
    expect(message).toBe(`the option "authkitDomain" must be ${allowed}, not ${kind}`);
    if (authkitDomain === '') return;
    vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', authkitDomain);
    const inEnvironment = await optionsRefusal({ ...OPTIONS, authkitDomain: undefined });
    expect(inEnvironment.message).toContain(`WORKOS_AUTHKIT_DOMAIN must be ${allowed}, not`);
    expect(inEnvironment.hint).toContain('WORKOS_AUTHKIT_DOMAIN');
  });

  it('is read from the environment at each call, if something must be derived from it', async () => {
    const { authkitDomain: _, ...derived } = OPTIONS;
    expect((await optionsRefusal(derived)).message).toBe(
      'the option "authkitDomain" is missing, and so is WORKOS_AUTHKIT_DOMAIN',
    );
    vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', '');
    expect((await optionsRefusal(derived)).message).toContain('is missing');
    vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', 'acme.authkit.app');
    expect(await verifyWorkosToken(sign(), derived)).toMatchObject({ iss: DOMAIN });
    vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', 'other.authkit.app');
    const refused = await refusal(() => verifyWorkosToken(sign(), derived));
    expect(refused).toMatchObject({
      code: 'INVALID_ISSUER',
      expected: 'https://other.authkit.app',
    });
    vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', 'not a domain');
    isAccepted({ ...derived, issuer: DOMAIN });
    isAccepted({ ...derived, issuer: DOMAIN, jwks: undefined, jwksUrl: `${DOMAIN}/keys` });
    expect(
      (await optionsRefusal({ ...derived, issuer: DOMAIN, jwks: undefined })).message,
    ).toContain('WORKOS_AUTHKIT_DOMAIN');
  });

  it('may stand beside an issuer and keys of their own', async () => {
    const iss = 'https://auth.acme.example';
    expect(await verified({ issuer: iss }, { iss })).toMatchObject({ iss });
    expect(await refusal(() => verified({ issuer: iss }))).toMatchObject({
      code: 'INVALID_ISSUER',
    });
  });
});

describe('the resource', () => {
  it.each([
    'https://mcp.acme.example/mcp',
    'https://mcp.acme.example:8443/mcp?tenant=1',
    'https://mcp.acme.example/%7Eme/(a);b',
    'http://localhost:3000/mcp',
    'http://127.0.0.1:3000',
    'http://[::1]:3000/mcp',
  ])('%s is what `aud` must hold, byte for byte', async (resource) => {
    expect(await verified({ resource }, { aud: resource })).toMatchObject({ aud: resource });
    const aud = ['https://other.example', resource];
    expect(await verified({ resource }, { aud })).toMatchObject({ aud });
    for (const other of [`${resource}x`, resource.toUpperCase(), `${resource}#x`, ` ${resource}`])
      expect(await refusal(() => verified({ resource }, { aud: other }))).toMatchObject({
        code: 'INVALID_AUDIENCE',
      });
  });

  it.each([
    ['https://mcp.acme.example', 'https://mcp.acme.example/'],
    ['https://mcp.acme.example:8443', 'https://mcp.acme.example:8443/'],
    ['https://mcp.acme.example?a=/', 'https://mcp.acme.example/?a=/'],
    ['HTTPS://Mcp.acme.example', 'HTTPS://Mcp.acme.example/'],
  ])('%s equals %s', async (bare, slashed) => {
    for (const [resource, aud] of [
      [bare, slashed],
      [slashed, bare],
      [bare, bare],
      [slashed, slashed],
    ])
      expect(await verified({ resource }, { aud })).toMatchObject({ aud });
    for (const aud of [`${slashed}/`, bare.replace('mcp', 'mcq').replace('Mcp', 'mcp')])
      expect(await refusal(() => verified({ resource: bare }, { aud }))).toMatchObject({
        code: 'INVALID_AUDIENCE',
      });
  });

  it.each([
    ['/mcp', 'a string that is no absolute URL'],
    ['mcp.acme.example/mcp', 'a string that is no absolute URL'],
    ['https:mcp.acme.example', 'a string that is no absolute URL'],
    ['https:///mcp', 'a string that is no absolute URL'],
    ['https://mcp.acme.example:99999', 'a string that is no absolute URL'],
    ['https://mcp.acme.example/mcp#tools', 'a URL with a fragment'],
    ['https://mcp.acme.example/mcp#', 'a URL with a fragment'],
    ['http://mcp.acme.example/mcp', 'an http URL on another host'],
    ['ftp://mcp.acme.example/mcp', 'a URL of another scheme'],
    ['https://me:x@mcp.acme.example/', 'a URL with credentials'],
    ['https://@mcp.acme.example/', 'a URL with credentials'],
    ['https://mcp.acme.example/a b', 'a text with white space'],
    ['https://mcp.acme.example/mcp\r\nX: y', 'a text with white space'],
    [' https://mcp.acme.example/mcp', 'a text with white space'],
    ['https://mcp.acme.example/"', 'a text with characters that a URL has not'],
    ['https://mcp.acme.example\\mcp', 'a text with characters that a URL has not'],
    ['https://münchen.example/mcp', 'a text with characters that a URL has not'],
    ['https://mcp.acme.example/%zz', 'a text with characters that a URL has not'],
    ['https://mcp.acme.example/\u0000', 'a text with characters that a URL has not'],
    [CLIENT_ID, 'a client id'],
    ['', 'an empty string'],
  ])('%j is refused', async (resource, kind) => {
    const { message, hint } = await optionsRefusal({ ...OPTIONS, resource });
    expect(message).toMatch(/^the option "resource" must be an absolute https URL/);
    expect(message.endsWith(`, not ${kind}`), message).toBe(true);
    if (resource !== '') expect(hint).toContain('resource indicators');
  });

  it('is needed, unless there is an audience, which takes its place', async () => {
    const { resource: _, ...bare } = OPTIONS;
    expect((await optionsRefusal(bare)).message).toBe('the option "resource" is missing');
    for (const aud of [CLIENT_ID, 'x'])
      expect(await verifyWorkosToken(sign({ aud }), { ...bare, audience: aud })).toMatchObject({
        aud,
      });
    expect(await verified({ audience: null }, { aud: 'any' })).toMatchObject({ aud: 'any' });
    expect(await refusal(() => verified({ audience: CLIENT_ID }))).toMatchObject({
      code: 'INVALID_AUDIENCE',
      expected: CLIENT_ID,
    });
    expect(await verified({ audience: [RESOURCE, CLIENT_ID] })).toMatchObject({ aud: RESOURCE });
  });
});

describe('scopes and subjects', () => {
  it.each(['posts:read', 'https://scopes.example/a', '!', '~', "it's", '[x]', '#1'])(
    'the scope %s is one',
    async (scope) => {
      const scopes = [scope];
      expect(await verified({ scopes }, { scope: `a ${scope} b` })).toMatchObject({
        sub: 'user_1',
      });
      const refused = await refusal(() => verified({ scopes }, { scope: `a${scope} ${scope}b` }));
      expect(refused).toMatchObject({
        code: 'MISSING_PERMISSION',
        claim: 'scope',
        reason: 'mismatch',
        status: 403,
        expected: scopes,
      });
      expect(refused.headers['WWW-Authenticate']).toContain('insufficient_scope');
    },
  );

  it.each([
    ['a b', 'several scopes in one string'],
    [' a', 'a string that is no scope'],
    ['a"', 'a string that is no scope'],
    ['a\\b', 'a string that is no scope'],
    ['a\r\nX-Header: b', 'several scopes in one string'],
    ['a\u007f', 'a string that is no scope'],
    ['\u001f', 'a string that is no scope'],
    ['ä', 'a string that is no scope'],
    ['', 'an empty string'],
  ])('%j is no scope', async (scope, kind) => {
    const { message } = await optionsRefusal({ ...OPTIONS, scopes: ['ok', scope] });
    expect(message).toMatch(/^the option "scopes" must be a non-empty array of scopes/);
    expect(message.endsWith(`not an array with ${kind}`), message).toBe(true);
  });

  it('all scopes are needed', async () => {
    const scopes = ['a', 'b'];
    expect(await verified({ scopes }, { scope: 'b a' })).toMatchObject({ scope: 'b a' });
    expect(await refusal(() => verified({ scopes }, { scope: 'a' }))).toMatchObject({
      code: 'MISSING_PERMISSION',
    });
  });

  it.each(['scopes', 'subjects'])('%s without a value would check nothing', async (name) => {
    for (const value of [undefined, null, '', []])
      for (const rest of [OPTIONS, { clientId: CLIENT_ID, jwks: signer.jwks }]) {
        const error = await optionsRefusal({ ...rest, [name]: value });
        expect(error.message).toContain(`the option "${name}" must be`);
        expect(error.hint).toContain('turn the check off in silence');
      }
  });

  it('users are accepted by default, and machines on request', async () => {
    const machine = { sub: 'client_app', sid: undefined };
    expect(await refusal(() => verified({}, machine))).toMatchObject({ code: 'INVALID_SUBJECT' });
    for (const subjects of [['machine'], ['user', 'machine'], ['machine', 'machine']])
      expect(await verified({ subjects }, machine)).toMatchObject({ sub: 'client_app' });
    expect(await refusal(() => verified({ subjects: ['machine'] }))).toMatchObject({
      code: 'INVALID_SUBJECT',
      claim: 'sub',
      reason: 'mismatch',
      actual: 'user_1',
    });
    for (const subjects of [['users'], ['user', 'User'], 'user', [1], { 0: 'user' }])
      expect((await optionsRefusal({ ...OPTIONS, subjects })).message).toContain(
        `"subjects" must be a non-empty array of 'user' and 'machine', not `,
      );
  });
});

describe('the profile', () => {
  it('is one of two words', async () => {
    isAccepted({ clientId: CLIENT_ID, profile: 'session' });
    isAccepted({ clientId: CLIENT_ID, profile: undefined });
    for (const profile of ['Connect', 'mcp', '', null, true, ['connect']])
      expect((await optionsRefusal({ ...OPTIONS, profile })).message).toMatch(
        /^the option "profile" must be 'session' or 'connect', not /,
      );
  });

  it.each([
    ['authkitDomain', 'acme.authkit.app'],
    ['resource', RESOURCE],
    ['subjects', ['user']],
    ['scopes', ['a']],
  ])('%s is refused without it', async (name, value) => {
    for (const profile of [undefined, 'session']) {
      const options = { clientId: CLIENT_ID, jwks: signer.jwks, profile, [name]: value };
      const error = await optionsRefusal(options);
      expect(error.message).toBe(`the option "${name}" needs "profile" with 'connect'`);
      expect(error.hint).toContain(name === 'scopes' ? 'permissions' : "profile: 'connect'");
    }
  });

  it.each([
    ['apiUrl', 'https://api.workos.com'],
    ['workos', { clientId: CLIENT_ID, baseURL: 'https://api.workos.com' }],
    ['cookiePassword', PASSWORD],
  ])('%s is refused with it', async (name, value) => {
    // The second time too, when the rest is remembered.
    isAccepted({ ...OPTIONS, [name]: undefined });
    const error = await optionsRefusal({ ...OPTIONS, [name]: value });
    expect(error.message).toBe(`the option "${name}" can't be combined with "profile" 'connect'`);
    isAccepted({ ...OPTIONS, [name]: undefined });
  });

  it('needs no client id, and compares none', async () => {
    for (const clientId of [undefined, CLIENT_ID])
      expect(await verified({ clientId })).toMatchObject({ client_id: 'client_app' });
    vi.stubEnv('WORKOS_CLIENT_ID', 'sk_a_mistake');
    expect(await verified({})).toMatchObject({ client_id: 'client_app' });
    const client_id = 'https://agent.example/client.json';
    expect(await verified({}, { client_id })).toMatchObject({ client_id });
  });

  it('has no sessions', async () => {
    const verifier = createWorkosVerifier(OPTIONS);
    vi.stubEnv('WORKOS_COOKIE_PASSWORD', PASSWORD);
    for (const error of [
      await refusal(() => verifyWorkosSession('Fe26.2*1*seal', OPTIONS)),
      await refusal(() => verifier.verifySession('Fe26.2*1*seal')),
      refusalSync(() => verifier.verifySessionSync('Fe26.2*1*seal')),
    ])
      expect(error).toMatchObject({
        code: 'INVALID_OPTIONS',
        message: `a session can't be verified with "profile" 'connect'`,
      });
    const explained = await verifier.explain('Fe26.2*1*seal');
    expect(explained).toMatchObject({ ok: false, code: 'MALFORMED_TOKEN' });
    const request = new Request('https://mcp.acme.example/mcp');
    const looking = { ...OPTIONS, credentials: ['bearer', 'session'] as const };
    expect(await refusal(() => authenticateRequest(request, looking))).toMatchObject({
      code: 'INVALID_OPTIONS',
    });
  });

  it('never accepts the tokens of sessions, nor the reverse', async () => {
    const session = { clientId: CLIENT_ID, jwks: signer.jwks };
    expect(await refusal(() => verifyWorkosToken(signer.sign(claims()), OPTIONS))).toMatchObject({
      code: 'INVALID_ISSUER',
    });
    expect(await refusal(() => verifyWorkosToken(sign(), session))).toMatchObject({
      code: 'INVALID_ISSUER',
    });
    const equal = { issuer: DOMAIN, audience: RESOURCE, jwks: signer.jwks };
    const ofSession = sign({ sid: 'session_1', client_id: undefined });
    expect(await verifyWorkosToken(ofSession, equal)).toMatchObject({ sid: 'session_1' });
    expect(await refusal(() => verifyWorkosToken(sign(), equal))).toMatchObject({
      code: 'INVALID_CLAIM',
      claim: 'sid',
    });
    const connect = { ...equal, profile: 'connect' } as const;
    expect(await verifyWorkosToken(sign(), connect)).toMatchObject({ sid: 'app_consent_1' });
    expect(await refusal(() => verifyWorkosToken(ofSession, connect))).toMatchObject({
      code: 'INVALID_CLAIM',
      claim: 'sid',
    });
  });
});

it('what was read is a snapshot, each property read once', async () => {
  const scopes = ['posts:read'];
  const subjects: ('user' | 'machine')[] = ['user'];
  const reads: string[] = [];
  const given = { ...OPTIONS, scopes, subjects };
  const options = new Proxy(given, {
    get(target, name, receiver) {
      reads.push(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
  const verifier = createWorkosVerifier(options);
  expect(reads.sort()).toEqual(Object.keys(given).sort());
  scopes.push('posts:write');
  subjects[0] = 'machine';
  expect(verifier.verifySync(sign())).toMatchObject({ sub: 'user_1' });
  expect(await refusal(() => verifyWorkosToken(sign(), given))).toMatchObject({
    code: 'INVALID_SUBJECT',
  });
});
