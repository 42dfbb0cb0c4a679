// What publint and arethetypeswrong say of the tarballs.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createProject, run, tarballs } from './support/project.js';

const ENTRY_POINTS = ['', '/web', '/next', '/express', '/testing'];
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
