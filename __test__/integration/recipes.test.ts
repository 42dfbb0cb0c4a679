// The servers of the guides, in the real frameworks: what they respond with and what they log.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './support/docs.js';
import { rawAnswer, spellingsOf } from './support/paths.js';
import { compileRecipes, createRecipes, type Recipe, startRecipe } from './support/recipes.js';

interface Request {
  path: string;
  method?: string;
  body?: string;
  /** Whether the framework passes on only the first of two `Authorization` headers. */
  seesFirstOnly?: boolean;
  /** Ways to spell `path` that must reach the handler with a token, so that the test is no empty one. */
  reaching?: string[];
  /** What a handler that runs responds with. */
  answer: unknown;
  /** The body of a refusal. */
  refusal: (status: number, code: string, error: string) => unknown;
}

const USER = { user: 'user_1' };
const ours = (_status: number, code: string, error: string) => ({ error, code });
const GRAPHQL = { method: 'POST', body: '{"query":"{ me }"}', answer: { data: { me: 'user_1' } } };

const TRPC: Record<number, [name: string, number: number]> = {
  400: ['BAD_REQUEST', -32600],
  401: ['UNAUTHORIZED', -32001],
  403: ['FORBIDDEN', -32003],
  503: ['SERVICE_UNAVAILABLE', -32603],
};
function trpc(httpStatus: number, message: string) {
  const [code, number] = TRPC[httpStatus] ?? [];
  return { error: { message, code: number, data: { code, httpStatus, path: 'me' } } };
}

const apollo = (_status: number, code: string) => ({
  errors: [{ message: code, extensions: { code } }],
});

const me: Request = { path: '/me', answer: USER, refusal: ours };
const RECIPES: [file: string, request: Request][] = [
  ['nestjs/main.ts', { ...me, reaching: ['/ME', '/me/'] }],
  ['nestjs/main.fastify.ts', { ...me, reaching: ['/%6de'] }],
  [
    'graphql-and-trpc/trpc-server.ts',
    { path: '/me', answer: { result: { data: USER } }, refusal: trpc },
  ],
  [
    'graphql-and-trpc/yoga.ts',
    { path: '/graphql', ...GRAPHQL, refusal: ours, seesFirstOnly: true },
  ],
  ['graphql-and-trpc/apollo.ts', { path: '/', ...GRAPHQL, refusal: apollo }],
  [
    'graphql-and-trpc/apollo-express.ts',
    { path: '/graphql', ...GRAPHQL, refusal: ours, reaching: ['/GRAPHQL', '/graphql/x'] },
  ],
  ['other-frameworks/fastify.js', { ...me, reaching: ['/%6de'] }],
  ['other-frameworks/koa.js', { ...me, reaching: ['/ME', '//me', '/me/%'] }],
  ['server-setup/server.js', { ...me, reaching: ['/ME', '/me/'] }],
  ['fetch-handlers/hono.js', { ...me, path: '/api/me', reaching: ['/%61pi/me'] }],
];

/** Fastify closes the connection of what is no HTTP. */
const CLOSED = () => ({ status: 400, body: '' });

let project: string;
beforeAll(async () => {
  project = await createRecipes();
  await compileRecipes(project);
});

it('runs every code block', () => {
  const named = (page: string) => blocksOf(page).map(({ name }) => name);
  expect(named('nestjs.md')).toEqual([
    'workos.guard.ts',
    'app.module.ts',
    'main.ts',
    'main.fastify.ts',
  ]);
  expect(named('graphql-and-trpc.md')).toEqual([
    'trpc.ts',
    'trpc-server.ts',
    'yoga.ts',
    'apollo.ts',
    'apollo-express.ts',
  ]);
  expect(named('other-frameworks.md')).toEqual(['fastify.js', 'koa.js', 'http2.js']);
  expect(named('server-setup.md')).toEqual([
    'lib/workos.ts',
    'app/api/posts/[id]/route.ts',
    'instrumentation.ts',
    'app/api/ready/route.ts',
    'workos.js',
    'server.js',
  ]);
  expect(named('websockets.md')).toEqual(['ws.js', 'socket-io.js']);
});

