// `npm run reproduce -- <platform> [<file>]`: builds a platform's binary once more, in another folder and
// with crates fetched from scratch, and compares it with a file: the published one, or the one in place.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { TARGETS } from './targets.mjs';
import { temporaryFolder } from './temporary.mjs';
import { fail, outputOf, root } from './tools.mjs';

/** All that a binary is made from, and what makes it. */
const SOURCES = ['.cargo', 'Cargo.lock', 'Cargo.toml', 'build.rs', 'core', 'package.json'];
SOURCES.push('rust-toolchain.toml', 'scripts', 'src');
/** How to reach the registry of crates from here. */
const CARGO_SETTINGS = ['config.toml', 'config'];

if (process.argv[1] === import.meta.filename) {
  const [platform = '', file = placeOf(root, platform)] = process.argv.slice(2);
  if (!Object.keys(TARGETS).includes(platform))
    fail('usage: npm run reproduce -- <platform> [<file>]');
  reproduce(platform, path.resolve(process.env.INIT_CWD ?? process.cwd(), file));
}

/**
 * @param {string} platform
 * @param {string} file
 */
function reproduce(platform, file) {
  if (!existsSync(file)) fail(`There is no ${file} to compare with.`);
  const folder = temporaryFolder();
  const again = buildIn(folder, platform);
  const hashes = [file, again].map(hashOf);
  console.log(`${outputOf('rustc', '--version')?.trim()}, for ${platform}`);
  console.log(`${hashes[0]}  ${file}\n${hashes[1]}  built once more`);
  const places = placesIn(readFileSync(again), [folder, root, homedir()]);
  if (places.length > 0) fail(`It holds paths of this machine: ${places.join(', ')}`);
  if (hashes[0] !== hashes[1]) fail('They differ.');
  console.log('They are the same.');
}

/** @param {string} folder @param {string} platform */
function buildIn(folder, platform) {
  const sources = path.join(folder, 'another', 'source');
  for (const name of SOURCES)
    cpSync(path.join(root, name), path.join(sources, name), { recursive: true });
  const cargoHome = path.join(folder, 'cargo');
  mkdirSync(cargoHome);
  const known = process.env.CARGO_HOME ?? path.join(homedir(), '.cargo');
  for (const name of CARGO_SETTINGS.filter((name) => existsSync(path.join(known, name))))
    cpSync(path.join(known, name), path.join(cargoHome, name));
  const env = {
    ...process.env,
    CARGO_HOME: cargoHome,
    CARGO_TARGET_DIR: path.join(folder, 'made'),
  };
  const script = path.join(sources, 'scripts', 'binary.mjs');
  const { status } = spawnSync(process.execPath, [script, platform], { env, stdio: 'inherit' });
  if (status !== 0) fail('The binary did not build.');
  return placeOf(sources, platform);
}

/**
 * The paths of this machine that a binary holds, as far as they begin with one of these folders.
 *
 * @param {Buffer} binary
 * @param {string[]} folders
 */
export function placesIn(binary, folders) {
  const text = binary.toString('latin1');
  const wanted = folders.map((folder) => path.resolve(folder)).filter((folder) => folder !== '/');
  return wanted.filter((folder) => text.includes(`${folder}${path.sep}`));
}

/** @param {string} folder @param {string} platform */
function placeOf(folder, platform) {
  return path.join(folder, 'npm', platform, `verify-workos-token.${platform}.node`);
}

/** @param {string} file */
function hashOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
