// What a framework makes of a `WorkosTokenError` that a handler lets escape.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { blockNamed } from './support/docs.js';
import { rawAnswer, spellingsOf } from './support/paths.js';
import { createProject, freePort, type RunningServer, startServer } from './support/project.js';
import { startWorkos } from './support/workos.js';

// Nothing here builds anything: a request that is never answered shall not hold up the rest.
vi.setConfig({ testTimeout: 20_000 });

const SERVERS = ['express-5', 'fastify-5', 'hono-4', 'koa-3'];
// Some frameworks show more of an error where they take themselves to be in development.
const ENVIRONMENTS = ['production', 'development'];

let project: string;
/** As the project has it installed. */
let api: typeof import('verify-workos-token');
let issuer: ReturnType<typeof createIssuer>;
let keyless: ReturnType<typeof createIssuer>;
/** What each path asks of a token. */
let options: Record<string, object>;

beforeAll(async () => {
  project = await createProject('frameworks');
  api = load('verify-workos-token');
  issuer = createIssuer();
  keyless = createIssuer();
  await keyless.outage('refuse');
  await keyless.listen();
  options = {
    '/': issuer.options,
    '/organization': { ...issuer.options, organizationId: 'org_acme' },
    '/keyless': keyless.options,
    '/mistake': { ...issuer.options, clientID: 'client_1' },
  };
});

afterAll(() => keyless?.close());

describe.each(SERVERS)('%s', (name) => {
  describe.each(ENVIRONMENTS)('in %s', (environment) => {
    let server: RunningServer;
    let address: string;

    beforeAll(async () => {
      const port = await freePort();
      address = `http://127.0.0.1:${port}`;
      const file = path.join('escaping', `${name}.mjs`);
      server = await startServer(project, process.execPath, [file], address, {
        NODE_ENV: environment,
        PORT: String(port),
        OPTIONS_BY_PATH: JSON.stringify(options),
      });
    });

    afterAll(() => server?.stop());

    test('answers a good token', async () => {
      const { status, body } = await ask(address, await issuer.sign({ sub: 'user_1' }));
      expect([status, JSON.parse(body)]).toEqual([200, { user: 'user_1' }]);
    });

    const invalid = { challenge: 'Bearer error="invalid_token"', retryAfter: null };
    const forbidden = { challenge: 'Bearer error="insufficient_scope"', retryAfter: null };
    const unavailable = { challenge: null, retryAfter: expect.stringMatching(/^[1-9]\d?$/) };
    const nothing = { challenge: null, retryAfter: null };

    test.each([
      ['an expired token', '/', () => issuer.expired(), 401, invalid],
      ['a forged token', '/', () => issuer.wrongKey(), 401, invalid],
      ['another’s token', '/', () => issuer.sign({ aud: 'client_2' }), 401, invalid],
      ['no member', '/organization', () => issuer.sign({ org_id: 'org_x' }), 403, forbidden],
      ['no keys', '/keyless', () => keyless.sign(), 503, unavailable],
      ['a mistake in the options', '/mistake', () => issuer.sign(), 500, nothing],
    ])('answers rightly for %s', async (_, route, sign, status, headers) => {
      const token = await sign();
      const { body, ...answer } = await ask(address + route, token);
      expect(answer).toEqual({ status, ...headers });
      for (const secret of await secretsOf(token, options[route])) {
        expect(body).not.toContain(secret);
      }
    });
  });
});

