// The copy of a repository that other builds are tested in.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../support/guides.js';

const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-tree-'));
const repository = path.join(workplace, 'repository');
const copy = path.join(workplace, 'copy');
const COMMITTED = ['.gitignore', 'kept.txt', 'removed.txt', 'scripts/tools.mjs'];

const write = (folder: string, name: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), 'ignored/\n');
};
const git = (...args: string[]) => spawnSync('git', args, { cwd: repository });

beforeAll(() => {
  for (const name of ['tools.mjs', 'tree.mjs'])
    cpSync(path.join(root, 'scripts', name), path.join(repository, 'scripts', name));
  for (const name of COMMITTED.slice(0, 3)) write(repository, name);
  git('init', '--quiet');
  git('add', ...COMMITTED);
  rmSync(path.join(repository, 'removed.txt'));
  write(repository, 'ignored/file.txt');
  for (const name of ['stale.txt', 'kept/one.txt', 'other/one.txt']) write(copy, name);
  const program = `import { copyRepository } from './scripts/tree.mjs';
    copyRepository(${JSON.stringify(copy)}, ['kept']);`;
  const args = ['--input-type=module', '--eval', program];
  const { stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
  expect(stderr).toBe('');
}, 60_000);
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

it('has what is committed and what is new, and of what was there only what is kept', () => {
  const names = readdirSync(copy, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(copy, path.join(entry.parentPath, entry.name)));
  expect(names.map((name) => name.replaceAll(path.sep, '/')).sort()).toEqual([
    '.gitignore',
    'kept.txt',
    'kept/one.txt',
    'scripts/tools.mjs',
    'scripts/tree.mjs',
  ]);
});
