// What a build needs of the machine. Parsed by old versions of Node too, so that they can say so.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
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
 * npm as a command and its first arguments: Node, and npm's program. By its name alone nobody can
 * start it on Windows, where it is a script of the shell.
 *
 * @returns {[string, string]}
 */
export function npm() {
  const program = npmProgram(process.env, process.execPath);
  return [
    process.execPath,
    program ?? fail('npm was not found, neither next to Node nor on PATH.'),
  ];
}

/** What there is of npm next to a command `npm`, and next to Node: on Windows, and elsewhere. */
const NPM_PLACES = ['node_modules/npm/bin/npm-cli.js', '../lib/node_modules/npm/bin/npm-cli.js'];

/**
 * The npm that runs this script, if one does; or else the one on the PATH, or Node's own.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} node
 * @returns {string | undefined}
 */
export function npmProgram(environment, node) {
  const running = environment.npm_execpath;
  if (running !== undefined && /npm-cli\.c?js$/.test(running)) return running;
  const folders = (environment.PATH ?? environment.Path ?? '').split(path.delimiter);
  const places = [...folders, path.dirname(node)]
    .filter((folder) => folder !== '')
    .flatMap((folder) => [linkedFrom(path.join(folder, 'npm')), ...npmNextTo(folder)]);
  return places.find((file) => file !== undefined && existsSync(file));
}

/** @param {string} folder */
function npmNextTo(folder) {
  return NPM_PLACES.map((place) => path.join(folder, place));
}

/** On Unix the command is a link to the program. @param {string} command */
function linkedFrom(command) {
  const file = existsSync(command) ? realpathSync(command) : '';
  return /npm-cli\.c?js$/.test(file) ? file : undefined;
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
