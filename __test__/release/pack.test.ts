// The job that packs a release, in two clones: nine tarballs, with all that must be in them, and the same
// twice. The binaries are stand-ins: those of other platforms can't be built here.
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms } from '../../scripts/platform-package.mjs';
import { fileIn, integrityOf } from '../../scripts/tarball.mjs';
import { root } from '../support/guides.js';

const ADDRESS = 'https://git.example.com/some-owner/some-name';
const { version, files } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const SOURCES = ['package.json', 'package-lock.json', 'README.md', 'LICENSE', 'lib', 'scripts'];
const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'verify-workos-token-pack-')));
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');
let tarballs: string;
let again: string;

beforeAll(async () => {
  [tarballs, again] = await Promise.all([packedIn('one'), packedIn('another')]);
}, 240_000);
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

async function packedIn(name: string): Promise<string> {
  const clone = path.join(workplace, name);
  for (const file of [...SOURCES, ...files, 'npm/linux-x64-gnu', 'npm/THIRD-PARTY-NOTICES.txt'])
    cpSync(path.join(root, file), path.join(clone, file), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'), 'junction');
  for (const platform of platforms()) {
    const folder = path.join(clone, 'npm', platform);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `verify-workos-token.${platform}.node`), `for ${platform}`);
  }
  const args = ['scripts/pack-all.mjs', 'tarballs', '--all-platforms'];
  const env = { ...process.env, REPOSITORY_URL: ADDRESS, INIT_CWD: clone };
  await promisify(execFile)(process.execPath, args, { cwd: clone, env });
  return path.join(clone, 'tarballs');
}

it('makes nine tarballs, the same ones in each clone', () => {
  const names = [
    'verify-workos-token',
    ...platforms().map((name) => `verify-workos-token-${name}`),
  ];
  expect(readdirSync(tarballs).sort()).toEqual(
    names.map((name) => `${name}-${version}.tgz`).sort(),
  );
  for (const name of readdirSync(tarballs))
    expect(integrityOf(path.join(again, name)), name).toBe(integrityOf(path.join(tarballs, name)));
});

describe.each(platforms())('the package for %s', (platform) => {
  const file = (name: string) =>
    String(fileIn(path.join(tarballs, `verify-workos-token-${platform}-${version}.tgz`), name));

  it('has its own binary, the license, and those of what is in the binary', () => {
    expect(file(`verify-workos-token.${platform}.node`)).toBe(`for ${platform}`);
    expect(file('LICENSE')).toBe(textOf('LICENSE'));
    expect(file('THIRD-PARTY-NOTICES.txt')).toBe(textOf('npm/THIRD-PARTY-NOTICES.txt'));
    const manifest = JSON.parse(file('package.json'));
    const { license } = JSON.parse(textOf('npm/linux-x64-gnu/package.json'));
    expect(manifest).toMatchObject({ version, license, repository: { url: `git+${ADDRESS}.git` } });
  });
});

it('the root asks for all eight, in its own version', () => {
  const manifest = fileIn(
    path.join(tarballs, `verify-workos-token-${version}.tgz`),
    'package.json',
  );
  const { optionalDependencies } = JSON.parse(String(manifest));
  const wanted = platforms().map((name) => [`verify-workos-token-${name}`, version]);
  expect(optionalDependencies).toEqual(Object.fromEntries(wanted));
});
