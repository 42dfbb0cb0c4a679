// What doctor finds on this machine and on the way to the keys.
import { existsSync } from 'node:fs';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { spellingsOf } from '../../lib/cli/doctor/environment.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createAuthority } from '../support/authority.js';
import { command, file, removeFolder, type Settings, trust } from '../support/command.js';
import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { startForwardProxy } from '../support/forward-proxy.js';

interface Found {
  id: string;
  area: string;
  level: string;
  message: string;
  nextStep: string | null;
}

let issuer: TestIssuer;
let server: FaultServer;
let good: string[];

beforeAll(async () => {
  issuer = createTestIssuer();
  await issuer.listen();
  server = await startFaultServer();
  good = trust(issuer);
});
afterEach(() => issuer.outage(null));
afterAll(async () => {
  await Promise.all([issuer.close(), server.close()]);
  removeFolder();
});

async function diagnosis(args: readonly string[], settings: Settings = {}) {
  const { status, stdout, stderr } = await command(['doctor', ...args, '--json'], settings);
  const report = JSON.parse(stdout);
  const find = (id: string): Found | undefined =>
    report.findings.find((finding: Found) => finding.id === id);
  return { status, stderr, report, find };
}

/** Everything that is off has a next step. */
function stepless(findings: Found[]): Found[] {
  return findings.filter(({ level, nextStep }) => /warn|fail/.test(level) !== (nextStep !== null));
}

/** A binary that was built elsewhere and put in place has none. */
function hasPackage(platform: string): boolean {
  return existsSync(new URL(`../../npm/${platform}/package.json`, import.meta.url));
}

test('everything right', async () => {
  const { status, report, find } = await diagnosis(good);
  expect({ status, ok: report.ok }).toEqual({ status: 0, ok: true });
  expect(report.installation).toEqual({
    nodeVersion: process.versions.node,
    platform: expect.stringMatching(/^\w+-\w+(-\w+)?$/),
    packageVersion: manifest.version,
    binaryVersion: hasPackage(report.installation.platform) ? manifest.version : null,
  });
  expect(report.findings.map(({ level }: Found) => level)).not.toContain('fail');
  expect(find('keys')?.message).toMatch(/^1 usable key in \d+ ms, from http:\/\/127\.0\.0\.1:/);
  expect(find('clock')?.message).toBe("agrees with the key server's");
  expect(find('audience')?.message).toMatch(/^not checked, since no token was given/);
  expect(find('proxy')?.message).toBe('none for this URL');
  expect(report.network).toMatchObject({ proxy: null, proxyVariable: null });
  expect(report.network.trustedCertificates).toBeGreaterThan(10);
  expect(stepless(report.findings)).toEqual([]);
});

test('the page says the same, and what to do', async () => {
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const args = ['doctor', ...good, '--token', '-'];
  const { stdout, status } = await command(args, { env, input: await issuer.expired() });
  expect(stdout).toMatch(/^Installation\n {2}ok {4}Node\.js {2}/);
  expect(stdout).toMatch(/^ {2}fail {2}token {2}TOKEN_EXPIRED: the token has expired$/m);
  expect(stdout).toMatch(
    /^1 failure, 1 warning\. What to do:\n {2}1\. {2}token: The token expired more than/m,
  );
  expect(stdout).toMatch(/^ {2}2\. {2}TLS: Unset NODE_TLS_REJECT_UNAUTHORIZED/m);
  expect(status).toBe(1);
  const right = await command(['doctor', ...good]);
  expect(right.stdout).toMatch(/\n\nEverything looks right\.\n$/);
});

