// The blocks of the guide, as they stand there, in a built TanStack Start application. It needs a
// newer Node than this package does.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { blockNamed } from './support/docs.js';
import { askGuarded } from './support/guarded.js';
import { rawAnswer, spellingsOf } from './support/paths.js';
import {
  createProject,
  freePort,
  type RunningServer,
  run,
  startServer,
} from './support/project.js';

const BLOCKS = ['src/auth.js', 'src/routes/api/me.js', 'src/routes/page.jsx'];
const CHALLENGE = 'Bearer error="invalid_token"';

const issuer = createTestIssuer();
let server: RunningServer;
let origin: string;
/** Of the page's server function, which the client calls by itself. */
let functionPath: string;

/** npm has it as a package for this platform alone. */
const runs = process.platform === 'linux' && process.arch === 'x64';

beforeAll(async () => {
  if (!runs) return;
  await issuer.listen();
  const project = await createProject('tanstack-start');
  for (const name of BLOCKS) {
    const file = path.join(project, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, blockNamed('fetch-handlers.md', name));
  }
  const node = path.join(project, 'node_modules', 'node24', 'bin', 'node');
  await run(project, node, [path.join('node_modules', 'vite', 'bin', 'vite.js'), 'build']);
  functionPath = `/_serverFn/${functionIn(path.join(project, 'dist', 'client', 'assets'))}`;
  const PORT = String(await freePort());
  origin = `http://127.0.0.1:${PORT}`;
  const srvx = path.join('node_modules', 'srvx', 'bin', 'srvx.mjs');
  const args = [srvx, 'serve', '--prod', '--static', '../client', 'dist/server/server.js'];
  server = await startServer(project, node, args, `${origin}/open`, {
    ...issuer.env,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT,
  });
});

afterAll(async () => {
  await server?.stop();
  await issuer.close();
});

/** A server function is known to the client by a hash. */
function functionIn(assets: string): string {
  const scripts = readdirSync(assets).map((name) => readFileSync(path.join(assets, name), 'utf8'));
  const found = scripts.flatMap((text) => text.match(/[`'"]([\da-f]{64})[`'"]/)?.[1] ?? []);
  expect(found).toHaveLength(1);
  return found[0] as string;
}

const sign = (claims: object = {}) => issuer.sign({ sub: 'user_1', ...claims });

/** As the client of the application sends it: others are refused before any middleware. */
const FROM_CLIENT = { 'sec-fetch-site': 'same-origin', 'x-tsr-serverfn': 'true' };
const ask = (url: string, token?: string) => askGuarded(origin + url, token, FROM_CLIENT);

describe.runIf(runs)('TanStack Start', () => {
  const places = [
    ['a server route', () => '/api/me'],
    ['a page', () => '/page'],
    ['a server function', () => functionPath],
  ] as const;

  it.each(places)('guards %s', async (_, place) => {
    const good = await ask(place(), await sign());
    expect([good.status, good.body]).toEqual([200, expect.stringContaining('user_1')]);
    expect(await ask(place())).toMatchObject({ status: 401, challenge: 'Bearer' });
    const invalid = { status: 401, challenge: CHALLENGE };
    expect(await ask(place(), await issuer.wrongKey())).toMatchObject(invalid);
    expect(await ask(place(), await sign({ exp: 1 }))).toMatchObject(invalid);
  });

  it('has open pages', async () => {
    expect(await ask('/open')).toMatchObject({ status: 200, challenge: null });
  });

  it.each([...spellingsOf('/api/me'), ...spellingsOf('/page')])(
    '%s reaches no handler without a token',
    async (spelling) => {
      const { status, body } = await rawAnswer(origin, spelling);
      expect(status).toBeGreaterThan(300);
      expect(body).not.toContain('hello');
      expect(body).not.toContain('"user"');
    },
  );

  it('logs no refusal as an error', () => {
    expect(server.output()).not.toMatch(/WorkosTokenError|INVALID_SIGNATURE|TOKEN_EXPIRED/);
  });
});
