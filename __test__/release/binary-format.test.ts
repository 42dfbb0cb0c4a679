// What a binary says of itself, by the first bytes of each system's format.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { binaryProblems } from '../../scripts/binary-format.mjs';
import { platform } from '../../scripts/platform.mjs';
import { platforms } from '../../scripts/platform-package.mjs';
import { root } from '../support/guides.js';
import { standInBinary } from '../support/stand-in-binary.js';

const ofLibrary = /^It (?:is|is not) for glibc\.$/;
const hasGlibc = (name: string) => name.endsWith('-gnu');

describe.each(platforms())('a binary for %s', (own) => {
  it('is right in its own package', () => {
    expect(binaryProblems(standInBinary(own), own)).toEqual([]);
  });

  it.each(platforms().filter((other) => other !== own))('is wrong in that of %s', (other) => {
    const [system, processor] = own.split('-');
    const [otherSystem, otherProcessor] = other.split('-');
    const problems = binaryProblems(standInBinary(own), other);
    expect(problems.filter((problem) => !ofLibrary.test(problem))).toEqual([
      ...(system === otherSystem ? [] : [`It is for ${system}.`]),
      ...(processor === otherProcessor ? [] : [`It is for ${processor}.`]),
    ]);
    const isOtherLibrary = other.startsWith('linux') && hasGlibc(own) !== hasGlibc(other);
    expect(problems.filter((problem) => ofLibrary.test(problem))).toEqual(
      isOtherLibrary ? [hasGlibc(own) ? 'It is for glibc.' : 'It is not for glibc.'] : [],
    );
  });

  it('is no program', () => {
    const program = standInBinary(own);
    program.writeUInt16LE(2, own.startsWith('linux') ? 16 : own.startsWith('darwin') ? 12 : 86);
    expect(binaryProblems(program, own)).toEqual(['It is no library that can be loaded.']);
  });

  it('is for a processor that is known', () => {
    const other = standInBinary(own);
    other.writeUInt16LE(3, own.startsWith('linux') ? 18 : own.startsWith('darwin') ? 4 : 68);
    expect(binaryProblems(other, own)).toEqual(['It is for an unknown processor.']);
  });
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('for linux-x64-gnu')],
  ['32 bits', Buffer.from(`\x7fELF\x01\x01${'\0'.repeat(60)}`, 'latin1')],
  ['a header cut off', standInBinary('linux-x64-gnu').subarray(0, 19)],
  ['another one', standInBinary('darwin-x64').subarray(0, 15)],
  ['that of Windows', standInBinary('win32-x64-msvc').subarray(0, 87)],
  ['MS-DOS alone', Buffer.from(`MZ${'\0'.repeat(100)}`)],
])('%s is no binary', (_, bytes) => {
  expect(binaryProblems(bytes, 'linux-x64-gnu')).toEqual(['It is no binary of a known system.']);
});

it.each([
  ['GLIBC_2.17', []],
  ['GLIBC_2.18', ['It needs glibc 2.18, and must run with 2.17.']],
  ['GLIBC_2.4', []],
  ['GLIBC_2.34\0GLIBC_2.34\0GLIBC_3.0', ['It needs glibc 2.34, 3.0, and must run with 2.17.']],
])('what asks for %j', (text, problems) => {
  const binary = standInBinary('linux-arm64-gnu', `\0${text}\0`);
  expect(binaryProblems(binary, 'linux-arm64-gnu')).toEqual(problems);
});

it.each([
  ['/home/ann/src/lib.rs', '/home/ann/'],
  ['/Users/ann/lib.rs', '/Users/ann/'],
  ['C:\\Users\\ann\\lib.rs', 'C:\\Users\\ann\\'],
  ['D:\\a\\repository\\lib.rs', 'D:\\a\\repository\\'],
  [path.join(root, 'src/lib.rs'), path.resolve(root)],
  [path.join(homedir(), '.cargo'), homedir()],
])('what names %j names a machine', (text, place) => {
  const [problem, ...others] = binaryProblems(standInBinary('darwin-x64', text), 'darwin-x64');
  expect(problem).toMatch(/^It names folders of a machine: .+\.$/);
  expect(problem).toContain(place);
  expect(others).toEqual([]);
});

it.each(['/crates/hyper-1.0.0/src/lib.rs', '/rustc/abc/library', '/home/', 'a /homes/b/c'])(
  'what names %j names none',
  (text) => {
    expect(binaryProblems(standInBinary('darwin-x64', text), 'darwin-x64')).toEqual([]);
  },
);

it('a library of macOS has the name that build.rs gives it', () => {
  const text = readFileSync(path.join(root, 'build.rs'), 'utf8');
  const name = String(/-install_name,(@rpath\/[\w.-]+)"/.exec(text)?.[1]);
  const binary = standInBinary('darwin-arm64').toString('latin1');
  expect(binary).toContain(name);
  const other = Buffer.from(binary.replace(name, '/build/libverify.dylib'), 'latin1');
  expect(binaryProblems(other, 'darwin-arm64')).toEqual([
    'Its name is not the one that build.rs gives it.',
  ]);
});

it('what is no addon is told', () => {
  const library = Buffer.from(
    standInBinary('win32-x64-msvc').toString('latin1').replace('napi_', 'other_'),
    'latin1',
  );
  expect(binaryProblems(library, 'win32-x64-msvc')).toEqual([
    'It is no addon: it has no napi_register_module_v1.',
  ]);
});

it('the binary in place is what it says', () => {
  const file = path.join(root, 'npm', platform, `verify-workos-token.${platform}.node`);
  expect(existsSync(file)).toBe(true);
  // A build for daily work names this machine's folders, and asks for this system's glibc.
  const problems = binaryProblems(readFileSync(file), platform);
  expect(problems.filter((problem) => !/^It (?:names|needs)/.test(problem))).toEqual([]);
});
