// `npm run conformance`: every case through every contender, into results.json and results.md. Exits
// with 1 if this package is wrong anywhere. With names of contenders it runs only those, and writes
// nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { installPeers } from '../scripts/peers.mjs';
import { columnOf } from './column.mjs';
import { CONTENDERS } from './contenders.mjs';
import { toMarkdown } from './markdown.mjs';
import { summarize } from './score.mjs';

const OURS = 'verify-workos-token';
const names = process.argv.slice(2);
const unknown = names.find((name) => !CONTENDERS.some(({ id }) => id === name));
if (unknown !== undefined) {
  console.error(
    `There is no contender "${unknown}": ${CONTENDERS.map(({ id }) => id).join(', ')}.`,
  );
  process.exit(1);
}
installPeers('conformance');

/** @type {Record<string, any>} */
const columns = {};
for (const { id } of CONTENDERS) {
  if (names.length > 0 && !names.includes(id)) continue;
  console.log(`${id} ...`);
  columns[id] = await columnOf(id);
}
const results = summarize(columns, {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  versions: versions(),
});
const markdown = toMarkdown(results);
console.log(`\n${markdown}`);
if (names.length === 0) write(results, markdown);
if (OURS in columns && !isPerfect(results.contenders[OURS])) {
  console.error('verify-workos-token is wrong somewhere.');
  process.exitCode = 1;
}

/** @param {unknown} data @param {string} text */
function write(data, text) {
  writeFileSync(new URL('./results.json', import.meta.url), `${JSON.stringify(data, null, 2)}\n`);
  writeFileSync(new URL('./results.md', import.meta.url), text);
  console.log('Written to conformance: results.json, results.md.');
}

/** @param {any} score */
function isPerfect({ RFC, policy, endpoints }) {
  const wrong = [RFC.cases, policy.cases, endpoints].flatMap((one) => Object.keys(one));
  return wrong.length === 0;
}

/** By contender: of its packages, as they are installed. */
function versions() {
  const { version } = readJson('../package.json');
  const { dependencies } = readJson('./package.json');
  const of = (/** @type {string} */ name) => (name === OURS ? version : dependencies[name]);
  return Object.fromEntries(
    CONTENDERS.map(({ id, packages }) => [id, packages.map(of).join(' + ')]),
  );
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}
