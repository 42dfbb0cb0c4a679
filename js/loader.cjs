'use strict';

// Node's own modules through `process`: bundlers that write ES modules break `require` of them.
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

/** The name of this platform's package, less its prefix. */
const platform = [process.platform, process.arch, abi()].filter(Boolean).join('-');

function abi() {
  if (process.platform === 'win32') return 'msvc';
  if (process.platform === 'linux')
    return isMapped('/proc/self/maps', '/ld-musl-') ? 'musl' : 'gnu';
  return undefined;
}

/**
 * What this very process is linked with. `process.report` would tell as well, ten times slower,
 * and after a look at every worker thread.
 *
 * @param {string} maps
 * @param {string} library
 */
function isMapped(maps, library) {
  try {
    return readFileSync(maps, 'latin1').includes(library);
  } catch {
    return false;
  }
}

/**
 * The binary built in place in a git checkout, where the platform package did not load; an error
 * for a person to act on where there is none.
 *
 * @param {unknown} [cause]
 * @returns {import('./binding').Binding}
 */
function withoutPackage(cause) {
  const file = pathInPlace();
  if (file === undefined || !isThere(file)) throw new Error(explanation(cause), { cause });
  const addon = { exports: /** @type {any} */ ({}) };
  process.dlopen(addon, file);
  return addon.exports;
}

/** Not a `require`: bundlers would look for a file that is in no published package. */
function pathInPlace() {
  // There is none in an ES module that a bundler made.
  if (typeof __dirname === 'undefined') return undefined;
  return path.join(__dirname, '..', 'npm', platform, `verify-workos-token.${platform}.node`);
}

/**
 * Deno throws where it may not look.
 *
 * @param {string} file
 */
function isThere(file) {
  try {
    return existsSync(file);
  } catch {
    return false;
  }
}

/** @param {unknown} cause */
function explanation(cause) {
  const reason =
    cause instanceof Error ? cause.message.split('\n', 1)[0] : 'none is published for it';
  return (
    `verify-workos-token has no native binary for this platform (${platform}, ` +
    `Node ${process.versions.node}): ${reason}. Likely causes: optional dependencies were left out ` +
    '(--no-optional, --omit=optional); the lockfile or node_modules was made on another platform ' +
    '(delete both and install again); a bundler or an image left out ' +
    `verify-workos-token-${platform} (in Next.js: serverExternalPackages: ['verify-workos-token']); or this is a git checkout that has not been built ` +
    '(npm run build, which takes cargo).'
  );
}

module.exports = { platform, withoutPackage };
