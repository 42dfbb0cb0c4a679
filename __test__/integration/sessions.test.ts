// sessions.md: the Express application, with WorkOS's SDK at an emulator of WorkOS. The Next routes run
// in next.test.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmulator, type Emulator } from 'workos/emulate';
import { verifyWorkosSession } from 'verify-workos-token';
import { seal } from '../support/seal.js';
import { blockNamed, blocksOf } from './support/docs.js';
import { createProject, freePort, type RunningServer, startServer } from './support/project.js';

const PAGE = 'sessions.md';
const PASSWORD = 'q7Vf2LxkZ0bTn9RjWc4HsYd8GmPa3EuK';
const EMAIL = 'ada@example.com';

let emulator: Emulator;
let project: string;
let server: RunningServer;
let origin: string;

beforeAll(async () => {
  emulator = await createEmulator({
    port: 0,
    seed: { users: [{ email: EMAIL, password: 'correct horse', email_verified: true }] },
  });
  project = await createProject('sessions');
  const { port } = new URL(emulator.url);
  // The emulator's issuer is not WorkOS's, and a guard can be told that it is later.
  const text = blockNamed(PAGE, 'server.js')
    .replace(
      'new WorkOS(WORKOS_API_KEY, { clientId }',
      `new WorkOS(WORKOS_API_KEY, { clientId, apiHostname: '127.0.0.1', port: ${port}, https: false, fetchFn }`,
    )
    .replaceAll(
      "{ credentials: ['session']",
      `{ issuer: '${emulator.url}', credentials: ['session']`,
    )
    .replace('onError: refresh }', 'onError: refresh, now: () => Date.now() / 1000 + later }');
  // The emulator has the OAuth error in `code`, where WorkOS has it in `error` (RFC 6749, section 5.2).
  const fetchFn = `async function fetchFn(url, init) {
    const response = await fetch(url, init);
    if (response.status !== 400) return response;
    const body = await response.json();
    return Response.json({ ...body, error: body.code }, { status: 400 });
  }\n`;
  const later = `let later = 0;\napp.get('/later/:seconds', (req, res) => res.json(later = Number(req.params.seconds)));\n`;
  mkdirSync(project, { recursive: true });
  writeFileSync(path.join(project, 'server.js'), `${text}${later}${fetchFn}`);
  origin = await start();
});
afterAll(async () => {
  await server?.stop();
  // The last test has closed it before, unless one has failed.
  await emulator.close().catch(() => {});
});

async function start(): Promise<string> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const { hostname, port: apiPort } = new URL(emulator.url);
  server = await startServer(project, process.execPath, ['server.js'], url, {
    PORT: port,
    ORIGIN: url,
    NODE_ENV: 'test',
    WORKOS_API_KEY: emulator.apiKey,
    WORKOS_CLIENT_ID: 'client_emulated',
    WORKOS_COOKIE_PASSWORD: PASSWORD,
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: apiPort,
    WORKOS_API_HTTPS: 'false',
  });
  return url;
}

/** What a browser keeps. */
class Browser {
  readonly cookies = new Map<string, string>();

