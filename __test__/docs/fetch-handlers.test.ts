import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockNamed, blocksOf, readPage } from '../integration/support/docs.js';
import { SENTENCE } from '../../lib/stub/sentence.ts';
import { closeGuides, compile, openGuides, run, writeBlock } from '../support/guides.js';

const INVALID_SIGNATURE = [401, { error: 'invalid_token', code: 'INVALID_SIGNATURE' }];
const NOBODY = [401, { error: 'unauthorized', code: 'MALFORMED_TOKEN' }];
const user = { sub: 'user_1' };

beforeAll(() => openGuides('fetch-handlers.md'));
afterAll(closeGuides);

describe('fetch-handlers.md', () => {
  const page = 'fetch-handlers.md';

  it('has no code block that is not run', () => {
    const names = [
      'handler.js',
      'hono.js',
      'auth.server.js',
      'page.jsx',
      'hooks.server.js',
      'src/auth.js',
      'src/routes/api/me.js',
      'src/routes/page.jsx',
      'cookie.js',
    ];
    expect(blocksOf(page).map(({ name }) => name)).toEqual(names);
  });

  it('has a handler for everything that calls it with a request', async () => {
    const use = `
      console.log(JSON.stringify([
        await answer(await page.handler(bearer(token))),
        await answer(await page.handler(bearer(forged))),
        await answer(await page.handler(request({}))),
      ]));`;
    const claims = { ...user, permissions: ['posts:read'] };
    expect(await run(page, 'handler.js', use, claims)).toEqual([
      [200, { user: 'user_1' }],
      INVALID_SIGNATURE,
      NOBODY,
    ]);
  });

  it('lets errors through to Hono', async () => {
    const use = `
      console.log(JSON.stringify([
        await answer(await page.app.request(bearer(token))),
        await answer(await page.app.request(bearer(forged))),
      ]));`;
    expect(await run(page, 'hono.js', use, user)).toEqual([
      [200, { user: 'user_1' }],
      INVALID_SIGNATURE,
    ]);
  });

  it("types Hono's variables", async () => {
    const [app, type] = ['new Hono<', 'import type {'].map(
      (start) => readPage(page).match(new RegExp(`\`(${start}[^\`]+)\``))?.[1] as string,
    );
    const text = blockNamed(page, 'hono.js').replace('new Hono()', app as string);
    writeBlock(page, 'hono.typed.ts', `${type};\n${text}`);
    await compile(page, 'hono.typed.ts');
  });

  it('throws responses in loaders', async () => {
    const use = `
      const refused = await page.loader({ request: bearer(forged) }).catch((thrown) => thrown);
      console.log(JSON.stringify([
        await answer(await page.loader({ request: bearer(token) })),
        refused instanceof Response,
        await answer(refused),
      ]));`;
    expect(await run(page, 'auth.server.js', use, user)).toEqual([
      [200, { user: 'user_1' }],
      true,
      INVALID_SIGNATURE,
    ]);
  });

  it("guards SvelteKit's routes in its hook", async () => {
    const use = `
      const resolve = async ({ locals }) => Response.json(locals.workos?.claims.sub ?? null);
      const call = (request, id, isRemoteRequest = false) => {
        const event = { request, route: { id }, isRemoteRequest, locals: {} };
        return page.handle({ event, resolve }).then(answer);
      };
      console.log(JSON.stringify([
        await call(bearer(token), '/api/me'),
        await call(bearer(forged), '/api/me'),
        await call(request({}), null),
        await call(request({}), '/(public)/about', true),
        await call(request({}), '/(public)/about'),
      ]));`;
    expect(await run(page, 'hooks.server.js', use, user)).toEqual([
      [200, 'user_1'],
      INVALID_SIGNATURE,
      NOBODY,
      NOBODY,
      [200, null],
    ]);
  });

  it('takes a token from a cookie', async () => {
    const use = `
      const name = '__Host-access_token';
      const ours = name + '=' + token;
      const call = (cookie) =>
        page.authenticateByCookie(request({ cookie })).then(
          ({ claims }) => claims.sub,
          ({ code }) => code,
        );
      console.log(JSON.stringify([
        await call(ours),
        await call('theme=dark; ' + ours + '; other=1'),
        await call('theme=dark;' + ours),
        await call(name + '=' + forged),
        await call('x' + ours),
        await call('theme=' + ours),
        await call('theme=dark, ' + ours),
        await call(name.toLowerCase() + '=' + token),
        await call(ours + '; ' + name + '=' + forged),
        await call(name + '=' + forged + '; ' + ours),
        await call(name + '=; ' + ours),
        await page.authenticateByCookie(bearer(token)).catch(({ code }) => code),
      ]));`;
    const accepted = Array(3).fill('user_1');
    expect(await run(page, 'cookie.js', use, user)).toEqual([
      ...accepted,
      'INVALID_SIGNATURE',
      ...Array(8).fill('MALFORMED_TOKEN'),
    ]);
  });

  it("quotes the stub's sentence", () => {
    expect(readPage(page)).toContain(`\n> ${SENTENCE}\n`);
  });
});
