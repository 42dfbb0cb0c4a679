// from-authenticate.md: its blocks, and each row of its table, in `@workos-inc/node` itself.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, readPage, rowsOf } from '../integration/support/docs.js';
import {
  closeGuides,
  folderOf,
  node,
  openGuides,
  root,
  unquote,
  writeBlock,
} from '../support/guides.js';
import { PASSWORD, seal } from '../support/seal.js';

const PAGE = 'from-authenticate.md';
let issuer: TestIssuer;
let origin: string;
let failing: TestIssuer;
let sessions: Record<string, string>;

beforeAll(async () => {
  await openGuides(PAGE);
  issuer = createTestIssuer({ cookiePassword: PASSWORD, audience: null });
  await issuer.listen();
  origin = new URL(issuer.jwksUrl as string).origin;
  const iss = `${origin}/user_management/${issuer.clientId}`;
  failing = createTestIssuer({ cookiePassword: PASSWORD, audience: null });
  await failing.listen();
  await failing.outage('status-500');
  const good = await issuer.seal({ iss });
  const foreign = createTestIssuer({ cookiePassword: PASSWORD });
  sessions = {
    good,
    empty: '',
    'of another password': seal({ accessToken: 'x' }, { password: 'y'.repeat(40) }),
    'changed on the way': good.replace(/.(?=~2$)/, (last) => (last === 'A' ? 'E' : 'A')),
    'without an access token': seal({ user: { id: 'user_1' } }),
    'expired access token': await issuer.seal({ iss, exp: 1 }),
    'forged access token': seal({ accessToken: await issuer.wrongKey() }),
    "another user than the token's": await issuer.seal({ iss }, { user: { id: 'user_2' } }),
    'another issuer': await issuer.seal({ iss: 'https://example.com' }),
    'another audience': await issuer.seal({ iss, aud: 'client_other' }),
    'access token without `exp`': await issuer.seal({ iss, exp: undefined }),
    'unknown `kid`': await foreign.seal({ iss }),
    'good, while the key server fails': await failing.seal({ iss }),
  };
  for (const { name, text } of blocksOf(PAGE)) {
    const local = text.replace(
      'clientId: WORKOS_CLIENT_ID }',
      "clientId: WORKOS_CLIENT_ID, apiHostname: '127.0.0.1', port: Number(process.env.WORKOS_API_PORT), https: false }",
    );
    writeBlock(PAGE, name, local);
    writeBlock(PAGE, name.replace('.js', '.driver.mjs'), driverOf(name));
  }
});
afterAll(() => Promise.all([closeGuides(), issuer.close(), failing.close()]));

/** Prints what each session comes to, as the page calls it. */
function driverOf(name: string): string {
  return `
    import { userOf } from './${name}';
    const outcome = (session) => userOf(session).then(
      (user) => (typeof user.id === 'string' ? 'accepted' : 'no user'),
      (error) => error.name === 'WorkosTokenError' ? error.code
        : /^[a-z]+(_[a-z]+)+$/.test(error.message) && error.constructor === Error
          ? error.message : 'throws',
    );
    const outcomes = [];
    for (const session of JSON.parse(process.env.SESSIONS)) outcomes.push(await outcome(session));
    process.stdout.write(JSON.stringify(outcomes), () => process.exit());`;
}

async function outcomesOf(name: string, names: string[]): Promise<string[]> {
  const inOutage = names.map((each) => each.endsWith('fails'));
  const [up, down] = await Promise.all(
    [issuer, failing].map(async ({ clientId, jwksUrl }) => {
      const { stdout } = await node(folderOf(PAGE), [name], {
        WORKOS_CLIENT_ID: clientId,
        WORKOS_API_PORT: new URL(jwksUrl as string).port,
        WORKOS_API_KEY: 'sk_test_docs',
        WORKOS_COOKIE_PASSWORD: PASSWORD,
        SESSIONS: JSON.stringify(names.map((each) => sessions[each])),
      });
      return JSON.parse(stdout) as string[];
    }),
  );
  return names.map((_, index) => (inOutage[index] ? down : up)?.[index] as string);
}

describe(PAGE, () => {
  it('has no code block that is not run', () => {
    expect(blocksOf(PAGE).map(({ name }) => name)).toEqual(['before.js', 'after.js']);
  });

  it('says what comes of each session, before and after', async () => {
    const rows = rowsOf(PAGE);
    const table = rows.slice(rows.findIndex(([first]) => first === 'good'));
    expect(table.map(([name]) => name)).toEqual(Object.keys(sessions));
    const names = Object.keys(sessions);
    const [before, after] = await Promise.all(
      ['before.driver.mjs', 'after.driver.mjs'].map((name) => outcomesOf(name, names)),
    );
    const documented = table.map(([name, old, here]) => [name, unquote(old), unquote(here)]);
    expect(names.map((name, index) => [name, before?.[index], after?.[index]])).toEqual(documented);
  });

  it('names the version that it was tried with, and members that exist', () => {
    const manifest = path.join(root, 'node_modules', '@workos-inc', 'node', 'package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    expect(readPage(PAGE)).toContain(`version ${version}.`);
    const types = readFileSync(path.join(root, 'index.d.cts'), 'utf8');
    const rows = rowsOf(PAGE);
    const members = rows
      .slice(
        0,
        rows.findIndex(([first]) => first === 'the session'),
      )
      .flatMap(([, here = '']) => here.match(/(?<=`|claims\.)\w+(?=`)/g) ?? []);
    expect(members.length).toBeGreaterThan(6);
    for (const member of members) expect(types, member).toMatch(new RegExp(`\\b${member}\\b`));
  });
});
