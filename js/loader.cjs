'use strict';

/** As in package.json; in what a bundler makes, no file tells it. */
const VERSION = '0.1.0';
/** As in package.json. */
const OLDEST_NODE = '20.19';

requireBuiltinModules();

// Node's own modules through `process`: bundlers that write ES modules break `require` of them.
const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');

/** Of this version alone: the JavaScript of one is no match for the binary of another. */
const SHARED = Symbol.for(`verify-workos-token.binding@${VERSION}`);

/** The C library, or its loader, by the names that glibc gives them: libc.so.6, libc-2.31.so. */
const GLIBC = /^(?:libc\.so\.6|libc-2\.[\d.]+\.so|ld-linux[\w.-]*\.so\.\d+|ld-2\.[\d.]+\.so)$/;
/**
 * One file in musl: its loader is the library. Alpine names it by the loader; elsewhere that is a
 * link, and the kernel tells where it leads to: libc.so, a name under which glibc maps nothing.
 */
const MUSL = /^(?:ld-musl-[\w.-]+\.so\.1|libc\.musl-[\w.-]+\.so\.1|libc\.so)$/;

/** The name of this platform's package, less its prefix. */
const platform = [process.platform, process.arch, abi()].filter(Boolean).join('-');

/** Before 20.16 and 22.3 Node lacks what is used below, and would say only that it is no function. */
function requireBuiltinModules() {
  if (typeof process.getBuiltinModule === 'function') return;
  throw new Error(
    `verify-workos-token needs Node.js ${OLDEST_NODE} or newer, and this is Node ${process.versions.node}`,
  );
}

function abi() {
  if (process.platform === 'win32') return 'msvc';
  if (process.platform === 'linux') return libraryIn(memoryMaps()) ?? libraryReported();
  return undefined;
}

function memoryMaps() {
  try {
    return readFileSync('/proc/self/maps', 'latin1');
  } catch {
    return '';
  }
}

/**
 * The C library that a process runs with, by the text of its `/proc/self/maps`. Only code counts:
 * any file can be mapped as data. With code of both it is glibc's, since musl loads no glibc.
 *
 * @param {string} maps
 * @returns {'gnu' | 'musl' | undefined} `undefined` where the text names neither.
 */
function libraryIn(maps) {
  const names = maps.split('\n').flatMap(nameOfCode);
  if (names.some((name) => GLIBC.test(name))) return 'gnu';
  return names.some((name) => MUSL.test(name)) ? 'musl' : undefined;
}

/**
 * The file name of a mapping that can be executed: address, permissions, offset, device, inode, path.
 *
 * @param {string} line
 */
function nameOfCode(line) {
  const file = /^\S+ \S*x\S* \S+ \S+ \S+ +(\/.+)$/.exec(line)?.[1];
  // A file that was replaced under the running process, as by an upgrade.
  return file === undefined ? [] : [path.posix.basename(file.replace(/ \(deleted\)$/, ''))];
}

/** Where the maps can't be read. Ten times slower, and it looks at every worker thread. */
function libraryReported() {
  try {
    /** @type {any} */
    const { header } = process.report.getReport();
    return header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
  } catch {
    return 'gnu';
  }
}

/**
 * The binary that this thread loaded first, whichever copy of the JavaScript asked for it: bundles
 * that each carry one would each fetch the keys. Another realm has another global object.
 *
 * @param {() => any} load
 * @returns {import('./binding').Binding}
 */
