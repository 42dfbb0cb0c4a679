// `npm run cross -- <platform> [--quick] [--suite [<path>...]]`: builds the binary of another platform on
// Debian 12 for x64, tries it there with a Node of that platform, and with `--suite` runs the tests with
// it. Everything it needs is unpacked below target/cross, without root: a compiler and an emulator of
// Debian's, zig, and a Node from a registry.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { putForeign } from './addon.mjs';
import { compile } from './compile.mjs';
import { debianPackages, pip, writeStarter } from './cross-tools.mjs';
import { runSuite } from './cross-suite.mjs';
import { WAYS } from './cross-ways.mjs';
import { buildDist } from './dist.mjs';
import { platform as ownPlatform } from './platform.mjs';
import { TARGETS } from './targets.mjs';
import { fail, root } from './tools.mjs';

/** @typedef {import('./targets.mjs').Target} Target */
/** @typedef {import('./cross-ways.mjs').Way} Way */

const folder = path.join(root, 'target', 'cross');
/** Programs that need more than Node itself. */
const TRIALS = ['__test__/cross/smoke.mjs', 'scripts/demo.mjs'];
/**
 * By the linker: zig's C has tables for debuggers with this machine's folders in them, and what cargo
 * starts to strip is not everywhere.
 */
const STRIPPED = ['-C', 'link-arg=-s'];
/** Ten minutes: they take seconds, and under an emulator a few minutes at most. */
const TRIAL_MILLISECONDS = 600_000;

if (process.argv[1] === import.meta.filename) {
  const request = requestIn(process.argv.slice(2));
  if (request === undefined)
    fail(`usage: npm run cross -- ${Object.keys(WAYS).join('|')} [--quick] [--suite [<path>...]]`);
  else await cross(request);
}

/**
 * @typedef {object} Request
 * @property {string} platform
 * @property {Way} way
 * @property {Target} target
 * @property {boolean} isQuick without link-time optimization.
 * @property {string[]} [picked] to run the tests too: parts of the paths of the files, or none for all.
 */

/** @param {string[]} words @returns {Request | undefined} */
export function requestIn([platform = '', ...rest]) {
  if (!Object.keys(WAYS).includes(platform)) return undefined;
  const [way, target] = [WAYS[platform], TARGETS[platform]];
  const start = rest.indexOf('--suite');
  const flags = start < 0 ? rest : rest.slice(0, start);
  if (way === undefined || target === undefined || !flags.every((flag) => flag === '--quick'))
    return undefined;
  const suite = start < 0 ? {} : { picked: rest.slice(start + 1) };
  return { platform, way, target, isQuick: flags.length > 0, ...suite };
}

/** @param {Request} request */
async function cross({ platform, way, target, isQuick, picked }) {
  const { suite } = way;
  if (picked !== undefined && suite === undefined)
    fail(`The tests can't run on ${platform} here: they start Node by its path.`);
  await buildDist();
  build(platform, way, target, isQuick);
  const place = path.join(folder, platform);
  const node = way.runner?.(place, folder);
  if (node === undefined) return console.log(`${platform}: built here, and not run.`);
  for (const program of TRIALS) tryOut(program, node, platform);
  const [name, runner] = [nameOf(way, target), way.by ?? path.basename(node[0] ?? '')];
  console.log(
    `${platform}: built here for ${name}, and ran ${TRIALS.join(' and ')} with ${runner}.`,
  );
  if (suite !== undefined && picked !== undefined)
    runSuite({ platform, place, node: suite(place, node), picked });
}

/** @param {string} program @param {string[]} node @param {string} platform */
function tryOut(program, [command = '', ...first], platform) {
  const { status, signal } = spawnSync(command, [...first, program], {
    cwd: root,
    stdio: 'inherit',
    timeout: TRIAL_MILLISECONDS,
  });
  if (status !== 0) fail(`${program} ended with ${status ?? signal} on ${platform}.`);
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
  const place = path.join(folder, platform);
  const profile = isQuick ? 'quick' : 'release';
  const library = compile({
    profile,
    isForOthers: true,
    subcommand: way.subcommand ?? ['zigbuild'],
    args: ['--target', nameOf(way, target), ...(way.args ?? [])],
    rustflags: [...target.rustflags, ...STRIPPED],
    env: {
      ...way.env,
      ...(way.linker ?? withZig)(place, folder),
      RUSTC: compilerIn(rust),
      CARGO_TARGET_DIR: path.join(place, 'target'),
    },
  });
  if (platform === ownPlatform) return putForeign(library, profile);
  const binary = path.join(root, 'npm', platform, `verify-workos-token.${platform}.node`);
  mkdirSync(path.dirname(binary), { recursive: true });
  copyFileSync(library, binary);
}

/** @param {Way} way @param {Target} target */
function nameOf(way, { target, glibc }) {
  if (way.target !== undefined) return way.target;
  return glibc === undefined ? target : `${target}.${glibc}`;
}

/** @param {string} _place @param {string} tools @returns {NodeJS.ProcessEnv} */
function withZig(_place, tools) {
  const zig = path.join(tools, 'zig');
  pip(path.join('.ci', 'zig.txt'), zig);
  return {
    PATH: `${path.join(zig, 'bin')}${path.delimiter}${process.env.PATH}`,
    PYTHONPATH: zig,
  };
}

/** @param {string} rust */
function compilerIn(rust) {
  const file = path.join(rust, 'rustc');
  writeStarter(file, path.join(rust, 'usr/bin/rustc'), path.join(rust, 'usr/lib/x86_64-linux-gnu'));
  return file;
}
