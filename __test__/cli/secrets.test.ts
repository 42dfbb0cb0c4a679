// No output, in any mode, holds the token, its payload or its signature.
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, removeFolder, secretsOf, trust } from '../support/command.js';

const issuer = createTestIssuer();
let good: string[];
let tokens: Record<string, string>;

beforeAll(async () => {
  good = trust(issuer);
  const token = await issuer.sign({ org_id: 'org_1' });
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const [, , forged] = (await issuer.wrongKey()).split('.');
  tokens = {
    good: token,
    expired: await issuer.expired(),
    'of a wrong key': await issuer.wrongKey(),
    'without aud': await issuer.sign({ aud: undefined }),
    'with another signature': `${header}.${payload}.${forged}`,
    'cut off in the payload': `${header}.${payload.slice(0, 100)}`,
    'cut off in the signature': token.slice(0, -20),
    'with its signature in the header': `${Buffer.from(
      JSON.stringify({ alg: 'RS256', kid: signature }),
    ).toString('base64url')}.${payload}.${signature}`,
    'with a word in front': `Bearer ${token}`,
    'in quotes': `"${token}"`,
    'with spaces': ` ${header} . ${payload} . ${signature} `,
    'with line breaks': `${header}.\n${payload}.\n${signature}`,
    'of five parts': `${token}.${payload}.${signature}`,
    'of no parts': payload,
    'with bad JSON': `${header}.${Buffer.from('{"a":').toString('base64url')}xyzxyzxyz.${signature}`,
    'a sealed session': `Fe26.2*1*${'0'.repeat(64)}*abcdefghijk*${payload}*`,
    'an API key': 'sk_live_1234567890abcdef',
    'with a wide claim': await issuer.sign({ name: '漢字\u001b[2J', ['x'.repeat(200)]: 1 }),
  };
});
afterAll(removeFolder);

test('in any mode', async () => {
  const modes = [
    ['explain'],
    ['explain', '--json'],
    ['verify'],
    ['verify', '--json'],
    ['doctor', '--token', '-'],
    ['doctor', '--token', '-', '--json'],
  ];
  const names = Object.keys(tokens);
  for (const [index, mode] of modes.entries()) {
    const runs = names.map((name) =>
      command([...mode, ...good], { input: tokens[name], columns: index % 2 ? 80 : 50 }),
    );
    for (const [at, { stdout, stderr, status }] of (await Promise.all(runs)).entries()) {
      const name = names[at] as string;
      const shown = `${stdout}${stderr}`;
      // As one line too: a page breaks long words.
      for (const text of [shown, shown.replaceAll(/\s/g, '')])
        for (const secret of secretsOf((tokens[name] as string).replaceAll(/\s/g, '')))
          expect(text.includes(secret), `${mode}: ${name}`).toBe(false);
      // Without a cookie password, a session can't be judged.
      const statuses = name === 'a sealed session' ? [1, 2] : [0, 1];
      expect(statuses, `${mode}: ${name}: ${shown}`).toContain(status);
    }
  }
});

test('as an argument or a variable', async () => {
  for (const [name, token] of Object.entries(tokens).slice(0, 9)) {
    const runs = await Promise.all([
      command(['explain', `--token=${token}`, ...good]),
      command(['verify', `--token=${token}`, ...good, '--json']),
      command(['doctor', ...good], { env: { WORKOS_TOKEN: token } }),
      command(['doctor', ...good, '--json'], { env: { WORKOS_TOKEN: token } }),
    ]);
    for (const { stdout, stderr } of runs)
      for (const secret of secretsOf(token))
        expect(`${stdout}${stderr}`.replaceAll(/\s/g, '').includes(secret), name).toBe(false);
  }
});

test('in place of something else, however long', async () => {
  const token = tokens.good as string;
  const payload = Buffer.from(JSON.stringify({ x: 'y'.repeat(900) })).toString('base64url');
  const seal = `Fe26.2*1*${'0'.repeat(64)}*${payload}*`;
  for (const misplaced of [`${token.split('.')[0]}.${payload}.x`, payload, seal]) {
    const runs = await Promise.all([
      command(['explain', '--issuer', misplaced, '--token', token, ...good]),
      command(['explain', '--audience', misplaced, '--token', token, ...good, '--json']),
    ]);
    for (const { stdout, stderr } of runs)
      expect(`${stdout}${stderr}`.replaceAll(/\s/g, '')).not.toContain(payload.slice(60, 90));
  }
});
