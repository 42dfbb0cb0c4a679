// The command for the tokens of WorkOS Connect.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, file, removeFolder } from '../support/command.js';
import { connectClaims, RESOURCE } from '../support/connect.js';
import { document } from '../support/connection.js';
import { type FaultServer, keySet, startFaultServer, status } from '../support/fault-server.js';
import { claims, CLIENT_ID, createSigner } from '../support/jws.js';

const signer = createSigner();
let server: FaultServer;
let origin: string;

beforeAll(async () => {
  server = await startFaultServer((response, request) => {
    const found = { '/oauth2/jwks': keys, '/.well-known/oauth-authorization-server': named };
    (found[request.url as keyof typeof found] ?? status(404))(response, request);
  });
  ({ origin } = new URL(server.url));
  const keys = keySet(signer.jwks.keys);
  const named = document({ issuer: origin, jwks_uri: `${origin}/oauth2/jwks` });
});
afterAll(async () => {
  await server.close();
  removeFolder();
});

const sign = (changes: Record<string, unknown> = {}) =>
  signer.sign(connectClaims({ iss: origin, ...changes }));
const profile = () => ['--profile', 'connect', '--authkit-domain', origin];
const connect = () => [...profile(), '--resource', RESOURCE];

describe('verify', () => {
  it('accepts what has all scopes, and nothing else', async () => {
    const accepted = await command(['verify', ...connect(), '--scopes', 'openid,posts:read'], {
      input: sign(),
    });
    expect([accepted.status, JSON.parse(accepted.stdout)]).toMatchObject([0, { aud: RESOURCE }]);
    const refused = await command(['verify', ...connect(), '--scopes', 'posts:write'], {
      input: sign(),
    });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('MISSING_PERMISSION: the token lacks a required scope');
  });

  it('takes scopes with commas', async () => {
    const verify = (scope: string, ...scopes: string[]) => {
      const options = scopes.flatMap((names) => ['--scopes', names]);
      return command(['verify', ...connect(), ...options], { input: sign({ scope }) });
    };
    expect((await verify('a,b c d', 'a\\,b,c', 'd')).status).toBe(0);
    expect((await verify('a b c d', 'a\\,b,c', 'd')).status).toBe(1);
    expect((await verify('a,b', 'a,b')).status).toBe(1);
    expect((await verify(',', '\\,')).status).toBe(0);
  });

  it('takes machines, and the domain of the environment', async () => {
    const args = ['--profile', 'connect', '--audience', CLIENT_ID, '--subjects', 'machine'];
    const env = { WORKOS_AUTHKIT_DOMAIN: origin };
    const input = sign({ sub: 'client_app', aud: CLIENT_ID, sid: undefined });
    const accepted = await command(['verify', ...args], { env, input });
    expect([accepted.status, JSON.parse(accepted.stdout)]).toMatchObject([
      0,
      { sub: 'client_app' },
    ]);
  });

  it('takes no session', async () => {
    const env = { WORKOS_COOKIE_PASSWORD: 'a cookie password of 36 characters!!' };
    const { status: found, stderr } = await command(['verify', ...connect()], {
      input: 'Fe26.2*1*a',
      env,
    });
    expect(found).toBe(2);
    expect(stderr).toContain("a session can't be verified with --profile 'connect'");
  });

  it.each([
    [['--authkit-domain', 'acme.authkit.app'], "--authkit-domain needs --profile with 'connect'"],
    [['--scopes', 'a'], "--scopes needs --profile with 'connect'"],
    [['--profile', 'mcp'], "--profile must be 'session' or 'connect'"],
    [['--profile', 'connect', '--authkit-domain', 'a.authkit.app'], '--resource is missing'],
    [['--profile', 'connect', '--resource', RESOURCE], '--authkit-domain is missing'],
    [['--profile', 'connect', '--api-url', 'https://a.example'], "--api-url can't be combined"],
  ])('says of %j what is wrong', async (args, message) => {
    const jwks = file('keys.json', JSON.stringify(signer.jwks));
    const all = ['verify', '--client-id', CLIENT_ID, '--jwks', jwks, ...args];
    const { status: found, stderr } = await command(all, { input: sign() });
    expect(found).toBe(2);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(message);
  });

  it('suggests the option for --scope', async () => {
    const { stderr } = await command(['verify', ...connect(), '--scope', 'a'], { input: sign() });
    expect(stderr).toContain('Did you mean --scopes?');
  });
});

