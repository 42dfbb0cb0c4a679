// What each platform's binary is compiled for, and how. The release and the builds for other platforms
// on one machine take it from here.

/**
 * @typedef {object} Target
 * @property {string} target as rustc names it.
 * @property {string} library the file that cargo makes.
 * @property {string} [glibc] the oldest one that the binary must run with.
 * @property {string[]} rustflags
 */

/** Of the oldest systems that the Node versions in question still run on. */
const OLDEST_GLIBC = '2.17';
/** A musl target is static unless told otherwise, and then there is no library to load. */
const DYNAMIC = ['-C', 'target-feature=-crt-static'];
/** With Microsoft's C library in it, as in Node itself: not every Windows has that installed. */
const STATIC = ['-C', 'target-feature=+crt-static'];

/** @type {Record<string, Target>} */
export const TARGETS = {
  'linux-x64-gnu': linux('x86_64-unknown-linux-gnu'),
  'linux-x64-musl': linux('x86_64-unknown-linux-musl'),
  'linux-arm64-gnu': linux('aarch64-unknown-linux-gnu'),
  'linux-arm64-musl': linux('aarch64-unknown-linux-musl'),
  'darwin-x64': darwin('x86_64-apple-darwin'),
  'darwin-arm64': darwin('aarch64-apple-darwin'),
  'win32-x64-msvc': windows('x86_64-pc-windows-msvc'),
  'win32-arm64-msvc': windows('aarch64-pc-windows-msvc'),
};

/** @param {string} target @returns {Target} */
function linux(target) {
  const library = 'libverify_workos_token.so';
  if (target.endsWith('musl')) return { target, library, rustflags: DYNAMIC };
  return { target, library, glibc: OLDEST_GLIBC, rustflags: [] };
}

/** @param {string} target @returns {Target} */
function darwin(target) {
  return { target, library: 'libverify_workos_token.dylib', rustflags: [] };
}

/** @param {string} target @returns {Target} */
function windows(target) {
  return { target, library: 'verify_workos_token.dll', rustflags: STATIC };
}
