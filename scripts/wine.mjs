// `node scripts/wine.mjs <place> <program> [<argument>...]`: runs a program for Windows with the Wine that
// lies in a platform's folder below target/cross, where `cross-windows.mjs` has put it.
//
// A Wine that lacks a library starts one process after another without end. So it runs in namespaces of
// its own: with this process, or with a limit of time from outside, all of its processes end at once,
// their number is limited, and none of them is root.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fail, root } from './tools.mjs';

/** Threads count too: a worker of vitest has about twenty, and all tests together a few hundred. */
const MOST_THREADS = 1500;
/** The user "nobody", in place of root, for whom no limit of processes counts. */
const NOBODY = '65534';
/** A tenth of a second: how often what a program has printed is shown. */
const LOOK_MILLISECONDS = 100;
/** Two minutes: it takes ten seconds. */
const PREFIX_MILLISECONDS = 120_000;
const PROGRAMS = '/usr/lib/wine';
const WINE = `${PROGRAMS}/wine64`;

if (process.argv[1] === import.meta.filename) {
  const [place, ...program] = process.argv.slice(2);
  if (place === undefined || program.length === 0)
    fail('usage: node scripts/wine.mjs <place> <program> [<argument>...]');
  process.exitCode = await runShown(place, program);
}

/** Makes Wine's drive C and its registry, once. @param {string} place */
export function makePrefix(place) {
  const [prefix, made] = [prefixOf(place), path.join(place, 'prefix.made')];
  if (existsSync(made)) return;
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  // The registry is written when its server ends.
  const script = `${WINE} wineboot --init && ${PROGRAMS}/wineserver --kill`;
  const [command = '', ...args] = caged(place, ['sh', '-c', script], [prefix]);
  giveAway(prefix);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: PREFIX_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) fail('Wine could not make its folders.');
  closeSync(openSync(made, 'w'));
}

/**
 * Through a file, since a Windows program can't print into a pipe of this system.
 *
 * @param {string} place
 * @param {string[]} program
 * @returns {Promise<number>} its exit code.
 */
async function runShown(place, program) {
  const file = path.join(tmpdir(), `verify-workos-token-wine-${process.pid}.txt`);
  const printed = openSync(file, 'wx+', 0o600);
  rmSync(file);
  const own = process.cwd();
  const writable = [prefixOf(place), ...(isBelow(own, place) ? [own] : [])];
  for (const folder of writable) giveAway(folder);
  const [command = '', ...args] = caged(place, [WINE, ...program], writable);
  const child = spawn(command, args, { stdio: ['ignore', printed, printed] });
  let shown = 0;
  const show = () => {
    shown += showFrom(printed, shown);
  };
  const timer = setInterval(show, LOOK_MILLISECONDS);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  clearInterval(timer);
  show();
  closeSync(printed);
  return code ?? 1;
}

/** @param {number} descriptor @param {number} start @returns {number} how many bytes were new. */
function showFrom(descriptor, start) {
  const bytes = Buffer.alloc(fstatSync(descriptor).size - start);
  const length = readSync(descriptor, bytes, 0, bytes.length, start);
  process.stdout.write(bytes.subarray(0, length));
  return length;
}

/**
 * A command in its cage: with Wine's own system, no network but loopback, and the repository.
 *
 * @param {string} place
 * @param {string[]} command
 * @param {string[]} writable folders of the repository in which it can write.
 * @param {boolean} [startedByRoot]
 * @returns {string[]}
 */
export function caged(place, command, writable, startedByRoot = isRoot()) {
  const system = path.join(place, 'system');
  return [
    path.join(place, 'usr/bin/bwrap'),
    ...['--die-with-parent', '--unshare-pid', '--unshare-net', '--unshare-ipc'],
    ...(startedByRoot ? ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID'] : []),
    ...['--ro-bind', path.join(system, 'usr'), '/usr', '--symlink', 'usr/bin', '/bin'],
    ...['--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64'],
    ...['--ro-bind', path.join(system, 'etc'), '/etc', '--ro-bind', '/sys', '/sys'],
    ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--tmpfs', '/tmp'],
    ...foldersAbove(root).flatMap((folder) => ['--perms', '0755', '--dir', folder]),
    ...['--ro-bind', root, root],
    ...writable.flatMap((folder) => ['--bind', folder, folder]),
    ...['--clearenv', ...Object.entries(environment(place)).flatMap(setting)],
    ...['sh', '-c', script(startedByRoot), ...command],
  ];
}

/** `p` is dash's name for the limit of processes. The command follows as the script's arguments. @param {boolean} startedByRoot */
function script(startedByRoot) {
  const other = `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups`;
  return `ulimit -p ${MOST_THREADS} && exec ${startedByRoot ? other : ''} "$0" "$@"`;
}

/** @param {string} place @returns {Record<string, string>} */
function environment(place) {
  return {
    HOME: '/tmp',
    PATH: '/usr/bin',
    USER: 'nobody',
    WINEPREFIX: prefixOf(place),
    // Windows finds Node by its PATH.
    WINEPATH: `Z:${path.join(place, 'node/bin')}`,
    WINEDEBUG: '-all',
    // What would be downloaded for them, and menus of a desktop.
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
  };
}

/** @param {[string, string]} entry */
function setting([name, value]) {
  return ['--setenv', name, value];
}

/** @param {string} place */
function prefixOf(place) {
  return path.join(place, 'prefix');
}

/** @param {string} folder */
function giveAway(folder) {
  if (isRoot()) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder], { stdio: 'inherit' });
}

function isRoot() {
  return process.getuid?.() === 0;
}

/** From the outside to the inside. @param {string} folder @returns {string[]} */
function foldersAbove(folder) {
  const above = path.dirname(path.resolve(folder));
  return above === path.dirname(above) ? [] : [...foldersAbove(above), above];
}

/** @param {string} folder @param {string} other */
function isBelow(folder, other) {
  return path.resolve(folder).startsWith(`${path.resolve(other)}${path.sep}`);
}
