import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createProject,
  freePort,
  type RunningServer,
  repository,
  run,
  startServer,
} from './support/project.js';
import { startWorkos } from './support/workos.js';

const examples = path.join(repository, 'examples');
let workos: Awaited<ReturnType<typeof startWorkos>>;

beforeAll(async () => {
  workos = await startWorkos();
});
afterAll(() => workos?.close());

describe('examples/express', () => {
  let project: string;
  let server: RunningServer | undefined;

  beforeAll(async () => {
    project = await createProject('example-express', path.join(examples, 'express'));
  });
  afterEach(() => server?.stop());

  async function start(script: string, variables: Record<string, string> = {}): Promise<string> {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    server = await startServer(project, 'npm', ['run', script], url, { PORT: port, ...variables });
    return url;
  }

  it.each([
    ['reader', '/me', 200, { org_id: 'org_acme', permissions: ['reports:read'] }],
    ['reader', '/reports', 200, { reports: [], for: 'org_acme' }],
    ['member', '/me', 200, { org_id: 'org_acme' }],
    ['member', '/reports', 403, { code: 'MISSING_PERMISSION' }],
    ['expired', '/me', 401, { code: 'TOKEN_EXPIRED' }],
    ['forged', '/me', 401, { code: 'INVALID_SIGNATURE' }],
  ])('answers the stand-in’s %s at %s with %i', async (name, route, status, body) => {
    const url = await start('stand-in');
    // What the server tells people to type.
    const typed = /curl -s (http:\S+)\/reader\)\n {2}curl -i (http:\S+)\/me /;
    await expect.poll(() => server?.output()).toMatch(typed);
    const [, desk, shown] = server?.output().match(typed) ?? [];
    expect(shown).toBe(url);
    const token = await (await fetch(`${desk}/${name}`)).text();
    expect(await answerTo(`${url}${route}`, token)).toMatchObject({ status, body });
  });

  it('verifies tokens of WorkOS without the folder of the stand-in', async () => {
    rmSync(path.join(project, 'stand-in'), { recursive: true });
    const url = await start('start', workos.environment);
    const answer = await answerTo(`${url}/me`, await workos.sign({ org_id: 'org_theirs' }));
    expect(answer).toMatchObject({ status: 200, body: { org_id: 'org_theirs' } });
  });

  it('does not start without a client id', async () => {
    await expect(start('start')).rejects.toThrow('INVALID_OPTIONS');
  });

  it('shows calls to AuthKit that its packages have', async () => {
    const compiler = await createProject('browser');
    const readme = readFileSync(path.join(examples, 'express', 'README.md'), 'utf8');
    const files = [...readme.matchAll(/^```(tsx?)\n(.*?)^```/gms)].map(
      ([, ending, text], index) => {
        const file = `snippet-${index}.${ending}`;
        writeFileSync(path.join(compiler, file), text as string);
        return file;
      },
    );
    expect(files).toEqual(['snippet-0.tsx', 'snippet-1.ts']);
    const flags = '--noEmit --strict --skipLibCheck --target es2022 --module esnext'.split(' ');
    const more = '--moduleResolution bundler --jsx react-jsx --types react'.split(' ');
    await run(compiler, path.join('node_modules', '.bin', 'tsc'), [...flags, ...more, ...files]);
  });
});

describe('examples/vitest', () => {
  let project: string;

  beforeAll(async () => {
    project = await createProject('example-vitest', path.join(examples, 'vitest'));
  });

  it('passes with the embedded issuer', async () => {
    expect(await test({})).toMatch(/Tests +11 passed \(11\)/);
  });

  it('passes with WorkOS', async () => {
    const token = await workos.sign();
    const output = await test({ ...workos.environment, WORKOS_ACCESS_TOKEN: token });
    expect(output).toMatch(/Tests +11 passed \(11\)/);
  });

  it('fails where WorkOS refuses the token', async () => {
    const token = await workos.sign({ aud: 'another' });
    const output = test({ ...workos.environment, WORKOS_ACCESS_TOKEN: token });
    await expect(output).rejects.toThrow(/INVALID_AUDIENCE|audience/);
  });

  const test = (variables: Record<string, string>) =>
    run(project, 'npm', ['test'], { NO_COLOR: '1', ...variables });
});

describe('examples/mcp', () => {
  let project: string;
  let server: RunningServer | undefined;

  beforeAll(async () => {
    project = await createProject('example-mcp', path.join(examples, 'mcp'));
  });
  afterEach(() => server?.stop());

  async function start(script: string, variables: Record<string, string> = {}): Promise<string> {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    server = await startServer(project, 'npm', ['run', script], url, { PORT: port, ...variables });
    return `${url}/mcp`;
  }

  it('goes all the way with its stand-in, and asks for another scope on the way', async () => {
    const url = await start('stand-in');
    await expect.poll(() => server?.output(), { timeout: 20_000 }).toContain('goes on listening');
    const lines = server?.output().split('\n') ?? [];
    expect(lines.slice(lines.indexOf(`Listening at ${url}`))).toEqual([
      `Listening at ${url}`,
      'The stand-in granted: notes:read',
      'list_notes: none',
      'The stand-in granted: notes:read notes:write',
      expect.stringMatching(/^add_note: added for user_/),
      'list_notes: Buy milk',
      '',
      `The server goes on listening. Connect a client of your own to ${url},`,
      'such as the MCP Inspector: npx @modelcontextprotocol/inspector',
      '',
    ]);
  });

  it('accepts tokens of an AuthKit domain without the folder of the stand-in', async () => {
    rmSync(path.join(project, 'stand-in'), { recursive: true });
    const authkit = createTestIssuer({ resource: 'https://mcp.acme.com/mcp' });
    await authkit.listen();
    try {
      const { WORKOS_AUTHKIT_DOMAIN: domain = '' } = authkit.env;
      const variables = { WORKOS_AUTHKIT_DOMAIN: domain, MCP_URL: authkit.resource };
      const url = await start('start', variables);
      const metadata = await fetch(new URL('/.well-known/oauth-protected-resource', url));
      expect(await metadata.json()).toEqual({
        resource: authkit.resource,
        authorization_servers: [domain],
        bearer_methods_supported: ['header'],
        scopes_supported: ['notes:read', 'notes:write'],
        resource_name: 'Notes',
      });
      const lacking = await authkit.signConnect({ scope: 'notes:write' });
      const body = { code: 'MISSING_PERMISSION' };
      expect(await answerTo(url, lacking)).toMatchObject({ status: 403, body });
      const good = await authkit.signConnect({ scope: 'notes:read' });
      expect((await answerTo(url, good)).status).not.toBe(403);
    } finally {
      await authkit.close();
    }
  });

  it('does not start without an AuthKit domain', async () => {
    await expect(start('start')).rejects.toThrow('INVALID_OPTIONS');
  });
});

async function answerTo(url: string, token: string) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}
