import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SENTENCE } from '../../js/stub/sentence.js';
import { createTestIssuer, type TestIssuer } from '../../js/testing.js';
import { buildNext, startNext, startStandalone } from './support/next.js';
import { createProject, freePort, type RunningServer } from './support/project.js';

const EXTERNAL = { serverExternalPackages: ['verify-workos-token'] };
const STANDALONE = { output: 'standalone' };

/** How the application is built, and how many copies of the binary its server then loads. */
const BUILDS = [
  // Turbopack makes one for the App Router; the Pages Router uses that in node_modules.
  { bundler: 'Turbopack', config: {}, copies: 2 },
  { bundler: 'Turbopack', config: STANDALONE, copies: 2 },
  { bundler: 'Turbopack', config: { ...STANDALONE, ...EXTERNAL }, copies: 1 },
  { bundler: 'webpack', config: {}, copies: 1 },
  // Without the option, webpack's standalone output looks for the addon where it was built.
  { bundler: 'webpack', config: { ...STANDALONE, ...EXTERNAL }, copies: 1 },
].map((build) => ({ ...build, options: Object.keys(build.config).join(' and ') || 'no options' }));

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

const issuer = createTestIssuer();
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
  failing = createTestIssuer({ issuer: iss });
  await failing.listen();
  good = await issuer.sign({ iss, sub: 'user_next' }, { expiresInSeconds: 3600 });
  bad = [
    [`Bearer ${await issuer.expired()}`, EXPIRED],
    [`Bearer ${await issuer.wrongKey()}`, FORGED],
    ['Bearer', MALFORMED],
    [`Bearer ${good}, Bearer ${good}`, MALFORMED],
  ];
  project = await createProject('next');
});

afterAll(() => Promise.all([issuer.close(), failing?.close()]));

describe.each(BUILDS)('Next built by $bundler with $options', ({ bundler, config, copies }) => {
  let origin: string;
  let server: RunningServer;
  let requestsBefore: number;

  beforeAll(async () => {
    const output = await buildNext(project, bundler, config);
    expect(output).toContain(`(${bundler})`);
    expect(output).toContain('Finished TypeScript');
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

  it('fetches the keys once for each copy of the binary', async () => {
    for (const [route] of ROUTES) await ask(route, bearer(good));
    expect(issuer.requests() - requestsBefore).toBe(copies);
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
    const token = await failing.sign({ sub: 'user_next' });
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

/** What makes the issuer the application's WorkOS. */
function environment() {
  const { hostname, port } = new URL(iss);
  return {
    WORKOS_CLIENT_ID: 'client_test',
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
    OUTAGE_JWKS_URL: String(failing.jwksUrl),
  };
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

function refused(status: number, error: string, code: string, challenge?: string) {
  return [status, challenge ?? `Bearer error="${error}"`, { error, code }];
}
