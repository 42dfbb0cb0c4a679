// docs/command-line.md holds what the command prints. `UPDATE_SAMPLES=1` writes the samples anew.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPTIONS, SHORT_OPTIONS } from '../../lib/cli/options.ts';
import { readPage } from '../integration/support/docs.js';
import { createAuthority } from '../support/authority.js';
import {
  command,
  file,
  projectOf,
  removeFolder,
  type Settings,
  trust,
} from '../support/command.js';
import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.js';
import { root } from '../support/guides.js';

const PAGE = 'command-line.md';
const CLIENT_ID = 'client_01HXYZABCDEFGHJKMNPQRSTVWX';
const ISSUER = `https://api.workos.com/user_management/${CLIENT_ID}`;
const KID = 'sso_oidc_key_pair_01HXYZABCDEFGHJKMNPQRSTVWX';
const NOW = 1_790_000_000;
const PASSWORD = 'q7Vf2LxkZ0bTn9RjWc4HsYd8GmPa3EuK';

let issuer: TestIssuer;
let server: FaultServer;
let proxy: ForwardProxy;
let settings: Settings;
let options: string[];
let todays: string;
let session: Settings;

/** WorkOS, as far as the command looks: behind a proxy, since its name is another machine's. */
beforeAll(async () => {
  issuer = createTestIssuer({ clientId: CLIENT_ID, cookiePassword: PASSWORD });
  const authority = createAuthority();
  const keys = [{ ...issuer.jwks.keys[0], kid: KID }];
  const jwksUrl = `https://api.workos.com/sso/jwks/${CLIENT_ID}`;
  server = await startFaultServer(
    (response, { url = '' }) => {
      const document = { issuer: ISSUER, jwks_uri: jwksUrl };
      response.end(JSON.stringify(url.includes('/jwks/') ? { keys } : document));
    },
    authority.issue({ names: ['api.workos.com'] }),
  );
  proxy = await startForwardProxy(server.port);
  const identity = { aud: undefined, sub: 'user_01HXYZ', sid: 'session_01HXYZ', jti: '01HXYZ' };
  const claims = { ...identity, org_id: 'org_01HXYZ', role: 'member' };
  const header = { kid: KID };
  const input = await issuer.sign(claims, { now: NOW - 12, header });
  // Doctor compares clocks, so it goes by today's.
  todays = await issuer.sign(claims, { header });
  options = ['--ca', file('ca.pem', authority.pem)];
  const sealed = await issuer.seal(claims, { now: NOW - 12, header });
  settings = { input, env: { WORKOS_CLIENT_ID: CLIENT_ID, HTTPS_PROXY: proxy.url } };
  session = { input: sealed, env: { ...settings.env, WORKOS_COOKIE_PASSWORD: PASSWORD } };
});
afterAll(async () => {
  await Promise.all([proxy.close(), server.close(), issuer.close()]);
  removeFolder();
});

describe('the samples', () => {
  const samples = [
    ...readPage(PAGE).matchAll(
      /```sh\n([^\n]*npx verify-workos-token ([^\n]*))\n```\n\n```text\n(.*?)```/gs,
    ),
  ];

  test('are of all commands', () => {
    expect(samples.map(([, , args = '']) => args.split(' ')[0])).toEqual([
      'doctor',
      'explain',
      'explain',
      'verify',
      'keys',
    ]);
  });

  test.each(samples.map(([, line = '', args = '', text = '']) => ({ line, args, text })))(
    '$line',
    async ({ line, args, text }) => {
      const given = args.split(' ');
      const own = line.includes('session.txt') ? session : (OWN[given[0] as string]?.() ?? {});
      const time = given[0] === 'explain' || given[0] === 'verify' ? ['--now', String(NOW)] : [];
      const { stdout, stderr } = await command([...given, ...options, ...time], {
        ...settings,
        ...own,
      });
      const printed = steady(stdout + stderr);
      if (process.env.UPDATE_SAMPLES) {
        const name = path.join(root, 'docs', PAGE);
        const page = readFileSync(name, 'utf8');
        const start = `${line}\n\`\`\`\n\n\`\`\`text\n`;
        writeFileSync(
          name,
          page.replace(`${start}${text}\`\`\``, () => `${start}${printed}\`\`\``),
        );
      } else expect(text).toBe(printed);
    },
  );
});

