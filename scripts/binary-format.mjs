// What a binary says of itself: for which system, processor and C library it is. Read from its first
// bytes, so that a release notices two files that were mixed up on any machine.
import { homedir } from 'node:os';
import { placesIn } from './reproduce.mjs';
import { TARGETS } from './targets.mjs';
import { root } from './tools.mjs';

/** @typedef {{ system: string, processor: string | undefined, isLibrary: boolean }} Format */

/** What Node looks for in an addon. */
const ENTRY = 'napi_register_module_v1';
/** The library's name on macOS. Without it, that would be the path that it was linked to. */
const INSTALL_NAME = '@rpath/verify-workos-token.node';
/** Where people and builders have their files. */
const HOMES = /(?:\/home|\/Users|\/private\/var|[A-Z]:[\\/](?:Users|a))[\\/][\w.-]+[\\/]/;

/** Types of files, by the names of their formats. */
const [ET_DYN, MH_DYLIB, MH_BUNDLE, IMAGE_FILE_DLL] = [3, 6, 8, 0x2000];

const READERS = [elf, machO, pe];

/**
 * What is wrong with a file as the binary of a platform, a sentence each.
 *
 * @param {Buffer} binary
 * @param {string} platform
 * @returns {string[]}
 */
export function binaryProblems(binary, platform) {
  const [system = '', processor = ''] = platform.split('-');
  const found = READERS.map((read) => read(binary)).find((format) => format !== undefined);
  if (found === undefined) return ['It is no binary of a known system.'];
  const text = binary.toString('latin1');
  const problems = [...libraryProblems(text, platform), ...placeProblems(binary, text)];
  if (found.system !== system) problems.push(`It is for ${found.system}.`);
  if (found.processor !== processor)
    problems.push(`It is for ${found.processor ?? 'an unknown processor'}.`);
  if (!found.isLibrary) problems.push('It is no library that can be loaded.');
  if (found.system === 'darwin' && !text.includes(INSTALL_NAME))
    problems.push('Its name is not the one that build.rs gives it.');
  if (!text.includes(ENTRY)) problems.push(`It is no addon: it has no ${ENTRY}.`);
  return problems;
}

/** By the versions of glibc's symbols, which musl has none of. @param {string} text @param {string} platform */
function libraryProblems(text, platform) {
  if (!platform.startsWith('linux-')) return [];
  const asked = [...text.matchAll(/\bGLIBC_(\d+\.\d+)/g)].map(([, version]) => String(version));
  const oldest = TARGETS[platform]?.glibc;
  if (oldest === undefined) return asked.length > 0 ? ['It is for glibc.'] : [];
  if (asked.length === 0) return ['It is not for glibc.'];
  const newer = [...new Set(asked)].filter((version) => isNewer(version, oldest));
  return newer.length > 0
    ? [`It needs glibc ${newer.join(', ')}, and must run with ${oldest}.`]
    : [];
}

/** @param {string} version @param {string} other */
function isNewer(version, other) {
  return version.localeCompare(other, 'en', { numeric: true }) > 0;
}

/** @param {Buffer} binary @param {string} text */
function placeProblems(binary, text) {
  const [elsewhere] = HOMES.exec(text) ?? [];
  const places = [...placesIn(binary, [root, homedir()]), ...(elsewhere ? [elsewhere] : [])];
  return places.length > 0 ? [`It names folders of a machine: ${places.join(', ')}.`] : [];
}

/** System V gABI, chapter 4: the header. @param {Buffer} binary @returns {Format | undefined} */
function elf(binary) {
  // 64 bits, least significant byte first.
  const isElf = binary.toString('latin1', 0, 6) === '\x7fELF\x02\x01';
  if (!isElf || binary.length < 20) return undefined;
  const [type, machine] = [binary.readUInt16LE(16), binary.readUInt16LE(18)];
  const processor = new Map([
    [62, 'x64'],
    [183, 'arm64'],
  ]).get(machine);
  return { system: 'linux', processor, isLibrary: type === ET_DYN };
}

/** mach-o/loader.h: `mach_header_64`. @param {Buffer} binary @returns {Format | undefined} */
function machO(binary) {
  if (binary.length < 16 || binary.readUInt32LE(0) !== 0xfeedfacf) return undefined;
  const [machine, type] = [binary.readUInt32LE(4), binary.readUInt32LE(12)];
  const processor = new Map([
    [0x01000007, 'x64'],
    [0x0100000c, 'arm64'],
  ]).get(machine);
  return { system: 'darwin', processor, isLibrary: [MH_DYLIB, MH_BUNDLE].includes(type) };
}

/** PE Format: the MS-DOS stub, the signature, the COFF header. @param {Buffer} binary @returns {Format | undefined} */
function pe(binary) {
  if (binary.length < 64 || binary.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const start = binary.readUInt32LE(60);
  if (binary.toString('latin1', start, start + 4) !== 'PE\0\0') return undefined;
  if (binary.length < start + 24) return undefined;
  const [machine, traits] = [binary.readUInt16LE(start + 4), binary.readUInt16LE(start + 22)];
  const processor = new Map([
    [0x8664, 'x64'],
    [0xaa64, 'arm64'],
  ]).get(machine);
  return { system: 'win32', processor, isLibrary: (traits & IMAGE_FILE_DLL) !== 0 };
}
