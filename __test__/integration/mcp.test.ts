// The guide to MCP servers: its servers, and real MCP clients that have no more than their URL.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, rowsOf, writeBlocks } from './support/docs.js';
import {
  createClient,
  loadSdks,
  type McpServer,
  SDKS,
  startMcpServer,
  versionsIn,
  WAYS,
} from './support/mcp.js';
import { rawAnswer } from './support/paths.js';
import { createProject, repository, run } from './support/project.js';

const PAGE = 'mcp.md';
const BLOCKS = blocksOf(PAGE);
const SERVERS = ['server.js', 'server-1.js', 'fetch.driver.mjs'];
const DRIVER = `import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import application from './fetch.js';
createServer(toNodeHandler(application)).listen(process.env.PORT);
`;

let project: string;
let sdks: Awaited<ReturnType<typeof loadSdks>>;
beforeAll(async () => {
  project = await createProject('mcp');
  writeBlocks(BLOCKS, project);
  writeFileSync(path.join(project, 'fetch.driver.mjs'), DRIVER);
  sdks = await loadSdks(project);
});

it('runs every code block', () => {
  expect(BLOCKS.map(({ name }) => name)).toEqual([
    'server.js',
    'server-1.js',
    'lib/mcp.ts',
    'app/mcp/route.ts',
    'app/.well-known/oauth-protected-resource/[[...path]]/route.ts',
    'fetch.js',
    'mcp.test.js',
  ]);
  expect(versionsIn(project)).toMatchObject({
    '@modelcontextprotocol/sdk': expect.stringMatching(/^1\./),
    '@modelcontextprotocol/client': expect.stringMatching(/^2\./),
  });
});

describe.each(SERVERS)('%s', (file) => {
  let mcp: McpServer;
  beforeAll(async () => {
    mcp = await startMcpServer(project, file);
  });
  afterAll(() => mcp?.stop());

  it('keeps the tokens of a client through an outage', async () => {
    const client = createClient(sdks['2.x'], '2.x', mcp.url, 'header');
    const { PATH } = pathsOf(mcp);
    await expect(client.call('whoami')).rejects.toThrow(/503|temporarily_unavailable/);
    expect(client.log).toEqual([
      '/mcp 401',
      `${PATH} 200`,
      '/.well-known/oauth-authorization-server 200',
      'register 201',
      `authorize notes:read for ${mcp.url}`,
      'token 200',
      '/mcp 503',
    ]);
    const tokens = client.tokens();
    await mcp.issuer.outage(null);
    const answer = () => client.call('whoami').catch(() => '');
    await expect.poll(answer, { timeout: 20_000, interval: 250 }).toMatch(/^user_\w+ by client_/);
    expect(client.tokens()).toBe(tokens);
    expect(client.log.filter((line) => /^(?:token|register|authorize)/.test(line))).toHaveLength(3);
  });

  /** What a server says is the same in all three, so that one of them is tried in every way. */
  const ways = file === 'server.js' ? WAYS : (['header'] as const);
  it.each(SDKS.flatMap((sdk) => ways.map((way) => [sdk, way] as const)))(
    'gives the client of SDK %s its way by %s, from discovery to the tool',
    async (sdk, way) => {
      const client = createClient(sdks[sdk], sdk, mcp.url, way);
      expect(await client.call('whoami')).toMatch(/^user_\w+ by client_\w+$/);
      const { ROOT, PATH } = pathsOf(mcp);
      expect(client.log.slice(0, 6)).toEqual([
        '/mcp 401',
        `${way === 'root' ? ROOT : PATH} 200`,
        '/.well-known/oauth-authorization-server 200',
        'register 201',
        `authorize notes:read for ${mcp.url}`,
        'token 200',
      ]);
      expect(client.tokens()).toMatchObject({ scope: 'notes:read' });
      if (file === 'fetch.driver.mjs') return;

      const before = client.log.length;
      expect(await client.call('add_note', { note: 'x' })).toBe('added x');
      const stepUp = client.log.slice(before).filter((line) => line !== '/mcp 202');
      expect(stepUp).toContain('/mcp 403');
      expect(stepUp).toContain(`authorize notes:read notes:write for ${mcp.url}`);
      expect(client.tokens()).toMatchObject({ scope: 'notes:read notes:write' });
      expect(await client.call('whoami')).toMatch(/^user_/);
    },
  );

  it('responds as the guide says', async () => {
    const { issuer, url } = mcp;
    const documented = rowsOf(PAGE)
      .filter(([, status = '']) => /^\d+$/.test(status))
      .map(([, status, header = '']) => [Number(status), unquote(header)]);
    const answers = [
      await answerTo(url),
      await answerTo(url, await issuer.wrongKey()),
      await answerTo(url, await issuer.signConnect({ scope: 'email' })),
      await answerTo(url, 'a b'),
    ];
    const local = `${mcp.origin}/`;
    const shown = answers.map(([status, header]) => [
      status,
      String(header).replace(local, 'https://mcp.acme.com/'),
    ]);
    expect(documented.slice(0, 4)).toEqual(shown);
    expect(documented[4]).toEqual([503, expect.stringContaining('Retry-After')]);
  });

  it('is not changed by a host that lies', async () => {
    const { ROOT, PATH } = pathsOf(mcp);
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    for (const path of [ROOT, PATH]) {
      const { status, body } = await rawAnswer(mcp.origin, path, headers);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({
        resource: mcp.url,
        authorization_servers: [new URL(String(mcp.issuer.jwksUrl)).origin],
      });
    }
    expect(mcp.server.output()).not.toContain('evil');
  });
});

it('lets no call for another tool in by an array', async () => {
  const mcp = await startMcpServer(project, 'server-1.js');
  try {
    await mcp.issuer.outage(null);
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
    const body = [
      { ...call, params: { name: 'whoami', arguments: {} } },
      { ...call, id: 2, params: { name: 'add_note', arguments: { note: 'x' } } },
    ];
    const token = await mcp.issuer.signConnect({ scope: 'notes:read' });
    const status = async () => (await post(mcp.url, token, body)).status;
    await expect.poll(status, { timeout: 20_000, interval: 250 }).toBe(403);
  } finally {
    await mcp.stop();
  }
});

it('has route handlers of Next that compile, and a test that passes', async () => {
  // The repository's, which is quick: the types of the SDK are large.
  const tsc = path.join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = '--strict --noEmit --skipLibCheck --ignoreConfig --types node'.split(' ');
  const modules = '--target es2023 --module esnext --moduleResolution bundler'.split(' ');
  const files = BLOCKS.map(({ name }) => name).filter((name) => name.endsWith('.ts'));
  expect(await run(project, process.execPath, [tsc, ...flags, ...modules, ...files])).toBe('');
  const output = await run(project, process.execPath, ['--test', 'mcp.test.js']);
  expect(output).toMatch(/pass 3\b/);
});

const pathsOf = ({ url }: McpServer) => {
  const ROOT = '/.well-known/oauth-protected-resource';
  return { ROOT, PATH: `${ROOT}${new URL(url).pathname}` };
};

const unquote = (cell: string) => cell.replaceAll('`', '');

function post(url: string, token: string | undefined, body: object): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function answerTo(url: string, token?: string): Promise<[number, string | null]> {
  const response = await post(url, token, {});
  await response.arrayBuffer();
  return [response.status, response.headers.get('www-authenticate')];
}