describe.each(RECIPES)('%s', (file, request) => {
  let recipe: Recipe;
  beforeAll(async () => {
    recipe = await startRecipe(project, file);
  });
  afterAll(() => recipe?.stop());

  it('calls an outage 503, and lets nobody in', async () => {
    const token = await recipe.sign();
    const outcome = await ask(recipe, request, token);
    expect(outcome).toEqual({
      status: 503,
      challenge: null,
      retryAfter: '1',
      body: request.refusal(503, 'JWKS_FETCH_FAILED', 'temporarily_unavailable'),
    });
    await recipe.outage(false);
    const status = async () => (await ask(recipe, request, token)).status;
    await expect.poll(status, { timeout: 10_000, interval: 200 }).toBe(200);
  });

  it('lets a good token in, and logs no refusal', async () => {
    const before = recipe.server.output();
    expect(await ask(recipe, request, await recipe.sign())).toEqual({
      status: 200,
      challenge: null,
      retryAfter: null,
      body: request.answer,
    });
    const refused = (status: number, code: string, error: string, challenge: string) => {
      return { status, challenge, retryAfter: null, body: request.refusal(status, code, error) };
    };
    const invalid = 'Bearer error="invalid_token"';
    expect(await ask(recipe, request)).toEqual(
      refused(401, 'MALFORMED_TOKEN', 'unauthorized', 'Bearer'),
    );
    expect(await ask(recipe, request, await recipe.forge())).toEqual(
      refused(401, 'INVALID_SIGNATURE', 'invalid_token', invalid),
    );
    expect(await ask(recipe, request, await recipe.sign({ exp: 1 }))).toEqual(
      refused(401, 'TOKEN_EXPIRED', 'invalid_token', invalid),
    );
    expect(await ask(recipe, request, 'a b')).toEqual(
      refused(400, 'MALFORMED_TOKEN', 'invalid_request', 'Bearer error="invalid_request"'),
    );
    expect(recipe.server.output()).toBe(before);
  });

  it('never takes the second of two tokens', async () => {
    const { path, seesFirstOnly, ...more } = request;
    const [good, bad] = [`Bearer ${await recipe.sign()}`, 'Bearer a.b.c'];
    const send = async (...authorization: string[]) => {
      const headers = { 'content-type': 'application/json', authorization };
      return (await rawAnswer(recipe.origin, path, headers, more)).status;
    };
    const statuses = [await send(good, bad), await send(bad, good)];
    expect(statuses).toEqual(seesFirstOnly ? [200, 401] : [400, 400]);
  });

  it('lets no spelling of the path past the guard', async () => {
    const { path, reaching = [], answer, ...more } = request;
    const headers = { 'content-type': 'application/json' };
    const good = { ...headers, authorization: `Bearer ${await recipe.sign()}` };
    const send = (spelling: string, sent: Record<string, string | string[]>) =>
      rawAnswer(recipe.origin, spelling, sent, more).catch(CLOSED);
    const answers = await Promise.all(
      [...spellingsOf(path === '/' ? '/x' : path), path, ...reaching].map(async (spelling) => ({
        spelling,
        allowed: (await send(spelling, good)).status,
        anonymous: await send(spelling, headers),
      })),
    );
    const served = answers.filter(({ anonymous }) => anonymous.status < 400);
    expect(served).toEqual([]);
    expect(answers.filter(({ anonymous }) => anonymous.body.includes('user_1'))).toEqual([]);
    const reached = answers.filter(({ allowed }) => allowed === 200);
    expect(reached.filter(({ anonymous }) => anonymous.status !== 401)).toEqual([]);
    const spellings = reached.map(({ spelling }) => spelling);
    expect(spellings).toEqual(expect.arrayContaining([path, ...reaching]));
    expect(JSON.parse((await send(path, good)).body)).toEqual(answer);
  });
});

