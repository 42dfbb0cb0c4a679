// Bundles `lib/` into `dist/`: one file for each module system, so that a program that verifies its
// first token reads the face, one file and the binary.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { build } from 'rolldown';
import { root } from './tools.mjs';

/** @typedef {'es' | 'cjs'} Format */
/** @typedef {{ input: Record<string, string>, formats: Format[], paths?: Record<string, string> }} Bundle */

const SOURCE = path.join(root, 'lib');
const DIST = path.join(root, 'dist');

const STUBS = ['index', 'web', 'next', 'express', 'mcp'];
/** @type {Format[]} */
const BOTH = ['es', 'cjs'];
/** @type {Bundle[]} */
const BUNDLES = [
  // What the adapters share with the rest comes from `index`, so that it is there once.
  { input: { index: 'index.ts', adapters: 'adapters/index.ts' }, formats: BOTH },
  // One copy of the test issuer serves both, so that its functions are the same in both.
  { input: { testing: 'testing/issuer.ts' }, formats: ['cjs'] },
  // The command, which the library never loads, and which loads the library by itself.
  {
    input: { cli: 'cli/main.ts' },
    formats: ['es'],
    paths: { [path.join(root, 'index.js')]: '../index.js' },
  },
  ...STUBS.map((name) => ({ input: { [`stub/${name}`]: `stub/${name}.ts` }, formats: BOTH })),
];

const EXTENSIONS = { es: 'js', cjs: 'cjs' };

if (process.argv[1] === import.meta.filename) await buildDist();

/** vitest calls it before the tests, which take what is built. */
export default async function buildDistIfChanged() {
  if (!isBuilt()) await buildDist();
}

/** Built next to its place and moved there, so that nobody reads half a file. */
export async function buildDist() {
  const folder = `${DIST}.${process.pid}.tmp`;
  try {
    for (const settings of BUNDLES.flatMap((bundle) => settingsOf(bundle, folder)))
      await build(settings);
    for (const file of filesIn(folder)) {
      const target = path.join(DIST, path.relative(folder, file));
      mkdirSync(path.dirname(target), { recursive: true });
      renameSync(file, target);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Bundle} bundle
 * @param {string} folder
 * @returns {import('rolldown').BuildOptions[]}
 */
function settingsOf({ input, formats, paths = {} }, folder) {
  return formats.map((format) => ({
    input: Object.fromEntries(
      Object.entries(input).map(([name, file]) => [name, path.join(SOURCE, file)]),
    ),
    external: Object.keys(paths),
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    cwd: root,
    // What is written is what runs. Otherwise calls are dropped that are there for what they throw.
    treeshake: false,
    plugins: [
      { name: 'without-helpers', renderChunk: withoutHelpers },
      { name: 'in-ascii', renderChunk: inAscii },
    ],
    output: {
      dir: folder,
      paths,
      entryFileNames: `[name].${EXTENSIONS[format]}`,
      minifyInternalExports: false,
      format,
      strict: true,
      minify: false,
      // Without the marks of a module: their descriptors inherit from a polluted `Object.prototype`.
      esModule: false,
      generatedCode: { symbols: false },
    },
  }));
}

/**
 * Without tree shaking, all helpers of the bundler come along in ES modules. None is needed: Node's
 * own modules are asked for by `process.getBuiltinModule`.
 *
 * @param {string} code
 */
function withoutHelpers(code) {
  const own = code.replace(/^(#![^\n]*\n)?import \{ createRequire \} .*?\n(?=\/\/ lib\/)/s, '$1');
  if (
    /^import (?!.* from "\.\/index\.js")|\brequire\((?!"\.\/index)|\b__(?:require|to[A-Z]|export|common)\w*\(/m.test(
      own,
    )
  )
    throw new Error('a bundle needs a module or a helper that was taken out of it');
  return own;
}

/**
 * The bundler writes the characters that `lib/` has as escapes. With one above U+00FF, V8 keeps and scans
 * the whole file in two bytes for each character.
 *
 * @param {string} code
 */
function inAscii(code) {
  return code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether each file is newer than all that it could be made of. */
function isBuilt() {
  const built = BUNDLES.flatMap(({ input, formats }) =>
    Object.keys(input).flatMap((name) =>
      formats.map((format) => path.join(DIST, `${name}.${EXTENSIONS[format]}`)),
    ),
  );
  if (!built.every((file) => existsSync(file))) return false;
  const sources = [...filesIn(SOURCE), import.meta.filename, path.join(root, 'package-lock.json')];
  return Math.min(...built.map(changedAt)) > Math.max(...sources.map(changedAt));
}

/** @param {string} file */
function changedAt(file) {
  return statSync(file).mtimeMs;
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => path.join(file.parentPath, file.name));
}
