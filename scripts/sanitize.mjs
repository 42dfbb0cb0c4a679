// Runs tests on an addon in which each access to memory is checked: AddressSanitizer, of Rust's nightly
// toolchain. Not part of `npm test`: it builds every dependency anew, which takes minutes.
//
// npm run sanitize -- [names]   as for `npm test`: names pick the files whose paths contain them
//
// The C library of the crypto is not checked inside; what it is given is.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { platform } from './platform.mjs';
import { copyRepository } from './tree.mjs';
import { fail, outputOf, root } from './tools.mjs';

/** What crosses the boundary, and what ends or starts threads. */
const TESTS = ['tokens/', 'keys/', 'sessions/', 'explain/', 'events/', 'connection/', 'copies'];
/** Everything takes several times as long, which some tests of times fail by at first. */
const TEST_TIMEOUT_MS = 180_000;
/** Of one test after another, on a slow machine. */
const RUN_TIMEOUT_MS = 1_800_000;

const folder = path.join(root, 'target', 'sanitize');
const copy = path.join(folder, 'repository');
const reports = path.join(folder, 'reports');

const target = wantedTarget();
const library = build(target);
const runtime = linkRuntime(target);
expectChecked(library, runtime);
copyChecked(library);
runTests(runtime);

/** The platform's, as Rust calls it. */
function wantedTarget() {
  if (process.platform !== 'linux') fail('The runtime is preloaded as Linux does it.');
  const version =
    outputOf('rustc', '+nightly', '-vV') ?? fail('`rustup toolchain install nightly`');
  return String(version.match(/^host: (.+)$/m)?.[1]);
}

/** @param {string} target Named, so that build scripts, which run by themselves, are not checked. */
function build(target) {
  const args = ['+nightly', 'build', '--package', 'verify-workos-token', '--lib', '--locked'];
  args.push('--profile', 'quick', '--target', target, '--target-dir', folder);
  const RUSTFLAGS = '-Zsanitizer=address';
  run('cargo', args, { env: { ...process.env, RUSTFLAGS } });
  return path.join(folder, target, 'quick', 'libverify_workos_token.so');
}

/**
 * Rust has its runtime as an archive for programs. Node is none of Rust's, so it is preloaded as a
 * library, without the part that only a program can have.
 *
 * @param {string} target
 */
function linkRuntime(target) {
  const libraries = outputOf('rustc', '+nightly', '--print', 'target-libdir', '--target', target);
  const archive = path.join(String(libraries).trim(), 'librustc-nightly_rt.asan.a');
  const own = path.join(folder, 'runtime.a');
  const runtime = path.join(folder, 'runtime.so');
  copyFileSync(archive, own);
  const preinit = outputOf('ar', 't', own)?.match(/^asan_preinit.*$/m)?.[0];
  if (preinit !== undefined) run('ar', ['d', own, preinit]);
  const whole = ['-Wl,--whole-archive', own, '-Wl,--no-whole-archive'];
  run('cc', ['-shared', '-o', runtime, ...whole, '-lpthread', '-ldl', '-lm', '-lrt']);
  return runtime;
}

/**
 * A run that checks nothing would find nothing.
 *
 * @param {string} library
 * @param {string} runtime
 */
function expectChecked(library, runtime) {
  const program = `process.dlopen({ exports: {} }, ${JSON.stringify(library)})`;
  const loads = (/** @type {NodeJS.ProcessEnv} */ env) =>
    spawnSync(process.execPath, ['-e', program], { env: { ...process.env, ...env } }).status === 0;
  if (loads({})) fail('The addon loads without the runtime: it is not checked.');
  if (!loads(checked(runtime))) fail('The addon does not load with the runtime.');
}

/** @param {string} runtime */
function checked(runtime) {
  const options = {
    // Node and the tests let the end of the process free what they have.
    detect_leaks: 0,
    // V8 catches WebAssembly's accesses out of bounds by this signal.
    handle_segv: 0,
    // Two copies of the addon in one process have the same globals twice.
    detect_odr_violation: 0,
    log_path: path.join(reports, 'report'),
  };
  const ASAN_OPTIONS = Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(':');
  return { LD_PRELOAD: runtime, ASAN_OPTIONS };
}

/**
 * With the checked addon as the one built in place, beside the repository that has its own.
 *
 * @param {string} library
 */
function copyChecked(library) {
  copyRepository(copy);
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const name = `verify-workos-token.${platform}.node`;
  copyFileSync(library, path.join(copy, 'npm', platform, name));
}

/** @param {string} runtime */
function runTests(runtime) {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const picked = process.argv.slice(2);
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    'run',
    '--retry=2',
    '--testTimeout',
    String(TEST_TIMEOUT_MS),
    ...(picked.length > 0 ? picked : TESTS),
  ];
  const { status } = spawnSync(process.execPath, [vitest, ...args], {
    cwd: copy,
    env: { ...process.env, ...checked(runtime) },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: RUN_TIMEOUT_MS,
  });
  const found = readdirSync(reports);
  for (const name of found) console.log(readFileSync(path.join(reports, name), 'utf8'));
  if (found.length > 0) fail(`AddressSanitizer has ${found.length} reports, above.`);
  if (status !== 0) fail('Tests have failed.');
  console.log('AddressSanitizer has nothing to report.');
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed.`);
}