const PROJECT = {
  'package.json': {
    dependencies: { 'verify-workos-token': '^0.1.0', next: '^16.0.0' },
    devDependencies: { jest: '^30.0.0' },
  },
  'jest.config.js': "module.exports = { testEnvironment: 'jsdom' };",
};

/** What only some commands are run with. */
const OWN: Record<string, () => Settings> = {
  doctor: () => ({ cwd: projectOf(PROJECT), input: todays }),
};

/** Without what differs from machine to machine. */
function steady(text: string): string {
  return text
    .replace(/Node\.js {2}\S+ on \S+/, 'Node.js  24.11.0 on linux-x64-gnu')
    .replaceAll(/\b\d+ ms/g, '87 ms')
    .replace(/\d+ certificates trusted/, '145 certificates trusted')
    .replace(/127\.0\.0\.1:\d+/, 'proxy.example.com:8080')
    .replace(/^Project in\s.*?(?=\n {2}(?:ok|note|warn|fail))/ms, 'Project in /home/me/shop');
}

test('the options', () => {
  const rows = readPage(PAGE).matchAll(/^\| `--([\w-]+)(?: (<[^`]*>))?`/gm);
  const documented = [...rows].map(([, name, value]) => [name, value?.replace('\\|', '|')]);
  const known = Object.entries(OPTIONS).map(([name, option]) => [
    name,
    'value' in option ? `<${option.value}>` : undefined,
  ]);
  expect(documented.sort()).toEqual(known.sort());
  for (const [letter, name] of Object.entries(SHORT_OPTIONS))
    expect(readPage(PAGE)).toContain(`\`--${name}\`, \`-${letter}\``);
});

describe('the JSON', () => {
  /** What is described elsewhere. */
  const OPAQUE = ['connection', 'claims', 'header', 'expected', 'actual'];

  function pathsOf(value: unknown, place = ''): string[] {
    const last = place.split('.').at(-1) as string;
    if (OPAQUE.includes(last)) return [place];
    if (Array.isArray(value)) {
      const items = value.flatMap((item) => pathsOf(item, `${place}[]`));
      return items;
    }
    if (typeof value !== 'object' || value === null) return [place];
    const own = /[\]]$|^$/.test(place) || ['installation'].includes(place) ? [] : [place];
    const members = Object.entries(value).flatMap(([name, member]) =>
      pathsOf(member, place === '' ? name : `${place}.${name}`),
    );
    return [...own, ...members];
  }

  function documented(name: string): string[] {
    const [, section = ''] = readPage(PAGE).split(`### JSON of \`${name}\`\n`);
    const [table = ''] = section.split('\n#');
    return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, member]) => member as string);
  }

  const runs: [string, () => Promise<string[][]>][] = [
    ['doctor', async () => [[], ['--jwks-url', 'http://127.0.0.1:9/'], ['--client-id', CLIENT_ID]]],
    ['explain', async () => [[], ['--jwks-url', 'http://127.0.0.1:9/'], ['--no-audience']]],
    [
      'verify',
      async () => [
        [],
        ['--no-audience', '--now', String(NOW)],
        ['--jwks-url', 'http://127.0.0.1:9/'],
      ],
    ],
    [
      'keys',
      async () => [[], ['--jwks-url', 'http://127.0.0.1:9/'], trust(createTestIssuer()).slice(4)],
    ],
  ];

  test.each(runs)('of %s', async (name, variants) => {
    const seen = new Set<string>();
    for (const args of await variants()) {
      const { stdout } = await command([name, ...options, ...args, '--json'], settings);
      for (const place of pathsOf(JSON.parse(stdout))) seen.add(place);
    }
    expect([...seen].sort()).toEqual(documented(name).sort());
  });

  test('of a command that could not do its work', async () => {
    const { stdout } = await command(['keys', '--json', '--now', '1']);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['command', 'ok', 'exitStatus', 'error']);
    const { stdout: unknown } = await command(['kees', '--json']);
    expect(JSON.parse(unknown)).toMatchObject({ command: null, ok: false, exitStatus: 2 });
  });
});
