// The guide to shared options, startup and probes, in Next.
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { blocksOf, writeBlocks } from './support/docs.js';
import {
  createProject,
  freePort,
  type RunningServer,
  run,
  startServer,
} from './support/project.js';
import { NEXT_PAGE } from './support/recipes.js';

const issuer = createTestIssuer();
const next = path.join('node_modules', 'next', 'dist', 'bin', 'next');
let project: string;
let server: RunningServer;
let origin: string;

beforeAll(async () => {
  await issuer.listen();
  await issuer.outage('status-500');
  project = await createProject('docs');
  writeBlocks(
    blocksOf(NEXT_PAGE).filter(({ language }) => language === 'ts'),
    project,
  );
  const PORT = String(await freePort());
  origin = `http://127.0.0.1:${PORT}`;
  // Without the environment, as in a pipeline. It checks the types too.
  await run(project, process.execPath, [next, 'build']);
  const environment = { ...issuer.env, PORT };
  server = await startServer(project, process.execPath, [next, 'start'], origin, environment);
});

afterAll(async () => {
  await server?.stop();
  await issuer.close();
});

async function ask(url: string, token?: string): Promise<[number, unknown]> {
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const response = await fetch(origin + url, { headers });
  return [response.status, await response.json()];
}

it('starts in an outage, and is ready when it can verify tokens', async () => {
  const down = await fetch(`${origin}/api/ready`);
  expect([down.status, down.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
  await expect.poll(() => server.output()).toMatch(/JWKS_FETCH_FAILED/);
  await issuer.outage(null);
  const ready = async () => ask('/api/ready');
  const expected = [200, { status: 'ready' }];
  await expect.poll(ready, { timeout: 30_000, interval: 500 }).toEqual(expected);
  await issuer.outage('status-500');
  expect(await ready()).toEqual(expected);
  // The keys that the probe has loaded are those of the routes.
  const good = await issuer.sign({ sub: 'user_1' });
  expect(await ask('/api/posts/7', good)).toEqual([200, { id: '7', user: 'user_1' }]);
});

it('refuses with the shared options', async () => {
  const refused = (error: string, code: string) => ({ error, code });
  const before = server.output();
  expect(await ask('/api/posts/7')).toEqual([401, refused('unauthorized', 'MALFORMED_TOKEN')]);
  const forged = await issuer.wrongKey();
  const invalid = refused('invalid_token', 'INVALID_SIGNATURE');
  expect(await ask('/api/posts/7', forged)).toEqual([401, invalid]);
  const impersonated = await issuer.sign({ act: { sub: 'admin@example.com' } });
  const denied = refused('insufficient_scope', 'IMPERSONATION_DENIED');
  expect(await ask('/api/posts/7', impersonated)).toEqual([403, denied]);
  expect(server.output()).toBe(before);
});
