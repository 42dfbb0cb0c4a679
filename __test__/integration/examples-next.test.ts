// The Next example in a browser.
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  createProject,
  freePort,
  npm,
  type RunningServer,
  repository,
  startServer,
} from './support/project.js';
import { startWorkos } from './support/workos.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const COOKIE_PASSWORD = 'a password for the tests, of 32 characters or more';
const screenshots = path.join(repository, 'target');

let project: string;
let workos: Awaited<ReturnType<typeof startWorkos>>;
// Of `playwright-core`, which the repository itself does not have.
// biome-ignore lint/suspicious/noExplicitAny: its types are not at hand.
let browser: any;
let server: RunningServer | undefined;

beforeAll(async () => {
  if (!existsSync(CHROMIUM))
    throw new Error(
      `these tests need Chromium at ${CHROMIUM}: apt-get install chromium, or the variable CHROMIUM`,
    );
  project = await createProject('example-next', path.join(repository, 'examples', 'next'));
  const { chromium } = requireFrom(await createProject('browser'), 'playwright-core');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  workos = await startWorkos();
  mkdirSync(screenshots, { recursive: true });
});
afterEach(() => server?.stop());
afterAll(async () => {
  await browser?.close();
  await workos?.close();
});

it('signs in with the stand-in, shows the claims, and shows a refusal', async () => {
  const url = await start(['start']);
  const { page, troubles } = await open(url);
  await page.getByText('Nobody is signed in.').waitFor();
  await photograph(page, 'signed-out');
  await page.getByRole('button', { name: 'Sign in (stand-in)' }).click();

  await page.getByRole('button', { name: 'Call it', exact: true }).click();
  await page.getByRole('heading', { name: '200' }).waitFor();
  expect(await shownAnswer(page)).toMatchObject({
    sub: expect.stringMatching(/^user_/),
    org_id: 'org_acme',
    permissions: '["posts:read"]',
  });
  await photograph(page, 'claims');

  await page.getByRole('button', { name: 'Call it with a tampered token' }).click();
  await page.getByRole('heading', { name: '401' }).waitFor();
  expect(await shownAnswer(page)).toEqual({ error: 'invalid_token', code: 'INVALID_SIGNATURE' });
  await photograph(page, 'refusal');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Nobody is signed in.').waitFor();
  expect(troubles).toEqual([]);
});

it('takes the token from AuthKit where WorkOS is configured, and has no stand-in then', async () => {
  const url = await start(['start'], workosVariables);
  const token = await workos.sign({ sub: 'user_theirs' });

  // A token of a stand-in's session is no session.
  const stranger = await open(url, { 'stand-in-token': token });
  await stranger.page.getByText('Nobody is signed in.').waitFor();
  expect(await stranger.page.getByText('stand-in').count()).toBe(0);
  const authorization = stranger.page.waitForRequest(/\/user_management\/authorize\?/);
  await stranger.page.getByRole('button', { name: 'Sign in with AuthKit' }).click();
  const asked = new URL((await authorization).url());
  expect(asked.origin).toBe(workos.origin);
  expect(asked.searchParams.get('client_id')).toBe('client_test');

  const { page } = await open(url, { 'wos-session': await sealedSession(token) });
  await page.getByRole('button', { name: 'Call it', exact: true }).click();
  await page.getByRole('heading', { name: '200' }).waitFor();
  expect(await shownAnswer(page)).toMatchObject({ sub: 'user_theirs' });
  const logout = page.waitForRequest(/\/user_management\/sessions\/logout\?/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  expect(new URL((await logout).url()).origin).toBe(workos.origin);
});

it('has no stand-in in production, whatever is not configured', async () => {
  await npm(project, 'run', 'build');
  const url = await start(['exec', '--', 'next', 'start', '--hostname', 'localhost']);
  const cookie = `stand-in-token=${await workos.sign()}`;
  expect((await fetch(url, { headers: { cookie } })).status).toBe(500);
  const headers = { authorization: `Bearer ${await workos.sign()}` };
  expect((await fetch(`${url}/api/me`, { headers })).status).toBe(500);
  expect(server?.output()).toContain('INVALID_OPTIONS');
});

function workosVariables(url: string): Record<string, string> {
  return {
    ...workos.environment,
    WORKOS_API_KEY: 'sk_test_of_nobody',
    WORKOS_COOKIE_PASSWORD: COOKIE_PASSWORD,
    NEXT_PUBLIC_WORKOS_REDIRECT_URI: `${url}/callback`,
  };
}

async function start(
  args: string[],
  variables: (url: string) => Record<string, string> = () => ({}),
): Promise<string> {
  const PORT = String(await freePort());
  const url = `http://localhost:${PORT}`;
  server = await startServer(project, 'npm', args, url, { PORT, ...variables(url) });
  return url;
}

/** The page with these cookies, and what goes wrong in it. */
async function open(url: string, cookies: Record<string, string> = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
  const entries = Object.entries(cookies);
  await context.addCookies(entries.map(([name, value]) => ({ name, value, url })));
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error: Error) => troubles.push(error.message));
  page.on('console', (message: { type(): string; text(): string }) => {
    // A refusal is one of the answers that are asked for.
    if (message.type() === 'error' && !message.text().includes('status of 401'))
      troubles.push(message.text());
  });
  page.on('request', (request: { url(): string }) => {
    if (new URL(request.url()).host !== new URL(url).host) troubles.push(request.url());
  });
  await page.goto(url);
  return { page, troubles };
}

/** Of the list on the page, names and values. */
async function shownAnswer(page: typeof browser): Promise<Record<string, string>> {
  const [names, values] = await Promise.all(
    ['dt', 'dd'].map((part) => page.locator(part).allInnerTexts()),
  );
  return Object.fromEntries(names.map((name: string, index: number) => [name, values[index]]));
}

async function photograph(page: typeof browser, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const file = path.join(screenshots, `example-next-${name}-${colorScheme}.png`);
    await page.screenshot({ path: file, fullPage: true });
  }
}

/** The cookie that AuthKit sets after a sign-in. */
async function sealedSession(accessToken: string): Promise<string> {
  const file = createRequire(path.join(project, 'package.json')).resolve('iron-session');
  const { sealData } = await import(pathToFileURL(file).href);
  const user = { id: 'user_theirs' };
  const session = { accessToken, refreshToken: 'none', user };
  return sealData(session, { password: COOKIE_PASSWORD, ttl: 0 });
}

function requireFrom(folder: string, name: string) {
  return createRequire(path.join(folder, 'package.json'))(name);
}
