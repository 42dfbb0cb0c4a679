// `npm run rehearse -- <folder> [--without=<platform>]...`: a release on one machine, up to the publishing.
// From the commit that is checked out, in two clones one after the other, with the binaries in place
// below npm/: notices, SBOMs, tarballs and their checks, and then whether both made the same files.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { binaryProblems } from './binary-format.mjs';
import { leavingOut, wantedIn } from './left-out.mjs';
import { temporaryFolder } from './temporary.mjs';
import { fail, outputOf, root } from './tools.mjs';

/** What a release publishes: `pack` makes one, `materials` the other. */
const RESULTS = ['tarballs', 'materials'];
/** A name that nobody has (RFC 2606), unless the real one is given: what is made here is not published. */
const ADDRESS = 'https://git.example.com/rehearsal/verify-workos-token';

if (process.argv[1] === import.meta.filename) {
  const { wanted, rest } = wantedIn(process.argv.slice(2));
  const [folder, ...others] = rest;
  if (folder === undefined || others.length > 0)
    fail('usage: npm run rehearse -- <folder> [--without=<platform>]...');
  rehearse(path.resolve(process.env.INIT_CWD ?? process.cwd(), folder), wanted);
}

/** @param {string} folder @param {string[]} wanted the platforms. */
function rehearse(folder, wanted) {
  const missing = wanted.filter((platform) => !existsSync(path.join(root, binaryOf(platform))));
  if (missing.length > 0)
    fail(`No binary is in place for ${missing.join(', ')}: build it, or leave it out by name.`);
  const wrong = wanted.flatMap((platform) => wrongWith(platform));
  if (wrong.length > 0) fail(wrong.join('\n'));
  if (outputOf('git', 'status', '--porcelain') !== '')
    fail('There are changes without a commit: a release is made from a commit.');
  const [clone, another] = [temporaryFolder(), path.join(temporaryFolder(), 'another', 'folder')];
  const made = madeIn(clone, wanted);
  compare(made, madeIn(another, wanted));
  for (const name of RESULTS)
    cpSync(path.join(clone, name), path.join(folder, name), { recursive: true });
  console.log(`Both clones made these ${made.size} files, which are in ${folder} now.`);
}

/** Here, where its folders would be those in it. @param {string} platform */
function wrongWith(platform) {
  const file = binaryOf(platform);
  const problems = binaryProblems(readFileSync(path.join(root, file)), platform);
  return problems.map((problem) => `${file}: ${problem}`);
}

/**
 * What the jobs `version`, `materials` and `pack` do, in a clone of its own.
 *
 * @param {string} clone
 * @param {string[]} wanted
 * @returns {Map<string, string>} the hashes of what they made.
 */
function madeIn(clone, wanted) {
  const commit = (outputOf('git', 'rev-parse', 'HEAD') ?? '').trim();
  mkdirSync(clone, { recursive: true });
  run('git', ['clone', '--quiet', '--no-checkout', root, clone], clone);
  run('git', ['checkout', '--quiet', '--detach', commit], clone);
  for (const platform of wanted)
    cpSync(path.join(root, binaryOf(platform)), path.join(clone, binaryOf(platform)));
  const node = (/** @type {string[]} */ ...args) => run(process.execPath, args, clone);
  node('scripts/dependencies.mjs');
  node('scripts/check-release.mjs');
  node('scripts/notices.mjs');
  // Notices that are not those of the lock file's crates would be a change.
  run('git', ['diff', '--exit-code'], clone);
  node('scripts/sbom.mjs', 'materials');
  node('scripts/pack-all.mjs', 'tarballs', '--all-platforms', ...leavingOut(wanted));
  node('scripts/check-packages.mjs', 'tarballs', ...leavingOut(wanted));
  return hashesIn(clone);
}

/** @param {string} clone @returns {Map<string, string>} */
function hashesIn(clone) {
  const files = RESULTS.flatMap((folder) =>
    readdirSync(path.join(clone, folder)).map((name) => `${folder}/${name}`),
  );
  const hash = (/** @type {string} */ file) =>
    createHash('sha256')
      .update(readFileSync(path.join(clone, file)))
      .digest('hex');
  return new Map(files.sort().map((file) => [file, hash(file)]));
}

/** @param {Map<string, string>} first @param {Map<string, string>} second */
function compare(first, second) {
  const names = [...new Set([...first.keys(), ...second.keys()])];
  for (const name of names) console.log(`${first.get(name)}  ${name}`);
  const others = names.filter((name) => first.get(name) !== second.get(name));
  if (others.length > 0) fail(`The second clone made another ${others.join(', ')}.`);
}

/** @param {string} platform */
function binaryOf(platform) {
  return path.join('npm', platform, `verify-workos-token.${platform}.node`);
}

/** @param {string} command @param {string[]} args @param {string} clone */
function run(command, args, clone) {
  const { REPOSITORY_URL = ADDRESS } = process.env;
  const { status, error } = spawnSync(command, args, {
    cwd: clone,
    // For the scripts of that clone: npm runs them from there.
    env: { ...process.env, REPOSITORY_URL, INIT_CWD: clone },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0)
    fail(`\`${[command, ...args].join(' ')}\` failed${error ? `: ${error.message}` : '.'}`);
}
