import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SENTENCE } from '../../lib/stub/sentence.ts';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { blocksOf, writeBlocks } from './support/docs.js';
import {
  buildAsConfigured,
  buildNext,
  startNext,
  startStandalone,
  tracedAddons,
} from './support/next.js';
import { createProject, freePort, type RunningServer } from './support/project.js';

const EXTERNAL = { serverExternalPackages: ['verify-workos-token'] };
const STANDALONE = { output: 'standalone' };
/** One build checks the types for all. */
const UNCHECKED = { typescript: { ignoreBuildErrors: true } };

/** webpack's `next start` in place is in no row: its standalone output has less to find the addon by. */
const BUILDS = [
  { bundler: 'Turbopack', options: {} },
  { bundler: 'Turbopack', options: STANDALONE },
  { bundler: 'Turbopack', options: { ...STANDALONE, ...EXTERNAL } },
  { bundler: 'webpack', options: STANDALONE },
].map((build, index) => ({
  ...build,
  config: index === 0 ? build.options : { ...build.options, ...UNCHECKED },
  named: Object.keys(build.options).join(' and ') || 'no options',
}));

/** The routes that want a token, and what their answers hold beside `sub`. */
const ROUTES = [
  ['/api/users/7', { id: '7', sameInBoth: true }],
  ['/api/teams/a/b?q=1', { path: ['a', 'b'], q: '1' }],
  ['/api/web', {}],
  ['/api/session?q=1', { q: '1' }],
  ['/proxied', {}],
] as const;

const MISSING = refused(401, 'unauthorized', 'MALFORMED_TOKEN', 'Bearer');
const EXPIRED = refused(401, 'invalid_token', 'TOKEN_EXPIRED');
const FORGED = refused(401, 'invalid_token', 'INVALID_SIGNATURE');
const MALFORMED = refused(400, 'invalid_request', 'MALFORMED_TOKEN');

const COOKIE_PASSWORD = 'q7Vf2LxkZ0bTn9RjWc4HsYd8GmPa3EuK';
const RESOURCE = 'https://mcp.acme.com/api/mcp/notes';
const issuer = createTestIssuer({
  cookiePassword: COOKIE_PASSWORD,
  authkitDomain: 'acme.authkit.app',
  resource: RESOURCE,
});
/** The same to look at, with keys and an endpoint of its own. */
let failing: TestIssuer;
let iss: string;
let good: string;
/** What a request may bring in `Authorization`, and the answer to it. */
let bad: [authorization: string, answer: unknown][];
let project: string;

beforeAll(async () => {
  await issuer.listen();
  iss = `${new URL(String(issuer.jwksUrl)).origin}/user_management/client_test`;
  failing = createTestIssuer();
  await failing.listen();
  good = await issuer.sign({ iss, sub: 'user_next' }, { expiresInSeconds: 3600 });
  bad = [
    [`Bearer ${await issuer.expired()}`, EXPIRED],
    [`Bearer ${await issuer.wrongKey()}`, FORGED],
    ['Bearer', MALFORMED],
    [`Bearer ${good}, Bearer ${good}`, MALFORMED],
  ];
  project = await createProject('next');
  writeBlocks(
    blocksOf('sessions.md').filter(({ language }) => language === 'ts'),
    project,
  );
});

afterAll(() => Promise.all([issuer.close(), failing?.close()]));

