// `cross.mjs --suite`: the tests of `npm test` that are vitest's, with the Node of another platform, in a
// copy of the repository that has the development dependencies of that platform.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync } from 'node:fs';
import path from 'node:path';
import { partsOf } from './platform-package.mjs';
import { copyRepository } from './tree.mjs';
import { fail, root } from './tools.mjs';

/** An hour: alone on a machine with two cores they take ten minutes. */
const SUITE_MILLISECONDS = 3_600_000;
/** Of the copy, what stays for the next time. */
const KEPT = ['node_modules'];

/**
 * @typedef {object} Suite
 * @property {string} platform
 * @property {string} place the platform's folder.
 * @property {string[]} node the command that starts its Node.
 * @property {string[]} picked parts of the paths of the files to run; all, if there are none.
 */

/** @param {Suite} suite */
export function runSuite({ platform, place, node, picked }) {
  const tree = path.join(place, 'tree');
  copyRepository(tree, KEPT);
  cpSync(path.join(root, 'dist'), path.join(tree, 'dist'), { recursive: true });
  const binary = path.join('npm', platform, `verify-workos-token.${platform}.node`);
  cpSync(path.join(root, binary), path.join(tree, binary));
  installFor(platform, tree);
  const [command = '', ...first] = node;
  const files = picked.length > 0 ? picked : ['__test__'];
  const { status, signal } = spawnSync(command, [...first, 'scripts/test.mjs', ...files], {
    cwd: tree,
    stdio: 'inherit',
    timeout: SUITE_MILLISECONDS,
  });
  copyFileSync(path.join(tree, 'target/test-summary.txt'), path.join(place, 'test-summary.txt'));
  if (status !== 0) fail(`The tests ended with ${status ?? signal} on ${platform}.`);
}

/** By this machine's npm, which is told for which platform it chooses. @param {string} platform @param {string} tree */
function installFor(platform, tree) {
  const { system, processor, library } = partsOf(platform);
  const chosen = { npm_config_os: system, npm_config_cpu: processor };
  const libc = library === undefined ? {} : { npm_config_libc: library };
  const { status } = spawnSync(process.execPath, ['scripts/dependencies.mjs'], {
    cwd: tree,
    env: { ...process.env, ...chosen, ...libc },
    stdio: 'inherit',
  });
  if (status !== 0) fail(`The development dependencies for ${platform} were not installed.`);
}
