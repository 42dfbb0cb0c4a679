// How pages look: width, colors, and texts of a token that a terminal would act on.
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { widthOf } from '../../lib/cli/text.ts';
import {
  command,
  commandOnTerminal,
  hasTerminals,
  folder,
  program,
  removeFolder,
  trust,
} from '../support/command.js';

const issuer = createTestIssuer({ clientId: 'client_01HXYZABCDEFGHJKMNPQRSTVWX' });
const HOSTILE = {
  escape: '\u001b[31mred\u001b[0m\u009b2J',
  bell: 'a\u0007b\u0000c\u007f',
  direction: 'abc\u202edef\u2066',
  lines: 'one\ntwo\r\u2028three',
  invisible: 'a\u200bb\u00adc\u3164d\u00a0e',
  marks: `e${'\u0301'.repeat(50)} \u0301x`,
  wide: '漢字かなカナ한글🎉'.repeat(8),
  long: 'x'.repeat(3_000),
  'name\u001b[2J\u202e': 1,
  [`https://example.com/${'claim/'.repeat(12)}`]: ['a', { b: '\u001b' }],
};
let good: string[];
let hostile: string;
let token: string;

beforeAll(async () => {
  good = trust(issuer);
  hostile = await issuer.sign(HOSTILE);
  token = await issuer.sign({ aud: undefined, org_id: 'org_1' });
});
afterAll(removeFolder);

/** All but a printable character or a line break. */
const UNPRINTABLE = /[^\P{C}\n]|[\u2028\u2029\u3164\u00a0\u00ad]/u;

describe.each([40, 50, 80, 100])('on %i columns', (columns) => {
  test.each([
    ['explain', '-'],
    ['explain', '-', '--organization-id', 'org_2', '--issuer', 'https://example.com/a'],
    ['verify', '-'],
    ['doctor', '--token', '-'],
    ['keys'],
    ['explain', '--help'],
    ['doctor', '--help'],
    ['help'],
  ])('%s %s %s %s', async (...args) => {
    const given = args.filter((arg) => arg !== undefined);
    const isHelp = given.some((arg) => arg.includes('help'));
    const options = isHelp ? [] : given[0] === 'keys' ? good.slice(4) : good;
    for (const input of [hostile, token]) {
      const { stdout, stderr } = await command([...given, ...options], { input, columns });
      const isJson = given[0] === 'verify' && input === hostile;
      for (const text of [stdout, stderr]) {
        expect(text).not.toMatch(UNPRINTABLE);
        const wide = text.split('\n').filter((line) => widthOf(line) > columns);
        if (text !== stdout || !isJson) expect(wide).toEqual([]);
        expect(text).not.toMatch(/ $/m);
      }
    }
  });
});

test.each([
  [{ columns: 20 }, 40],
  [{ columns: 39 }, 40],
  [{ columns: 41 }, 41],
  [{ columns: 99 }, 99],
  [{ columns: 101 }, 100],
  [{ columns: 1_000 }, 100],
  [{ env: { COLUMNS: 'many' } }, 80],
])('%o is a page of %i', async (settings, width) => {
  const { stdout } = await command(['explain', '--help'], settings);
  const widest = stdout
    .split('\n')
    .map(widthOf)
    .reduce((most, line) => Math.max(most, line), 0);
  expect(widest).toBeLessThanOrEqual(width);
  expect(widest).toBeGreaterThan(width - 12);
});

test.runIf(hasTerminals)('the width of a terminal counts before COLUMNS', async () => {
  const env = { COLUMNS: '80' };
  const { stdout } = await commandOnTerminal(['explain', '--help'], { columns: 50, env });
  const widest = stripVTControlCharacters(stdout).split('\r\n').map(widthOf);
  expect(Math.max(...widest)).toBeLessThanOrEqual(50);
});

