// What is told of tarballs that are not what a release publishes.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemsIn } from '../../scripts/check-packages.mjs';
import { platforms, writePlatformPackage } from '../../scripts/platform-package.mjs';
import { root } from '../support/guides.js';
import { standInBinary } from '../support/stand-in-binary.js';

const NAME = 'verify-workos-token';
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-tarballs-'));
const unpacked = (name: string) => path.join(workplace, 'unpacked', name, 'package');
const tarballs = path.join(workplace, 'tarballs');
const tarball = (name: string) => path.join(tarballs, tarballName(name));
const tarballName = (name: string) => `${name}-${manifest.version}.tgz`;
/** The platform whose package the changes are tried in; the others are then left out. */
const TRIED = 'linux-x64-musl';
const MUSL = `${NAME}-${TRIED}`;
const MUSL_BINARY = `${NAME}.${TRIED}.node`;

beforeAll(() => {
  mkdirSync(tarballs);
  writeRoot(unpacked(NAME));
  pack(NAME);
  makePackage(TRIED);
}, 60_000);
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

function makePackage(platform: string): void {
  const folder = unpacked(`${NAME}-${platform}`);
  writePlatformPackage(platform, folder);
  copyInto(folder, 'LICENSE', 'npm/THIRD-PARTY-NOTICES.txt');
  writeFileSync(path.join(folder, `${NAME}.${platform}.node`), standInBinary(platform));
  pack(`${NAME}-${platform}`);
}

function writeRoot(folder: string): void {
  const { scripts, devDependencies, ...rest } = manifest;
  const asked = platforms().map((platform) => [`${NAME}-${platform}`, manifest.version]);
  copyInto(folder, 'LICENSE', 'README.md', 'index.cjs', 'index.js', 'index.d.cts');
  mkdirSync(path.join(folder, 'dist'));
  writeFileSync(path.join(folder, 'dist', 'index.cjs'), '');
  const published = { ...rest, optionalDependencies: Object.fromEntries(asked) };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(published));
}

function copyInto(folder: string, ...files: string[]): void {
  for (const file of files) cpSync(path.join(root, file), path.join(folder, path.basename(file)));
}

function pack(name: string): void {
  const { stdout } = spawnSync('tar', ['-czf', '-', 'package'], {
    cwd: path.dirname(unpacked(name)),
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  writeFileSync(tarball(name), stdout);
}

/** What is told while a package is another one. */
function problemsWith(name: string, change: (folder: string) => void): string[] {
  const kept = path.join(workplace, 'kept');
  cpSync(unpacked(name), kept, { recursive: true });
  try {
    change(unpacked(name));
    pack(name);
    return problemsIn(tarballs, [TRIED]);
  } finally {
    rmSync(unpacked(name), { recursive: true });
    cpSync(kept, unpacked(name), { recursive: true });
    rmSync(kept, { recursive: true });
    pack(name);
  }
}

function changeManifest(changed: Record<string, unknown>) {
  return (folder: string) => {
    const file = path.join(folder, 'package.json');
    const own = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...own, ...changed }));
  };
}

it.each<[string, (folder: string) => void, string]>([
  [
    'another C library',
    changeManifest({ libc: ['glibc'] }),
    'Its libc is ["glibc"] in place of ["musl"].',
  ],
  ['no system', changeManifest({ os: undefined }), 'Its os is undefined in place of ["linux"].'],
  [
    'another processor',
    changeManifest({ cpu: ['arm64'] }),
    'Its cpu is ["arm64"] in place of ["x64"].',
  ],
  [
    'another version',
    changeManifest({ version: '9.9.9' }),
    `Its version is "9.9.9" in place of "${manifest.version}".`,
  ],
  [
    'its own license alone',
    changeManifest({ license: 'MIT' }),
    'Its license is "MIT" in place of "MIT AND Apache-2.0 AND BSD-3-Clause AND ISC AND Zlib".',
  ],
  [
    'a script',
    changeManifest({ scripts: { install: 'node-gyp rebuild' } }),
    'Its manifest has scripts.',
  ],
  ['a dependency', changeManifest({ dependencies: {} }), 'Its manifest has dependencies.'],
  [
    'other notices',
    (folder) => appendFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), ' '),
    'Its THIRD-PARTY-NOTICES.txt is not npm/THIRD-PARTY-NOTICES.txt.',
  ],
  [
    'another license',
    (folder) => writeFileSync(path.join(folder, 'LICENSE'), ''),
    'Its LICENSE is not LICENSE.',
  ],
  [
    'the binary of another processor',
    (folder) => writeFileSync(path.join(folder, MUSL_BINARY), standInBinary('linux-arm64-musl')),
    'It is for arm64.',
  ],
])('a platform package with %s', (_, change, problem) => {
  expect(problemsWith(MUSL, change)).toEqual([`${tarballName(MUSL)}: ${problem}`]);
});

it('a platform package with another file, or without its binary', () => {
  const right = `LICENSE, README.md, THIRD-PARTY-NOTICES.txt, bundler.mjs, package.json, ${MUSL_BINARY}`;
  const more = problemsWith(MUSL, (folder) => writeFileSync(path.join(folder, 'more.txt'), ''));
  const less = problemsWith(MUSL, (folder) => rmSync(path.join(folder, MUSL_BINARY)));
  const names = right.replace('package.json', 'more.txt, package.json');
  expect(more).toEqual([`${tarballName(MUSL)}: It holds ${names} in place of ${right}.`]);
  const fewer = right.replace(`, ${MUSL_BINARY}`, '');
  expect(less).toEqual([`${tarballName(MUSL)}: It holds ${fewer} in place of ${right}.`]);
});

it.each<[string, (folder: string) => void, RegExp]>([
  [
    'a binary',
    (folder) => writeFileSync(path.join(folder, 'one.node'), ''),
    /^It holds one\.node\.$/,
  ],
  [
    'no bundle',
    (folder) => rmSync(path.join(folder, 'dist', 'index.cjs')),
    /^It lacks dist\/index\.cjs\.$/,
  ],
  [
    'no platforms',
    changeManifest({ optionalDependencies: {} }),
    /^Its optionalDependencies is \{\} in place of \{"verify-workos-token-linux-x64-gnu":/,
  ],
])('a root package with %s', (_, change, problem) => {
  const found = problemsWith(NAME, change);
  expect(found).toHaveLength(1);
  expect(found[0]?.replace(`${tarballName(NAME)}: `, '')).toMatch(problem);
});

it('all nine tarballs, and one that is missing, left out, or too many', () => {
  for (const platform of platforms()) makePackage(platform);
  expect(problemsIn(tarballs, platforms())).toEqual([]);
  const others = platforms().filter((platform) => platform !== TRIED);
  expect(problemsIn(tarballs, others)).toEqual([`${tarballName(MUSL)} is not part of a release.`]);
  rmSync(tarball(MUSL));
  expect(problemsIn(tarballs, others)).toEqual([]);
  expect(problemsIn(tarballs, platforms())).toEqual([`${tarballName(MUSL)}: It is missing.`]);
});