describe('the guards of the guides let no spelling of a path past them', () => {
  let workos: Awaited<ReturnType<typeof startWorkos>>;
  let good: string;

  beforeAll(async () => {
    workos = await startWorkos();
    good = `Bearer ${await workos.sign({ sub: 'user_1', org_id: 'org_acme' })}`;
  });
  afterAll(() => workos?.close());

  const EXPRESS = ['express.md', 'app.js', 'page.app'];
  const PLAIN = ['plain.js', "(...both) => page.server.emit('request', ...both)"];
  // Each with spellings that reach the handler: with a good token, and only with one.
  test.each([
    ['express4', '/acme', ['/acme/', '/ACME', 'http://localhost/acme'], ...EXPRESS],
    ['express5', '/acme', ['/acme/', '/ACME', 'http://localhost/acme'], ...EXPRESS],
    ['node:http', '/me', ['/ME', '//me', '/%6de', '/me/%'], 'express.md', ...PLAIN],
  ] as [string, string, string[], string, string, string][])(
    '%s',
    async (framework, route, reaching, page, name, listener) => {
      const text = blockNamed(page, name).replace("from 'express'", `from '${framework}'`);
      const { origin, stop } = await serve(text, listener);
      const answers = await Promise.all(
        spellingsOf(route).map(async (spelling) => ({
          spelling,
          allowed: (await rawAnswer(origin, spelling, { authorization: good })).status,
          anonymous: (await rawAnswer(origin, spelling)).status,
        })),
      );
      const two = await rawAnswer(origin, route, { authorization: [good, 'Bearer a.b.c'] });
      await stop();
      // A handler that ran without an identity would answer 200, or fail with 500.
      const unguarded = answers.filter(({ anonymous }) => ![400, 401, 404].includes(anonymous));
      expect(unguarded).toEqual([]);
      const reached = answers.filter(({ allowed }) => allowed === 200);
      expect(reached.filter(({ anonymous }) => anonymous !== 401)).toEqual([]);
      const spellings = reached.map(({ spelling }) => spelling);
      expect(spellings).toEqual(expect.arrayContaining([route, ...reaching]));
      expect(two.status).toBe(400);
    },
  );

  /** A code block in a process of its own. */
  async function serve(text: string, listener: string) {
    const folder = path.join(project, 'guards');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'page.mjs'), text);
    const driver = `
      import { createServer } from 'node:http';
      import * as page from './page.mjs';
      createServer(${listener}).listen(process.env.PORT, '127.0.0.1');`;
    writeFileSync(path.join(folder, 'driver.mjs'), driver);
    const PORT = String(await freePort());
    const origin = `http://127.0.0.1:${PORT}`;
    const variables = { ...workos.environment, PORT, NODE_ENV: 'test' };
    const server = await startServer(folder, process.execPath, ['driver.mjs'], origin, variables);
    return { origin, stop: server.stop };
  }
});

describe('Fastify', () => {
  test.each([
    {},
    { caseSensitive: false },
    { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, useSemicolonDelimiter: true },
  ])('guards all routes of an instance and its plugins, with %o', async (routerOptions) => {
    const app = load('fastify')({ routerOptions });
    const ran: string[] = [];
    app.get('/api/x', async () => ran.push('before'));
    app.register(async (child: typeof app) => child.get('/plugin', async () => ran.push('child')));
    app.addHook('onRequest', async () => Promise.reject(new Error('refused')));
    app.get('/:section/x', async () => ran.push('after'));
    await app.ready();
    const server = createServer(app.routing).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const spelling of [...spellingsOf('/api/x'), '/plugin']) await rawAnswer(origin, spelling);
    server.close();
    expect(ran).toEqual([]);
  });
});

describe('Hono', () => {
  test('guards only what is under the path of its guard', async () => {
    const { Hono } = load('hono');
    const { createAdaptorServer } = load('@hono/node-server');
    const app = new Hono();
    const answer = (text: string) => (c: typeof app) => c.text(`ran ${text}`);
    app.use('/api/*', (c: typeof app) => c.text('refused', 401));
    app.get('/api/x', answer('x')).get('/:section/x', answer('section'));
    app.all('*', answer('catch-all'));
    const server = createAdaptorServer({ fetch: app.fetch });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const origin = `http://127.0.0.1:${server.address().port}`;
    const ask = async (spelling: string) => (await rawAnswer(origin, spelling)).body;
    const bodies = await Promise.all(spellingsOf('/api/x').map(ask));
    expect(bodies).not.toContain('ran x');
    expect(await ask('/%61pi/x')).toBe('refused');
    expect(await ask('/API/x')).toBe('ran section');
    expect(await ask('//api/x')).toBe('ran catch-all');
    server.close();
  });
});

function load(name: string) {
  return createRequire(path.join(project, 'package.json'))(name);
}

function createIssuer() {
  return load('verify-workos-token/testing').createTestIssuer();
}

async function ask(url: string, token: string) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: response.headers.get('retry-after'),
    body: withoutEscapes(await response.text()),
  };
}

/** Of an HTML page. */
function withoutEscapes(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/** What no answer may hold: parts of the token, and of the error that the same call gives here. */
async function secretsOf(token: string, options: object | undefined): Promise<string[]> {
  const error = await api.verifyWorkosToken(token, options).catch((error) => error);
  const { hint, expected, actual } = error;
  const secrets = [hint, expected, actual, token.split('.')].flat();
  return secrets.filter((secret) => secret !== undefined).map(String);
}
