// Writes npm/THIRD-PARTY-NOTICES.txt, which every platform package ships with its binary: the crates
// that the binaries hold, and the texts of their licenses; and the license of the platform packages.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import parse from 'spdx-expression-parse';
import { cratesIn, foreign, nameOf } from './crates.mjs';
import { TEMPLATE } from './platform-package.mjs';
import { TARGETS } from './targets.mjs';
import { fail, root } from './tools.mjs';

/** @typedef {import('./crates.mjs').Crate} Crate */
/** @typedef {{ texts: string[], crates: string[] }} Group */
/**
 * An SPDX expression, read.
 *
 * @typedef {{ license: string } | { left: Expression, conjunction: 'and' | 'or', right: Expression }}
 *   Expression
 */

export const NOTICES = path.join(root, 'npm', 'THIRD-PARTY-NOTICES.txt');
const MANIFEST = path.join(root, 'npm', TEMPLATE, 'package.json');

/** Where a crate leaves the choice, the first of these that it offers. */
const PREFERRED = ['MIT', 'ISC', 'Zlib', 'BSD-3-Clause', 'Apache-2.0'];
/** Names of files with the text of one license among several. @type {Record<string, RegExp>} */
const NAMED = {
  MIT: /mit/i,
  ISC: /isc/i,
  Zlib: /zlib/i,
  'BSD-3-Clause': /bsd/i,
  'Apache-2.0': /apache/i,
};
const ANY_NAMED = /mit|isc|zlib|bsd|apache|unlicense|copying/i;
/** What a license, or what has to be told beside it, is in. */
const LICENSE_FILE = /^(?:licen[cs]e|copying|notice|copyright|unlicense)/i;

/** Between texts, of which none has such a line. */
export const SEPARATOR = '#'.repeat(80);

/** Every binary holds parts of it, and cargo does not list it. */
const STANDARD_LIBRARY = {
  name: 'The Rust standard library',
  license: 'MIT OR Apache-2.0',
  holder: 'The Rust Project contributors',
};

if (process.argv[1] === import.meta.filename) {
  writeFileSync(NOTICES, notices());
  const manifest = readFileSync(MANIFEST, 'utf8');
  writeFileSync(MANIFEST, manifest.replace(/"license": ".*"/, `"license": "${packageLicense()}"`));
}

/** The file as it must be. */
export function notices(crates = shippedCrates()) {
  const rows = crates.map((crate) => `${nameOf(crate)} (${crate.license})`);
  const { name, license } = STANDARD_LIBRARY;
  return `${[
    'The binary of verify-workos-token holds the following libraries, some of them only on some',
    'platforms. Each is used under the terms of its license, whose text is below.',
    '',
    ...rows.map((row) => `- ${row}`),
    `- ${name} (${license})`,
    ...groupsOf(crates).flatMap(({ crates, texts }) => ['', SEPARATOR, ...crates, '', ...texts]),
  ].join('\n')}\n`;
}

/** An SPDX expression: this package's own license, and those of what is in its binary. */
export function packageLicense(crates = shippedCrates()) {
  const chosen = new Set(crates.flatMap(({ license }) => choice(read(license))));
  return ['MIT', ...[...chosen].filter((name) => name !== 'MIT').sort()].join(' AND ');
}

export function shippedCrates() {
  return foreign(cratesIn(Object.keys(TARGETS)));
}

/** Crates with the same texts together. @param {Crate[]} crates */
function groupsOf(crates) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  const add = (/** @type {string} */ name, /** @type {string[]} */ texts) => {
    const key = texts.join('\n\n').replaceAll(/\s+/g, ' ');
    const group = groups.get(key) ?? { texts: texts.join('\n\n').split('\n'), crates: [] };
    group.crates.push(name);
    groups.set(key, group);
  };
  for (const crate of crates) add(nameOf(crate), textsOf(crate));
  add(STANDARD_LIBRARY.name, [mitFor(STANDARD_LIBRARY.holder)]);
  return [...groups.values()];
}

/** @param {Crate} crate @returns {string[]} */
function textsOf(crate) {
  const folder = path.dirname(crate.manifest_path);
  const files = readdirSync(folder).filter((name) => LICENSE_FILE.test(name));
  const chosen = choice(read(crate.license));
  const wanted = files.sort().filter((name) => isWanted(name, chosen, files));
  if (wanted.length > 0) return wanted.map((name) => textOf(path.join(folder, name)));
  if (chosen.join() !== 'MIT') fail(`${nameOf(crate)} has no text of its license with it.`);
  return [mitFor(crate.authors.map((author) => author.replace(/ <.*>/, '')).join(', '))];
}

/**
 * The file that names a chosen license, and all that name none.
 *
 * @param {string} name
 * @param {string[]} chosen
 * @param {string[]} files
 */
function isWanted(name, chosen, files) {
  if (chosen.some((license) => NAMED[license]?.test(name))) return true;
  // `LICENSE` next to `LICENSE-MIT` repeats one of them, or says that there is a choice.
  if (/^licen[cs]e(\.\w+)?$/i.test(name)) return !files.some((file) => ANY_NAMED.test(file));
  return !ANY_NAMED.test(name);
}

/** @param {string} file */
function textOf(file) {
  const text = readFileSync(file, 'utf8')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[ \t\f]+$/gm, '');
  return text.replace(/^\n+/, '').trimEnd();
}

/** The MIT license's text, as in this repository, with other holders. @param {string} holders */
function mitFor(holders) {
  return textOf(path.join(root, 'LICENSE')).replace(/^Copyright .*$/m, `Copyright (c) ${holders}`);
}

/** Some crates still write a slash for OR. @param {string} license @returns {Expression} */
function read(license) {
  return parse(license.replaceAll('/', ' OR '));
}

/** The licenses that apply. @param {Expression} expression @returns {string[]} */
function choice(expression) {
  if ('license' in expression) return [expression.license];
  const [left, right] = [choice(expression.left), choice(expression.right)];
  if (expression.conjunction === 'and') return [...new Set([...left, ...right])];
  return rank(left) <= rank(right) ? left : right;
}

/** @param {string[]} licenses */
function rank(licenses) {
  const ranks = licenses.map((license) => PREFERRED.indexOf(license));
  return ranks.includes(-1) ? Number.POSITIVE_INFINITY : Math.max(...ranks);
}
