// What is done with npm's tarballs, by the `tar` of every system.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fail } from './tools.mjs';

/** What a tarball of npm's has all its files in. */
const TOP_FOLDER = 'package';

/**
 * Unpacks into a folder that is there. Through standard input, and from inside of the folder: GNU tar,
 * which comes with Git on Windows too, takes `C:` in a path for the name of a host.
 *
 * @param {string} tarball
 * @param {string} folder
 */
export function unpack(tarball, folder) {
  const { status, error, stderr } = spawnSync('tar', ['-xzf', '-', '--strip-components=1'], {
    cwd: folder,
    input: readFileSync(tarball),
  });
  if (status !== 0) fail(`\`tar\` failed: ${error?.message ?? stderr}`);
}

/**
 * A file of the tarball.
 *
 * @param {string} tarball
 * @param {string} name
 * @returns {Buffer}
 */
export function fileIn(tarball, name) {
  return tar(tarball, '-xzOf', '-', `${TOP_FOLDER}/${name}`);
}

/** The files of the tarball. @param {string} tarball */
export function namesIn(tarball) {
  const names = String(tar(tarball, '-tzf', '-')).split(/\r?\n/);
  const files = names.filter((name) => name !== '' && !name.endsWith('/'));
  return files.map((name) => name.slice(TOP_FOLDER.length + 1));
}

/** @param {string} tarball @param {string[]} args */
function tar(tarball, ...args) {
  const { status, error, stdout, stderr } = spawnSync('tar', args, {
    input: readFileSync(tarball),
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status !== 0) fail(`\`tar\` failed: ${error?.message ?? stderr}`);
  return stdout;
}

/** As the registry and lock files have it. @param {string} tarball */
export function integrityOf(tarball) {
  return `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
}
