// Puts one fault after another into the key cache, and runs its model on each. A fault that the
// model doesn't notice is a rule that it lacks. Works on a copy below `target/`, in a target folder
// of its own. With words as arguments, only the mutants whose names contain one of them.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MUTANTS } from './mutants/key-cache.mjs';
import { fail, root } from './tools.mjs';

/** How long a model may run on a mutant. What takes longer hangs, and is caught. */
const LIMIT_MS = 180_000;
const SOURCES = [
  'Cargo.toml',
  'Cargo.lock',
  'build.rs',
  'rust-toolchain.toml',
  'core',
  'src',
  '__test__/vectors',
];

const home = path.join(root, 'target', 'mutants');
const copy = path.join(home, 'copy');
const words = process.argv.slice(2);
const chosen = MUTANTS.filter(
  ({ breaks }) => words.length === 0 || words.some((word) => breaks.includes(word)),
);

makeCopy();
const sound = build();
if (sound === undefined || run(sound) !== undefined) fail('Without a mutant, the model must pass.');
const survivors = chosen.filter((mutant) => !isCaught(mutant));
console.log(`${chosen.length - survivors.length} of ${chosen.length} mutants caught`);
for (const { breaks, file } of survivors) console.log(`not caught: ${breaks} (${file})`);
process.exitCode = survivors.length === 0 ? 0 : 1;

function makeCopy() {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  // With new dates, so that cargo takes nothing from a mutant of a run before.
  for (const source of SOURCES)
    cpSync(path.join(root, source), path.join(copy, source), { recursive: true });
}

/** @param {import('./mutants/key-cache.mjs').Mutant} mutant */
function isCaught({ breaks, file, find, replace }) {
  const place = path.join(copy, 'core', 'src', 'key_cache', file);
  const original = readFileSync(place, 'utf8');
  const occurrences = original.split(find).length - 1;
  if (occurrences !== 1) fail(`${breaks}: the text occurs ${occurrences} times in ${file}.`);
  writeFileSync(
    place,
    original.replace(find, () => replace),
  );
  const program = build();
  if (program === undefined) fail(`${breaks}: the mutant doesn't compile.`);
  const found = run(program);
  writeFileSync(place, original);
  console.log(
    `${found === undefined ? 'NOT CAUGHT' : 'caught'}: ${breaks} (${found ?? 'it passes'})`,
  );
  return found !== undefined;
}

/** Builds the tests. Returns the program; `undefined` if they don't compile. */
function build() {
  const test = [
    'test',
    '--no-run',
    '--locked',
    '-p',
    'verify-workos-token-core',
    '--test',
    'rules',
  ];
  const env = { ...process.env, CARGO_TARGET_DIR: path.join(home, 'build') };
  const options = /** @type {const} */ ({ cwd: copy, env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { status, stdout, stderr } = spawnSync(
    'cargo',
    [...test, '--message-format=json'],
    options,
  );
  if (status !== 0) {
    console.error(stderr);
    return undefined;
  }
  return stdout.match(/"executable":"([^"]+)"/)?.[1];
}

/**
 * What the model found: `undefined` if it passes.
 *
 * @param {string} program
 */
function run(program) {
  const { status, signal, stdout } = spawnSync(program, ['key_cache::model'], {
    cwd: path.join(copy, 'core'),
    env: { ...process.env, RUST_BACKTRACE: '0' },
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 28,
  });
  if (signal !== null) return 'it hangs';
  if (status === 0) return undefined;
  return stdout.match(/^seed .*$/m)?.[0] ?? stdout.match(/panicked at.*\n.*/)?.[0] ?? 'it fails';
}
