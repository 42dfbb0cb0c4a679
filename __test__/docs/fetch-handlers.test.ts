import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyWorkosToken } from 'verify-workos-token';
import { SENTENCE } from '../../js/stub/sentence.js';
import { createTestIssuer } from 'verify-workos-token/testing';
import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';
import {
  blockNamed,
  blocksOf,
  FRAMEWORK_PAGES,
  pages,
  readPage,
  rowsOf,
} from '../integration/support/docs.js';
import { freePort } from '../integration/support/project.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the package, so that the blocks' `import 'verify-workos-token'` finds it. */
const folder = path.join(root, 'target', 'docs');
const CLIENT_ID = 'client_01234567890ABCDEF';
const issuer = createTestIssuer({ clientId: CLIENT_ID });
let iss: string;
let environment: Record<string, string>;

beforeAll(async () => {
  await issuer.listen();
  const { hostname, port, origin } = new URL(issuer.jwksUrl as string);
  iss = `${origin}/user_management/${CLIENT_ID}`;
  environment = {
    WORKOS_CLIENT_ID: CLIENT_ID,
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
  };
  rmSync(folder, { recursive: true, force: true });
  for (const page of ['fetch-handlers.md', 'testing.md', 'workos-setup.md']) writeBlocks(page);
  // Or vitest would find this package's own further up.
  writeFileSync(path.join(folderOf('testing.md'), 'vitest.config.js'), 'export default {};\n');
  const route = 'app/api/posts/route.ts';
  writeBlock('testing.md', route, blockNamed('next.md', route));
});

afterAll(() => issuer.close());

function folderOf(page: string): string {
  return path.join(folder, path.basename(page, '.md'));
}

function writeBlocks(page: string): void {
  for (const { language, name, text } of blocksOf(page))
    if (['js', 'ts'].includes(language)) writeBlock(page, name, text);
}

function writeBlock(page: string, name: string, text: string): void {
  const file = path.join(folderOf(page), name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Without what this test runner would tell another. */
function childEnvironment(variables: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$)/.test(name));
  return { ...Object.fromEntries(inherited), ...environment, ...variables };
}

function node(
  cwd: string,
  args: string[],
  variables: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const env = childEnvironment(variables);
  return promisify(execFile)(process.execPath, args, { cwd, env, timeout: 25_000 });
}

/** Resolves if TypeScript takes a block, in strict mode. */
async function compile(page: string, name: string): Promise<void> {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const strict = ['--strict', '--noEmit', '--skipLibCheck', '--ignoreConfig', '--types', 'node'];
  const modules = ['--target', 'es2023', '--module', 'esnext', '--moduleResolution', 'bundler'];
  await node(folderOf(page), [tsc, ...strict, ...modules, name]).catch(({ stdout }) =>
    expect.unreachable(stdout),
  );
}

/** What `use` prints as JSON, in a process whose WorkOS is the issuer. */
async function run(page: string, name: string, use: string, claims: object = {}): Promise<unknown> {
  const token = await issuer.sign({ iss, ...claims });
  const driver = path.join(folderOf(page), `${path.basename(name, '.js')}.driver.mjs`);
  const helpers = `
    const token = process.env.TOKEN;
    const request = (headers) => new Request('http://localhost/api/me', { headers });
    const bearer = (text) => request({ authorization: 'Bearer ' + text });
    const answer = async (response) => [response.status, await response.json()];
    const forged = token.slice(0, -4) + 'AAAA';`;
  writeFileSync(driver, `import * as page from './${name}';\n${helpers}\n${use}\n`);
  const { stdout } = await node(folderOf(page), [driver], { TOKEN: token });
  return JSON.parse(stdout);
}

const INVALID_SIGNATURE = [401, { error: 'invalid_token', code: 'INVALID_SIGNATURE' }];
const NOBODY = [401, { error: 'unauthorized', code: 'MALFORMED_TOKEN' }];
const user = { sub: 'user_1' };

