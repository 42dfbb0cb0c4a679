// Where the token comes from, and that standard input is read only if it must be.
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  command,
  commandOnTerminal,
  hasTerminals,
  removeFolder,
  trust,
} from '../support/command.js';

const WARNING = /^warning: a token on the command line stays in the history of the shell/;
const issuer = createTestIssuer();
let token: string;
let other: string;
let good: string[];

beforeAll(async () => {
  token = await issuer.sign({ which: 'this' });
  other = await issuer.sign({ which: 'other' });
  good = trust(issuer);
});
afterAll(removeFolder);

/** The claim by which the tokens differ. */
function whichOf(stdout: string): unknown {
  return JSON.parse(stdout).which;
}

describe('standard input', () => {
  test.each<[string, (text: string) => string | Uint8Array]>([
    ['alone', (text) => text],
    ['with a line break', (text) => `${text}\n`],
    ['with those of Windows', (text) => `${text}\r\n\r\n`],
    ['with a byte order mark', (text) => `\ufeff${text}`],
    ['in UTF-16', (text) => Buffer.from(`\ufeff${text}\r\n`, 'utf16le')],
  ])('%s', async (_, inputOf) => {
    const { status, stdout, stderr } = await command(['verify', ...good], {
      input: inputOf(token),
    });
    expect({ status, stderr, which: whichOf(stdout) }).toEqual({
      status: 0,
      stderr: '',
      which: 'this',
    });
  });

  test('with white space that is not at its end: that is a finding', async () => {
    const { status, stdout } = await command(['explain', ...good, '--json'], {
      input: ` ${token}\n`,
    });
    const { code, tokenSource, sizeBytes } = JSON.parse(stdout);
    expect({ status, code, tokenSource, sizeBytes }).toEqual({
      status: 1,
      code: 'MALFORMED_TOKEN',
      tokenSource: 'stdin',
      sizeBytes: token.length + 1,
    });
  });

  test('of any length', async () => {
    const input = `${token}${'A'.repeat(5_000_000)}`;
    const { status, stderr } = await command(['verify', ...good], { input });
    expect(stderr).toMatch(/^MALFORMED_TOKEN: the token is longer than/);
    expect(status).toBe(1);
  });

  test.each(['verify', 'explain'])('empty, for %s', async (name) => {
    const { status, stderr } = await command([name, ...good], { input: '\n' });
    expect(stderr).toMatch(
      /^error: there is no token: standard input is empty\nPipe the token or the sealed session in/,
    );
    expect(status).toBe(2);
  });

  test.runIf(hasTerminals)('a terminal says what to do', async () => {
    for (const args of [['verify'], ['explain'], ['explain', '-'], ['doctor', '--token', '-']]) {
      const { status, stdout } = await commandOnTerminal([...args, ...good]);
      expect(stdout).toMatch(/error: there is no token/);
      expect(stdout).toMatch(/Pipe the token or the sealed session in .*, or set\s+WORKOS_TOKEN/s);
      expect(status).toBe(2);
    }
  });

  test('- reads it though WORKOS_TOKEN is set', async () => {
    const settings = { input: token, env: { WORKOS_TOKEN: other } };
    for (const args of [
      ['verify', '-'],
      ['verify', '--token', '-'],
    ]) {
      const { stdout } = await command([...args, ...good], settings);
      expect(whichOf(stdout)).toBe('this');
    }
  });
});

describe('standard input that stays open is not waited for', () => {
  test('with WORKOS_TOKEN', async () => {
    const { status, stdout, stderr } = await command(['verify', ...good], {
      env: { WORKOS_TOKEN: token },
    });
    expect({ status, stderr, which: whichOf(stdout) }).toEqual({
      status: 0,
      stderr: '',
      which: 'this',
    });
  });

  test('with an argument, which comes with a warning', async () => {
    for (const args of [
      ['verify', token],
      ['verify', '--token', token],
      ['verify', `--token=${token}`],
    ]) {
      const { status, stdout, stderr } = await command([...args, ...good], {
        env: { WORKOS_TOKEN: other },
      });
      expect(stderr).toMatch(WARNING);
      expect({ status, which: whichOf(stdout) }).toEqual({ status: 0, which: 'this' });
    }
  });

  test('by doctor and keys', async () => {
    const key = good.slice(-2);
    const [diagnosis, list] = await Promise.all([
      command(['doctor', ...good, '--json']),
      command(['keys', ...key, '--json']),
    ]);
    expect(JSON.parse(diagnosis.stdout)).toMatchObject({ ok: true, connection: { token: null } });
    expect(JSON.parse(list.stdout)).toMatchObject({ ok: true, keys: [{ usable: true }] });
  });

  test('with wrong options', async () => {
    for (const name of ['verify', 'explain', 'doctor']) {
      const { status } = await command([name, '--client-id', 'a b', '--token', '-']);
      expect(status).toBe(2);
    }
  });
});

test('doctor takes the token of WORKOS_TOKEN too', async () => {
  const args = ['doctor', ...good, '--json'];
  const { stdout } = await command(args, { env: { WORKOS_TOKEN: await issuer.expired() } });
  expect(JSON.parse(stdout).connection.token.error.code).toBe('TOKEN_EXPIRED');
});
