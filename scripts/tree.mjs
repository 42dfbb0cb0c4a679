// A copy of the repository as it is now: what git has of it, and what is new and not ignored.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fail, outputOf, root } from './tools.mjs';

/**
 * What was in the folder is removed first, except what the caller keeps.
 *
 * @param {string} target
 * @param {string[]} [kept] names in that folder.
 */
export function copyRepository(target, kept = []) {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(target).filter((name) => !kept.includes(name)))
    rmSync(path.join(target, name), { recursive: true });
  for (const file of repositoryFiles())
    cpSync(path.join(root, file), path.join(target, file), { recursive: true });
}

function repositoryFiles() {
  const listed = outputOf('git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z');
  const names = (listed ?? fail('`git ls-files` failed.')).split('\0').filter(Boolean);
  // A file that was removed and not yet committed is still listed.
  return names.filter((name) => existsSync(path.join(root, name)));
}
