// The helper of the guide, as it stands there, in a built React Router application.
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { blockNamed, readPage } from './support/docs.js';
import { askGuarded } from './support/guarded.js';
import { rawAnswer, spellingsOf } from './support/paths.js';
import {
  createProject,
  freePort,
  type RunningServer,
  run,
  startServer,
} from './support/project.js';

const issuer = createTestIssuer();
let server: RunningServer;
let origin: string;

beforeAll(async () => {
  await issuer.listen();
  await issuer.outage('status-500');
  const project = await createProject('react-router');
  const page = (name: string) => blockNamed('fetch-handlers.md', name);
  writeFileSync(path.join(project, 'app', 'auth.server.js'), page('auth.server.js'));
  writeFileSync(path.join(project, 'app', 'routes', 'page.jsx'), page('page.jsx'));
  const headers = readPage('fetch-handlers.md').match(/`(export const headers = .*?;)`/)?.[1];
  appendFileSync(path.join(project, 'app', 'root.jsx'), headers as string);
  const bin = (...parts: string[]) => path.join('node_modules', '@react-router', ...parts);
  await run(project, process.execPath, [bin('dev', 'bin.js'), 'build']);
  const PORT = String(await freePort());
  origin = `http://127.0.0.1:${PORT}`;
  const args = [bin('serve', 'bin.js'), path.join('build', 'server', 'index.js')];
  const environment = {
    ...issuer.env,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT,
  };
  server = await startServer(project, process.execPath, args, `${origin}/open`, environment);
});

afterAll(async () => {
  await server?.stop();
  await issuer.close();
});

const sign = (claims: object = {}) => issuer.sign({ sub: 'user_1', ...claims });

const ask = (url: string, token?: string) => askGuarded(origin + url, token);

const PATHS = ['/me', '/page', '/page.data'];
/** Data requests get no headers, as the page says. */
const header = (url: string, value: unknown) => (url.endsWith('.data') ? null : value);

it('calls an outage 503, and lets nobody in', async () => {
  for (const url of PATHS) {
    const { status, retryAfter, body } = await ask(url, await sign());
    const seconds = header(url, expect.stringMatching(/^[1-9]$/));
    expect([url, status, retryAfter]).toEqual([url, 503, seconds]);
    expect(body).not.toContain('user_1');
  }
  await issuer.outage(null);
  const status = async () => (await ask('/me', await sign())).status;
  await expect.poll(status, { timeout: 10_000, interval: 200 }).toBe(200);
});

it.each(PATHS)('%s needs a token', async (url) => {
  const good = await ask(url, await sign());
  expect([good.status, good.body]).toEqual([200, expect.stringContaining('user_1')]);
  const refusal = (challenge: string) => ({ status: 401, challenge: header(url, challenge) });
  expect(await ask(url)).toMatchObject(refusal('Bearer'));
  const invalid = refusal('Bearer error="invalid_token"');
  expect(await ask(url, await issuer.wrongKey())).toMatchObject(invalid);
  expect(await ask(url, await sign({ exp: 1 }))).toMatchObject(invalid);
});

it('has open pages', async () => {
  expect((await ask('/open')).status).toBe(200);
});

it.each([...spellingsOf('/me'), ...spellingsOf('/page')])(
  '%s reaches no loader without a token',
  async (spelling) => {
    const { status, body } = await rawAnswer(origin, spelling);
    expect(status).toBeGreaterThan(300);
    expect(body).not.toContain('user_');
  },
);

it('logs no refusal', async () => {
  // It logs each request, and an error of its own for a path that no route matches.
  expect(server.output()).not.toMatch(/WorkosTokenError|INVALID_SIGNATURE|TOKEN_EXPIRED/);
});