describe.each(BUILDS)('Next built by $bundler with $named', ({ bundler, config }) => {
  let origin: string;
  let server: RunningServer;
  let requestsBefore: number;
  let traced: string[];

  beforeAll(async () => {
    const output = await buildNext(project, bundler, config);
    expect(output).toContain(`(${bundler})`);
    if (!('typescript' in config)) expect(output).toContain('Finished TypeScript');
    traced = tracedAddons(project, '.', 'app/api/web/route');
    expect(traced.filter((file) => !existsSync(file))).toEqual([]);
    requestsBefore = issuer.requests();
    origin = `http://127.0.0.1:${await freePort()}`;
    const serve = 'output' in config ? startStandalone : startNext;
    server = await serve(project, origin, environment());
  });

  afterAll(() => server?.stop());

  it.each(ROUTES)('protects %s', async (route, rest) => {
    expect(await ask(route, bearer(good))).toEqual([200, null, { sub: 'user_next', ...rest }]);
    expect(await ask(route)).toEqual(MISSING);
    for (const [authorization, answer] of bad)
      expect(await ask(route, { authorization })).toEqual(answer);
  });

  it('fetches the keys once, however many bundles carry the binary', async () => {
    for (const [route] of ROUTES) await ask(route, bearer(good));
    expect(issuer.requests() - requestsBefore).toBe(1);
  });

  it('traces the addon for a route of the App Router', () => {
    expect(traced).not.toEqual([]);
  });

  it('answers 403 to one who may not', async () => {
    const may = { iss, org_id: 'org_acme', permissions: ['users:write'], plan: 'pro' };
    const post = async (claims: object) =>
      ask('/api/users/7', bearer(await issuer.sign({ ...may, ...claims })), 'POST');
    expect(await post({})).toEqual([200, null, { id: '7', plan: 'pro' }]);
    expect(await post({ permissions: ['users:read'] })).toEqual(
      refused(403, 'insufficient_scope', 'MISSING_PERMISSION'),
    );
    expect(await post({ org_id: 'org_other' })).toEqual(
      refused(403, 'insufficient_scope', 'FORBIDDEN_ORGANIZATION'),
    );
  });

  it('takes the token from a cookie', async () => {
    const cookie = (token: string) => ask('/api/cookie', { cookie: `access_token=${token}` });
    expect(await cookie(good)).toEqual([200, null, { sub: 'user_next' }]);
    expect(await cookie(await issuer.expired())).toEqual(EXPIRED);
    expect(await cookie('')).toEqual(MISSING);
    expect(await ask('/api/cookie', bearer(good))).toEqual(MISSING);
  });

  it('takes the session cookie, and before it the session that a proxy has refreshed', async () => {
    const route = '/api/session-user';
    const session = (sub: string) => issuer.cookie({ iss, sub, aud: undefined });
    const old = { cookie: await session('user_old') };
    const user = (sub: string) => [200, null, { user: sub, email: 'user@example.com' }];
    expect(await ask(route, old)).toEqual(user('user_old'));
    const [, fresh = ''] = (await session('user_new')).split('wos-session=');
    const both = { ...old, 'x-workos-session': fresh };
    expect(await ask(route, both)).toEqual(user('user_new'));
    const [status, , { code }] = await ask(route, { ...old, 'x-workos-session': `${fresh}x` });
    expect([status, code]).toEqual([401, 'INVALID_SESSION']);
    expect((await ask(route))[2].code).toBe('INVALID_SESSION');
    expect((await ask(route, bearer(good)))[2].code).toBe('INVALID_SESSION');
    const cookie = await issuer.cookie({ iss, permissions: ['posts:write'] });
    const from = (site: string) => ({ cookie, 'sec-fetch-site': site });
    expect((await ask(route, from('same-origin'), 'POST'))[0]).toBe(201);
    expect((await ask(route, from('cross-site'), 'POST'))[2].code).toBe('CROSS_SITE_REQUEST');
    expect((await ask(route, old, 'POST'))[2].code).toBe('MISSING_PERMISSION');
  });

  it('lets those without a token through where it is optional, and none with a bad one', async () => {
    expect(await ask('/api/optional')).toEqual([200, null, { sub: null }]);
    expect(await ask('/api/optional', bearer(good))).toEqual([200, null, { sub: 'user_next' }]);
    for (const [authorization, answer] of bad)
      expect(await ask('/api/optional', { authorization })).toEqual(answer);
  });

  it('knows the person in a page', async () => {
    const page = async (headers = {}) => (await request('/me', { headers })).text();
    expect(await page()).toContain('<p>nobody</p>');
    expect(await page(bearer(good))).toContain('<p>user_next</p>');
  });

  it('answers 503 while the keys cannot be had, and is back when it said', async () => {
    const token = await failing.sign({ iss, sub: 'user_next' });
    await failing.outage('refuse');
    const response = await request('/api/outage', { headers: bearer(token) });
    const body = { error: 'temporarily_unavailable', code: 'JWKS_FETCH_FAILED' };
    expect([response.status, await response.json()]).toEqual([503, body]);
    await failing.outage(null);
    await sleep(Number(response.headers.get('retry-after')) * 1000);
    expect(await ask('/api/outage', bearer(token))).toEqual([200, null, { sub: 'user_next' }]);
  });

  it('logs a mistake in the options, and answers 500 without it', async () => {
    const response = await request('/api/mistake', { headers: bearer(good) });
    expect([response.status, await response.text()]).toEqual([500, '']);
    await expect.poll(() => server.output()).toMatch(/"clockToleranceSeconds".*INVALID_OPTIONS/s);
  });

  it('says in the edge runtime that it cannot run there', async () => {
    expect((await request('/api/edge', { headers: bearer(good) })).status).toBe(500);
    await expect.poll(() => server.output()).toContain(SENTENCE);
  });

  it('shares no name with authkit-nextjs in one route', async () => {
    const [status, , body] = await ask('/api/authkit', bearer(good));
    expect({ status, ...body }).toMatchObject({ status: 200, sub: 'user_next' });
    expect(body.theirs).toEqual(expect.arrayContaining(['authkitProxy', 'withAuth']));
    expect(body.ours).toEqual(expect.arrayContaining(['verifyWorkosToken', 'withWorkosToken']));
    expect(body.ours.filter((name: string) => body.theirs.includes(name))).toEqual([]);
  });

  it('takes the tokens of a resource, and serves its metadata', async () => {
    const route = '/api/mcp/notes';
    const token = (scope: string) => issuer.signConnect({ scope, client_id: 'client_next' });
    const [status, , body] = await ask(route, bearer(await token('notes:read email')), 'POST');
    expect([status, body]).toEqual([200, { by: 'client_next', id: 'notes', scopes: 2 }]);
    const wellKnown = '/.well-known/oauth-protected-resource';
    const about = `resource_metadata="https://mcp.acme.com${wellKnown}${route}", scope="notes:read"`;
    const refusal = await ask(route, bearer(await token('email')), 'POST');
    expect(refusal[1]).toBe(`Bearer error="insufficient_scope", ${about}`);
    expect((await ask(route, {}, 'POST'))[1]).toBe(`Bearer ${about}`);
    for (const path of [wellKnown, `${wellKnown}${route}`]) {
      const [, , metadata] = await ask(path, { 'x-forwarded-host': 'evil.example' });
      expect(metadata).toMatchObject({
        resource: RESOURCE,
        authorization_servers: ['https://acme.authkit.app'],
      });
    }
    expect((await request(`${wellKnown}/x`, {})).status).toBe(404);
  });

  async function ask(route: string, headers = {}, method = 'GET') {
    const response = await request(route, { method, headers });
    const text = await response.text();
    expect(text, `${method} ${route} answered ${response.status}`).toMatch(/^\{.*\}$/);
    return [response.status, response.headers.get('www-authenticate'), JSON.parse(text)] as const;
  }

  function request(route: string, init: RequestInit) {
    return fetch(`${origin}${route}`, { ...init, signal: AbortSignal.timeout(15_000) });
  }
});

