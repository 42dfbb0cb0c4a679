import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the package, so that the examples' `import 'verify-workos-token'` finds it. */
const folder = join(root, 'target', 'readme');
const blocks = [
  ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```(\w+)\n(.*?)^```/gms),
].map(([, language, text]) => ({ language, text }));
const examples = blocks.filter(({ language }) => language !== 'sh').map(({ text }) => text);
const issuer = createTestIssuer();
let iss: string;

beforeAll(async () => {
  await issuer.listen();
  iss = `${new URL(issuer.jwksUrl as string).origin}/user_management/client_test`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});

afterAll(() => issuer.close());

/** Runs an example with something that uses it, in a process whose WorkOS is the issuer. */
async function run(example: string, use: string): Promise<unknown> {
  const name = `example-${examples.indexOf(example)}`;
  // The first is TypeScript by its name alone.
  writeFileSync(join(folder, `${name}.mjs`), example);
  const driver = `import * as example from './${name}.mjs';\nconst token = process.env.TOKEN;\n${use}\n`;
  writeFileSync(join(folder, `${name}-driver.mjs`), driver);
  const claims = { iss, org_id: 'org_acme', permissions: ['posts:write'] };
  const { hostname, port } = new URL(issuer.jwksUrl as string);
  const env = {
    ...process.env,
    TOKEN: await issuer.sign(claims),
    WORKOS_CLIENT_ID: 'client_test',
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, `${name}-driver.mjs`)],
    { env },
  );
  return JSON.parse(stdout);
}

describe('README', () => {
  it('has no code block that is not run', () => {
    const languages = blocks.map(({ language }) => language);
    expect(languages).toEqual(['sh', 'ts', 'js', 'sh', 'js', 'ts']);
    // The first shell block is tried from the packed tarballs, the second is what runs this test.
    expect(blocks[0]?.text).toBe('npm install verify-workos-token\n');
    expect(blocks[3]?.text).toMatch(/^npm run demo .*\nnpm test .*\n$/);
  });

  it('protects a route in its first example', async () => {
    const use = `
      const call = (authorization) => example.GET(new Request('http://localhost/', { headers: { authorization } }));
      const [good, bad] = [await call('Bearer ' + token), await call('Bearer ' + token.slice(0, -4) + 'AAAA')];
      console.log(JSON.stringify([good.status, await good.json(), bad.status, await bad.json()]));`;
    expect(await run(examples[0] as string, use)).toEqual([
      200,
      { user: expect.stringMatching(/^user_/), organization: 'org_acme' },
      401,
      { error: 'invalid_token', code: 'INVALID_SIGNATURE' },
    ]);
  });

  it('accepts and refuses in its second', async () => {
    const use = `
      console.log(JSON.stringify([await example.whoSends(token), await example.whoSends('x') ?? null]));`;
    expect(await run(examples[1] as string, use)).toEqual([expect.stringMatching(/^user_/), null]);
  });

  it('verifies with keys in memory in its third', async () => {
    const use = `
      const claims = [await example.verify(token), example.verifySync(token)];
      console.log(JSON.stringify([claims.map((c) => c.org_id), example.stats().fetches, example.stats().verified]));`;
    expect(await run(examples[2] as string, use)).toEqual([['org_acme', 'org_acme'], 1, 2]);
  });

  it('tests code of its users in its fourth', async () => {
    const tests = join(folder, 'vitest');
    mkdirSync(tests, { recursive: true });
    writeFileSync(join(tests, 'me.test.ts'), examples[3] as string);
    // Else vitest takes this repository's.
    writeFileSync(join(tests, 'vitest.config.js'), 'export default {};');
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [vitest, 'run', '--root', tests, '--reporter', 'json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tests });
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 2 });
  });

  it('links to pages and sections that there are', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    const links = [...text.matchAll(/\]\(([\w./-]+)(?:#([\w-]+))?\)/g)];
    expect(links.length).toBeGreaterThan(10);
    for (const [, file = '', anchor] of links) {
      expect(existsSync(join(root, file)), file).toBe(true);
      if (anchor === undefined) continue;
      const headings = readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.*)$/gm);
      const anchors = [...headings].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors, `${file}#${anchor}`).toContain(anchor);
    }
  });
});
