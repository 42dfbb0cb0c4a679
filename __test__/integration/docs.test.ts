// The code blocks of the guides that need a framework, in that framework.
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { blockNamed, blocksOf, FRAMEWORK_PAGES, second, writeBlocks } from './support/docs.js';
import { rawAnswer, spellingsOf } from './support/paths.js';
import {
  createProject,
  freePort,
  type RunningServer,
  run,
  startServer,
} from './support/project.js';

const issuer = createTestIssuer();
let project: string;
let environment: Record<string, string>;

beforeAll(async () => {
  await issuer.listen();
  environment = {
    ...issuer.env,
    WORKOS_API_KEY: 'sk_test_docs',
    WORKOS_COOKIE_PASSWORD: 'a password of at least 32 characters',
    NEXT_PUBLIC_WORKOS_REDIRECT_URI: 'http://localhost:3000/callback',
  };
  project = await createProject('docs');
  writeBlocks(blocksOf('next.md'), project);
  writeFileSync(path.join(project, 'e2e.mjs'), blockNamed('testing.md', 'e2e.mjs'));
  writeBlocks(blocksOf('express.md'), path.join(project, 'express5'));
  const forExpress4 = blocksOf('express.md').map(({ text, ...block }) => ({
    ...block,
    text: text.replace("import express from 'express'", "import express from 'express4'"),
  }));
  writeBlocks(
    forExpress4.filter(({ language }) => language === 'js'),
    path.join(project, 'express4'),
  );
});

afterAll(() => issuer.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const sign = (claims: object = {}) => issuer.sign({ sub: 'user_1', ...claims });

async function answer(
  url: string,
  init: RequestInit = {},
): Promise<[status: number, body: unknown, challenge?: string]> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  const challenge = response.headers.get('www-authenticate');
  const body = isJson ? JSON.parse(text) : text;
  return challenge === null ? [response.status, body] : [response.status, body, challenge];
}

const NOBODY = [401, { error: 'unauthorized', code: 'MALFORMED_TOKEN' }, 'Bearer'];
const USER = { user: 'user_1' };
const INVALID = 'Bearer error="invalid_token"';
const refused = (code: string) => [401, { error: 'invalid_token', code }, INVALID];
const forbidden = (code: string) => [
  403,
  { error: 'insufficient_scope', code },
  'Bearer error="insufficient_scope"',
];

it('runs every code block', () => {
  const names = FRAMEWORK_PAGES.flatMap((page) =>
    blocksOf(page).map(({ name }) => `${page}: ${name}`),
  );
  expect(names).toEqual([
    'express.md: server.js',
    'express.md: app.js',
    'express.md: logging.js',
    'express.md: types.ts',
    'express.md: callbacks.ts',
    'express.md: escaping.js',
    'express.md: plain.js',
    'next.md: app/api/posts/route.ts',
    'next.md: app/api/posts/[id]/route.ts',
    'next.md: app/api/logged/route.ts',
    'next.md: app/api/session/route.ts',
    'next.md: pages/api/report.ts',
    'next.md: proxy.ts',
    'next.md: app/api/partner/route.ts',
    'next.md: app/api/account/route.ts',
    'next.md: proxy.ts',
  ]);
});