describe('Next 15, built by webpack in a monorepo', () => {
  const application = 'apps/web';
  let monorepo: string;
  let origin: string;

  beforeAll(async () => {
    monorepo = await createProject('next-monorepo');
    const output = await buildAsConfigured(monorepo, application);
    expect(output).toMatch(/Next\.js 15\./);
    expect(output).not.toContain('Turbopack');
    origin = `http://127.0.0.1:${await freePort()}`;
  });

  it('traces the addon for a route of the App Router', () => {
    const traced = tracedAddons(monorepo, application, 'app/api/me/route');
    expect(traced).not.toEqual([]);
    expect(traced.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('verifies tokens where its standalone output was moved to', async () => {
    const server = await startStandalone(monorepo, origin, environment(), application);
    try {
      for (const route of ['/api/me', '/api/session'])
        expect(await statuses(origin + route)).toEqual([200, 401, 401]);
    } finally {
      await server.stop();
    }
  });

  it('does so where the packages cannot be resolved from the application, as with pnpm', async () => {
    const standalone = path.join(monorepo, application, '.next', 'standalone');
    renameSync(`${monorepo}-elsewhere`, standalone);
    const modules = path.join(standalone, 'node_modules');
    const ours = readdirSync(modules).filter((name) => name.startsWith('verify-workos-token'));
    expect(ours).toHaveLength(2);
    for (const name of ours) rmSync(path.join(modules, name), { recursive: true });
    const server = await startStandalone(monorepo, origin, environment(), application);
    try {
      expect(await statuses(`${origin}/api/me`)).toEqual([200, 401, 401]);
    } finally {
      await server.stop();
    }
  });
});

describe('Next with cacheComponents', () => {
  it('builds without WORKOS_CLIENT_ID, and verifies tokens at run time', async () => {
    await buildAsConfigured(project, 'cached');
    const origin = `http://127.0.0.1:${await freePort()}`;
    const server = await startNext(project, origin, environment(), 'cached');
    try {
      expect(await statuses(`${origin}/api/me`)).toEqual([200, 401, 401]);
    } finally {
      await server.stop();
    }
  });
});

/** Those of a good token, a forged one and none. */
async function statuses(url: string) {
  const requests = [bearer(good), bearer(await issuer.wrongKey()), {}].map((headers) =>
    fetch(url, { headers, signal: AbortSignal.timeout(15_000) }),
  );
  return (await Promise.all(requests)).map((response) => response.status);
}

/** What makes the issuer the application's WorkOS. */
function environment() {
  const { hostname, port } = new URL(iss);
  return {
    WORKOS_CLIENT_ID: 'client_test',
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
    WORKOS_COOKIE_PASSWORD: COOKIE_PASSWORD,
    OUTAGE_JWKS_URL: String(failing.jwksUrl),
    MCP_JWKS_URL: String(issuer.connectOptions.jwksUrl),
  };
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

function refused(status: number, error: string, code: string, challenge?: string) {
  return [status, challenge ?? `Bearer error="${error}"`, { error, code }];
}
