import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { testWorkosConnection } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, rowsOf } from '../integration/support/docs.js';
import { freePort } from '../integration/support/project.js';
import {
  CLIENT_ID,
  closeGuides,
  folder,
  folderOf,
  iss,
  issuer,
  node,
  openGuides,
  root,
  unquote,
} from '../support/guides.js';

const page = 'connection.md';

beforeAll(async () => {
  await openGuides(page);
  // Or vitest would find this package's own further up.
  writeFileSync(path.join(folderOf(page), 'vitest.config.js'), 'export default {};\n');
});
afterAll(closeGuides);

/** What a block prints, and its exit status. */
function run(file: string, variables: Record<string, string> = {}) {
  return node(folderOf(page), [file], variables).then(
    ({ stdout, stderr }) => ({ text: stdout + stderr, code: 0 }),
    ({ stdout, stderr, code }) => ({ text: stdout + stderr, code }),
  );
}

describe('connection.md', () => {
  it('has no code block that is not run', () => {
    expect(blocksOf(page).map(({ name }) => name)).toEqual([
      'test-connection.mjs',
      'preflight.mjs',
      'connection.test.js',
    ]);
  });

  it('says that all is well', async () => {
    const port = String(await freePort());
    const own = `http://127.0.0.1:${port}/user_management/${CLIENT_ID}`;
    await using other = createTestIssuer({ clientId: CLIENT_ID, issuer: own });
    await other.listen();
    const variables = { WORKOS_API_PORT: port, TOKEN: await other.sign() };
    const { text, code } = await run('test-connection.mjs', variables);
    expect([code, text]).toEqual([0, expect.stringMatching(/^ready: 1 key\(s\), [\d.]+ ms\n$/)]);
    expect(await run('preflight.mjs', variables)).toEqual({ text: '', code: 0 });
  });

  // The issuer of the guides names WorkOS, and the processes' environment names this machine.
  it('names what is wrong with the environment', async () => {
    const { text, code } = await run('test-connection.mjs', { TOKEN: await issuer.sign({ iss }) });
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/^the issuer's discovery document names another issuer\nTokens carry/),
    ]);
    const preflight = await run('preflight.mjs');
    expect(preflight).toEqual({ code: 1, text: expect.stringMatching(/^DISCOVERY_MISMATCH: /) });
  });

  it('passes in vitest', async () => {
    // The page has to name a port, which here may be taken.
    const test = path.join(folderOf(page), 'connection.test.js');
    const text = readFileSync(test, 'utf8');
    expect(text).toContain("'http://127.0.0.1:4801/");
    writeFileSync(test, text.replace(':4801/', `:${await freePort()}/`));
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const report = path.join(folder, 'connection.json');
    const args = ['run', '--reporter=json', `--outputFile=${report}`, '--root', folderOf(page)];
    await node(folderOf(page), [vitest, ...args]);
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    expect([numPassedTests, numTotalTests]).toEqual([2, 2]);
  });

  it('names every member of the report', async () => {
    const report = await testWorkosConnection({ ...issuer.options, token: 'x.y' });
    const rows = rowsOf(page).filter(([cell = '']) => /^`/.test(cell));
    const documented = rows
      .flatMap(([cell = '']) => cell.split(', '))
      .map(unquote)
      .filter((name) => name !== 'token is refused');
    expect(documented.toSorted()).toEqual(Object.keys(report).toSorted());
    const braces = (name: string) => {
      const [, text = ''] = rows.findLast(([cell = '']) => cell.includes(`\`${name}\``)) ?? [];
      return [...text.matchAll(/\{ ([^}]+) \}/g)].map(([, names = '']) => names.split(', '));
    };
    expect(braces('discovery')[0]?.toSorted()).toEqual(Object.keys(report.discovery).toSorted());
    expect(braces('keys')[0]).toEqual(Object.keys(report.keys[0] ?? {}));
    expect(braces('cache')[0]).toEqual(Object.keys(report.cache ?? {}));
    expect(braces('token')[0]).toEqual(Object.keys(report.token ?? {}));
    expect(braces('error')[0]).toEqual(Object.keys(report.error ?? {}));
  });
});
