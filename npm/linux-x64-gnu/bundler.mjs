// Bundlers carry along a file that is named by `new URL`, and no .node that is required. No name at
// the top level is one that the banners of bundles for Node declare: createRequire, path, ...
import * as paths from 'node:path';
import { fileURLToPath as pathOf } from 'node:url';

const addon = { exports: {} };
process.dlopen(addon, located());

export default addon.exports;

/** The first of the places that is a file. */
function located() {
  const { existsSync } = process.getBuiltinModule('node:fs');
  // esbuild leaves no `import.meta.url` in CommonJS.
  const places = import.meta.url === undefined ? [] : [...emitted(), besideThis()];
  return places.find((file) => existsSync(file)) ?? installed();
}

/**
 * What the bundler made of the file. Next gives the address at which a browser would find it: webpack
 * has put it, and traces it, into `server/chunks`, above the chunk, where `__dirname` stays real.
 */
function emitted() {
  const url = new URL('./verify-workos-token.linux-x64-gnu.node', import.meta.url);
  // Not the imported one: Turbopack would trace whatever such folders might be.
  const { basename, posix, resolve } = process.getBuiltinModule('node:path');
  const above = typeof __dirname === 'string' ? upwards(__dirname) : [];
  // No others: a folder of this name at a drive's root could be anybody's.
  const servers = above.filter((folder) => basename(folder) === 'server');
  return [
    ...(url.protocol === 'file:' ? [pathOf(url)] : []),
    ...servers.map((folder) =>
      resolve(folder, 'chunks', 'static', 'media', posix.basename(url.pathname)),
    ),
  ];
}

/** Turbopack traces this one; with webpack it is where the bundle was built. */
function besideThis() {
  const folder = paths.dirname(pathOf(import.meta.url));
  return paths.join(folder, 'verify-workos-token.linux-x64-gnu.node');
}

/** What is installed where the bundle runs: above its file, or above the working directory. */
function installed() {
  const name = 'verify-workos-token-linux-x64-gnu';
  const { createRequire: requireFrom } = process.getBuiltinModule('node:module');
  const { join } = process.getBuiltinModule('node:path');
  try {
    // webpack's name for the `require` of the file that it wrote.
    if (typeof __non_webpack_require__ === 'function') return __non_webpack_require__.resolve(name);
    return requireFrom(import.meta.url ?? __filename).resolve(name);
  } catch {
    return requireFrom(join(process.cwd(), 'server.js')).resolve(name);
  }
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function upwards(folder) {
  const parent = process.getBuiltinModule('node:path').dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}