describe.each(['nestjs/main.ts', 'nestjs/main.fastify.ts'])('%s', (file) => {
  it('has routes that need more, and routes that need nothing', async () => {
    const recipe = await startRecipe(project, file);
    await recipe.outage(false);
    const remove = { path: '/posts/7', method: 'DELETE', answer: { deleted: '7' }, refusal: ours };
    const allowed = await recipe.sign({ permissions: ['posts:delete'] });
    const outcomes = [
      await ask(recipe, remove, allowed),
      await ask(recipe, remove, await recipe.sign()),
      await ask(recipe, { ...me, path: '/health' }),
      await ask(recipe, { ...me, path: '/health' }, 'a.b.c'),
    ];
    await recipe.stop();
    const open = { status: 200, challenge: null, retryAfter: null };
    const challenge = 'Bearer error="insufficient_scope"';
    const body = { error: 'insufficient_scope', code: 'MISSING_PERMISSION' };
    expect(outcomes).toEqual([
      { ...open, body: { deleted: '7' } },
      { status: 403, challenge, retryAfter: null, body },
      { ...open, body: { status: 'ok' } },
      { ...open, body: { status: 'ok' } },
    ]);
    expect(recipe.server.output()).not.toMatch(/ERROR/);
  });
});

it('tRPC: has procedures that need more, that need nothing, and batches', async () => {
  const recipe = await startRecipe(project, 'graphql-and-trpc/trpc-server.ts');
  await recipe.outage(false);
  const call = (path: string, method: string) => ({ ...me, path, method });
  const writer = await recipe.sign({ permissions: ['posts:write'] });
  const publish = { ...call('/publish', 'POST'), body: '{}' };
  const outcomes = [
    await ask(recipe, publish, writer),
    await ask(recipe, publish, await recipe.sign()),
    await ask(recipe, call('/health', 'GET')),
    await ask(recipe, call('/health,me?batch=1', 'GET')),
  ];
  await recipe.stop();
  const short = outcomes.map(({ status, challenge }) => [status, challenge]);
  expect(short).toEqual([
    [200, null],
    [403, 'Bearer error="insufficient_scope"'],
    [200, null],
    [207, 'Bearer'],
  ]);
  expect(outcomes[3]?.body).toEqual([
    { result: { data: { status: 'ok' } } },
    trpc(401, 'MALFORMED_TOKEN'),
  ]);
});

it('Express: is ready when it can verify tokens, and alive before', async () => {
  const recipe = await startRecipe(project, 'server-setup/server.js');
  const probe = (path: string) => fetch(recipe.origin + path);
  const down = await probe('/ready');
  expect([down.status, await down.json()]).toEqual([503, { status: 'JWKS_FETCH_FAILED' }]);
  expect(down.headers.get('retry-after')).toBe('1');
  expect((await probe('/alive')).status).toBe(200);
  const metrics = async () => (await probe('/metrics')).text();
  expect(await metrics()).toMatch(/^workos_keys 0\nworkos_keys_age_seconds NaN\n/);
  await recipe.outage(false);
  const status = async () => (await probe('/ready')).status;
  await expect.poll(status, { timeout: 10_000, interval: 200 }).toBe(200);
  await recipe.outage(true);
  expect(await status()).toBe(200);
  expect(await metrics()).toMatch(
    /^workos_keys 1\nworkos_keys_age_seconds [\d.]+\nworkos_key_fetches_total \d+\nworkos_key_fetch_failures_total [1-9]\d*\nworkos_stale_serves_total 0\n$/,
  );
  await recipe.stop();
});

/** One request, with a token or without. */
async function ask({ origin }: Recipe, request: Request, token?: string) {
  const { path, method = 'GET', body = null } = request;
  const headers = {
    ...(body !== null && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(origin + path, { method, body, headers });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: response.headers.get('retry-after'),
    body: await response.json(),
  };
}
