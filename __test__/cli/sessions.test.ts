// The command with sealed sessions, and what doctor says of the password that opens them.
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { estimatedBits, passwordFindings } from '../../lib/cli/doctor/cookie-password.js';
import { command, removeFolder, type Settings, trust } from '../support/command.js';

const PASSWORD = 'q7Vf2LxkZ0bTn9RjWc4HsYd8GmPa3EuK';
const OTHER = 'Zk3TnR9bVqL7xJc0WfH4sYd8GmPa2EuX';

let issuer: TestIssuer;
let good: string[];
let sealed: string;

beforeAll(async () => {
  issuer = createTestIssuer({ cookiePassword: PASSWORD, audience: null });
  good = trust(issuer);
  sealed = await issuer.seal({ sub: 'user_1' }, { user: { email: 'ada@example.com' } });
});
afterAll(removeFolder);

const withPassword = (password: string | undefined, input: string = sealed): Settings => ({
  input,
  env: password === undefined ? {} : { WORKOS_COOKIE_PASSWORD: password },
});

async function run(args: string[], settings: Settings) {
  const { status, stdout, stderr } = await command([...args, ...good], settings);
  const shown = `${stdout}${stderr}`.replaceAll(/\s/g, '');
  for (const secret of [sealed, PASSWORD, OTHER, 'ada@example.com', ...sealed.split('*')])
    if (secret.length >= 12) expect(shown).not.toContain(secret);
  return { status, stdout, stderr };
}

describe('explain', () => {
  test('a good session, whose token has no audience', async () => {
    const { status, stdout } = await run(['explain'], withPassword(PASSWORD));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^The session is accepted\.\n\nSession\n {2}from/);
    expect(stdout).toMatch(/\n {2}ok {4}seal\n {2}ok {4}form\n/);
    expect(stdout).toMatch(/\n {2}ok {4}user +"user_1"\n/);
  });

  test('another password', async () => {
    const { status, stdout } = await run(['explain', '--json'], withPassword(OTHER));
    const { code, checks, hint } = JSON.parse(stdout);
    expect({ status, code }).toEqual({ status: 1, code: 'INVALID_SESSION' });
    expect(checks[0]).toMatchObject({ check: 'seal', ok: false });
    expect(hint).toContain('Staging and Production');
  });

  test('no password', async () => {
    const { status, stdout } = await run(['explain'], withPassword(undefined));
    expect(status).toBe(2);
    expect(stdout).toMatch(/^Not verified: INVALID_OPTIONS\n.*WORKOS_COOKIE_PASSWORD/);
    expect(stdout).toMatch(/\n {2}skip {2}seal /);
  });

  test.each([
    ['a variable', [], { WORKOS_TOKEN: '' }, 'environment'],
    ['an argument', ['--token'], {}, 'argument'],
  ])('from %s', async (_, args, env, source) => {
    const given = args.length > 0 ? [`--token=${sealed}`] : [];
    const variables = Object.keys(env).length > 0 ? { WORKOS_TOKEN: sealed } : {};
    const settings = { env: { WORKOS_COOKIE_PASSWORD: PASSWORD, ...variables } };
    const { status, stdout } = await run(['explain', '--json', ...given], settings);
    expect({ status, source: JSON.parse(stdout).tokenSource }).toEqual({ status: 0, source });
  });
});

describe('verify', () => {
  test('prints the claims of a good session', async () => {
    const { status, stdout } = await run(['verify'], withPassword(PASSWORD));
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sub: 'user_1' });
  });

  test('refuses one of another password, and of another user', async () => {
    const { status, stdout, stderr } = await run(['verify'], withPassword(OTHER));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^INVALID_SESSION: the session can't be opened/);
    const other = await issuer.seal({ sub: 'user_1' }, { user: { id: 'user_2' } });
    const refused = await run(['verify'], withPassword(PASSWORD, other));
    expect(refused.stderr).toMatch(/^INVALID_SESSION: the session's user is not the subject/);
  });

  test('without a password is wrong use', async () => {
    const { status, stderr } = await run(['verify'], withPassword(undefined));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^INVALID_OPTIONS: .*\nWORKOS_COOKIE_PASSWORD/);
  });
});

test('a session in place of a command is not repeated', async () => {
  const { status, stderr } = await run([sealed], {});
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: there is a token in place of a command/);
});

