// What is said of arguments, and what the process ends with.
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { OPTIONS } from '../../lib/cli/options.ts';
import { flagOf } from '../../lib/cli/text.ts';
import { OPTION_NAMES } from '../../lib/options/index.ts';
import { command, file, removeFolder, secretsOf, trust } from '../support/command.js';

const issuer = createTestIssuer();
let token: string;
let good: string[];

beforeAll(async () => {
  token = await issuer.sign();
  good = trust(issuer);
});
afterAll(removeFolder);

describe('wrong use ends with 2 and says what is right', () => {
  test.each<[string, string[], RegExp]>([
    ['no command', [], /^verify-workos-token \d.*Commands.*doctor.*explain.*verify.*keys/s],
    ['an unknown command', ['explian'], /error: there is no such command\nDid you mean explain\?/],
    ['a short one', ['xx'], /error: there is no such command\nSee `npx/],
    ['options first', ['--no-audience', 'keys'], /the options come before the command/],
    [
      'an unknown option',
      ['keys', '--clientid', 'x'],
      /no option --clientid\nDid you mean --client-id\?/,
    ],
    ['one in camelCase', ['keys', '--jwksUrl=x'], /no option --jwksUrl\nDid you mean --jwks-url\?/],
    [
      'one of another library',
      ['verify', '--leeway', '5'],
      /Did you mean --clock-tolerance-seconds\? Mind the unit in its name/,
    ],
    ['one in the cache', ['keys', '--timeout', '5'], /Did you mean --timeout-ms\? Mind the unit/],
    ['a secret', ['verify', '--client-secret', 'x'], /API keys and client secrets play no part/],
    [
      'one without likeness',
      ['keys', '--qqqqqq'],
      /no option --qqqqqq\nSee the options with --help/,
    ],
    ['one of another command', ['keys', '--now', '5'], /this command has no option --now\n/],
    ['a letter', ['keys', '-x'], /error: there is no such option\n/],
    ['no value', ['keys', '--client-id'], /--client-id has no value\nWrite --client-id <value>/],
    ['an option as value', ['keys', '--client-id', '--help'], /has no value, or one that begins/],
    ['a value for a flag', ['keys', '--json=yes'], /--json takes no value/],
    [
      'an option twice',
      ['keys', '--client-id', 'a', '--client-id', 'b'],
      /--client-id is there twice/,
    ],
    ['a flag twice', ['keys', '--help', '--help'], /--help is there twice/],
    ['an argument too many', ['explain', 'a', 'b'], /explain takes one argument, the token/],
    ['an argument for keys', ['keys', 'a'], /keys takes no argument that is no option/],
    [
      'the token twice',
      ['explain', 'a', '--token', 'b', '--client-id', 'client_1'],
      /the token is there twice/,
    ],
    ['two audiences', ['verify', '--no-audience', '--audience', 'a'], /are mutually exclusive/],
    ['words as a number', ['verify', '--now', 'today'], /the value of --now is not a number/],
    ['an exponent', ['verify', '--now', '1e9'], /the value of --now is not a number/],
    ['no such file', ['keys', '--jwks', '/none'], /the file of --jwks can't be read \(ENOENT\)/],
    ['a folder', ['keys', '--ca', '/'], /the file of --ca can't be read \(EISDIR\)/],
  ])('%s', async (_, args, said) => {
    const { status, stdout, stderr } = await command(args);
    expect(stderr).toMatch(said);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test.each<[string, string[], RegExp]>([
    [
      'a tolerance',
      ['--clock-tolerance-seconds', '301'],
      /--clock-tolerance-seconds must be an integer/,
    ],
    ['a time limit', ['--timeout-ms', '99'], /--timeout-ms must be a number from 100 to 30000/],
    ['algorithms', ['--algorithms', 'HS256'], /--algorithms must be a non-empty array/],
    ['permissions', ['--permissions', ''], /--permissions must be .* empty string/],
    ['an organization', ['--organization-id='], /--organization-id must be .* empty string/],
    ['two sources', ['--jwks-url', 'https://example.com/'], /--jwks and --jwks-url are mutually/],
    ['impersonation', ['--impersonation', 'no'], /--impersonation must be 'allow' or 'deny'/],
  ])('by the library: %s', async (_, more, said) => {
    const { status, stderr } = await command(['verify', token, ...good, ...more]);
    expect(stderr.replaceAll('\n', ' ')).toMatch(said);
    expect(status).toBe(2);
  });

  test('a file that is not JSON', async () => {
    const { status, stderr } = await command(['keys', '--jwks', file('keys.txt', 'keys')]);
    expect(stderr).toMatch(/the file of --jwks is not JSON/);
    expect(status).toBe(2);
  });

  test('an API key as the client id', async () => {
    const { status, stderr } = await command(['verify', token, '--client-id', 'sk_test_1']);
    expect(stderr).toMatch(/--client-id must be .*, not an API\nkey\n/);
    expect({ status, isShown: stderr.includes('sk_test') }).toEqual({ status: 2, isShown: false });
  });

  test('no client id at all', async () => {
    const { status, stderr } = await command(['explain', 'x']);
    expect(stderr).toMatch(/INVALID_OPTIONS: --client-id is missing, and so is WORKOS_CLIENT_ID/);
    expect(status).toBe(2);
  });

  test('as JSON', async () => {
    const { status, stdout, stderr } = await command(['keys', '--json', '--clientid', 'x']);
    expect(JSON.parse(stdout)).toEqual({
      command: 'keys',
      ok: false,
      exitStatus: 2,
      error: {
        code: 'USAGE',
        message: 'there is no option --clientid',
        hint: 'Did you mean --client-id?',
        retryAfterSeconds: null,
        cause: null,
      },
    });
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
  });
});

describe('a token in a wrong place is not repeated', () => {
  test.each<[string, (token: string) => string[]]>([
    ['as the command', (text) => [text]],
    ['as an option', (text) => ['explain', `--${text}`]],
    ['as an option with a value', (text) => ['explain', `--${text}=1`]],
    ['as letters', (text) => ['explain', `-${text}`]],
    ['as a second argument', (text) => ['verify', 'Bearer', text]],
    ['as an argument of keys', (text) => ['keys', text]],
    ['as a client id', (text) => ['keys', '--client-id', text]],
    ['as a file', (text) => ['keys', '--jwks', text]],
    ['as certificates', (text) => ['keys', `--ca=${text}`]],
    ['as a number', (text) => ['verify', '--now', text]],
    ['as a URL', (text) => ['keys', '--jwks-url', `http://127.0.0.1:9/${text}`]],
    ['as an algorithm', (text) => ['verify', '--algorithms', text]],
  ])('%s', async (_, argumentsOf) => {
    for (const json of [[], ['--json']]) {
      const { status, stdout, stderr } = await command([...argumentsOf(token), ...json]);
      for (const secret of secretsOf(token)) {
        expect(stdout).not.toContain(secret);
        expect(stderr).not.toContain(secret);
      }
      expect(status).toBeGreaterThan(1);
    }
  });

  test('as the issuer, which a page shows', async () => {
    const [other, ...more] = ['--issuer', token, '--client-id', 'client_other', '--no-audience'];
    const args = ['explain', 'a.b.c', ...good.slice(4), other as string, ...more];
    for (const json of [[], ['--json']]) {
      const { stdout, status } = await command([...args, ...json]);
      expect(stdout).toMatch(json.length > 0 ? /"iss"/ : /skip {2}iss/);
      for (const secret of secretsOf(token))
        expect(stdout.replaceAll(/\s/g, '')).not.toContain(secret);
      expect(status).toBe(1);
    }
  });
});

test('every option of the library is one of the command', () => {
  // Or belongs to a program: an object of another package, a secret, a cache, a group of options.
  const others = ['workos', 'cookiePassword', 'verifiedTokenCache', 'jwksCache'];
  const missing = OPTION_NAMES.filter((name) => !Object.hasOwn(OPTIONS, flagOf(name).slice(2)));
  expect(missing).toEqual(others);
});

describe('help', () => {
  test.each([['--help'], ['-h'], ['help']])('%s lists the commands', async (flag) => {
    const { status, stdout, stderr } = await command([flag]);
    expect(stdout).toMatch(
      /Usage.*Commands.*doctor.*explain.*verify.*keys.*Exit status.*3 {2}the keys/s,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test.each(['doctor', 'explain', 'verify', 'keys'])('of %s has examples', async (name) => {
    const asked = [
      [name, '--help'],
      [name, '-h', 'x'],
      ['help', name],
    ];
    const outputs = await Promise.all(asked.map((args) => command(args)));
    for (const { status, stdout } of outputs) {
      expect(stdout).toMatch(
        new RegExp(`Usage\\n  npx verify-workos-token ${name} .*\\[options\\]`),
      );
      expect(
        stdout.match(new RegExp(`^ .*npx verify-workos-token ${name} `, 'gm'))?.length,
      ).toBeGreaterThan(2);
      expect(stdout).toContain('--client-id <id>');
      expect(status).toBe(0);
    }
  });

  test.each(['--version', '-v'])('%s', async (flag) => {
    expect(await command([flag])).toEqual({
      status: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
    expect((await command(['keys', flag])).stdout).toBe(`${manifest.version}\n`);
  });
});
