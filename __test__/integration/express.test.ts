// The middleware in Express 4 and 5, in Connect, and with no framework at all.
import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { rawAnswer, spellingsOf } from './support/paths.js';
import { createProject, freePort, startServer } from './support/project.js';

// Nothing here builds anything: a request that is never answered shall not hold up the rest.
vi.setConfig({ testTimeout: 20_000 });

// biome-ignore lint/suspicious/noExplicitAny: what the project has installed.
type Installed = any;
type Handler = (request: Installed, response: Installed, next: Installed) => unknown;

let project: string;
let requireWorkosToken: Installed;
let WorkosTokenError: Installed;
let issuer: Installed;

const FRAMEWORKS: Record<string, (middleware: Handler, handler: Handler) => RequestListener> = {
  'Express 4': (middleware, handler) => load('express4')().use(middleware, handler, onError),
  'Express 5': (middleware, handler) => load('express5')().use(middleware, handler, onError),
  Connect: (middleware, handler) => load('connect')().use(middleware).use(handler).use(onError),
  'node:http alone': (middleware, handler) => async (request, response) => {
    const fail = (error: unknown) => onError(error, request, response, undefined);
    const next = (error?: unknown) =>
      error === undefined ? handler(request, response, undefined) : fail(error);
    try {
      await middleware(request, response, next);
    } catch (error) {
      fail(error);
    }
  },
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

beforeAll(async () => {
  project = await createProject('frameworks');
  ({ requireWorkosToken } = load('verify-workos-token/express'));
  ({ WorkosTokenError } = load('verify-workos-token'));
  issuer = load('verify-workos-token/testing').createTestIssuer();
});

describe.each(Object.keys(FRAMEWORKS))('in %s', (framework) => {
  /** A server whose answer is what the middleware has set. */
  const serve = (options = {}, handler: Handler = showIdentity) => {
    const middleware = requireWorkosToken({ ...issuer.options, ...options });
    return listen(FRAMEWORKS[framework]?.(middleware, handler));
  };

  test('a good token passes, in `req.workos`', async () => {
    const token = await issuer.sign({ sub: 'user_1' });
    const url = await serve();
    expect(await ask(url, [`bearer ${token}`])).toMatchObject({
      status: 200,
      body: { workos: { claims: { sub: 'user_1' }, token } },
    });
  });

  test.each([
    ['an expired token', () => issuer.expired(), 'TOKEN_EXPIRED'],
    ['a forged token', () => issuer.wrongKey(), 'INVALID_SIGNATURE'],
    ['what is no token', () => 'abc', 'MALFORMED_TOKEN'],
  ])('%s is refused', async (_, token, code) => {
    const answer = refusal(401, 'Bearer error="invalid_token"', 'invalid_token', code);
    expect(await ask(await serve(), [`Bearer ${await token()}`])).toEqual(answer);
  });

  const missing = refusal(401, 'Bearer', 'unauthorized');
  const malformed = refusal(400, 'Bearer error="invalid_request"', 'invalid_request');
  const REFUSED: [string, string[], ReturnType<typeof refusal>][] = [
    ['no header', [], missing],
    ['another scheme', ['Basic dXNlcjpwYXNzd29yZA=='], missing],
    ['the scheme alone', ['Bearer'], malformed],
    ['two words', ['Bearer a.b.c d'], malformed],
    ['two credentials', ['Bearer a.b.c, Bearer d.e.f'], malformed],
    ['two headers', ['Bearer a.b.c', 'Bearer a.b.c'], malformed],
    ['two schemes', ['Basic dXNlcjpwYXNzd29yZA==', 'Bearer a.b.c'], malformed],
  ];

  test.each(REFUSED)('%s is refused', async (_, authorization, answer) => {
    expect(await ask(await serve(), authorization)).toEqual(answer);
  });

  test.each(REFUSED)('%s, where a token is optional', async (_, authorization, answer) => {
    const passed = { status: 200, body: {} };
    const { status, body } = await ask(await serve({ optional: true }), authorization);
    const expected = answer === missing ? passed : { status: answer.status, body: answer.body };
    expect({ status, body }).toEqual(expected);
  });

  test('a bad token is refused also where it is optional', async () => {
    const authorization = `Bearer ${await issuer.wrongKey()}`;
    const url = await serve({ optional: true });
    expect(await ask(url, [authorization])).toMatchObject({ status: 401 });
  });

  test('the property is named by an option', async () => {
    const url = await serve({ property: 'user' });
    const { body } = await ask(url, [`Bearer ${await issuer.sign()}`]);
    expect(Object.keys(body)).toEqual(['user']);
  });

  test('the token can be in a cookie, and the header is then not looked at', async () => {
    const getToken = ({ headers }: Installed) =>
      /(?:^|; )session=([^;]*)/.exec(headers.cookie)?.[1];
    const url = await serve({ getToken });
    const token = await issuer.sign();
    expect(await ask(url, [], { Cookie: `a=b; session=${token}` })).toMatchObject({ status: 200 });
    expect(await ask(url, [`Bearer ${token}`])).toEqual(missing);
    expect(await ask(url, [], { Cookie: 'session=' })).toEqual(missing);
  });

  test.each<[string, object, object]>([
    ['answer', { onError: teapot }, { status: 418, body: 'TOKEN_EXPIRED' }],
    ['hand the error on', { onError: handOn }, { status: 599, body: 'TOKEN_EXPIRED' }],
    ['throw', { onError: throws }, { status: 599, body: 'thrown' }],
    ['reject', { onError: async () => throws() }, { status: 599, body: 'thrown' }],
  ])('`onError` can %s', async (_, options, answer) => {
    const authorization = `Bearer ${await issuer.expired()}`;
    expect(await ask(await serve(options), [authorization])).toMatchObject(answer);
  });

  test('what `getToken` throws goes to the error handler, and not to `onError`', async () => {
    const url = await serve({ getToken: throws, onError: teapot });
    expect(await ask(url)).toMatchObject({ status: 599, body: 'thrown' });
  });

  test('without keys the answer is 503, and good again once they can be had', async () => {
    await using issuer = load('verify-workos-token/testing').createTestIssuer();
    await issuer.outage('status-500');
    await issuer.listen();
    const url = await serve({ jwks: undefined, ...issuer.options });
    const authorization = [`Bearer ${await issuer.sign()}`];
    expect(await ask(url, authorization)).toEqual({
      ...refusal(503, undefined, 'temporarily_unavailable', 'JWKS_FETCH_FAILED'),
      retryAfter: expect.stringMatching(/^[1-9]\d?$/),
    });
    await issuer.outage(null);
    await vi.waitFor(
      async () => expect(await ask(url, authorization)).toMatchObject({ status: 200 }),
      5_000,
    );
  });

  test('the answer to HEAD has no body', async () => {
    const url = await serve();
    const head = { method: 'HEAD' };
    const refused = await ask(url, [], {}, head);
    expect(refused).toEqual({ ...missing, body: '' });
    const passed = await ask(url, [`Bearer ${await issuer.sign()}`], {}, head);
    expect(passed).toMatchObject({ status: 200, body: '' });
  });

  test('the body of a request is still there', async () => {
    const url = await serve({}, async (request, response) =>
      response.end(JSON.stringify(await json(request))),
    );
    const authorization = `Bearer ${await issuer.sign()}`;
    const sent = { text: 'x'.repeat(100_000) };
    const { body } = await ask(url, [authorization], {}, { method: 'POST', body: sent });
    expect(body).toEqual(sent);
  });
});

describe.each(Object.keys(FRAMEWORKS))('in %s, a later handler', (framework) => {
  test.each([
    ['error', throws, 'thrown'],
    ['WorkosTokenError', () => requireWorkosToken({ clientID: 'x' }), 'INVALID_OPTIONS'],
  ])('has its %s handled as if the middleware were not there', async (_, handler, body) => {
    const middleware = requireWorkosToken({ ...issuer.options, onError: teapot });
    const url = await listen(FRAMEWORKS[framework]?.(middleware, handler));
    const authorization = `Bearer ${await issuer.sign()}`;
    expect(await ask(url, [authorization])).toMatchObject({ status: 599, body });
  });
});

describe.each(['express4', 'express5'])('in %s', (name) => {
  test('each route asks for what it needs', async () => {
    const app = load(name)();
    const route = (path: string, options: object) =>
      app.get(path, requireWorkosToken({ ...issuer.options, ...options }), showIdentity);
    route('/any', {});
    route('/posts', { permissions: ['posts:read', 'posts:write'] });
    route('/admin', { roles: ['admin', 'owner'] });
    route('/acme', { organizationId: 'org_acme' });
    const url = await listen(app);

    const codeOf = async (path: string, claims: object) => {
      const authorization = `Bearer ${await issuer.sign(claims)}`;
      const { status, challenge, body } = await ask(url + path, [authorization]);
      if (status === 403) expect(challenge).toBe('Bearer error="insufficient_scope"');
      return status === 200 ? 200 : body.code;
    };
    const both = ['posts:write', 'posts:read'];
    expect(await codeOf('/any', {})).toBe(200);
    expect(await codeOf('/posts', { permissions: both })).toBe(200);
    expect(await codeOf('/posts', { permissions: both.slice(1) })).toBe('MISSING_PERMISSION');
    expect(await codeOf('/admin', { role: 'owner' })).toBe(200);
    expect(await codeOf('/admin', { role: 'member' })).toBe('MISSING_PERMISSION');
    expect(await codeOf('/acme', { org_id: 'org_acme' })).toBe(200);
    expect(await codeOf('/acme', { org_id: 'org_x' })).toBe('FORBIDDEN_ORGANIZATION');
  });

  const SETTINGS = ['none', 'case sensitive routing', 'strict routing'];
  const FORMS: [string, (app: Installed, guard: Handler, handler: Handler) => unknown][] = [
    ['on its routes', (app, guard, handler) => app.get(['/api/x', '/:section/x'], guard, handler)],
    ['before a router', (app, guard, handler) => app.use('/api', guard, routerWith(handler))],
    ['before all', (app, guard, handler) => app.use(guard).get(['/api/x', '/:any/x'], handler)],
  ];

  test.each(FORMS.flatMap((form) => SETTINGS.map((setting) => [...form, setting] as const)))(
    'a guard %s lets no spelling of a path past it',
    async (_, mount, setting) => {
      const app = load(name)();
      if (setting !== 'none') app.enable(setting);
      mount(app, requireWorkosToken(issuer.options), showIdentity);
      const url = await listen(app);
      const authorization = `Bearer ${await issuer.sign()}`;
      const statuses = await Promise.all(
        spellingsOf('/api/x').map(async (spelling) => {
          const { status } = await rawAnswer(url, spelling, { authorization });
          return [spelling, status, (await rawAnswer(url, spelling)).status];
        }),
      );
      expect(statuses).toContainEqual(['/api/x', 200, 401]);
      expect(statuses.filter(([, , anonymous]) => anonymous === 200)).toEqual([]);
    },
  );

  test('a guard that is mounted on its own is passed by, as express.md says', async () => {
    const app = load(name)();
    app.use('/acme', requireWorkosToken(issuer.options));
    app.get('/:organization/x', (req: Installed, res: Installed) => res.send(req.params));
    const url = await listen(app);
    expect((await rawAnswer(url, '/acme/x')).status).toBe(401);
    const { status, body } = await rawAnswer(url, '/%61cme/x');
    expect([status, JSON.parse(body)]).toEqual([200, { organization: 'acme' }]);
  });

  const routerWith = (handler: Handler) => load(name).Router().get(['/x', '/:name'], handler);

  test('the token can come from what `cookie-parser` has read', async () => {
    const app = load(name)();
    const getToken = ({ cookies }: Installed) => cookies.session;
    app.use(load('cookie-parser')());
    app.use(requireWorkosToken({ ...issuer.options, getToken }), showIdentity);
    const url = await listen(app);
    const Cookie = `session=${await issuer.sign()}`;
    expect(await ask(url, [], { Cookie })).toMatchObject({ status: 200 });
    expect(await ask(url)).toMatchObject({ status: 401 });
  });

  test.each(['import.mjs', 'require.cjs'])('a program of its own: %s', async (file) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const args = [path.join('middleware', file)];
    const { stop } = await startServer(project, process.execPath, args, url, {
      EXPRESS: name,
      PORT: String(port),
      TOKEN_OPTIONS: JSON.stringify(issuer.options),
    });
    closing.push(stop);
    const good = await ask(url, [`Bearer ${await issuer.sign({ sub: 'user_1' })}`]);
    expect(good).toMatchObject({ status: 200, body: { user: 'user_1' } });
    const forged = await ask(url, [`Bearer ${await issuer.wrongKey()}`]);
    expect(forged).toMatchObject({ status: 401, body: { code: 'INVALID_SIGNATURE' } });
  });
});

