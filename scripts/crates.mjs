// The crates that a binary holds, by what cargo says: libraries, and neither what only runs while
// building nor what only the tests use.
import { TARGETS } from './targets.mjs';
import { fail, outputOf } from './tools.mjs';

/**
 * @typedef {object} Crate
 * @property {string} name
 * @property {string} version
 * @property {string} license an SPDX expression.
 * @property {string[]} authors
 * @property {string} description
 * @property {string | null} repository
 * @property {string | null} source where it came from; `null` for those of this repository.
 * @property {string} manifest_path
 * @property {string} id
 */
/** @typedef {{ name: string, version: string }} Named */
/**
 * @typedef {object} Graph
 * @property {Crate[]} packages
 * @property {{ nodes: { id: string, deps: { pkg: string }[] }[] }} resolve
 */

const ADDON = 'verify-workos-token';

/** What `cargo tree` has said, by platform. @type {Map<string, string[]>} */
const known = new Map();

/** With its version, as cargo prints it. @param {Named} crate */
export function nameOf({ name, version }) {
  return `${name} ${version}`;
}

/**
 * The crates in the binaries of these platforms, in order, each once.
 *
 * @param {string[]} platforms
 * @param {Graph} [graph]
 * @returns {Crate[]}
 */
export function cratesIn(platforms, graph = graphOfAll()) {
  const names = new Set(platforms.flatMap(namesIn));
  const crates = graph.packages.filter((crate) => names.has(nameOf(crate)));
  if (crates.length !== names.size) fail('`cargo tree` and `cargo metadata` disagree.');
  return crates.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Not those of this repository. @param {Crate[]} crates */
export function foreign(crates) {
  return crates.filter(({ source }) => source !== null);
}

/** @returns {Graph} */
export function graphOfAll() {
  const text = outputOf('cargo', 'metadata', '--locked', '--format-version', '1');
  return JSON.parse(
    text ?? fail('`cargo metadata` failed: is the registry of crates within reach?'),
  );
}

/**
 * By `cargo tree`: `cargo metadata` lists what the features for tests bring in too.
 *
 * @param {string} platform
 */
function namesIn(platform) {
  const names = known.get(platform) ?? listed(platform);
  known.set(platform, names);
  return names;
}

/** @param {string} platform */
function listed(platform) {
  const target = TARGETS[platform]?.target ?? fail(`There is no platform ${platform}.`);
  const edges = ['--edges', 'normal,no-proc-macro', '--target', target];
  const form = ['--prefix', 'none', '--format', '{p}'];
  const text = outputOf('cargo', 'tree', '--locked', '--package', ADDON, ...edges, ...form);
  const lines = (text ?? fail('`cargo tree` failed.')).trim().split('\n');
  return lines.map((line) => line.replace(/^(\S+) v(\S+).*$/, '$1 $2'));
}
