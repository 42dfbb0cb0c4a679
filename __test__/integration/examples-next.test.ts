// The Next example in a browser.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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
/** A header and a payload that begin as JSON objects do. */
const A_TOKEN = /eyJ[\w-]+\.eyJ/;
/** A phone's, and a window's on a desktop. */
const WIDTHS = [390, 1100];
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

it('signs in with the stand-in, and shows claims and refusals', async () => {
  const url = await start(['run', 'stand-in']);
  const { page, troubles } = await open(url);
  await page.getByText('Nobody is signed in.').waitFor();
  await photograph(page, 'signed-out');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Signed in as Ada').waitFor();
  expect(await page.content()).not.toMatch(A_TOKEN);

  await page.getByRole('button', { name: 'Call it' }).click();
  await page.getByRole('heading', { name: '200 Accepted' }).waitFor();
  await page.getByText('The token expires in 5 minutes.').waitFor();
  expect(await shownAnswer(page)).toMatchObject({
    sub: expect.stringMatching(/^user_/),
    org_id: 'org_acme',
    permissions: '["posts:read"]',
    exp: expect.stringMatching(/^in 5 minutes \d{10}$/),
    iat: expect.stringMatching(/^(now|\d+ seconds? ago) \d{10}$/),
  });
  await photograph(page, 'claims');

  await page.getByRole('button', { name: 'With a tampered token' }).click();
  await page.getByRole('heading', { name: '401 Refused' }).waitFor();
  expect(await shownAnswer(page)).toEqual({ error: 'invalid_token', code: 'INVALID_SIGNATURE' });
  await page.getByText(/treat the token as forged\./).waitFor();
  await photograph(page, 'refusal');
  await page.getByRole('button', { name: 'Without a token' }).click();
  await page.getByText(/^Send the access token in the header/).waitFor();
  expect(await shownAnswer(page)).toEqual({ error: 'unauthorized', code: 'MALFORMED_TOKEN' });

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Nobody is signed in.').waitFor();
  expect(troubles).toEqual([]);
});

it('is used by keyboard alone', async () => {
  const { page } = await open(await start(['run', 'stand-in']));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Signed in as Ada').waitFor();
  // Until there is a token it is disabled, and no key reaches it.
  await page.getByRole('button', { name: 'Call it', disabled: false }).waitFor();
  const reached: string[] = [];
  for (let presses = 0; presses < 7; presses += 1) {
    await page.keyboard.press('Tab');
    reached.push(await page.locator(':focus').textContent());
    expect(await page.locator(':focus').evaluate(outlineOf)).toBe('2px solid');
    if (reached.at(-1) !== 'Call it') continue;
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '200 Accepted' }).waitFor();
  }
  const buttons = ['Sign out', 'Call it', 'With a tampered token', 'Without a token'];
  const links = ['AuthKit for Next.js', 'Sessions and tokens', 'WorkOS dashboard'];
  expect(reached).toEqual([...buttons, ...links]);
});

it('takes the token from AuthKit where WorkOS is configured', async () => {
  const url = await start(['run', 'dev'], workosVariables);
  const stranger = await open(url);
  await stranger.page.getByText('Nobody is signed in.').waitFor();
  const authorization = stranger.page.waitForRequest(/\/user_management\/authorize\?/);
  await stranger.page.getByRole('button', { name: 'Sign in' }).click();
  const asked = new URL((await authorization).url());
  expect(asked.origin).toBe(workos.origin);
  expect(asked.searchParams.get('client_id')).toBe('client_test');

  const token = await workos.sign({ sub: 'user_theirs' });
  const { page } = await open(url, { 'wos-session': await sealedSession(token) });
  await page.getByRole('button', { name: 'Call it' }).click();
  await page.getByRole('heading', { name: '200' }).waitFor();
  expect(await shownAnswer(page)).toMatchObject({ sub: 'user_theirs' });
  const logout = page.waitForRequest(/\/user_management\/sessions\/logout\?/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  expect(new URL((await logout).url()).origin).toBe(workos.origin);
});

describe('without the folder of the stand-in, in production', () => {
  beforeAll(async () => {
    rmSync(path.join(project, 'stand-in'), { recursive: true });
    await npm(project, 'run', 'build');
  });

  it('accepts tokens, and refuses without a hint', async () => {
    const url = await start(['start'], workosVariables);
    expect(await me(url, await workos.sign({ sub: 'user_theirs' }))).toMatchObject({
      status: 200,
      body: { sub: 'user_theirs' },
    });
    expect(await me(url, await workos.wrongKey())).toEqual({
      status: 401,
      body: { error: 'invalid_token', code: 'INVALID_SIGNATURE' },
    });
  });

  it('accepts no token if nothing is configured', async () => {
    const url = await start(['start']);
    expect((await fetch(url)).status).toBe(500);
    const headers = { authorization: `Bearer ${await workos.sign()}` };
    expect((await fetch(`${url}/api/me`, { headers })).status).toBe(500);
  });
});

async function me(url: string, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/me`, { headers });
  return { status: response.status, body: await response.json() };
}

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
  const context = await browser.newContext();
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
    // The page, and the stand-in that it goes to for a sign-in.
    if (!/^(localhost|127\.0\.0\.1)$/.test(new URL(request.url()).hostname))
      troubles.push(request.url());
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
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      const file = path.join(screenshots, `example-next-${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: true });
    }
  }
}

/** In the page: the ring that shows where the keyboard is. */
function outlineOf(element: never): string {
  const { outlineWidth, outlineStyle } = (
    globalThis as unknown as {
      getComputedStyle(element: never): { outlineWidth: string; outlineStyle: string };
    }
  ).getComputedStyle(element);
  return `${outlineWidth} ${outlineStyle}`;
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
