import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { verifyWorkosSession, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { errorToResponse } from 'verify-workos-token/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockNamed, blocksOf, rowsOf } from '../integration/support/docs.js';
import { freePort } from '../integration/support/project.js';
import {
  closeGuides,
  compile,
  folder,
  folderOf,
  iss,
  issuer,
  node,
  openGuides,
  root,
  unquote,
  writeBlock,
} from '../support/guides.js';

beforeAll(async () => {
  await openGuides('testing.md');
  // Or vitest would find this package's own further up. Those of other runners are run in
  // `__test__/integration/runners.test.ts`.
  const exclude = ['**/*.{jest,node,mocha,bun}.test.js', 'emulator.test.js', '**/*.spec.js'];
  const config = `export default { test: { exclude: ${JSON.stringify(exclude)} } };\n`;
  writeFileSync(path.join(folderOf('testing.md'), 'vitest.config.js'), config);
  const route = 'app/api/posts/route.ts';
  writeBlock('testing.md', route, blockNamed('next.md', route));
  writeBlock('testing.md', 'plain.js', blockNamed('express.md', 'plain.js'));
});
afterAll(closeGuides);

describe('testing.md', () => {
  const page = 'testing.md';

  it('has no code block that is not run', () => {
    expect(blocksOf(page).map(({ name }) => name)).toEqual([
      'posts.js',
      'posts.test.js',
      'keys.test.js',
      'clock.test.js',
      'environment.test.ts',
      'server.test.js',
      'e2e.mjs',
      'node e2e.mjs http://localhost:3001/api/posts node node_modules/next/dist/bin/next start -p 3001',
      'emulator.test.js',
      'call.js',
      'posts.jest.test.js',
      'jest.config.js',
      'document.jest.test.js',
      'posts.node.test.js',
      'posts.mocha.test.js',
      'posts.bun.test.js',
      'server.js',
      'posts.spec.js',
      'threads.mjs',
    ]);
  });

  it.each(['forks', 'threads', 'vmForks', 'vmThreads'])('passes in the pool %s', async (pool) => {
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const report = path.join(folder, `${pool}.json`);
    const args = ['run', `--pool=${pool}`, '--reporter=json', `--outputFile=${report}`];
    await node(folderOf(page), [vitest, ...args, '--root', folderOf(page)]);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      numPassedTests: 14,
      numTotalTests: 14,
    });
  });

  it('is strict TypeScript where it is TypeScript', async () => {
    await compile(page, 'environment.test.ts');
  });

  it('tells which call makes which refusal', async () => {
    const rows = rowsOf(page).filter(
      ([, options = '-', code = '']) => /^(`|$)/.test(options) && /^`[A-Z_]+`$/.test(code),
    );
    expect(rows).toHaveLength(17);
    for (const [token, options, code] of rows)
      expect([token, await codeOf(unquote(token), unquote(options))]).toEqual([
        token,
        unquote(code),
      ]);
  });

  it('says truly that a session of another password is refused', async () => {
    const passwords = ['one password of 32 characters or more', 'another one of 32 or more chars!'];
    const [own, other] = passwords.map((cookiePassword) => createTestIssuer({ cookiePassword }));
    const refusal = expect(verifyWorkosSession(await other?.seal(), own?.options)).rejects;
    await refusal.toMatchObject({ code: 'INVALID_SESSION' });
  });

  it('says truly what of errors, claims and sessions another thread gets', async () => {
    await node(folderOf(page), ['threads.mjs']);
    const thread = createTestIssuer({ cookiePassword: 'one password of 32 characters or more' });
    const claims = await verifyWorkosToken(await thread.sign(), thread.options);
    expect(structuredClone(claims)).toEqual({ ...claims });
    const session = await verifyWorkosSession(await thread.seal(), thread.options);
    const copy = structuredClone(session);
    expect([session.accessToken, copy.accessToken]).toEqual([expect.any(String), undefined]);
    expect(copy.claims).toEqual({ ...session.claims });
    const error = await verifyWorkosToken('', thread.options).catch((error) => error);
    expect(() => errorToResponse(structuredClone(error))).toThrow(error.message);
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
      .filter(([mode = '']) => /^`'[a-z]/.test(mode))
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

/** What becomes of a token that the text of a call makes, under options that are a text too. */
async function codeOf(token: string, options: string): Promise<unknown> {
  const names = ['issuer', 'createTestIssuer'];
  const evaluate = new Function(...names, `return [${token}, { ${options} }];`);
  const other = createTestIssuer();
  const [made, given] = evaluate(other, createTestIssuer);
  return verifyWorkosToken(await made, { ...other.options, ...given }).then(
    () => '',
    ({ code }) => code,
  );
}

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
