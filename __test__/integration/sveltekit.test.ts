// The hook of the guide, as it stands there, in built SvelteKit applications.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { blockNamed } from './support/docs.js';
import { rawAnswer, spellingsOf } from './support/paths.js';
import {
  createProject,
  freePort,
  type RunningServer,
  run,
  startServer,
} from './support/project.js';
import { startWorkos } from './support/workos.js';

let workos: Awaited<ReturnType<typeof startWorkos>>;
let project: string;
/** By what SvelteKit calls the file of remote functions in its URLs. */
let remoteFile: string;

beforeAll(async () => {
  workos = await startWorkos();
  project = await createProject('sveltekit');
  const hook = blockNamed('fetch-handlers.md', 'hooks.server.js');
  writeFileSync(path.join(project, 'src', 'hooks.server.js'), hook);
  const kit = path.join(project, 'node_modules', '@sveltejs', 'kit', 'src');
  const { hash } = await import(path.join(kit, 'utils', 'hash.js'));
  remoteFile = hash('src/routes/api/secrets.remote.js');
});

afterAll(() => workos?.close());

describe.each(['', '/base'])('with the base path "%s"', (base) => {
  let server: RunningServer;
  let origin: string;
  let good: Record<string, string>;

  beforeAll(async () => {
    const vite = path.join('node_modules', 'vite', 'bin', 'vite.js');
    await run(project, process.execPath, [vite, 'build'], { BASE: base });
    const port = String(await freePort());
    origin = `http://127.0.0.1:${port}`;
    const variables = { ...workos.environment, HOST: '127.0.0.1', PORT: port, ORIGIN: origin };
    const args = [path.join(`build${base}`, 'index.js')];
    server = await startServer(project, process.execPath, args, origin, variables);
    good = { authorization: `Bearer ${await workos.sign({ sub: 'user_1' })}` };
  });

  afterAll(() => server?.stop());

  const ask = (url: string, headers = {}, more = {}) => rawAnswer(origin, url, headers, more);

  /** Whom the handlers ran for, with a good token and without. */
  async function usersOf(url: string): Promise<unknown[]> {
    const answers = [await ask(url, good), await ask(url)];
    return answers.map(({ body }) => userIn(body));
  }

  test.each([
    '/api/x',
    '/%61pi/x',
    '/%41pi/../%61pi/x',
    '/api/grouped',
    '/%61pi/grouped',
    '/acme/items',
    '/api/items',
    '/%61bout/items',
    '/alias',
    '/api/panel',
    '/%61pi/panel',
    '/api/panel/__data.json',
    '/%61pi/panel/__data.json',
    '/api/panel/__data.json?x-sveltekit-invalidated=01',
  ])('%s needs a token', async (url) => {
    expect(await usersOf(base + url)).toEqual(['user_1', undefined]);
    expect((await ask(base + url)).status).toBe(401);
  });

  test.each(spellingsOf('/api/x').concat(spellingsOf('/alias'), spellingsOf('/acme/items')))(
    '%s reaches no handler without a token',
    async (url) => {
      const target = url.startsWith('/') ? base + url : url;
      const [withToken, without] = await usersOf(target);
      expect([withToken ?? 'user_1', without]).toEqual(['user_1', undefined]);
    },
  );

  test.each(['/api/nothing', '/nothing', '/%', '/api/%', '/%61pi/%'])(
    '%s, which matches no route, needs a token too',
    async (url) => {
      expect((await ask(base + url)).status).toBe(401);
      expect((await ask(base + url, good)).status).toBeGreaterThanOrEqual(400);
    },
  );

  test.each(['/', '/about', '/nested', '/%61bout', '/about?/api/x'])('%s is open', async (url) => {
    expect((await ask(base + url)).status).toBe(200);
  });

  it('is shown the first of two headers only', async () => {
    const ask = (authorization: unknown[]) =>
      rawAnswer(origin, `${base}/api/x`, { authorization } as Record<string, string[]>);
    expect((await ask([good.authorization, 'Bearer a.b.c'])).status).toBe(200);
    expect((await ask(['Bearer a.b.c', good.authorization])).status).toBe(401);
  });

  it('guards form actions', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin };
    const action = (headers: object) =>
      ask(`${base}/%61pi/panel`, { ...form, ...headers }, { method: 'POST', body: 'a=b' });
    expect((await action({})).status).toBe(401);
    expect(userIn((await action({ ...good, accept: 'application/json' })).body)).toBe('user_1');
  });

  it.each([
    {},
    { 'x-sveltekit-pathname': `${base}/about` },
    { 'x-sveltekit-pathname': `${base}/` },
    { 'x-sveltekit-pathname': `${base}/api/x` },
  ])('guards remote functions, whatever route their client names: %o', async (headers) => {
    const url = `${base}/_app/remote/${remoteFile}/read`;
    expect((await ask(url, headers)).status).toBe(401);
    expect(userIn((await ask(url, { ...headers, ...good })).body)).toBe('user_1');
  });
});

/** Of the user that a protected handler says it ran for, in JSON, a page or SvelteKit's own forms. */
function userIn(body: string): string | null | undefined {
  if (!body.includes('ran') || body.includes('(public)')) return undefined;
  return body.includes('user_1') ? 'user_1' : null;
}
