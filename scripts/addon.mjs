// Builds the addon and puts it in place.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { platform } from './platform.mjs';
import { locked } from './lock.mjs';
import { fail, outputOf, root } from './tools.mjs';

/** @typedef {'release' | 'quick'} Profile */

export const binary = path.join(root, 'npm', platform, `verify-workos-token.${platform}.node`);
const stamp = path.join(root, 'target', 'addon.stamp');

/**
 * Builds only where something that goes into the addon differs from the last time.
 *
 * @param {Profile} profile
 */
export function buildIfChanged(profile) {
  if (isBuilt(profile)) return;
  // Another may have built it meanwhile.
  locked(() => isBuilt(profile) || compileIntoPlace(profile));
}

/** @param {Profile} profile */
export function build(profile) {
  locked(() => compileIntoPlace(profile));
}

/** @param {Profile} profile */
function isBuilt(profile) {
  const built = existsSync(binary) && existsSync(stamp) && readFileSync(stamp, 'utf8');
  return built === hashOfInputs(profile);
}

/** @param {Profile} profile */
function compileIntoPlace(profile) {
  const hash = hashOfInputs(profile);
  if (profile === 'release') {
    console.log('Building the addon in release, which takes about three minutes the first time.');
  }
  // No stamp may outlive the binary that it describes.
  rmSync(stamp, { force: true });
  putInPlace(compile(profile));
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** @param {Profile} profile */
function hashOfInputs(profile) {
  const hash = createHash('sha256');
  hash.update(`${profile}\n${outputOf('rustc', '-vV')}\n`);
  for (const file of inputs()) {
    const content = createHash('sha256')
      .update(readFileSync(path.join(root, file)))
      .digest('hex');
    hash.update(`${content} ${file}\n`);
  }
  return hash.digest('hex');
}

function inputs() {
  const sources = ['src', 'core/src'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.rs'))
      .map((file) => `${folder}/${file}`),
  );
  return [
    '.cargo/config.toml',
    'Cargo.toml',
    'Cargo.lock',
    'build.rs',
    'core/Cargo.toml',
    ...sources.sort(),
  ];
}

/**
 * Returns the library's path, which cargo tells: its target folder can be anywhere.
 *
 * @param {Profile} profile
 */
function compile(profile) {
  const args = ['build', '--package', 'verify-workos-token', '--lib', '--profile', profile];
  if (profile === 'release') args.push('--locked');
  args.push('--message-format', 'json-render-diagnostics');
  const { status, stdout } = spawnSync('cargo', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) fail('The addon did not build: cargo says why above.');
  for (const line of stdout.split('\n').filter((line) => line.startsWith('{'))) {
    const { reason, target, filenames } = JSON.parse(line);
    if (reason !== 'compiler-artifact' || target.name !== 'verify_workos_token') continue;
    return filenames.find((/** @type {string} */ file) => /\.(so|dylib|dll)$/.test(file));
  }
  return fail('cargo built no library.');
}

/**
 * Renamed into place: a process that has the old one open keeps it, whole.
 *
 * @param {string} library
 */
function putInPlace(library) {
  const temporary = `${binary}.${process.pid}.tmp`;
  mkdirSync(path.dirname(binary), { recursive: true });
  copyFileSync(library, temporary);
  renameSync(temporary, binary);
}
