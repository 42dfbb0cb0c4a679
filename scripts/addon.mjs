// Builds the addon and puts it in place.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { compile } from './compile.mjs';
import { platform } from './platform.mjs';
import { locked } from './lock.mjs';
import { replaceFile } from './replace.mjs';
import { fail, outputOf, root } from './tools.mjs';

/** @typedef {import('./compile.mjs').Profile} Profile */
/** @typedef {{ profile: Profile, hash: string }} Stamp */

export const binary = path.join(root, 'npm', platform, `verify-workos-token.${platform}.node`);
/** What the binary was made from, and how. */
const stamp = path.join(root, 'target', 'addon.stamp');

/** What applies to every crate, the flags included. */
const WORKSPACE_FILES = [
  '.cargo/config.toml',
  'Cargo.lock',
  'Cargo.toml',
  'rust-toolchain.toml',
  'scripts/compile.mjs',
];

/**
 * Builds only where something that goes into the addon differs from the last time.
 *
 * @param {Profile} [profile] Without one, a current build of either will do, and where there is none
 *   it is made as the last one was.
 * @returns {Profile | undefined} what the build in place was made with.
 */
export function buildIfChanged(profile) {
  if (!isCurrent(profile)) {
    // Another may have built it meanwhile.
    locked(() => isCurrent(profile) || compileIntoPlace(profile ?? lastBuild()?.profile));
  }
  return lastBuild()?.profile;
}

/** @param {Profile} profile */
export function build(profile) {
  locked(() => compileIntoPlace(profile));
}

/**
 * Puts a library in place that was compiled in another way; the next call that wants one of this
 * machine's compiler builds it.
 *
 * @param {string} library
 * @param {Profile} profile
 */
export function putForeign(library, profile) {
  locked(() => {
    writeStamp(profile);
    putInPlace(library);
  });
}

/** @param {Profile} [profile] */
function isCurrent(profile) {
  const last = lastBuild();
  if (last === undefined || !existsSync(binary)) return false;
  return (profile ?? last.profile) === last.profile && last.hash === hashOfInputs();
}

/** @returns {Stamp | undefined} without a hash where that build failed. */
function lastBuild() {
  if (!existsSync(stamp)) return undefined;
  const [profile, hash = ''] = readFileSync(stamp, 'utf8').split(' ');
  return { profile: profile === 'quick' ? 'quick' : 'release', hash };
}

/** @param {Profile} [profile] */
function compileIntoPlace(profile = 'release') {
  const hash = hashOfInputs();
  if (profile === 'release') {
    console.log('Building the addon in release, which takes about three minutes the first time.');
  }
  // No hash may outlive the binary that it describes.
  writeStamp(profile);
  putInPlace(compile({ profile }));
  writeStamp(`${profile} ${hash}`);
}

/** @param {string} text */
function writeStamp(text) {
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, text);
}

function hashOfInputs() {
  const hash = createHash('sha256');
  hash.update(`${outputOf('rustc', '-vV')}\n`);
  for (const file of inputs()) {
    const content = createHash('sha256')
      .update(readFileSync(path.join(root, file)))
      .digest('hex');
    hash.update(`${content} ${file}\n`);
  }
  return hash.digest('hex');
}

/** The files that go into the addon, of every crate that is here. */
export function inputs() {
  const metadata = outputOf('cargo', 'metadata', '--no-deps', '--format-version', '1');
  /** @type {{ packages: Crate[] }} */
  const { packages } = JSON.parse(metadata ?? fail('`cargo metadata` failed.'));
  const files = [...WORKSPACE_FILES, ...packages.flatMap(filesOf)];
  return [...new Set(files)].filter((file) => existsSync(path.join(root, file))).sort();
}

/**
 * What cargo tells of a crate.
 *
 * @typedef {object} Crate
 * @property {string} manifest_path
 * @property {{ kind: string[], src_path: string }[]} targets
 */

/**
 * Its manifest, its build script, and all that is beside the sources of its library: what they
 * include need not be Rust.
 *
 * @param {Crate} crate
 */
function filesOf({ manifest_path: manifest, targets }) {
  const sources = targets.flatMap(({ kind, src_path: source }) => {
    if (kind.includes('custom-build')) return [source];
    return kind.some((name) => name.endsWith('lib')) ? filesIn(path.dirname(source)) : [];
  });
  return [manifest, ...sources].map((file) => path.relative(root, file));
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** @param {string} library */
function putInPlace(library) {
  const temporary = `${binary}.${process.pid}.tmp`;
  mkdirSync(path.dirname(binary), { recursive: true });
  copyFileSync(library, temporary);
  replaceFile(temporary, binary);
}