  async ask(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, ...(init.headers as Record<string, string>) };
    const response = await fetch(new URL(url, origin), { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  async signIn(): Promise<Response> {
    const login = await this.ask('/login');
    const authorized = await fetch(login.headers.get('location') as string, { redirect: 'manual' });
    return this.ask(authorized.headers.get('location') as string);
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/Expires=Thu, 01 Jan 1970/.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

async function summary(response: Response): Promise<[number, unknown]> {
  const text = await response.text();
  return [response.status, text.startsWith('{') ? JSON.parse(text) : text];
}

const ME = [200, { user: expect.stringMatching(/^user_/), email: EMAIL }];
const later = (seconds: number) => fetch(`${origin}/later/${seconds}`);

describe('the application in Express', () => {
  it('is the block of the page that is not for Next', () => {
    expect(blocksOf(PAGE).map(({ name }) => name)).toEqual([
      'app/api/session-user/route.ts',
      'server.js',
    ]);
  });

  it('signs in, and knows the user', async () => {
    const browser = new Browser();
    expect(await summary(await browser.ask('/me'))).toEqual([
      401,
      { error: 'unauthorized', code: 'INVALID_SESSION' },
    ]);
    const done = await browser.signIn();
    expect([done.status, done.headers.get('location')]).toEqual([302, '/me']);
    expect([...browser.cookies.keys()]).toEqual(['wos-session']);
    expect(done.headers.getSetCookie().join()).toMatch(
      /wos-session=Fe26\.2.*HttpOnly.*SameSite=Lax/,
    );
    expect(await summary(await browser.ask('/me'))).toEqual(ME);
  });

  it('finishes no sign-in that the browser has not begun', async () => {
    const login = await fetch(`${origin}/login`, { redirect: 'manual' });
    const done = await fetch(login.headers.get('location') as string, { redirect: 'manual' });
    const other = new Browser();
    expect((await other.ask(done.headers.get('location') as string)).status).toBe(400);
    expect((await other.ask('/callback?code=x')).status).toBe(400);
    expect([...other.cookies.keys()]).toEqual([]);
  });

  it('lets the SDK refresh an expired session, and sets the new cookie', async () => {
    const browser = new Browser();
    await browser.signIn();
    const before = browser.cookies.get('wos-session');
    await later(86_400 * 30);
    try {
      expect(await summary(await browser.ask('/me'))).toEqual(ME);
    } finally {
      await later(0);
    }
    const after = browser.cookies.get('wos-session');
    expect(after).toMatch(/^Fe26\.2\*/);
    expect(after).not.toBe(before);
    expect(await summary(await browser.ask('/me'))).toEqual(ME);
    expect(browser.cookies.get('wos-session')).toBe(after);
  });

  it('refuses another site, also with a session that has to be refreshed first', async () => {
    const browser = new Browser();
    await browser.signIn();
    const post = () =>
      browser.ask('/logout', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } });
    const refused = [403, expect.objectContaining({ code: 'CROSS_SITE_REQUEST' })];
    expect(await summary(await post())).toEqual(refused);
    await later(86_400 * 30);
    expect(await summary(await post()).finally(() => later(0))).toEqual(refused);
    expect(browser.cookies.has('wos-session')).toBe(true);
  });

  it('clears the cookie if WorkOS refuses to refresh', async () => {
    const browser = new Browser();
    await browser.signIn();
    const good = browser.cookies.get('wos-session') as string;
    const issuer = emulator.url;
    const jwksUrl = `${issuer}/sso/jwks/client_emulated`;
    const options = { clientId: 'client_emulated', issuer, jwksUrl, cookiePassword: PASSWORD };
    const { accessToken, user } = await verifyWorkosSession(good, options);
    const revoked = seal({ accessToken, refreshToken: 'revoked', user }, { password: PASSWORD });
    browser.cookies.set('wos-session', revoked);
    await later(86_400 * 30);
    const response = await browser.ask('/me').finally(() => later(0));
    // The access token itself is good, in truth.
    expect(response.status).toBe(200);
    expect(browser.cookies.has('wos-session')).toBe(false);
  });

  it('leaves the cookie alone if it is of another password, and in an outage', async () => {
    const browser = new Browser();
    await browser.signIn();
    const good = browser.cookies.get('wos-session') as string;
    browser.cookies.set('wos-session', good.replace('Fe26.2*1*', 'Fe26.2*2*'));
    const code = 'INVALID_SESSION';
    const refused = [401, { error: 'invalid_token', code }];
    expect(await summary(await browser.ask('/me'))).toEqual(refused);
    browser.cookies.set('wos-session', good);
    await later(86_400 * 30);
    await emulator.close();
    expect((await browser.ask('/me')).status).toBe(503);
    expect(browser.cookies.get('wos-session')).toBe(good);
  });
});