describe('variables', () => {
  test('only a client id is shown', async () => {
    const secrets = {
      WORKOS_API_KEY: 'sk_live_1234567890',
      HTTPS_PROXY: 'http://user:password@127.0.0.1:9/',
      NODE_EXTRA_CA_CERTS: '/secret/path',
      WORKOS_CLIENT_ID: 'client_01HXYZ',
    };
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await command(['doctor', ...good, ...json], { env: secrets });
      expect(stdout).toContain('client_01HXYZ');
      // Node itself says on standard error that it can't read the file.
      for (const text of [stdout, stderr]) expect(text).not.toMatch(/sk_live|password|1234567890/);
      expect(stdout).not.toContain('/secret/path');
      expect(stdout).toMatch(/WORKOS_API_KEY, HTTPS_PROXY, NODE_EXTRA_CA_CERTS/);
    }
  });

  test.each<[string, Record<string, string>, string, RegExp]>([
    ['no client id', {}, 'client-id-variable', /^note not set$/],
    ['a client id', { WORKOS_CLIENT_ID: 'client_1' }, 'client-id-variable', /^ok client_1$/],
    [
      'a secret in its place',
      { WORKOS_CLIENT_ID: 'sk_live_1' },
      'client-id-variable',
      /^warn set, but not to client_/,
    ],
    ['no checks', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'tls-verification-off', /^warn/],
    ['ALL_PROXY alone', { ALL_PROXY: 'http://127.0.0.1:9' }, 'all-proxy', /^warn is set/],
    [
      'a file without certificates',
      { NODE_EXTRA_CA_CERTS: file('empty.pem', '') },
      'extra-certificates',
      /no certificate$/,
    ],
    [
      'a missing file',
      { NODE_EXTRA_CA_CERTS: '/none' },
      'extra-certificates',
      /can't be read \(ENOENT\)$/,
    ],
  ])('%s', async (_, env, id, expected) => {
    const { find, report } = await diagnosis(good, { env });
    expect(`${find(id)?.level} ${find(id)?.message}`).toMatch(expected);
    expect(stepless(report.findings)).toEqual([]);
  });

  // Each variable once, or a single proxy would be shown as two.
  test.each([
    ['linux', ['HTTPS_PROXY', 'https_proxy']],
    ['win32', ['HTTPS_PROXY']],
  ])('on %s a proxy has the names %j', (system, names) => {
    expect(spellingsOf('HTTPS_PROXY', system)).toEqual(names);
  });

  test('mistakes that are none', async () => {
    const proxies = { ALL_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };
    const { find } = await diagnosis(good, { env: proxies });
    expect(find('all-proxy')).toBeUndefined();
    expect(
      (await diagnosis(good, { env: { NODE_TLS_REJECT_UNAUTHORIZED: '1' } })).find(
        'tls-verification-off',
      ),
    ).toBeUndefined();
  });
});

describe('what the environment gets wrong is a finding', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['no client id', {}, /^--client-id is missing, and so is WORKOS_CLIENT_ID$/],
    [
      'quotes',
      { WORKOS_CLIENT_ID: '"client_1"' },
      /WORKOS_CLIENT_ID must be .* not a text in quotes/,
    ],
    ['an API key', { WORKOS_CLIENT_ID: 'sk_live_1' }, /WORKOS_CLIENT_ID must be .* not an API key/],
    [
      'a host with a scheme',
      { WORKOS_CLIENT_ID: 'client_1', WORKOS_API_HOSTNAME: 'https://auth.example.com' },
      /WORKOS_API_HOSTNAME must be a bare host name/,
    ],
    [
      'a proxy of another kind',
      { WORKOS_CLIENT_ID: 'client_1', HTTPS_PROXY: 'socks5://127.0.0.1:9' },
      /HTTPS_PROXY must be an http or https URL/,
    ],
  ])('%s', async (_, env, message) => {
    const { status, find, report } = await diagnosis([], { env });
    expect(find('options')).toMatchObject({ level: 'fail', area: 'environment' });
    expect(find('options')?.message).toMatch(message);
    expect({ status, connection: report.connection }).toEqual({ status: 1, connection: null });
  });
});