describe('the guides', () => {
  it('are all run, here or in the real frameworks', () => {
    const here = ['README.md', 'fetch-handlers.md', 'testing.md', 'workos-setup.md'];
    expect(pages()).toEqual([...here, ...FRAMEWORK_PAGES].sort());
  });

  it.each(pages())('%s links to what exists', (page) => {
    for (const [, target = ''] of readPage(page).matchAll(/\]\(([^)]+)\)/g)) {
      const [file, anchor] = target.split('#') as [string, string?];
      const linked = file === '' ? page : file;
      expect(existsSync(path.join(root, 'docs', linked)), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(linked), target).toContain(anchor);
    }
  });

  it('answer as README.md says', async () => {
    expect(blocksOf('README.md')).toEqual([]);
    const documented = rowsOf('README.md')
      .filter(([, status = '']) => /^\d+$/.test(status))
      .map(([, status, header, body]) => [status, unquote(header), unquote(body)]);
    expect(documented).toEqual([
      await answerTo({}),
      await answerTo({ authorization: 'Bearer a b' }),
      await answerTo({ authorization: `Bearer ${await issuer.wrongKey()}` }),
      await answerTo({ authorization: `Bearer ${await issuer.sign()}` }, { permissions: ['a'] }),
      await answerTo(
        { authorization: `Bearer ${await issuer.sign()}` },
        { jwksUrl: 'http://127.0.0.1:1/' },
      ),
    ]);
  });
});

