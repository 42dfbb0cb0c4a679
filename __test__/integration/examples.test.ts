import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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

async function answerTo(url: string, token: string) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}
