// `node scripts/check-packages.mjs <folder> [--without=<platform>]...`: whether the tarballs in a folder are
// those of a release, by what is in them. It says all that is wrong, a sentence each.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { binaryProblems } from './binary-format.mjs';
import { wantedIn } from './left-out.mjs';
import { partsOf, platforms, TEMPLATE } from './platform-package.mjs';
import { fileIn, namesIn } from './tarball.mjs';
import { fail, root } from './tools.mjs';

const ROOT = 'verify-workos-token';
/** What a platform's package holds apart from its binary. */
const BESIDE = ['LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.txt', 'bundler.mjs', 'package.json'];
/** What the root package holds at least. */
const LEAST = ['LICENSE', 'README.md', 'dist/index.cjs', 'index.cjs', 'index.d.cts', 'index.js'];
/** What would run on installing, or bring in more packages. */
const UNWANTED = ['scripts', 'dependencies', 'devDependencies'];

if (process.argv[1] === import.meta.filename) {
  const { wanted, rest } = wantedIn(process.argv.slice(2));
  const [folder, ...others] = rest;
  if (folder === undefined || others.length > 0)
    fail('usage: node scripts/check-packages.mjs <folder> [--without=<platform>]...');
  const problems = problemsIn(folder, wanted);
  if (problems.length > 0) fail(problems.join('\n'));
  console.log(`${wanted.length + 1} tarballs hold what they must.`);
}

/**
 * @param {string} folder
 * @param {string[]} wanted the platforms whose packages it must hold.
 * @returns {string[]}
 */
export function problemsIn(folder, wanted) {
  const { version } = manifestOf('package.json');
  const tarballs = new Map([
    [`${ROOT}-${version}.tgz`, rootProblems],
    ...wanted.map((platform) => tarballOf(platform, version)),
  ]);
  const found = readdirSync(folder);
  const problems = found
    .filter((name) => !tarballs.has(name))
    .map((name) => `${name} is not part of a release.`);
  for (const [name, check] of tarballs) {
    const file = path.join(folder, name);
    const own = found.includes(name) ? check(file) : ['It is missing.'];
    problems.push(...own.map((problem) => `${name}: ${problem}`));
  }
  return problems;
}

/** @param {string} platform @param {string} version @returns {[string, (file: string) => string[]]} */
function tarballOf(platform, version) {
  return [`${ROOT}-${platform}-${version}.tgz`, (file) => platformProblems(file, platform)];
}

/** @param {string} tarball @param {string} platform */
function platformProblems(tarball, platform) {
  const binary = `verify-workos-token.${platform}.node`;
  const names = namesIn(tarball).sort().join(', ');
  const wanted = [...BESIDE, binary].sort().join(', ');
  if (names !== wanted) return [`It holds ${names} in place of ${wanted}.`];
  const { system, processor, library } = partsOf(platform);
  const { version, license, engines } = manifestOf(`npm/${TEMPLATE}/package.json`);
  const libc = library === undefined ? undefined : [library];
  const name = `${ROOT}-${platform}`;
  const expected = { name, version, license, engines, os: [system], cpu: [processor], libc };
  return [
    ...manifestProblems(tarball, expected),
    ...textProblems(tarball, 'LICENSE', 'LICENSE'),
    ...textProblems(tarball, 'THIRD-PARTY-NOTICES.txt', 'npm/THIRD-PARTY-NOTICES.txt'),
    ...binaryProblems(fileIn(tarball, binary), platform),
  ];
}

/** @param {string} tarball */
function rootProblems(tarball) {
  const names = namesIn(tarball);
  const { version, license, engines } = manifestOf('package.json');
  const asked = platforms().map((platform) => [`${ROOT}-${platform}`, version]);
  const optionalDependencies = Object.fromEntries(asked);
  return [
    ...LEAST.filter((name) => !names.includes(name)).map((name) => `It lacks ${name}.`),
    ...names.filter((name) => name.endsWith('.node')).map((name) => `It holds ${name}.`),
    ...manifestProblems(tarball, { name: ROOT, version, license, engines, optionalDependencies }),
    ...textProblems(tarball, 'LICENSE', 'LICENSE'),
  ];
}

/** @param {string} tarball @param {Record<string, unknown>} expected */
function manifestProblems(tarball, expected) {
  const manifest = JSON.parse(String(fileIn(tarball, 'package.json')));
  const wrong = Object.entries(expected)
    .map(([key, value]) => [key, JSON.stringify(manifest[key]), JSON.stringify(value)])
    .filter(([, is, must]) => is !== must);
  return [
    ...wrong.map(([key, is, must]) => `Its ${key} is ${is} in place of ${must}.`),
    ...UNWANTED.filter((key) => key in manifest).map((key) => `Its manifest has ${key}.`),
  ];
}

/** @param {string} tarball @param {string} name @param {string} source */
function textProblems(tarball, name, source) {
  const isSame = fileIn(tarball, name).equals(readFileSync(path.join(root, source)));
  return isSame ? [] : [`Its ${name} is not ${source}.`];
}

/** @param {string} file */
function manifestOf(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}