describe('the connection', () => {
  test('keys that are missing, with the cause', async () => {
    await issuer.outage('status-404');
    const { status, find } = await diagnosis(good);
    expect(find('keys')).toMatchObject({ level: 'fail' });
    expect(find('keys')?.message).toMatch(/404 \(STATUS\), from http:/);
    expect(status).toBe(1);
  });

  test('an unreachable server, which is told once and does not hide a mistake', async () => {
    const args = [
      '--client-id',
      'client_1',
      '--jwks-url',
      'http://127.0.0.1:9/',
      '--issuer',
      'http://127.0.0.1:9/',
    ];
    const { status, report } = await diagnosis(args);
    const bad = report.findings.filter(({ level }: Found) => /warn|fail/.test(level));
    expect(bad.map(({ id }: Found) => id)).toEqual(['keys']);
    expect(status).toBe(3);
    const token = await issuer.expired();
    expect((await diagnosis([...args, '--token', '-'], { input: token })).status).toBe(3);
  });

  test('a discovery document of another issuer', async () => {
    const { origin } = new URL(issuer.jwksUrl as string);
    const args = ['--client-id', 'client_test', '--api-url', origin];
    const { status, find } = await diagnosis(args);
    expect(find('discovery')).toMatchObject({ level: 'fail' });
    expect(find('discovery')?.message).toMatch(/names another issuer, https:\/\/api\.workos\.com/);
    expect(status).toBe(1);
  });

  test('no discovery document', async () => {
    const { origin } = new URL(issuer.jwksUrl as string);
    const { status, find } = await diagnosis([
      ...good.slice(0, 2),
      ...good.slice(4),
      '--issuer',
      `${origin}/other`,
    ]);
    expect(find('discovery')).toMatchObject({ level: 'warn' });
    expect(find('discovery')?.message).toMatch(/\(status 404\)$/);
    expect(status).toBe(0);
  });

  test.each<[number, number, string, RegExp]>([
    [0, 0, 'ok', /^agrees with/],
    [-8, 0, 'warn', /^[78] s ahead of the key server's$/],
    [10, 0, 'warn', /^(9|10) s behind the key server's$/],
    [100, 1, 'fail', /^1 min (39|40) s behind/],
    [-100, 1, 'fail', /^1 min (38|39|40) s ahead of/],
    [58, 0, 'warn', /^5[78] s behind/],
    [62, 1, 'fail', /^1 min [12] s behind/],
  ])('a clock that is %i s behind', async (skew, status, level, message) => {
    server.behaviour = (response) => {
      const date = new Date(Date.now() + skew * 1_000).toUTCString();
      response.writeHead(200, { Date: date, 'Content-Type': 'application/json' });
      response.end(JSON.stringify(issuer.jwks));
    };
    const { find, ...found } = await diagnosis([...good.slice(0, 4), '--jwks-url', server.url]);
    expect(find('clock')).toMatchObject({ level });
    expect(find('clock')?.message).toMatch(message);
    expect(found.status).toBe(status);
  });

  test('a key that can not be used', async () => {
    const keys = [...issuer.jwks.keys, { ...issuer.jwks.keys[0], kid: 'other', use: 'enc' }];
    const set = file('two.json', JSON.stringify({ keys }));
    const { find } = await diagnosis([...good.slice(0, 4), '--jwks', set]);
    expect(find('unusable-key')).toMatchObject({ level: 'warn' });
    expect(find('unusable-key')?.message).toMatch(/^other can't be used: /);
    expect(find('keys')?.message).toBe('1 usable key in the given key set');
  });

  test('through a proxy, with certificates of its own', async () => {
    const authority = createAuthority();
    const identity = authority.issue({ names: ['auth.example.com'] });
    const secure = await startFaultServer(
      (response) => response.end(JSON.stringify(issuer.jwks)),
      identity,
    );
    const proxy = await startForwardProxy(secure.port);
    try {
      const url = `https://auth.example.com:${secure.port}/jwks`;
      const env = { HTTPS_PROXY: proxy.url.replace('://', '://user:secret@') };
      const args = [...good.slice(0, 4), '--jwks-url', url, '--ca', file('ca.pem', authority.pem)];
      const { status, find, report } = await diagnosis(args, { env });
      expect(find('proxy')?.message).toBe(`127.0.0.1:${proxy.port}, from HTTPS_PROXY`);
      expect(find('keys')).toMatchObject({ level: 'ok' });
      expect(status).toBe(0);
      const bare = await diagnosis(args.slice(0, -2), { env });
      expect(bare.find('keys')?.message).toMatch(/TLS_UNKNOWN_ISSUER/);
      expect(report.network.trustedCertificates).toBe(bare.report.network.trustedCertificates + 1);
    } finally {
      await Promise.all([proxy.close(), secure.close()]);
    }
  });
});

describe('a token', () => {
  test('that is good', async () => {
    const { status, find } = await diagnosis([...good, '--token', '-'], {
      input: await issuer.sign(),
    });
    expect(find('token')).toMatchObject({ level: 'ok', message: 'is accepted' });
    expect({ status, audience: find('audience') }).toEqual({ status: 0, audience: undefined });
  });

  test('without an audience', async () => {
    const input = await issuer.sign({ aud: undefined });
    const { status, find } = await diagnosis([...good, '--token', '-'], { input });
    expect(find('token')).toMatchObject({
      level: 'fail',
      message: 'INVALID_AUDIENCE: the token has no aud claim',
    });
    expect(find('token')?.nextStep).toMatch(/Configure JWT Template/);
    expect(status).toBe(1);
  });

  test('nothing is said of the audience if none is asked for', async () => {
    expect((await diagnosis([...good, '--no-audience'])).find('audience')).toBeUndefined();
  });
});

test('a binary that can not be loaded', async () => {
  const { status, find, report } = await diagnosis(good, { env: { NODE_OPTIONS: '--no-addons' } });
  expect(find('binary')).toMatchObject({ level: 'fail' });
  expect(find('binary')?.message).toMatch(/could not load its native binary/);
  expect(find('binary')?.nextStep).toMatch(/--no-addons/);
  expect({ status, connection: report.connection }).toEqual({ status: 1, connection: null });
  const { status: other, stderr } = await command(['keys', ...good.slice(4)], {
    env: { NODE_OPTIONS: '--no-addons' },
  });
  expect(stderr).toMatch(/^UNAVAILABLE: .*--no-addons.*doctor/s);
  expect(other).toBe(1);
});