it('explain shows the checks of a Connect token', async () => {
  const input = signer.sign(claims({ iss: origin }));
  const { status: found, stdout } = await command(['explain', ...connect(), '--json'], { input });
  expect(found).toBe(1);
  const { code, hint, checks } = JSON.parse(stdout) as Record<string, string> & {
    checks: { check: string; ok: boolean | null }[];
  };
  expect(code).toBe('INVALID_CLAIM');
  expect(hint).toContain('access token of a user session');
  expect(checks.map(({ check, ok }) => [check, ok]).slice(5)).toEqual([
    ['exp', true],
    ['nbf', true],
    ['iat', true],
    ['iss', true],
    ['sid', false],
    ['aud', false],
    ['sub', true],
    ['client_id', false],
    ['cnf', true],
    ['scope', true],
  ]);
});

it('keys lists those of the domain', async () => {
  const { status: found, stdout } = await command(['keys', ...profile(), '--json']);
  expect([found, JSON.parse(stdout)]).toMatchObject([
    0,
    { jwksUrl: `${origin}/oauth2/jwks`, keys: [{ kid: signer.kid, usable: true }] },
  ]);
});

describe('doctor', () => {
  it('looks at the domain, its document and a token', async () => {
    const env = { WORKOS_TOKEN: sign(), WORKOS_AUTHKIT_DOMAIN: origin };
    const args = ['doctor', '--profile', 'connect', '--resource', RESOURCE, '--json'];
    const { status: found, stdout } = await command(args, { env });
    const { findings, variables, connection } = JSON.parse(stdout);
    expect([found, connection]).toMatchObject([
      0,
      { success: true, issuer: origin, discovery: { status: 'ok' } },
    ]);
    expect(findings).toContainEqual(expect.objectContaining({ id: 'token', level: 'ok' }));
    expect(variables).toContainEqual({ name: 'WORKOS_AUTHKIT_DOMAIN', isSet: true, value: null });
  });

  it.each<[string, Record<string, string>, string]>([
    ['says nothing of a client id, which is not needed', {}, 'note not set'],
    ['looks at the variable of the domain', { WORKOS_AUTHKIT_DOMAIN: 'a.authkit.app' }, 'ok set'],
    ['takes any client id', { WORKOS_CLIENT_ID: 'sk_live_1' }, 'note not set'],
  ])('%s', async (_, env, expected) => {
    const { stdout } = await command(['doctor', ...connect(), '--json'], { env });
    const { findings } = JSON.parse(stdout) as {
      findings: { id: string; level: string; message: string }[];
    };
    const domain = findings.find(({ id }) => id === 'authkit-domain-variable');
    expect(`${domain?.level} ${domain?.message}`).toBe(expected);
    expect(findings.map(({ id }) => id)).not.toContain('client-id-variable');
    const others = findings.find(({ id }) => id === 'variables')?.message ?? '';
    expect(others.split(', ').includes('WORKOS_CLIENT_ID')).toBe('WORKOS_CLIENT_ID' in env);
    expect(others).not.toContain('WORKOS_AUTHKIT_DOMAIN');
  });

  it('says that only a token shows the resource', async () => {
    const { stdout } = await command(['doctor', ...connect(), '--json']);
    const { findings } = JSON.parse(stdout) as { findings: { id: string; message: string }[] };
    const { message } = findings.find(({ id }) => id === 'audience') ?? {};
    expect(message).toContain('resource indicator');
  });
});
