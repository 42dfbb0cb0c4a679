// Writes the table of causes into docs/troubleshooting.md, from the rows of the addon and of `lib/`.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cell } from './markdown.mjs';
import { root } from './tools.mjs';

/** @typedef {{ id: string, recognized: string, codes: string[], hint: string }} Row */

/** What is built: its types are those of `lib/`. */
const DIST = path.join(root, 'dist', 'index.js');
const PAGE = path.join(root, 'docs', 'troubleshooting.md');
const START = '<!-- The rest is written by scripts/causes.mjs. -->\n';
const REPORTED = 'Reported, not refused';

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, await withTable());

/** The page as it must be. */
export async function withTable() {
  const { causes, withoutPackage } = await import(pathToFileURL(DIST).href);
  const text = readFileSync(PAGE, 'utf8');
  const [above, , below] = text.split(START);
  if (above === undefined || below !== undefined) throw new Error('the page has no place for it');
  const binding = withoutPackage(undefined, root);
  const rows = [...causes(), ...binding.causes()];
  const sections = [...binding.errorCodes(), REPORTED].map((code) => section(code, rows));
  return `${above}${START}\n${sections.join('\n')}`;
}

/**
 * The rows that come first of all with this code.
 *
 * @param {string} code
 * @param {Row[]} rows
 */
function section(code, rows) {
  const own = rows.filter(({ codes: [first = REPORTED] }) => first === code);
  const lines = own.map(({ id, recognized, codes, hint }) => {
    const others = codes.slice(1).map((other) => `\`${other}\``);
    const also = others.length > 0 ? ` (also with ${others.join(' and ')})` : '';
    return `| \`${id}\` | ${cell(recognized)}${also} | ${cell(hint)} |`;
  });
  const head = ['| cause | recognized when | what to do |', '|---|---|---|'];
  const heading = code === REPORTED ? code : `\`${code}\``;
  return [`### ${heading}`, '', ...head, ...lines, ''].join('\n');
}
