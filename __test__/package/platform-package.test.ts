import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { platforms, writePlatformPackage } from '../../scripts/platform-package.mjs';

const TEMPLATE = 'linux-x64-gnu';
const FILES = ['README.md', 'bundler.mjs', 'package.json'];

const committed = fileURLToPath(new URL(`../../npm/${TEMPLATE}`, import.meta.url));
const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-test-'));

const CASES = [
  [TEMPLATE, 'Linux on x64 with glibc', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
  ['linux-x64-musl', 'Linux on x64 with musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  [
    'linux-arm64-gnu',
    'Linux on arm64 with glibc',
    { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  ],
  [
    'linux-arm64-musl',
    'Linux on arm64 with musl',
    { os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
  ],
  ['darwin-x64', 'macOS on x64', { os: ['darwin'], cpu: ['x64'] }],
  ['darwin-arm64', 'macOS on arm64', { os: ['darwin'], cpu: ['arm64'] }],
  ['win32-x64-msvc', 'Windows on x64', { os: ['win32'], cpu: ['x64'] }],
  ['win32-arm64-msvc', 'Windows on arm64', { os: ['win32'], cpu: ['arm64'] }],
] as const;

afterAll(() => rmSync(workplace, { recursive: true, force: true }));

test('the cases below are the platforms that the loader asks for', () => {
  expect(platforms()).toEqual(CASES.map(([platform]) => platform));
});

test.each(CASES)('%s is for %s', (platform, description, machine) => {
  const folder = written(platform);
  const binary = `verify-workos-token.${platform}.node`;
  const { os, cpu, libc, ...rest } = manifestIn(folder);
  const { os: _os, cpu: _cpu, libc: _libc, ...template } = manifestIn(committed);
  expect({ os, cpu, libc }).toEqual(machine);
  expect(rest).toEqual({
    ...template,
    name: `verify-workos-token-${platform}`,
    description: `The binary of verify-workos-token for ${description}`,
    exports: {
      '.': { bun: `./${binary}`, module: './bundler.mjs', default: `./${binary}` },
      './package.json': './package.json',
    },
    files: ['bundler.mjs', binary, 'THIRD-PARTY-NOTICES.txt'],
  });
  expect(textOf(folder, 'bundler.mjs')).toContain(`new URL('./${binary}', import.meta.url)`);
  expect(textOf(folder, 'README.md')).toContain(`# verify-workos-token-${platform}\n`);
  expect(textOf(folder, 'README.md')).toContain(`for ${description}. npm`);
});

test.each(platforms().filter((platform) => platform !== TEMPLATE))(
  '%s says nothing of the platform that it was made from',
  (platform) => {
    const folder = written(platform);
    expect(readdirSync(folder).sort()).toEqual(FILES);
    for (const file of FILES) expect(textOf(folder, file)).not.toContain(TEMPLATE);
  },
);

test('the committed package is what comes out for its own platform', () => {
  const folder = written(TEMPLATE);
  expect(manifestIn(folder)).toEqual(manifestIn(committed));
  for (const file of ['README.md', 'bundler.mjs']) {
    expect(textOf(folder, file)).toBe(textOf(committed, file));
  }
});

test.each(['freebsd-x64', 'linux-x64', ''])('there is no package for %j', (platform) => {
  expect(() => writePlatformPackage(platform, path.join(workplace, 'none'))).toThrow(
    `the loader asks for no package for ${platform}`,
  );
});

function written(platform: string) {
  const folder = path.join(workplace, platform);
  writePlatformPackage(platform, folder);
  return folder;
}

function manifestIn(folder: string) {
  return JSON.parse(textOf(folder, 'package.json'));
}

function textOf(folder: string, file: string) {
  return readFileSync(path.join(folder, file), 'utf8');
}
