import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { blocksOf, rowsOf } from '../integration/support/docs.js';
import {
  closeGuides,
  folderOf,
  issuer,
  node,
  openGuides,
  run,
  unquote,
} from '../support/guides.js';
import { keySnapshot } from '../support/key-snapshot.js';

const page = 'serverless.md';

beforeAll(async () => {
  await openGuides(page);
  await node(folderOf(page), ['keys.js']);
});
afterAll(closeGuides);

describe('serverless.md', () => {
  it('has no code block that is not run', () => {
    expect(blocksOf(page).map(({ name }) => name)).toEqual(['keys.js', 'lambda.js', 'server.js']);
  });

  it('creates a snapshot of the keys at deploy time', () => {
    const module = readFileSync(path.join(folderOf(page), 'workos-keys.js'), 'utf8');
    const [, text = ''] = /^export default (".*");\n$/.exec(module) ?? [];
    const { jwksUrl, keys } = JSON.parse(JSON.parse(text));
    expect(jwksUrl).toBe(issuer.jwksUrl);
    expect(keys).toMatchObject([{ kid: issuer.jwks.keys[0]?.kid, kty: 'RSA' }]);
  });

  it('verifies from it in a cold function while the keys are unavailable', async () => {
    const use = `
      const requestContext = { http: { method: 'GET' } };
      const call = async (headers) => {
        const { statusCode, body, headers: sent } = await page.handler({ headers, requestContext });
        return [statusCode, JSON.parse(body), sent?.['www-authenticate'] ?? null];
      };
      console.log(JSON.stringify([
        await call({ authorization: 'Bearer ' + token }),
        await call({ authorization: 'Bearer ' + forged }),
        await call({}),
      ]));`;
    const before = issuer.requests();
    issuer.outage('hang');
    try {
      expect(await run(page, 'lambda.js', use, { sub: 'user_1' })).toEqual([
        [200, { user: 'user_1' }, null],
        [
          401,
          { error: 'invalid_token', code: 'INVALID_SIGNATURE' },
          'Bearer error="invalid_token"',
        ],
        [401, { error: 'unauthorized', code: 'MALFORMED_TOKEN' }, 'Bearer'],
      ]);
      expect(issuer.requests()).toBe(before);
    } finally {
      issuer.outage(null);
    }
  });

  it('loads the keys before a container takes requests', async () => {
    const use = `
      if (!page.server.listening) await new Promise((done) => page.server.once('listening', done));
      const { port } = page.server.address();
      const response = await fetch('http://127.0.0.1:' + port, { headers: { authorization: 'Bearer ' + token } });
      console.log(JSON.stringify([response.status, await response.text()]));
      page.server.close();
      page.server.closeAllConnections();`;
    process.env.PORT = '0';
    try {
      const found = await run(page, 'server.js', use, { sub: 'user_1' });
      expect(found).toEqual([200, 'hello user_1']);
    } finally {
      delete process.env.PORT;
    }
  });

  it('names the faults that snapshots have', async () => {
    const { jwks } = issuer;
    const jwksUrl = String(issuer.jwksUrl);
    const keys = jwks.keys as unknown as Parameters<typeof keySnapshot>[1];
    const url = (name: string) => `${jwksUrl}?${name}`;
    const snapshots = [
      ['damaged', ''],
      ['foreign', keySnapshot(jwksUrl, keys)],
      ['future', keySnapshot(url('future'), keys, -60)],
      ['expired', keySnapshot(url('expired'), keys, 4_200)],
    ] as const;
    const faults = snapshots.map(([name, snapshot]) => {
      const options = { ...issuer.options, jwksUrl: url(name), jwksCache: { snapshot } };
      return createWorkosVerifier(options).stats().snapshots.lastFault;
    });
    const documented = rowsOf(page).map(([name]) => unquote(name));
    expect(documented.slice(-4)).toEqual(faults);
    expect(faults).toEqual(snapshots.map(([name]) => name));
  });
});
