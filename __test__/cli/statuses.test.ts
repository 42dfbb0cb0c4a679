// What the process ends with: 0 good, 1 a check failed, 3 the keys are unreachable.
import {
  createTestIssuer,
  type TestIssuer,
  type TestOutageMode,
} from 'verify-workos-token/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { command, removeFolder, trust } from '../support/command.js';
import { type FaultServer, startFaultServer } from '../support/fault-server.js';

let issuer: TestIssuer;
let server: FaultServer;
let token: string;

beforeAll(async () => {
  issuer = createTestIssuer();
  await issuer.listen();
  server = await startFaultServer();
  token = await issuer.sign();
});
afterEach(() => issuer.outage(null));
afterAll(async () => {
  await Promise.all([issuer.close(), server.close()]);
  removeFolder();
});

/** Of all commands, with a token where one is taken. */
async function statuses(options: readonly string[], given = token) {
  const env = { WORKOS_TOKEN: given };
  const names = ['verify', 'explain', 'doctor', 'keys'];
  const unknown = ['--issuer', issuer.issuer];
  const forKeys = options.filter((text) => !unknown.includes(text));
  const runs = names.map((name) =>
    command([name, ...(name === 'keys' ? forKeys : options)], { env, input: '' }),
  );
  return Object.fromEntries(
    (await Promise.all(runs)).map(({ status }, index) => [names[index], status]),
  );
}

test('0 for a good token and good keys', async () => {
  expect(await statuses(trust(issuer))).toEqual({ verify: 0, explain: 0, doctor: 0, keys: 0 });
});

test('1 for a bad token, which says nothing about the keys', async () => {
  const bad = await statuses(trust(issuer), await issuer.wrongKey());
  expect(bad).toEqual({ verify: 1, explain: 1, doctor: 1, keys: 0 });
});

describe('what the key server answers', () => {
  const failed = { verify: 1, explain: 1, doctor: 1, keys: 1 };
  const unreachable = { verify: 3, explain: 3, doctor: 3, keys: 3 };

  test.each<[TestOutageMode, object]>([
    ['status-404', failed],
    ['html', failed],
    ['empty', failed],
    ['status-500', unreachable],
    ['refuse', unreachable],
  ])('%s', async (mode, expected) => {
    await issuer.outage(mode);
    expect(await statuses(trust(issuer))).toEqual(expected);
  });

  test.each<[string, number, Record<string, string>, object]>([
    ['a redirect', 302, { Location: 'https://example.com/' }, failed],
    ['forbidden', 403, {}, failed],
    ['timed out', 408, {}, unreachable],
    ['too many requests', 429, {}, unreachable],
    ['the last status below 500', 499, {}, failed],
    ['the first from 500', 500, {}, unreachable],
    ['a bad gateway', 502, {}, unreachable],
  ])('%s: %i', async (_, status, headers, expected) => {
    server.behaviour = (response) => response.writeHead(status, headers).end();
    expect(await statuses(['--client-id', 'client_test', '--jwks-url', server.url])).toEqual(
      expected,
    );
  });

  test('nothing, for as long as is asked for', async () => {
    await issuer.outage('hang');
    const options = [...trust(issuer), '--timeout-ms', '150'];
    expect(await statuses(options)).toEqual(unreachable);
  });

  test('a name that does not resolve', async () => {
    const url = 'https://nowhere.invalid/jwks';
    expect(await statuses(['--client-id', 'client_test', '--jwks-url', url])).toEqual(unreachable);
  });
});

test('the options of a verification count', async () => {
  const good = trust(issuer);
  const rich = await issuer.sign({
    org_id: 'org_1',
    permissions: ['a', 'b'],
    roles: ['r'],
    aud: 'x',
  });
  const flagged = await issuer.sign({ entitlements: ['e', 'f'], feature_flags: ['g'] });
  const old = await issuer.sign({}, { now: 1_700_000_000 });
  const cases: [string, string[], number][] = [
    [rich, ['--audience', 'x', '--audience', 'y', '--permissions', 'a,b', '--roles', 'q,r'], 0],
    [rich, ['--no-audience', '--organization-id', 'org_2', '--organization-id', 'org_1'], 0],
    [rich, ['--no-audience', '--organization-id', 'org_2'], 1],
    [rich, ['--no-audience', '--permissions', 'a', '--permissions', 'c'], 1],
    [rich, ['--no-audience', '--roles', 'q'], 1],
    [rich, ['--audience', 'y'], 1],
    [flagged, ['--entitlements', 'e,f', '--feature-flags', 'g', '--max-auth-age-seconds', '60'], 0],
    [flagged, ['--entitlements', 'e,h'], 1],
    [flagged, ['--feature-flags', 'h'], 1],
    [await issuer.sign({ auth_time: 1 }), ['--max-auth-age-seconds', '60'], 1],
    [await issuer.sign({ act: { sub: 'x' } }), ['--impersonation', 'deny'], 1],
    [await issuer.sign({ act: { sub: 'x' } }), ['--impersonation', 'allow'], 0],
    [old, [], 1],
    [old, ['--now', '1700000304'], 0],
    [old, ['--now', '1700000305'], 1],
    [old, ['--now', '1700000305', '--clock-tolerance-seconds', '6'], 0],
    [token, ['--algorithms', 'ES256,RS256'], 0],
    [token, ['--algorithms', 'ES256'], 1],
  ];
  const runs = cases.map(([input, args]) => command(['verify', ...good, ...args], { input }));
  const found = (await Promise.all(runs)).map(({ status }) => status);
  expect(found).toEqual(cases.map(([, , status]) => status));
});

test('the client id and the address of the API come from the environment too', async () => {
  const { hostname, port, origin } = new URL(issuer.jwksUrl as string);
  const input = await issuer.sign({ iss: `${origin}/user_management/client_test` });
  const env = {
    WORKOS_CLIENT_ID: 'client_test',
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
  };
  const runs = [
    command(['verify'], { input, env }),
    command(['verify', '--client-id', 'client_test', '--api-url', origin], { input }),
    command(['keys'], { env }),
  ];
  expect((await Promise.all(runs)).map(({ status }) => status)).toEqual([0, 0, 0]);
});
