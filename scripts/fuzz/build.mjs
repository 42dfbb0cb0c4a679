// Builds the fuzz targets as `cargo fuzz` does, but with the compiler that everything else is built
// with: `RUSTC_BOOTSTRAP` lets it take the one flag that is not stable. So no machine needs a second
// toolchain or a tool of cargo's.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fail, outputOf, root } from '../tools.mjs';

/** Where AddressSanitizer comes with Rust. Elsewhere the targets run without it. */
const SANITIZED = [
  'x86_64-unknown-linux-gnu',
  'aarch64-unknown-linux-gnu',
  'x86_64-apple-darwin',
  'aarch64-apple-darwin',
];

/** What counts the edges that an input takes, and the comparisons on the way (libFuzzer). */
const COVERAGE = [
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Cllvm-args=-simplifycfg-branch-fold-threshold=0',
];

const work = path.join(root, 'target', 'fuzz');

/** @returns {string} the folder with the programs. */
export function buildTargets() {
  const host = outputOf('rustc', '-vV')?.match(/^host: (.+)$/m)?.[1] ?? fail('No rustc was found.');
  if (outputOf('c++', '--version') === undefined) {
    fail('A C++ compiler is needed to build libFuzzer, and no c++ was found on the PATH.');
  }
  const sanitizer = SANITIZED.includes(host) ? ['-Zsanitizer=address'] : [];
  const flags = [...COVERAGE, '--cfg=fuzzing', ...sanitizer];
  const args = ['build', '--release', '--locked', '--target', host];
  const { status } = spawnSync(
    'cargo',
    [...args, '--manifest-path', path.join(root, 'fuzz', 'Cargo.toml'), '--target-dir', work],
    {
      cwd: root,
      stdio: 'inherit',
      // Encoded, so that no flag of the environment's takes the place of these.
      env: { ...process.env, RUSTC_BOOTSTRAP: '1', CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f') },
    },
  );
  if (status !== 0) fail('The fuzz targets do not build.');
  return path.join(work, host, 'release');
}
