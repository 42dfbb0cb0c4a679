// `npm run cross -- <platform> [--quick]`: builds the binary of another platform on Debian 12 for x64, and
// tries it there with a Node of that platform. Everything it needs is unpacked below target/cross,
// without root: a compiler and an emulator of Debian's, zig, and a Node from a registry.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from './compile.mjs';
import { debianPackages, pip } from './cross-tools.mjs';
import { WAYS } from './cross-ways.mjs';
import { buildDist } from './dist.mjs';
import { TARGETS } from './targets.mjs';
import { fail, root } from './tools.mjs';

/** @typedef {import('./targets.mjs').Target} Target */
/** @typedef {import('./cross-ways.mjs').Way} Way */

const folder = path.join(root, 'target', 'cross');
/** Programs that need more than Node itself. */
const TRIALS = ['__test__/cross/smoke.mjs', 'scripts/demo.mjs'];
/** Ten minutes: they take seconds, and under an emulator a few minutes at most. */
const TRIAL_MILLISECONDS = 600_000;

if (process.argv[1] === import.meta.filename) {
  const [platform = '', flag] = process.argv.slice(2);
  const known = Object.keys(WAYS).includes(platform);
  const [way, target] = known ? [WAYS[platform], TARGETS[platform]] : [];
  if (way === undefined || target === undefined || ![undefined, '--quick'].includes(flag))
    fail(`usage: npm run cross -- ${Object.keys(WAYS).join('|')} [--quick]`);
  else await cross({ platform, way, target, isQuick: flag === '--quick' });
}

/** @param {{ platform: string, way: Way, target: Target, isQuick: boolean }} request */
async function cross({ platform, way, target, isQuick }) {
  await buildDist();
  build(platform, way, target, isQuick);
  const [command = '', ...first] = way.runner(path.join(folder, platform), folder);
  for (const program of TRIALS) {
    const { status, signal } = spawnSync(command, [...first, program], {
      cwd: root,
      stdio: 'inherit',
      timeout: TRIAL_MILLISECONDS,
    });
    if (status !== 0) fail(`${program} ended with ${status ?? signal} on ${platform}.`);
  }
  console.log(
    `${platform}: built here, and ran ${TRIALS.join(' and ')} with ${path.basename(command)}.`,
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
  pip(path.join('.ci', 'zig.txt'), zig);
  const name = target.glibc === undefined ? target.target : `${target.target}.${target.glibc}`;
  const library = compile({
    profile: isQuick ? 'quick' : 'release',
    subcommand: ['zigbuild'],
    args: ['--target', name, ...(way.args ?? [])],
    rustflags: target.rustflags,
    env: {
      ...way.env,
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