it('compiles what is TypeScript', async () => {
  await run(project, process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']);
});

describe('next.md', () => {
  let server: RunningServer;
  let origin: string;

  async function startNext(): Promise<void> {
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    const args = ['node_modules/next/dist/bin/next', 'dev', '--port', String(port)];
    server = await startServer(project, process.execPath, args, `${origin}/api/posts`, environment);
  }

  describe('with routes and a proxy', () => {
    beforeAll(startNext);
    afterAll(() => server.stop());

    it('lets a good token through to a route, and no other', async () => {
      const url = `${origin}/api/posts`;
      const good = { headers: bearer(await sign({ org_id: 'org_1' })) };
      expect(await answer(url, good)).toEqual([200, { user: 'user_1', organization: 'org_1' }]);
      expect(await answer(url)).toEqual(NOBODY);
      const forged = { headers: bearer(await issuer.wrongKey()) };
      expect(await answer(url, forged)).toEqual(refused('INVALID_SIGNATURE'));
    });

    it("asks for permissions beside the route's parameters", async () => {
      const remove = async (claims: object) =>
        answer(`${origin}/api/posts/42`, { method: 'DELETE', headers: bearer(await sign(claims)) });
      const permissions = ['posts:delete'];
      expect(await remove({ permissions })).toEqual([200, { deleted: '42', by: 'user_1' }]);
      expect(await remove({})).toEqual(forbidden('MISSING_PERMISSION'));
      const impersonated = await remove({ permissions, act: { sub: 'admin' } });
      expect(impersonated).toEqual(forbidden('IMPERSONATION_DENIED'));
    });

    it('logs a refusal', async () => {
      const url = `${origin}/api/logged`;
      expect(await answer(url, { headers: bearer(await sign()) })).toEqual([
        200,
        { user: 'user_1' },
      ]);
      const forged = { headers: bearer(await issuer.wrongKey()) };
      expect(await answer(url, forged)).toEqual(refused('INVALID_SIGNATURE'));
      await expect.poll(() => server.output()).toMatch(/\/api\/logged .*signature.*hint: /s);
    });

    it('takes a token from a cookie alone', async () => {
      const token = await sign({ sid: 'session_1' });
      const url = `${origin}/api/session`;
      const cookie = { headers: { cookie: `__Host-access_token=${token}` } };
      expect(await answer(url, cookie)).toEqual([200, { session: 'session_1' }]);
      expect(await answer(url, { headers: bearer(token) })).toEqual(NOBODY);
    });

    it('guards Pages API routes', async () => {
      const url = `${origin}/api/report`;
      const ask = async (role: string) => answer(url, { headers: bearer(await sign({ role })) });
      expect(await ask('auditor')).toEqual([200, { user: 'user_1' }]);
      expect(await ask('member')).toEqual(forbidden('MISSING_PERMISSION'));
    });

    it('guards what is behind the proxy', async () => {
      const url = `${origin}/api/partner`;
      expect(await answer(url)).toEqual(NOBODY);
      expect(await answer(url, { headers: bearer(await sign()) })).toEqual([200, USER]);
    });

    it.each([...spellingsOf('/api/partner'), '/friends', '/friends/'])(
      'lets nobody without a token past the wrapped handler: %s',
      async (spelling) => {
        const { status, body } = await rawAnswer(origin, spelling, bearer(await sign()));
        if (status === 200) expect(JSON.parse(body)).toEqual(USER);
        const anonymous = await rawAnswer(origin, spelling);
        expect(anonymous.status).toBeGreaterThan(300);
        if (status === 200) expect(anonymous.status).toBe(401);
      },
    );

    it('has a proxy that is no guard by itself, as the page says', async () => {
      const reached = [200, { reached: true }];
      expect(await answer(`${origin}/api/partner/items`)).toEqual(NOBODY);
      expect(await answer(`${origin}/api/%70artner/items`)).toEqual(NOBODY);
      expect(await answer(`${origin}/api/PARTNER/items`)).toEqual(reached);
      expect(await answer(`${origin}/friends/items`)).toEqual(reached);
      // Where the handler is wrapped, a rewrite changes nothing.
      expect(await answer(`${origin}/friends`)).toEqual(NOBODY);
    });

    it('sees the first of two headers in the App Router, both in Pages API routes', async () => {
      const good = `Bearer ${await sign({ role: 'auditor' })}`;
      const ask = async (path: string, authorization: string[]) =>
        (await rawAnswer(origin, path, { authorization })).status;
      for (const path of ['/api/posts', '/api/partner']) {
        expect(await ask(path, [good, 'Bearer a.b.c'])).toBe(200);
        expect(await ask(path, ['Bearer a.b.c', good])).toBe(401);
      }
      expect(await ask('/api/report', [good, 'Bearer a.b.c'])).toBe(400);
    });

    it('takes the last of two cookies', async () => {
      const [name, token] = ['__Host-access_token', await sign({ sid: 'session_1' })];
      const ask = async (cookie: string) =>
        (await answer(`${origin}/api/session`, { headers: { cookie } }))[0];
      expect(await ask(`${name}=a.b.c; ${name}=${token}`)).toBe(200);
      expect(await ask(`${name}=${token}; ${name}=a.b.c`)).toBe(401);
      expect(await ask(`x${name}=${token}`)).toBe(401);
    });
  });

  describe("beside AuthKit's proxy", () => {
    beforeAll(async () => {
      renameSync(path.join(project, second('proxy.ts')), path.join(project, 'proxy.ts'));
      await startNext();
    });
    afterAll(() => server.stop());

    async function answerToSession(claims: object): Promise<unknown> {
      const variables = { ...environment, TOKEN: await sign(claims) };
      const cookie = (await run(project, process.execPath, ['seal.mjs'], variables)).trim();
      return answer(`${origin}/api/account`, { headers: { cookie } });
    }

    it("checks the token of AuthKit's session", async () => {
      const account = { user: 'user_1', audience: 'client_test' };
      expect(await answerToSession({})).toEqual([200, account]);
      // AuthKit's own check lets this pass.
      expect(await answerToSession({ aud: undefined })).toEqual(refused('INVALID_AUDIENCE'));
      expect(await answer(`${origin}/api/account`)).toEqual(NOBODY);
    });

    it('takes bearer tokens behind the same proxy', async () => {
      const url = `${origin}/api/partner`;
      expect(await answer(url)).toEqual(NOBODY);
      expect(await answer(url, { headers: bearer(await sign()) })).toEqual([200, USER]);
    });

    it.each([...spellingsOf('/api/partner'), '/friends'])(
      'lets nobody without a token past the wrapped handler: %s',
      async (spelling) => {
        expect((await rawAnswer(origin, spelling)).status).toBeGreaterThan(300);
      },
    );
  });
});

it('testing.md: tests Next end to end', async () => {
  // Of the environment AuthKit's proxy needs the rest; the issuer is the script's own.
  const port = String(await freePort());
  const url = `http://localhost:${port}/api/posts`;
  const next = [process.execPath, 'node_modules/next/dist/bin/next', 'dev', '-p', port];
  await run(project, process.execPath, ['e2e.mjs', url, ...next], environment);
});

/** What `use` prints as JSON, with `origin` being where the listener of a block listens. */
async function printed(folder: string, name: string, listener: string, use: string) {
  const driver = path.join(folder, name.replace('.js', '.driver.mjs'));
  const text = `
    import { once } from 'node:events';
    import { createServer } from 'node:http';
    import * as page from './${name}';
    const server = createServer(${listener}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const token = process.env.TOKEN;
    const forged = token.slice(0, -4) + 'AAAA';
    const bearer = (text) => ({ authorization: 'Bearer ' + text });
    const call = (path, init) => fetch('http://127.0.0.1:' + server.address().port + path, init);
    const summary = async (response) =>
      [response.status, response.headers.get('www-authenticate'), await response.text()];
    const show = (value) => process.stdout.write(JSON.stringify(value));
    ${use}
    server.close();
    server.closeAllConnections();`;
  writeFileSync(path.join(project, driver), text);
  // `test` keeps Express from logging the errors that reach it.
  const TOKEN = await sign({ org_id: 'org_acme' });
  const variables = { ...environment, NODE_ENV: 'test', TOKEN };
  const output = await run(project, process.execPath, [driver], variables);
  return JSON.parse(output) as unknown;
}

const ME = [200, null, '{"user":"user_1"}'];

describe.each([5, 4])('express.md in Express %i', (version) => {
  const folder = `express${version}`;

  it('guards routes, each with its own options', async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const variables = { ...environment, PORT: String(port) };
    const args = [`${folder}/server.js`];
    const server = await startServer(project, process.execPath, args, origin, variables);
    const good = { headers: bearer(await sign({ org_id: 'org_1' })) };
    const answers = [await answer(`${origin}/me`, good), await answer(`${origin}/me`)];
    const remove = { ...good, method: 'DELETE' };
    answers.push(await answer(`${origin}/posts/7`, remove));
    remove.headers = bearer(await sign({ permissions: ['posts:delete'] }));
    answers.push(await answer(`${origin}/posts/7`, remove));
    await server.stop();
    expect(answers).toEqual([
      [200, { user: 'user_1', organization: 'org_1' }],
      NOBODY,
      forbidden('MISSING_PERMISSION'),
      [200, { deleted: '7' }],
    ]);
  });

  it('is optional, and answers in other words', async () => {
    const use = `show(await Promise.all([
      call('/feed'),
      call('/feed', { headers: bearer(token) }),
      call('/feed', { headers: bearer(forged) }),
      call('/acme', { headers: bearer(token) }),
      call('/acme', { headers: bearer(forged) }),
    ].map(async (response) => summary(await response))));`;
    expect(await printed(folder, 'app.js', 'page.app', use)).toEqual([
      [200, null, '{"for":"everyone"}'],
      [200, null, '{"for":"user_1"}'],
      [401, INVALID, '{"error":"invalid_token","code":"INVALID_SIGNATURE"}'],
      ME,
      [401, INVALID, '{"problem":"INVALID_SIGNATURE"}'],
    ]);
  });

  it('logs refusals, and causes of failures', async () => {
    const use = `
      const { format } = await import('node:util');
      const logged = [];
      console.warn = (...values) => logged.push(format(...values));
      const outcome = await summary(await call('/me', { headers: bearer(token) }));
      show([...outcome, logged.join()]);`;
    const ask = () => printed(folder, 'logging.js', 'page.app', use);
    expect(await ask()).toEqual([...ME, '']);
    await issuer.outage('status-500');
    try {
      const problem = '{"problem":"JWKS_FETCH_FAILED"}';
      const log = /^\/me .*JWKS_FETCH_FAILED.*hint: .*code: 'STATUS'/s;
      expect(await ask()).toEqual([503, null, problem, expect.stringMatching(log)]);
    } finally {
      await issuer.outage(null);
    }
  });

  it('is Connect-shaped', async () => {
    const use = `show([
      await summary(await call('/', { headers: bearer(token) })),
      await summary(await call('/')),
    ]);`;
    const listener = "(req, res) => page.server.emit('request', req, res)";
    expect(await printed(folder, 'plain.js', listener, use)).toEqual([
      [200, null, 'hello user_1'],
      [401, 'Bearer', '{"error":"unauthorized","code":"MALFORMED_TOKEN"}'],
    ]);
  });
});

it('express.md: errors escape to Express 5', async () => {
  const use = `
    const post = (token) => call('/webhook', { method: 'POST', body: JSON.stringify({ token }),
      headers: { 'content-type': 'application/json' } });
    show([await summary(await post(token)), (await summary(await post(forged))).slice(0, 2)]);`;
  expect(await printed('express5', 'escaping.js', 'page.app', use)).toEqual([ME, [401, INVALID]]);
});