function shared(load) {
  const known = Object.getOwnPropertyDescriptor(globalThis, SHARED)?.value;
  if (known !== undefined) return known;
  const loaded = load();
  // A bundler's copy of the platform package is an ES module.
  const binding = Object.hasOwn(loaded, 'default') ? loaded.default : loaded;
  // Where the global object takes no properties, each copy keeps its own.
  Reflect.defineProperty(globalThis, SHARED, { value: binding });
  return binding;
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
  if (file === undefined || !isThere(file)) throw unavailable(cause);
  const addon = { exports: /** @type {any} */ ({}) };
  try {
    process.dlopen(addon, file);
  } catch (error) {
    throw unavailable(error);
  }
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

/** Node's code for a feature that a platform lacks. */
const UNSUPPORTED = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';

/** Node's code where its permission model denies something. Deno throws a `NotCapable` without one. */
const DENIED = 'ERR_ACCESS_DENIED';
/** The codes where a binary is in place, and not to be loaded. */
const IN_PLACE = new Set(['ERR_DLOPEN_DISABLED', 'ERR_DLOPEN_FAILED', DENIED]);

/**
 * @param {unknown} cause What Node threw; nothing where no package is published for the platform.
 */
function unavailable(cause) {
  const code = codeOf(cause);
  const problem = IN_PLACE.has(code)
    ? 'verify-workos-token could not load its native binary ('
    : 'verify-workos-token has no native binary for this platform (';
  const message =
    `${problem}${platform}, Node ${process.versions.node}): ` +
    `${reasonOf(cause)}. ${likelyCauses(code, reasonOf(cause))}`;
  const options = cause === undefined ? undefined : { cause };
  return Object.assign(new Error(message, options), code !== undefined && { code });
}

/** @param {any} cause */
function codeOf(cause) {
  if (cause === undefined) return UNSUPPORTED;
  return cause?.name === 'NotCapable' ? DENIED : cause?.code;
}

/** @param {unknown} cause */
function reasonOf(cause) {
  if (cause === undefined) return 'none is published for it';
  const [line = ''] = String(/** @type {any} */ (cause)?.message ?? cause).split('\n', 1);
  return line.replace(/\.$/, '');
}

/**
 * @param {unknown} code
 * @param {string} reason
 */
function likelyCauses(code, reason) {
  const name = `verify-workos-token-${platform}`;
  switch (code) {
    case UNSUPPORTED:
      return 'There are packages for Linux (glibc and musl), macOS and Windows, on x64 and arm64.';
    case 'ERR_DLOPEN_DISABLED':
      return 'Node was started with --no-addons, or with --permission and without --allow-addons.';
    case DENIED:
      return (
        'The permission model denied it. Start Node with --allow-addons, and with --allow-fs-read ' +
        `for the folders of verify-workos-token and ${name}; Deno with --allow-ffi and --allow-read.`
      );
    case 'ERR_DLOPEN_FAILED':
      return causesOfFailedOpening(reason, name);
  }
  return (
    'Likely causes: optional dependencies were left out (--no-optional, --omit=optional); the ' +
    'lockfile or node_modules was made on another platform (delete both and install again); a ' +
    `bundler or an image left out ${name} (keep verify-workos-token external, such as with ` +
    "esbuild's --external:verify-workos-token, and install it where the program runs); or this " +
    'is a git checkout that has not been built (npm run build, which takes cargo).'
  );
}

/**
 * The file is there, and the system's loader refuses it.
 *
 * @param {string} reason
 * @param {string} name
 */
function causesOfFailedOpening(reason, name) {
  if (/GLIBC_[\d.]+/.test(reason)) {
    return 'The binary needs a newer glibc than this system has, 2.17 or newer: use a newer image.';
  }
  // Names of libraries: "musl" alone is part of the binary's own name.
  if (/\b(?:libc\.musl-|ld-musl-|ld-linux|libc\.so)|Error relocating/.test(reason)) {
    return (
      'The binary is for the other C library: node_modules was copied between a glibc and a musl ' +
      '(Alpine) system (delete it and install again).'
    );
  }
  if (/failed to map segment|not permitted/i.test(reason)) {
    return 'The folder is on a file system from which nothing may be executed (noexec).';
  }
  return (
    'The file is broken, cut off or for another processor: delete node_modules and install again, ' +
    `on the machine that runs it or for its platform, and let no tool rewrite the .node file of ${name}.`
  );
}

module.exports = { platform, libraryIn, shared, withoutPackage };
