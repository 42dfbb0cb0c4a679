// One run of cargo that makes the addon's library.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fail, outputOf, root } from './tools.mjs';

/** @typedef {'release' | 'quick'} Profile */
/**
 * @typedef {object} Settings
 * @property {Profile} profile
 * @property {boolean} [isForOthers] it must not name this machine's folders; only daily work's may.
 * @property {string[]} [subcommand] `build`, or what plugins of cargo have in its place.
 * @property {string[]} [args] further arguments of it.
 * @property {string[]} [rustflags]
 * @property {NodeJS.ProcessEnv} [env] variables to add.
 */
/**
 * What cargo tells of a workspace.
 *
 * @typedef {object} Metadata
 * @property {{ manifest_path: string, source?: string | null }[]} packages
 * @property {string} [target_directory]
 */

/** Between flags, in the variable that takes such as have spaces in them. */
const SEPARATOR = '\x1f';

/**
 * Returns the library's path, which cargo tells: its target folder can be anywhere.
 *
 * @param {Settings} settings
 * @returns {string}
 */
export function compile(settings) {
  const { profile, subcommand = ['build'], args = [], rustflags = [], env = {} } = settings;
  const isRelease = profile === 'release';
  const { isForOthers = isRelease } = settings;
  const flags = [...givenFlags(), ...rustflags, ...(isForOthers ? withoutPlaces() : [])];
  const encoded = flags.length > 0 ? { CARGO_ENCODED_RUSTFLAGS: flags.join(SEPARATOR) } : {};
  const all = [...subcommand, '--package', 'verify-workos-token', '--lib', '--profile', profile];
  if (isRelease) all.push('--locked');
  all.push('--message-format', 'json-render-diagnostics', ...args);
  const { status, stdout } = spawnSync('cargo', all, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env, ...encoded },
    maxBuffer: Number.POSITIVE_INFINITY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) fail('The addon did not build: cargo says why above.');
  return libraryIn(stdout) ?? fail('cargo built no library.');
}

/** @param {string} printed @returns {string | undefined} */
function libraryIn(printed) {
  for (const line of printed.split('\n').filter((line) => line.startsWith('{'))) {
    const { reason, target, filenames } = JSON.parse(line);
    if (reason !== 'compiler-artifact' || target.name !== 'verify_workos_token') continue;
    return filenames.find((/** @type {string} */ file) => /\.(so|dylib|dll)$/.test(file));
  }
  return undefined;
}

/** Ours would replace them: cargo reads one variable alone. */
function givenFlags() {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain = '' } = process.env;
  const flags = encoded === undefined ? plain.split(' ') : encoded.split(SEPARATOR);
  return flags.filter((flag) => flag !== '');
}

/**
 * The flags that keep this machine's folders out of the binary, where panics name the file that they
 * come from. Without them no two machines would build the same one. Of several that match, rustc takes
 * the last.
 */
function withoutPlaces() {
  const metadata = outputOf('cargo', 'metadata', '--locked', '--format-version', '1');
  /** @type {Metadata} */
  const { packages, target_directory: built } = JSON.parse(
    metadata ?? fail('`cargo metadata` failed: is the registry of crates within reach?'),
  );
  const registries = packages
    .filter(({ source }) => source?.startsWith('registry+'))
    .map(({ manifest_path: manifest }) => path.dirname(path.dirname(manifest)));
  const places = [
    [path.resolve(root), '/verify-workos-token'],
    ...(built === undefined ? [] : [[built, '/target']]),
    ...[...new Set(registries)].sort().map((folder) => [folder, '/crates']),
    ...placeOfStandardLibrary(),
  ];
  return places.map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`);
}

/** Where its sources are installed, rustc names them; elsewhere it gives this name by itself. */
function placeOfStandardLibrary() {
  const commit = outputOf('rustc', '-vV')?.match(/^commit-hash: (\w+)$/m)?.[1];
  const sysroot = outputOf('rustc', '--print', 'sysroot')?.trim();
  if (commit === undefined || sysroot === undefined) return [];
  return [[path.join(sysroot, 'lib', 'rustlib', 'src', 'rust'), `/rustc/${commit}`]];
}
