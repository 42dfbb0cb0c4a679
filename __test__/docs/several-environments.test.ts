// The page's blocks, against a WorkOS that has two environments and an AuthKit domain.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, rowsOf } from '../integration/support/docs.js';
import { closeGuides, folderOf, node, openGuides } from '../support/guides.js';

const page = 'several-environments.md';
const [PRODUCTION, STAGING] = ['client_production', 'client_staging'];
const RESOURCE = 'https://api.example.com';

const keys: Record<string, TestIssuer> = {};
const server: Server = createServer((request, response) => {
  const issuer = keys[request.url ?? ''];
  response.statusCode = issuer === undefined ? 404 : 200;
  response.end(JSON.stringify(issuer?.jwks ?? {}));
});
let origin: string;
let production: TestIssuer;
let staging: TestIssuer;
let authkit: TestIssuer;

beforeAll(async () => {
  await openGuides(page);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuerOf = (clientId: string) =>
    createTestIssuer({ clientId, issuer: `${origin}/user_management/${clientId}` });
  production = issuerOf(PRODUCTION);
  staging = issuerOf(STAGING);
  authkit = createTestIssuer({ clientId: 'client_mcp', issuer: origin, audience: RESOURCE });
  keys[`/sso/jwks/${PRODUCTION}`] = production;
  keys[`/sso/jwks/${STAGING}`] = staging;
  keys['/oauth2/jwks'] = authkit;
});
afterAll(async () => {
  await closeGuides();
  await new Promise((resolve) => server.close(resolve));
});

async function run(block: string, use: string, variables: Record<string, string>) {
  const driver = path.join(folderOf(page), `${block}.driver.mjs`);
  writeFileSync(driver, `import * as page from './${block}.js';\n${use}\n`);
  const { stdout } = await node(folderOf(page), [driver], {
    WORKOS_API_HOSTNAME: '127.0.0.1',
    WORKOS_API_PORT: new URL(origin).port,
    WORKOS_CLIENT_ID: '',
    ...variables,
  });
  return JSON.parse(stdout);
}

describe(page, () => {
  it('has no code block that is not run', () => {
    expect(blocksOf(page).map(({ name }) => name)).toEqual(['environments.js', 'me.js']);
  });

  it('tells Staging from Production', async () => {
    const tokens = [
      await production.sign({ sub: 'user_1' }),
      await staging.sign({ sub: 'user_2', permissions: ['staging:use'] }),
      await staging.sign({ sub: 'user_2' }),
      await createTestIssuer({ clientId: 'client_x' }).sign(),
    ];
    const use = `
      await page.ready();
      const outcomes = [];
      for (const token of ${JSON.stringify(tokens)})
        outcomes.push(await page.whoIs(token).catch(({ code }) => code));
      console.log(JSON.stringify([outcomes, page.stats().entries.map(({ verified }) => verified)]));`;
    const variables = { PRODUCTION_CLIENT_ID: PRODUCTION, STAGING_CLIENT_ID: STAGING };
    expect(await run('environments', use, variables)).toEqual([
      [
        { user: 'user_1', environment: 'production' },
        { user: 'user_2', environment: 'staging' },
        'MISSING_PERMISSION',
        'INVALID_ISSUER',
      ],
      [1, 1],
    ]);
  });

  it('takes sessions and Connect tokens at one endpoint', async () => {
    const connect = { sub: 'user_3', sid: 'app_consent_1', client_id: 'https://app.example.com/c' };
    const tokens = [
      await production.sign({ sub: 'user_1' }),
      await authkit.sign({ ...connect, scope: 'openid posts:read' }),
      await authkit.sign({ ...connect, scope: 'openid' }),
      await authkit.sign({ ...connect, scope: 'posts:read', aud: 'https://other.example.com' }),
      // The shape of the other kind, from either issuer.
      await authkit.sign({ sub: 'user_1' }),
      await production.sign({ ...connect, scope: 'posts:read' }),
    ];
    const use = `
      const outcomes = [];
      for (const token of ${JSON.stringify(tokens)}) {
        const headers = { authorization: 'Bearer ' + token };
        const response = await page.handler(new Request('http://localhost/', { headers }));
        const { user, client, code } = await response.json();
        outcomes.push([response.status, code ?? user + ' ' + client]);
      }
      console.log(JSON.stringify(outcomes));`;
    const variables = { APP_CLIENT_ID: PRODUCTION, APP_AUTHKIT_DOMAIN: origin };
    expect(await run('me', use, variables)).toEqual([
      [200, 'user_1 our own app'],
      [200, 'user_3 https://app.example.com/c'],
      [403, 'MISSING_PERMISSION'],
      [401, 'INVALID_AUDIENCE'],
      [401, 'INVALID_CLAIM'],
      [401, 'INVALID_CLAIM'],
    ]);
  });

  it('lists what the other functions report', () => {
    const rows = rowsOf(page).map(([first]) => first);
    expect(rows).toEqual(expect.arrayContaining(['`explain(token)`', '`exportKeys(name)`']));
  });
});