describe('doctor', () => {
  const diagnose = async (settings: Settings, ...args: string[]) => {
    const { status, stdout } = await run(['doctor', '--json', ...args], settings);
    const { findings, connection } = JSON.parse(stdout);
    const find = (id: string) => findings.find((finding: { id: string }) => finding.id === id);
    return { status, find, connection };
  };

  test('opens the session that is given', async () => {
    const right = await diagnose(withPassword(PASSWORD), '--token', '-');
    expect(right.status).toBe(0);
    expect(right.find('session')).toMatchObject({ area: 'token', level: 'ok' });
    expect(right.find('audience')).toBeUndefined();
    expect(right.connection.token).toBeNull();
    const wrong = await diagnose(withPassword(OTHER), '--token', '-');
    expect(wrong.status).toBe(1);
    expect(wrong.find('session')).toMatchObject({
      level: 'fail',
      message: "INVALID_SESSION: the session can't be opened with the cookie password",
      nextStep: expect.stringMatching(/Staging and Production each have one of their own/),
    });
    const none = await diagnose(withPassword(undefined), '--token', '-');
    expect(none.find('session')?.message).toMatch(/^INVALID_OPTIONS: .*WORKOS_COOKIE_PASSWORD/);
  });

  test('says of a session in an outage that it was opened', async () => {
    const args = [
      ...trust(issuer).slice(0, 4),
      '--jwks-url',
      'http://127.0.0.1:9/',
      '--token',
      '-',
    ];
    const { stdout, status } = await command(['doctor', '--json', ...args], withPassword(PASSWORD));
    const { findings } = JSON.parse(stdout);
    const [found] = findings.filter(({ id }: { id: string }) => id === 'session');
    expect(status).toBe(3);
    expect(found).toMatchObject({ level: 'note', message: expect.stringMatching(/^is opened by/) });
  });

  test('judges the password without a session', async () => {
    const right = await diagnose(withPassword(PASSWORD, ''));
    expect(right.find('cookie-password')).toMatchObject({ level: 'ok', area: 'environment' });
    const short = await diagnose(withPassword('short', ''));
    expect(short.find('cookie-password')).toMatchObject({ level: 'fail' });
    expect(short.status).toBe(1);
  });
});

describe('a password', () => {
  const RANDOM = 'kP3v9QzT7wXb1LmN5cRfY8sHdJ2gA6eU'.repeat(2);
  const judge = (password: string) =>
    passwordFindings(password).map(({ id, level }) => `${level} ${id}`);

  test.each<[string, string, string[]]>([
    ['of 32 characters', RANDOM.slice(0, 32), ['ok cookie-password']],
    ['of 31 characters', RANDOM.slice(0, 31), ['fail cookie-password']],
    ['that is empty', '', ['fail cookie-password']],
    ['with a line break', `${PASSWORD}\n`, ['warn cookie-password-edges']],
    ['with a space in front', ` ${PASSWORD}`, ['warn cookie-password-edges']],
    ['in quotes', `"${PASSWORD}"`, ['warn cookie-password-edges']],
    ['with one quote', `"${PASSWORD}`, ['ok cookie-password']],
    ['of base64', 'h1N5vY7rW3m0t+Qd/8sJkXcLzPqRb2Fg6TuEoVaHn4I=', ['ok cookie-password']],
    ['of hexadecimal', 'e3b0c44298fc1c149afbf4c8996fb924', ['ok cookie-password']],
    ['of one character', 'a'.repeat(40), ['warn cookie-password-strength']],
    ['of two characters', 'abbabaabbaababbabaababbaabbabaab', ['warn cookie-password-strength']],
    ['that repeats', 'q7Vf2Lxk'.repeat(4), ['warn cookie-password-strength']],
    ['of a sequence', 'abcdefghijklmnopqrstuvwxyz0123456789', ['warn cookie-password-strength']],
    ['of words', 'correct horse battery staple for cookies', ['warn cookie-password-strength']],
    [
      'from documentation',
      'your-secure-password-at-least-32-characters',
      ['warn cookie-password-strength'],
    ],
    ['to be replaced', '<your password of at least 32 chars>', ['warn cookie-password-strength']],
  ])('%s', (_, password, expected) => {
    expect(judge(password)).toEqual(expected);
  });

  test.each([
    [1_024, 'ok'],
    [1_025, 'fail'],
  ])('of %i characters', (length, level) => {
    const characters = 'kP3v9QzT7wXb1LmN5cRfY8sHdJ2gA6eU0ViOy4B';
    const text = Array.from({ length }, (_, at) => characters[(at * at + (at >> 3)) % 39]).join('');
    expect(judge(text)).toEqual([`${level} cookie-password`]);
  });

  test('is estimated by what is uneven in it', () => {
    expect(estimatedBits('ab'.repeat(20))).toBe(2);
    expect(estimatedBits('acegikmoqsuwyACEGIKMOQSUWY02468;')).toBe(160);
    expect(estimatedBits('x'.repeat(40))).toBe(0);
  });
});