test.each([
  ['unknown', { clientID: 'client_1' }],
  ['of the wrong type', { permissions: 'posts:read' }],
  ['of the wrong type, of the adapter', { optional: 'yes' }],
])('an option that is %s stops the server’s start', (_, options) => {
  const make = () => requireWorkosToken({ ...issuer.options, ...options });
  expect(make).toThrow(WorkosTokenError);
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
});

function load(name: string): Installed {
  return createRequire(path.join(project, 'package.json'))(name);
}

function showIdentity({ workos, user }: Installed, response: Installed): void {
  response.end(JSON.stringify({ workos, user }));
}

// Express tells an error handler by its four parameters.
function onError(error: Installed, _request: unknown, response: Installed, _next: unknown): void {
  response.statusCode = 599;
  response.end(JSON.stringify(error.code ?? error.message));
}

function teapot(error: Installed, _request: unknown, response: Installed): void {
  response.statusCode = 418;
  response.end(JSON.stringify(error.code));
}

function handOn(error: unknown, _request: unknown, _response: unknown, next: Installed): void {
  next(error);
}

function throws(): never {
  throw new Error('thrown');
}

async function listen(listener: RequestListener | undefined): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Each credential in a header of its own. */
async function ask(
  url: string,
  authorization: string[] = [],
  more: Record<string, string> = {},
  { method = 'GET', body }: { method?: string; body?: object } = {},
) {
  const headers = Object.entries({ Host: 'localhost', Connection: 'close', ...more }).flat();
  for (const credentials of authorization) headers.push('Authorization', credentials);
  const sent = body === undefined ? '' : JSON.stringify(body);
  if (sent !== '') headers.push('Content-Length', String(sent.length));
  const [response] = await once(request(url, { method, headers }).end(sent), 'response');
  const text = Buffer.concat(await response.toArray()).toString();
  return {
    status: response.statusCode,
    challenge: response.headers['www-authenticate'],
    retryAfter: response.headers['retry-after'],
    caching: response.headers['cache-control'],
    body: text === '' ? '' : JSON.parse(text),
  };
}

/** An answer by RFC 6750. */
function refusal(
  status: number,
  challenge: string | undefined,
  error: string,
  code = 'MALFORMED_TOKEN',
) {
  return { status, challenge, retryAfter: undefined, caching: 'no-store', body: { error, code } };
}