function anchorsOf(page: string): string[] {
  return [...readPage(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

function unquote(cell = ''): string {
  return cell.replaceAll('`', '');
}

async function answerTo(headers: Record<string, string>, options: object = {}): Promise<string[]> {
  const request = new Request('http://localhost/', { headers });
  const response = await authenticateRequest(request, { ...issuer.options, ...options }).then(
    () => expect.unreachable('the request is refused'),
    errorToResponse,
  );
  const challenge = ['WWW-Authenticate', 'Retry-After']
    .filter((name) => response.headers.has(name))
    .map((name) => `${name}: ${response.headers.get(name)}`);
  return [String(response.status), challenge.join(), await response.text()];
}

describe('fetch-handlers.md', () => {
  const page = 'fetch-handlers.md';

  it('has no code block that is not run', () => {
    const names = ['handler.js', 'hono.js', 'auth.server.js', 'hooks.server.js', 'cookie.js'];
    expect(blocksOf(page).map(({ name }) => name)).toEqual(names);
  });

  it('has a handler for everything that calls it with a request', async () => {
    const use = `
      console.log(JSON.stringify([
        await answer(await page.handler(bearer(token))),
        await answer(await page.handler(bearer(forged))),
        await answer(await page.handler(request({}))),
      ]));`;
    const claims = { ...user, permissions: ['posts:read'] };
    expect(await run(page, 'handler.js', use, claims)).toEqual([
      [200, { user: 'user_1' }],
      INVALID_SIGNATURE,
      NOBODY,
    ]);
  });

  it('lets errors through to Hono', async () => {
    const use = `
      console.log(JSON.stringify([
        await answer(await page.app.request(bearer(token))),
        await answer(await page.app.request(bearer(forged))),
      ]));`;
    expect(await run(page, 'hono.js', use, user)).toEqual([
      [200, { user: 'user_1' }],
      INVALID_SIGNATURE,
    ]);
  });

  it("types Hono's variables", async () => {
    const [app, type] = ['new Hono<', 'import type {'].map(
      (start) => readPage(page).match(new RegExp(`\`(${start}[^\`]+)\``))?.[1] as string,
    );
    const text = blockNamed(page, 'hono.js').replace('new Hono()', app as string);
    writeBlock(page, 'hono.typed.ts', `${type};\n${text}`);
    await compile(page, 'hono.typed.ts');
  });

  it('throws responses in loaders', async () => {
    const use = `
      const refused = await page.loader({ request: bearer(forged) }).catch((thrown) => thrown);
      console.log(JSON.stringify([
        await answer(await page.loader({ request: bearer(token) })),
        refused instanceof Response,
        await answer(refused),
      ]));`;
    expect(await run(page, 'auth.server.js', use, user)).toEqual([
      [200, { user: 'user_1' }],
      true,
      INVALID_SIGNATURE,
    ]);
  });

  it("guards SvelteKit's routes in its hook", async () => {
    const use = `
      const resolve = async ({ locals }) => Response.json(locals.workos?.claims.sub ?? null);
      const call = (request, id, isRemoteRequest = false) => {
        const event = { request, route: { id }, isRemoteRequest, locals: {} };
        return page.handle({ event, resolve }).then(answer);
      };
      console.log(JSON.stringify([
        await call(bearer(token), '/api/me'),
        await call(bearer(forged), '/api/me'),
        await call(request({}), null),
        await call(request({}), '/(public)/about', true),
        await call(request({}), '/(public)/about'),
      ]));`;
    expect(await run(page, 'hooks.server.js', use, user)).toEqual([
      [200, 'user_1'],
      INVALID_SIGNATURE,
      NOBODY,
      NOBODY,
      [200, null],
    ]);
  });

  it('takes a token from a cookie', async () => {
    const use = `
      const name = '__Host-access_token';
      const ours = name + '=' + token;
      const call = (cookie) =>
        page.authenticateByCookie(request({ cookie })).then(
          ({ claims }) => claims.sub,
          ({ code }) => code,
        );
      console.log(JSON.stringify([
        await call(ours),
        await call('theme=dark; ' + ours + '; other=1'),
        await call('theme=dark;' + ours),
        await call(name + '=' + forged),
        await call('x' + ours),
        await call('theme=' + ours),
        await call('theme=dark, ' + ours),
        await call(name.toLowerCase() + '=' + token),
        await call(ours + '; ' + name + '=' + forged),
        await call(name + '=' + forged + '; ' + ours),
        await call(name + '=; ' + ours),
        await page.authenticateByCookie(bearer(token)).catch(({ code }) => code),
      ]));`;
    const accepted = Array(3).fill('user_1');
    expect(await run(page, 'cookie.js', use, user)).toEqual([
      ...accepted,
      'INVALID_SIGNATURE',
      ...Array(8).fill('MALFORMED_TOKEN'),
    ]);
  });

  it("quotes the stub's sentence", () => {
    expect(readPage(page)).toContain(`\n> ${SENTENCE}\n`);
  });
});

describe('testing.md', () => {
  const page = 'testing.md';

  it('has no code block that is not run', () => {
    expect(blocksOf(page).map(({ name }) => name)).toEqual([
      'posts.js',
      'posts.test.js',
      'keys.test.js',
      'clock.test.js',
      'environment.test.ts',
      'e2e.mjs',
      'node e2e.mjs http://localhost:3001/api/posts node node_modules/next/dist/bin/next start -p 3001',
    ]);
  });

  it.each(['forks', 'threads', 'vmForks', 'vmThreads'])('passes in the pool %s', async (pool) => {
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const report = path.join(folder, `${pool}.json`);
    const args = ['run', `--pool=${pool}`, '--reporter=json', `--outputFile=${report}`];
    await node(folderOf(page), [vitest, ...args, '--root', folderOf(page)]);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      numPassedTests: 13,
      numTotalTests: 13,
    });
  });

  it('is strict TypeScript where it is TypeScript', async () => {
    await compile(page, 'environment.test.ts');
  });

  it('says truly that a token must name the derived issuer', async () => {
    const use = `
      import { verifyWorkosToken } from 'verify-workos-token';
      const code = await verifyWorkosToken(process.env.TOKEN).catch(({ code }) => code);
      process.stdout.write(String(code));`;
    const args = ['--input-type=module', '--eval', use];
    const { stdout } = await node(folderOf(page), args, { TOKEN: await issuer.sign() });
    expect(stdout).toBe('INVALID_ISSUER');
  });

  it('tests a server end to end, and fails with one that lets all in', async () => {
    const server = (lines: string) => `
      import { createServer } from 'node:http';
      import { requireWorkosToken } from 'verify-workos-token/express';
      ${lines}
      const answer = (req, res) => authenticate(req, res, () => res.end());
      createServer(answer).listen(process.argv[2], 'localhost');`;
    writeBlock(page, 'server.mjs', server('const authenticate = requireWorkosToken();'));
    writeBlock(page, 'open.mjs', server('const authenticate = (_req, _res, next) => next();'));
    expect(await endToEnd('server.mjs')).toBe('');
    expect(await endToEnd('open.mjs')).toContain('200 !== 401');
    expect(await endToEnd('none.mjs')).toContain('the server does not start');
  });

  /** What the script complains of. */
  async function endToEnd(server: string): Promise<string> {
    const port = String(await freePort());
    const args = ['e2e.mjs', `http://localhost:${port}/`, process.execPath, server, port];
    return node(folderOf(page), args).then(
      ({ stderr }) => stderr,
      ({ stderr }) => stderr,
    );
  }

  it('says truly that calls fail at once after a failed request', async () => {
    await using other = createTestIssuer();
    await other.listen();
    await other.outage('status-500');
    const attempt = async () => verifyWorkosToken(await other.sign(), other.options);
    const codeOf = ({ code }: { code: string }) => code;
    const codes = [await attempt().catch(codeOf), await attempt().catch(codeOf)];
    expect([...codes, other.requests()]).toEqual(['JWKS_FETCH_FAILED', 'JWKS_FETCH_FAILED', 1]);
  });

  it('names the outages and their causes', async () => {
    const documented = rowsOf(page)
      .filter(([mode = '']) => /^`'/.test(mode))
      .flatMap(([modes = '', , cause = '']) =>
        modes.split(', ').map((mode) => [mode.replaceAll(/[`']/g, ''), unquote(cause)]),
      );
    expect(documented).toHaveLength(7);
    for (const [mode, cause] of documented)
      expect([mode, await causeOf(mode)]).toEqual([mode, cause]);
  });

  it('says truly that interceptors see nothing', async () => {
    const use = `
      import http from 'node:http';
      import https from 'node:https';
      import net from 'node:net';
      import { verifyWorkosToken } from 'verify-workos-token';
      const seen = [];
      for (const [object, name] of [[globalThis, 'fetch'], [http, 'request'], [http, 'get'],
        [https, 'request'], [net, 'connect'], [net.Socket.prototype, 'connect']]) {
        const original = object[name];
        object[name] = function (...args) { seen.push(name); return original.apply(this, args); };
      }
      await verifyWorkosToken(process.env.TOKEN);
      const unseen = seen.length;
      await fetch('http://127.0.0.1:' + process.env.WORKOS_API_PORT + '/');
      console.log(JSON.stringify([unseen, seen.length > 0]));`;
    const before = issuer.requests();
    const args = ['--input-type=module', '--eval', use];
    const { stdout } = await node(folderOf(page), args, { TOKEN: await issuer.sign({ iss }) });
    expect([JSON.parse(stdout), issuer.requests() - before]).toEqual([[0, true], 1]);
  });
});

async function causeOf(mode: string | undefined): Promise<unknown> {
  await using other = createTestIssuer({ algorithm: 'EdDSA' });
  await other.listen();
  await other.outage(mode as 'refuse');
  const options = { ...other.options, jwksCache: { timeoutMs: 200 } };
  // Awaited here: what is returned as it is would be awaited after the issuer has closed.
  return await verifyWorkosToken(await other.sign(), options).then(
    () => '',
    (error) => error.cause?.code,
  );
}

describe('workos-setup.md', () => {
  const page = 'workos-setup.md';
  const blocks = blocksOf(page);

  it('has no code block that is not run', () => {
    expect(blocks.map(({ language, name }) => [language, name])).toEqual([
      ['json', `{ "aud": "${CLIENT_ID}" }`],
      ['js', 'verify.mjs'],
      ['sh', `WORKOS_CLIENT_ID=${CLIENT_ID} TOKEN=eyJ... node verify.mjs`],
      ['json', '{'],
      ['sh', `curl https://api.workos.com/sso/jwks/${CLIENT_ID}`],
      ['json', `{ "aud": ["${CLIENT_ID}", "char-ai-agent"] }`],
      ['js', 'audience.mjs'],
    ]);
  });

  it('verifies a token that the template has given its audience', async () => {
    const template = JSON.parse(blocks[0]?.text ?? '');
    const bare = { ...user, iss, aud: undefined };
    expect(await verifyByCommand({ ...bare, ...template })).toContain("sub: 'user_1'");
    expect(await verifyByCommand(bare)).toMatch(/^INVALID_AUDIENCE: .+\n.*JWT template/i);
  });

  /** The shell block, with a token in place of the dots. */
  async function verifyByCommand(claims: object): Promise<string> {
    const [, ...words] = (blocks[2]?.text ?? '').trim().split(' ');
    expect(words.slice(-2)).toEqual(['node', 'verify.mjs']);
    const variables = { TOKEN: await issuer.sign({ ...claims }) };
    const command = node(folderOf(page), ['verify.mjs'], variables);
    return command.then(
      ({ stdout }) => stdout,
      ({ stderr }) => stderr,
    );
  }

  it('shows a token that is accepted as it is', async () => {
    const claims = JSON.parse(blocks[3]?.text ?? '');
    const production = createTestIssuer({ clientId: CLIENT_ID });
    const options = { clientId: CLIENT_ID, jwks: production.jwks, now: claims.iat };
    const token = await production.sign({ auth_time: undefined, ...claims });
    expect(await verifyWorkosToken(token, options)).toEqual(claims);
  });

  it('names the addresses that are read', async () => {
    const { origin } = new URL(issuer.jwksUrl as string);
    const urls = (blocks[4]?.text ?? '')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    const [keys, discovery] = await Promise.all(
      urls.map(async (url = '') =>
        (await fetch(url.replace('https://api.workos.com', origin))).json(),
      ),
    );
    expect(keys).toEqual(issuer.jwks);
    expect(discovery).toMatchObject({ jwks_uri: expect.stringContaining('/sso/jwks/') });
  });

  it('verifies for an audience of its own', async () => {
    const template = JSON.parse(blocks[5]?.text ?? '');
    const use = `
      const { aud } = await page.verifier.verify(token);
      console.log(JSON.stringify(aud));`;
    expect(await run(page, 'audience.mjs', use, template)).toEqual(template.aud);
  });

  it('lists every code of a refusal, and every cause of a failed fetch', () => {
    const types = readFileSync(path.join(root, 'index.d.cts'), 'utf8');
    const union = /type WorkosTokenErrorCode =(.*?);\n\n/s.exec(types)?.[1] ?? '';
    const causes = /interface WorkosFetchError .*?code:(.*?);/s.exec(types)?.[1] ?? '';
    expect(firstCells('code')).toEqual(quotedWords(union));
    expect(firstCells('`error.cause.code`').sort()).toEqual(quotedWords(causes).sort());
  });

  /** The codes in the first column of the table that has this heading. */
  function firstCells(heading: string): string[] {
    const rows = rowsOf(page);
    const body = rows.slice(rows.findIndex(([first]) => first === heading) + 2);
    const end = body.findIndex(([first = '']) => !/^`[A-Z_]+`/.test(first));
    return body
      .slice(0, end === -1 ? undefined : end)
      .flatMap(([first = '']) => unquote(first).split(', '));
  }

  function quotedWords(text: string): string[] {
    return [...text.replaceAll(/\/\*\*.*?\*\//gs, '').matchAll(/'(\w+)'/g)].map(
      ([, word]) => word as string,
    );
  }

  it('names the error of a missing binary as it is thrown', () => {
    const row = rowsOf(page).findIndex(([first]) => first === 'message') + 2;
    const message = rowsOf(page)[row]?.[0]?.slice(1, -1) ?? '';
    expect(readFileSync(path.join(root, 'js', 'loader.cjs'), 'utf8')).toContain(` ${message} (`);
  });

  it('says that the issuer is what a relying party is told', async () => {
    const documented = `https://api.workos.com/user_management/<client id>`;
    expect(rowsOf(page)).toContainEqual(['issuer', `\`${documented}\``]);
    expect(issuer.issuer).toBe(documented.replace('<client id>', CLIENT_ID));
  });
});
