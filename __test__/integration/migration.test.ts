// The pages about other libraries: their blocks, and each row of their tables of errors, in the
// libraries themselves.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { blocksOf, MIGRATION_PAGES, rowsOf } from './support/docs.js';
import { createProject, repository, run } from './support/project.js';

const issuer = createTestIssuer();
const OUTAGES = {
  'status 500 from the key server': 'status-500',
  'no connection to the key server': 'refuse',
} as const;

let project: string;
let origin: string;
let tokens: Record<string, string>;

beforeAll(async () => {
  await issuer.listen();
  origin = new URL(issuer.jwksUrl as string).origin;
  project = await createProject('migration');
  const iss = `${origin}/user_management/${issuer.clientId}`;
  const sign = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    issuer.sign({ iss, ...claims }, { header });
  const forged = (await sign({})).split('.');
  forged[2] = (await sign({ jti: 'other' })).split('.')[2] as string;
  tokens = {
    'a good token': await sign({}),
    expired: await sign({ exp: 1_700_000_000 }),
    forged: forged.join('.'),
    'unknown `kid`': await sign({}, { kid: 'other' }),
    'no `aud`': await sign({ aud: undefined }),
    'another issuer': await sign({ iss: 'https://api.workos.com/user_management/client_2' }),
    'not a token': 'abc',
    'no `exp`': await sign({ exp: undefined }),
    'no `sub`': await sign({ sub: undefined }),
    ...Object.fromEntries(Object.keys(OUTAGES).map((situation) => [situation, ''])),
  };
  for (const situation of Object.keys(OUTAGES)) tokens[situation] = await sign({});
});
afterAll(() => issuer.close());

/** What a block makes of one token in a new process: a code, the name of a class, or a status. */
const OUTCOME = `
  const token = process.env.TOKEN;
  async function outcome() {
    if (page.app !== undefined) return statusOf(await respond());
    page.verifier?.cacheJwks?.(JSON.parse(process.env.JWKS));
    return page.verify(token).then(
      () => 'accepted',
      (error) => error.code ?? error.constructor.name,
    );
  }
  async function respond() {
    const server = page.app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const headers = token === '' ? {} : { authorization: 'Bearer ' + token };
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/me', { headers });
    const body = await response.text();
    server.close();
    server.closeAllConnections();
    return [response, body];
  }
  function statusOf([response, body]) {
    const challenge = response.headers.get('www-authenticate') ?? '';
    const code = /"code":"(\\w+)"/.exec(body)?.[1] ?? /error="(\\w+)"/.exec(challenge)?.[1];
    return [response.status, code].filter(Boolean).join(' ');
  }
  // A response that a library leaves unread would keep the process alive.
  process.stdout.write(await outcome(), () => process.exit());`;

async function outcomeOf(page: string, name: string, token: string): Promise<string> {
  const variables = {
    WORKOS_CLIENT_ID: issuer.clientId,
    WORKOS_API_KEY: 'sk_test_migration',
    WORKOS_API_HOSTNAME: '127.0.0.1',
    WORKOS_API_PORT: new URL(origin).port,
    WORKOS_API_HTTPS: 'false',
    NODE_ENV: 'test',
    JWKS: JSON.stringify(issuer.jwks),
    TOKEN: token,
  };
  return run(project, process.execPath, [path.join(page, `${name}.driver.mjs`)], variables);
}

describe.each(MIGRATION_PAGES)('%s', (page) => {
  const folder = path.basename(page, '.md');
  const rows = rowsOf(page).filter((cells) => cells.length === 3);
  const table = rows.slice(rows.findIndex(([first]) => first === 'a good token'));

  beforeAll(() => {
    mkdirSync(path.join(project, folder), { recursive: true });
    for (const { name, text } of blocksOf(page)) {
      const here = text.replaceAll('https://api.workos.com', origin);
      const local = here.replace(
        'clientId: process.env.WORKOS_CLIENT_ID }',
        `clientId: process.env.WORKOS_CLIENT_ID, apiHostname: '127.0.0.1', port: ${new URL(origin).port}, https: false }`,
      );
      writeFileSync(path.join(project, folder, name), local);
      const driver = path.join(project, folder, name.replace('.js', '.driver.mjs'));
      writeFileSync(driver, `import * as page from './${name}';${OUTCOME}`);
    }
  });

  it('has the two blocks, and a table', () => {
    expect(blocksOf(page).map(({ name }) => name)).toEqual(['before.js', 'after.js']);
    expect(table.length).toBeGreaterThan(7);
  });

  it.each(table)('%s: %s, and here %s', async (situation = '', old = '', here = '') => {
    const token = situation === 'no token' ? '' : tokens[situation];
    if (token === undefined) expect.unreachable(`no such situation: ${situation}`);
    await issuer.outage(OUTAGES[situation as keyof typeof OUTAGES] ?? null);
    try {
      const outcomes = ['before', 'after'].map((name) => outcomeOf(folder, name, token));
      const documented = [old, here].map((cell) => cell.replaceAll('`', ''));
      expect(await Promise.all(outcomes)).toEqual(documented);
    } finally {
      await issuer.outage(null);
    }
  });

  it('names options that exist', () => {
    const types = ['index.d.cts', 'entries/adapters.d.cts'].map((file) =>
      readFileSync(path.join(repository, file), 'utf8'),
    );
    const optionRows = rowsOf(page).slice(
      2,
      rowsOf(page).findIndex(([cell]) => cell === 'situation'),
    );
    const named = optionRows.flatMap(([, here = '']) => here.match(/(?<=`)\w+(?=`)/g) ?? []);
    expect(named.length).toBeGreaterThan(2);
    for (const name of named) expect(types.join(''), name).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