describe('explain', () => {
  test('shows the cause first, then each check', async () => {
    const { stdout, status } = await command(['explain', ...good], { input: token });
    expect(stdout).toMatch(
      /^Refused: INVALID_AUDIENCE\n {2}The token has no aud claim\.\n\n {2}By default/,
    );
    expect(stdout).toMatch(/^ {2}from {7}standard input$/m);
    expect(stdout).toMatch(
      /^ {2}ok {4}exp {8}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in \d min(?: \d+ s)?$/m,
    );
    expect(stdout).toMatch(
      /^ {2}fail {2}aud {8}the token has no aud claim\n {19}expected: "client_01/m,
    );
    expect(stdout).toMatch(/^Claims\n/m);
    expect(status).toBe(1);
  });

  test('says of a good one that it is accepted', async () => {
    const { stdout, status } = await command(['explain', ...good], { input: await issuer.sign() });
    expect(stdout).toMatch(/^The token is accepted\.\n\nToken\n/);
    expect(status).toBe(0);
  });

  test('marks what nobody has signed', async () => {
    const { stdout } = await command(['explain', ...good], { input: await issuer.wrongKey() });
    expect(stdout).toMatch(/^Refused: INVALID_SIGNATURE\n/);
    expect(stdout).toMatch(/^ {2}signature {2}not verified$/m);
    expect(stdout).toMatch(/^Claims, not verified: anyone can have written them$/m);
  });

  test('does not call a token refused if the keys are unavailable', async () => {
    const args = ['explain', ...good.slice(0, 4), '--jwks-url', 'http://127.0.0.1:9/'];
    const { stdout, status } = await command(args, { input: token });
    expect(stdout).toMatch(/^Not verified: JWKS_FETCH_FAILED\n {2}.* \(CONNECT\)\.\n/);
    expect(status).toBe(3);
  });

  test('names the claims that are refused, each with its hint', async () => {
    const args = [
      'explain',
      ...good,
      '--issuer',
      'https://example.com',
      '--organization-id',
      'org_2',
    ];
    const { stdout } = await command(args, { input: token });
    expect(stdout).toMatch(
      /fail {2}org_id {5}the .*\n {19}found: "org_1"\n {19}expected: \["org_2"\]|expected: "org_2"/,
    );
  });

  test('shortens long values', async () => {
    const { stdout } = await command(['explain', ...good], { input: hostile });
    expect(stdout.replaceAll(/\n */g, '')).toMatch(/"x{399}\.\.\./);
  });
});

describe('verify', () => {
  test('prints claims that JSON readers take for the same', async () => {
    const { stdout } = await command(['verify', ...good], { input: hostile });
    expect(JSON.parse(stdout)).toMatchObject(HOSTILE);
  });

  test('prints a refusal on standard error alone', async () => {
    const { stdout, stderr } = await command(['verify', ...good], { input: token });
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^INVALID_AUDIENCE: the token has no aud claim\nBy default.*explain` shows every check\.\n$/s,
    );
  });
});

describe('keys', () => {
  test('are a table where there is room', async () => {
    const args = ['keys', ...good.slice(4)];
    const wide = await command(args);
    expect(wide.stdout).toMatch(
      /^1 key\n\n {2}KID {43}TYPE {2}BITS {2}ALG {4}USE {2}USABLE\n {2}sso_\S{40} {2}RSA {3}2048 {2}RS256 {2}sig {2}yes\n$/,
    );
    const narrow = await command(args, { columns: 50 });
    expect(narrow.stdout).toMatch(
      /^1 key\n\n {2}sso_\S{40}\n {4}RSA, 2048 bits, RS256, sig, usable\n$/,
    );
  });

  test('that can not be used come with the reason', async () => {
    const { stdout } = await command(['keys', ...good.slice(4), '--algorithms', 'ES256']);
    expect(stdout).toMatch(/ no\n\nNot usable\n {2}sso_/);
  });
});

describe('colors', () => {
  const RED = '\u001b[31m';

  test.each<[string, Record<string, string>, boolean]>([
    ['not for a program', {}, false],
    ['with FORCE_COLOR', { FORCE_COLOR: '1' }, true],
    ['with FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
    ['with NO_COLOR', { NO_COLOR: '1' }, false],
  ])('%s', async (_, env, isColored) => {
    const { stdout } = await command(['explain', ...good], { input: token, env });
    expect(stdout.includes(RED)).toBe(isColored);
    const { stderr } = await command(['verify', ...good], { input: token, env });
    expect(stderr.includes(RED)).toBe(isColored);
    const json = await command(['explain', ...good, '--json'], { input: token, env });
    expect(json.stdout).not.toContain('\u001b');
    const plain = await command(['explain', ...good], { input: token });
    const times = /\d+ min(?: \d+ s)?|\d+ s/g;
    expect(stripVTControlCharacters(stdout).replaceAll(times, '')).toBe(
      plain.stdout.replaceAll(times, ''),
    );
  });

  test.runIf(hasTerminals).each<[string, Record<string, string>, boolean]>([
    ['on a terminal', { TERM: 'xterm-256color' }, true],
    ['on a terminal with NO_COLOR', { TERM: 'xterm-256color', NO_COLOR: '1' }, false],
    ['on a dumb one', { TERM: 'dumb' }, false],
  ])('%s', async (_, env, isColored) => {
    const settings = { env: { ...env, WORKOS_TOKEN: token } };
    const { stdout } = await commandOnTerminal(['explain', ...good], settings);
    expect(stdout).toContain('INVALID_AUDIENCE');
    expect(stdout.includes(RED)).toBe(isColored);
  });
});

test('whoever stops reading hears nothing of it', async () => {
  const child = spawn(process.execPath, [program, 'explain', ...good], {
    cwd: folder,
    env: { PATH: process.env.PATH, WORKOS_TOKEN: hostile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
