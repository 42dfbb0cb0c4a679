// What publint and arethetypeswrong say of the tarballs.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createProject, repository, run, tarballs } from './support/project.js';

const ENTRY_POINTS = ['', '/web', '/next', '/express', '/mcp', '/testing'];
let project: string;

beforeAll(async () => {
  project = await createProject('packaging');
});

function tool(name: string, ...args: string[]): Promise<string> {
  const program = path.join(project, 'node_modules', '.bin', name);
  return run(project, program, args, { FORCE_COLOR: '0', NO_COLOR: '1' });
}

function tarball(pattern: RegExp): string {
  const [name, ...others] = readdirSync(tarballs).filter((file) => pattern.test(file));
  expect(others).toEqual([]);
  return path.join(tarballs, name as string);
}

test.each([
  ['the root package', /^verify-workos-token-\d/],
  ['the platform package', /^verify-workos-token-[a-z]/],
])('publint has nothing to say of %s', async (_, pattern) => {
  expect(await tool('publint', tarball(pattern), '--strict')).toMatch(/All good!\s*$/);
});

test('arethetypeswrong finds the types of every entry point', async () => {
  const args = ['--profile', 'strict', '--format', 'json'];
  const { analysis, problems } = JSON.parse(
    await tool('attw', tarball(/^verify-workos-token-\d/), ...args),
  );
  const found = Object.keys(analysis.entrypoints);
  expect(found).toEqual([...ENTRY_POINTS.map((entry) => `.${entry}`), './package.json']);
  expect(problems ?? {}).toEqual({});
});

test('every tarball of a release names the repository', async () => {
  const address = 'https://git.example.com/some-owner/some-name';
  const folder = path.join(project, 'release');
  const script = path.join(repository, 'scripts', 'pack-all.mjs');
  const args = [script, '--as-built', folder];
  await run(repository, process.execPath, args, { REPOSITORY_URL: address });
  const names = readdirSync(folder);
  expect(names).toHaveLength(2);
  for (const name of names) {
    const file = path.join(folder, name);
    const text = (entry: string) => run(folder, 'tar', ['-xOzf', file, `package/${entry}`]);
    expect(JSON.parse(await text('package.json'))).toMatchObject({
      repository: { type: 'git', url: `git+${address}.git` },
      homepage: `${address}#readme`,
      bugs: { url: `${address}/issues` },
    });
    expect(await text('README.md')).not.toMatch(/\]\((?!https:|#)/);
    expect(await tool('publint', file, '--strict')).toMatch(/All good!\s*$/);
  }
});
