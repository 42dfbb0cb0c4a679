// What a build needs of the machine. Parsed by old versions of Node too, so that they can say so.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Prints what is missing, a sentence each, and exits, if anything is. */
export function requireTools() {
  const missing = [missingNode(), missingRust(), missingCompiler()].filter(Boolean);
  if (missing.length > 0) fail(missing.join('\n'));
}

/**
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

/**
 * Runs a command in the repository with its output shown, and exits where it fails. Standard
 * input stays unread: it may hold a token for what runs next.
 *
 * @param {string} command
 * @param {string[]} args
 */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0)
    fail(`\`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : '.'}`);
}

/**
 * npm as a command and its first arguments: the one that runs this script, if one does.
 *
 * @returns {[string, ...string[]]}
 */
export function npm() {
  const running = process.env.npm_execpath;
  if (running !== undefined && /npm-cli\.c?js$/.test(running)) return [process.execPath, running];
  return ['npm'];
}

function missingNode() {
  const wanted = wantedVersion('package.json', /"node": ">=([\d.]+)"/);
  if (isAtLeast(process.versions.node, wanted)) return undefined;
  return `Node ${wanted} or newer is needed, and this is Node ${process.versions.node}.`;
}

function missingRust() {
  const wanted = wantedVersion('Cargo.toml', /^rust-version = "([\d.]+)"/m);
  const cargo = outputOf('cargo', '--version');
  const found = outputOf('rustc', '--version')?.match(/^rustc ([\d.]+)/)?.[1];
  if (cargo === undefined || found === undefined) {
    return `Rust ${wanted} or newer is needed to build the addon, and no cargo was found on the PATH: install it from https://rustup.rs.`;
  }
  if (isAtLeast(found, wanted)) return undefined;
  return `Rust ${wanted} or newer is needed to build the addon, and this is Rust ${found}: \`rustup update\` brings a newer one.`;
}

function missingCompiler() {
  // Rust for Windows comes with the Microsoft compiler, which is not on the PATH.
  if (process.platform === 'win32') return undefined;
  const names = [process.env.CC, 'cc', 'gcc', 'clang'].filter((name) => name !== undefined);
  if (names.some((name) => outputOf(name, '--version') !== undefined)) return undefined;
  return 'A C compiler is needed to build the addon, and none of cc, gcc and clang was found on the PATH.';
}

/**
 * @param {string} file
 * @param {RegExp} pattern
 */
function wantedVersion(file, pattern) {
  const version = readFileSync(`${root}/${file}`, 'utf8').match(pattern)?.[1];
  return version ?? fail(`${file} does not say which version is needed.`);
}

/**
 * @param {string} version
 * @param {string} wanted
 */
function isAtLeast(version, wanted) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * `undefined` where the command cannot be run.
 *
 * @param {string} command
 * @param {string[]} args
 */
export function outputOf(command, ...args) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
