// `node scripts/check-release.mjs [v<version>]`: whether this commit may become that release, or without a
// tag whether its versions and its changelog are ready for one. It says all that is missing, a sentence each.
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
  const [, , tag] = process.argv;
  const problems =
    tag === undefined
      ? draftProblems(textOf)
      : [...releaseProblems(tag, textOf), ...branchProblems()];
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
  const others = versionsIn(read).filter(({ version }) => `v${version}` !== tag);
  return [
    ...others.map(({ file, version }) => `The tag is ${tag}, and ${file} says ${version}.`),
    ...changelogProblems(tag.slice(1), read('CHANGELOG.md')),
  ];
}

/**
 * What they say before there is a tag, when the changelog may still have its entries under "Unreleased".
 *
 * @param {(file: string) => string} read
 * @returns {string[]}
 */
export function draftProblems(read) {
  const [first, ...rest] = versionsIn(read);
  const own = String(first?.version);
  const problems = rest
    .filter(({ version }) => version !== own)
    .map(({ file, version }) => `${first?.file} says ${own}, and ${file} says ${version}.`);
  const entries = entriesIn(read('CHANGELOG.md'));
  if (entries(own) + entries('Unreleased') === 0)
    problems.push(`CHANGELOG.md has no entry, neither under "Unreleased" nor under "${own}".`);
  return problems;
}

/** @param {(file: string) => string} read */
function versionsIn(read) {
  return VERSIONS.map(({ file, pattern }) => ({ file, version: pattern.exec(read(file))?.[1] }));
}

/** @param {string} version @param {string} changelog */
function changelogProblems(version, changelog) {
  const entries = entriesIn(changelog);
  const problems = [];
  if (entries(version) === 0)
    problems.push(`CHANGELOG.md has no section "## ${version}" with an entry.`);
  if (entries('Unreleased') > 0)
    problems.push('CHANGELOG.md has entries under "Unreleased" that belong to this version.');
  return problems;
}

/** How many entries a section has. @param {string} changelog @returns {(name: string) => number} */
function entriesIn(changelog) {
  const [, ...sections] = changelog.split(/^## /m);
  return (name) => {
    const section = sections.find((text) => text.split(/[\s,(]/, 1)[0] === name);
    return (section?.match(/^- \S/gm) ?? []).length;
  };
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
