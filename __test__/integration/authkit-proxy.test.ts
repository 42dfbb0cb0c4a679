// sessions.md: a route of the page behind AuthKit's own proxy, which refreshes at an emulator of WorkOS.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { createEmulator, type Emulator } from 'workos/emulate';
import { seal } from '../support/seal.js';
import { blockNamed } from './support/docs.js';
import { buildNext, startNext } from './support/next.js';
import { createProject, freePort, type RunningServer } from './support/project.js';

const PASSWORD = 'q7Vf2LxkZ0bTn9RjWc4HsYd8GmPa3EuK';
const USER = { email: 'ada@example.com', password: 'correct horse' };
const CLIENT_ID = 'client_emulated';
const ROUTE = 'app/api/session-user/route.ts';
const UNCOVERED = 'app/uncovered/route.ts';

const PROXY = `import { authkitProxy } from '@workos-inc/authkit-nextjs';

export default authkitProxy();
export const config = { matcher: ['/api/:path*'] };
`;
const LAYOUT = `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}
`;

let emulator: Emulator;
let server: RunningServer;
let origin: string;
/** The session whose token has expired, with a refresh token that is good once. */
let expired: string;

beforeAll(async () => {
  const users = [{ ...USER, email_verified: true }];
  emulator = await createEmulator({ port: 0, seed: { users } });
  const project = await createProject('passing');
  // The emulator's issuer is not WorkOS's.
  const route = blockNamed('sessions.md', ROUTE).replaceAll(
    "{ credentials: ['session']",
    `{ issuer: '${emulator.url}', credentials: ['session']`,
  );
  const files = { [ROUTE]: route, [UNCOVERED]: route, 'proxy.ts': PROXY, 'app/layout.tsx': LAYOUT };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    writeFileSync(path.join(project, name), text);
  }
  await buildNext(project, 'Turbopack', {});
  origin = `http://127.0.0.1:${await freePort()}`;
  const { hostname, port } = new URL(emulator.url);
  server = await startNext(project, origin, {
    WORKOS_API_KEY: emulator.apiKey,
    WORKOS_CLIENT_ID: CLIENT_ID,
    WORKOS_COOKIE_PASSWORD: PASSWORD,
    NEXT_PUBLIC_WORKOS_REDIRECT_URI: `${origin}/callback`,
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
  });
  expired = await expiredSession();
});

afterAll(async () => {
  await server?.stop();
  await emulator.close();
});

async function expiredSession(): Promise<string> {
  const signIn = { ...USER, grant_type: 'password', client_id: CLIENT_ID };
  const response = await fetch(`${emulator.url}/user_management/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...signIn, client_secret: emulator.apiKey }),
  });
  const { user, refresh_token: refreshToken } = (await response.json()) as Record<string, unknown>;
  const accessToken = await createTestIssuer({ clientId: CLIENT_ID }).expired();
  return seal({ accessToken, refreshToken, user }, { password: PASSWORD });
}

async function ask(url: string) {
  const response = await fetch(origin + url, { headers: { cookie: `wos-session=${expired}` } });
  const kept = response.headers.getSetCookie().some((line) => line.startsWith('wos-session=Fe26'));
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body, kept };
}

it('refuses the old session where the proxy does not look', async () => {
  const { status, body, kept } = await ask('/uncovered');
  expect([status, body.code, kept]).toEqual([401, 'INVALID_ISSUER', false]);
});

it('sees the session that the proxy has just refreshed, on the same request', async () => {
  expect(await ask('/api/session-user')).toEqual({
    status: 200,
    body: { user: expect.stringMatching(/^user_/), email: USER.email },
    kept: true,
  });
});
