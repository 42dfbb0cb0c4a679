// What `cross.mjs` brings here: packages of Debian, unpacked without root, and a Node of another platform.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unpack } from './tarball.mjs';
import { temporaryFolder } from './temporary.mjs';
import { fail, npm, root } from './tools.mjs';

/** In which Node of npm's a binary is tried. */
export const NODE = '24';

const folder = path.join(root, 'target', 'cross');
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Unpacks packages of a release of Debian into a folder, once.
 *
 * @param {string[]} names each with its architecture, if that is not this machine's.
 * @param {string} target
 * @param {string} suite
 */
export function debianPackages(names, target, suite) {
  const stamps = path.join(target, '.unpacked');
  const missing = names.filter((name) => !existsSync(path.join(stamps, name)));
  if (missing.length === 0) return;
  const settings = aptFor(suite);
  const needed = missing.flatMap((name) => [name, ...librariesOf(name, settings)]);
  const downloads = temporaryFolder();
  mkdirSync(target, { recursive: true });
  run('apt-get', ['download', ...new Set(needed)], { cwd: downloads, settings });
  for (const file of readdirSync(downloads))
    run('dpkg-deb', ['--extract', path.join(downloads, file), target], { cwd: downloads });
  mkdirSync(stamps, { recursive: true });
  for (const name of missing) writeFileSync(path.join(stamps, name), '');
}

/** What the compiler is linked with. @param {string} name @param {string} settings @returns {string[]} */
function librariesOf(name, settings) {
  if (name !== 'rustc-web') return [];
  const listed = run('apt-cache', ['depends', '--recurse', '--important', name], { settings });
  return [...new Set(listed.match(/^(?:libstd-rust-web-[\d.]+|libllvm\d+)$/gm))];
}

/**
 * The settings of an apt that has its own lists, and knows nothing of what is installed.
 *
 * @param {string} suite
 */
function aptFor(suite) {
  const state = path.join(folder, 'apt', suite);
  const settings = path.join(state, 'apt.conf');
  if (existsSync(settings)) return settings;
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'sources'])
    mkdirSync(path.join(state, name), { recursive: true });
  writeFileSync(path.join(state, 'status'), '');
  writeFileSync(path.join(state, 'sources', 'debian.sources'), sourcesOf(suite));
  const lines = {
    'APT::Architecture': 'amd64',
    'Dir::State': path.join(state, 'state'),
    'Dir::State::status': path.join(state, 'status'),
    'Dir::Cache': path.join(state, 'cache'),
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': path.join(state, 'sources'),
    'Acquire::Languages': 'none',
    // Root's downloads would otherwise be another user's.
    'APT::Sandbox::User': '',
  };
  const text = Object.entries(lines).map(([key, value]) => `${key} "${value}";`);
  text.push('APT::Architectures { "amd64"; "arm64"; };');
  const unfinished = `${settings}.tmp`;
  writeFileSync(unfinished, `${text.join('\n')}\n`);
  run('apt-get', ['update', '--quiet'], { settings: unfinished });
  writeFileSync(settings, `${text.join('\n')}\n`);
  return settings;
}

/** Debian's archives, from where this machine has them. @param {string} suite */
function sourcesOf(suite) {
  const format = '$(LABEL) $(REPO_URI)';
  const archives = run('apt-get', ['indextargets', '--format', format]).split('\n');
  const source = (/** @type {string} */ label, /** @type {string} */ suites) => {
    const archive = archives.find((line) => line.startsWith(`${label} `))?.split(' ')[1];
    if (archive === undefined) fail(`apt knows no archive "${label}": run \`apt-get update\`.`);
    return `Types: deb\nURIs: ${archive}\nSuites: ${suites}\nComponents: main\nSigned-By: ${KEYRING}\n`;
  };
  return `${source('Debian', suite)}\n${source('Debian-Security', `${suite}-security`)}`;
}

/**
 * A Node that npm has for another platform.
 *
 * @param {string} name
 * @param {string} version its first number.
 * @param {string} target
 */
export function unpackedFrom(name, version, target) {
  if (existsSync(target)) return;
  const unfinished = `${target}.tmp`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  fromNpm(`${name}@${version}`, temporaryFolder(), unfinished);
  renameSync(unfinished, target);
}

/** @param {string} name @param {string} downloads @param {string} target */
function fromNpm(name, downloads, target) {
  const [node, program] = npm();
  run(node, [program, 'pack', name, '--pack-destination', downloads, '--silent']);
  unpack(path.join(downloads, readdirSync(downloads)[0] ?? ''), target);
}

/**
 * Writes a script that starts an unpacked program: its libraries are next to it, where the system does
 * not look.
 *
 * @param {string} file
 * @param {string} program
 * @param {string} libraries the folder.
 */
export function writeStarter(file, program, libraries) {
  const text = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${program}' "$@"\n`;
  writeFileSync(file, text, { mode: 0o755 });
}

/**
 * Installs what a file names, with its hashes, into a folder, once.
 *
 * @param {string} requirements
 * @param {string} target
 * @param {string[]} [options]
 */
export function pip(requirements, target, options = []) {
  const stamp = path.join(target, '.installed');
  if (existsSync(stamp)) return;
  const strict = ['--require-hashes', '--only-binary', ':all:', '-r', requirements];
  run('python3', [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--upgrade',
    '--target',
    target,
    ...strict,
    ...options,
  ]);
  writeFileSync(stamp, '');
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, settings?: string }} [options] with the settings of an apt.
 */
function run(command, args, { cwd = root, settings } = {}) {
  const env = settings === undefined ? process.env : { ...process.env, APT_CONFIG: settings };
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) fail(`\`${[command, ...args].join(' ')}\` failed${error ? `: ${error}` : '.'}`);
  return stdout;
}
