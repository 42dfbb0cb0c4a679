// The packages of a folder with a lock file of its own (bench, conformance), by `npm ci`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { locked } from './lock.mjs';
import { fail, npm, root } from './tools.mjs';

/**
 * Only if they are missing, or the lock file has changed since.
 *
 * @param {string} name of the folder in the repository
 */
export function installPeers(name) {
  const folder = path.join(root, name);
  const stamp = path.join(folder, 'node_modules', '.dependencies.sha256');
  const lock = readFileSync(path.join(folder, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  // Another may have installed them meanwhile.
  if (!isInstalled()) locked(() => isInstalled() || install(folder, stamp, hash));
}

/**
 * @param {string} folder
 * @param {string} stamp
 * @param {string} hash
 */
function install(folder, stamp, hash) {
  console.log(`Installing the packages of ${path.basename(folder)}/.`);
  const [command, ...first] = npm();
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) fail(`\`npm ci\` in ${path.basename(folder)}/ failed.`);
  writeFileSync(stamp, hash);
}
