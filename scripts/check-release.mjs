// `node scripts/check-release.mjs v<version>`: whether this commit may become that release. It says all
// that is missing, a sentence each.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TEMPLATE } from './platform-package.mjs';
import { fail, outputOf, root } from './tools.mjs';

/** Where releases come from. */
const BRANCH = 'origin/main';

/** Every place that has the version: its file, and what stands before it. */
const VERSIONS = [
  { file: 'package.json', pattern: /^ {2}"version": "(.*)",$/m },
  { file: 'Cargo.toml', pattern: /^version = "(.*)"$/m },
  { file: `npm/${TEMPLATE}/package.json`, pattern: /^ {2}"version": "(.*)",$/m },
  { file: 'lib/loader.ts', pattern: /^const VERSION = '(.*)';$/m },
];

if (process.argv[1] === import.meta.filename) {
  const problems = [...releaseProblems(process.argv[2] ?? '', textOf), ...branchProblems()];
  if (problems.length > 0) fail(problems.join('\n'));
}

/**
 * What the files say against a release under this tag.
 *
 * @param {string} tag
 * @param {(file: string) => string} read
 * @returns {string[]}
 */
export function releaseProblems(tag, read) {
  const versions = VERSIONS.map(({ file, pattern }) => ({
    file,
    version: pattern.exec(read(file))?.[1],
  }));
  const others = versions.filter(({ version }) => `v${version}` !== tag);
  return [
    ...others.map(({ file, version }) => `The tag is ${tag}, and ${file} says ${version}.`),
    ...changelogProblems(tag.slice(1), read('CHANGELOG.md')),
  ];
}

/** @param {string} version @param {string} changelog */
function changelogProblems(version, changelog) {
  const [, ...sections] = changelog.split(/^## /m);
  const named = (/** @type {string} */ name) =>
    sections.find((section) => section.split(/[\s,(]/, 1)[0] === name);
  const entries = (/** @type {string | undefined} */ section) =>
    (section?.match(/^- \S/gm) ?? []).length;
  const problems = [];
  if (entries(named(version)) === 0)
    problems.push(`CHANGELOG.md has no section "## ${version}" with an entry.`);
  if (entries(named('Unreleased')) > 0)
    problems.push('CHANGELOG.md has entries under "Unreleased" that belong to this version.');
  return problems;
}

/** The tag alone could be on any commit that somebody has pushed. */
function branchProblems() {
  const isOnBranch = outputOf('git', 'merge-base', '--is-ancestor', 'HEAD', BRANCH) !== undefined;
  return isOnBranch ? [] : [`This commit is not on ${BRANCH}.`];
}

/** @param {string} file */
function textOf(file) {
  return readFileSync(path.join(root, file), 'utf8');
}
