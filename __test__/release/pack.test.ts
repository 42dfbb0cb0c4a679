// The job that packs a release, in two clones: nine tarballs, with all that must be in them, and the same
// twice, apart from one that the second is told to leave out. The binaries are stand-ins: those of other
// platforms can't be built here.
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
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemsIn } from '../../scripts/check-packages.mjs';
import { platforms } from '../../scripts/platform-package.mjs';
import { fileIn, integrityOf } from '../../scripts/tarball.mjs';
import { root } from '../support/guides.js';
import { standInBinary } from '../support/stand-in-binary.js';

const ADDRESS = 'https://git.example.com/some-owner/some-name';
const { version, files } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const LEFT_OUT = 'win32-arm64-msvc';
const SOURCES = ['package.json', 'package-lock.json', 'README.md', 'LICENSE', 'lib', 'scripts'];
const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'verify-workos-token-pack-')));
let tarballs: string;
let again: string;

beforeAll(async () => {
  const flag = `--without=${LEFT_OUT}`;
  [tarballs, again] = await Promise.all([packedIn('one'), packedIn('another', flag)]);
}, 240_000);
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

async function packedIn(name: string, ...flags: string[]): Promise<string> {
  const clone = path.join(workplace, name);
  for (const file of [...SOURCES, ...files, 'npm/linux-x64-gnu', 'npm/THIRD-PARTY-NOTICES.txt'])
    cpSync(path.join(root, file), path.join(clone, file), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'), 'junction');
  for (const platform of platforms()) {
    const folder = path.join(clone, 'npm', platform);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path.join(folder, `verify-workos-token.${platform}.node`),
      standInBinary(platform, `for ${platform}`),
    );
  }
  const args = ['scripts/pack-all.mjs', 'tarballs', '--all-platforms', ...flags];
  const env = { ...process.env, REPOSITORY_URL: ADDRESS, INIT_CWD: clone };
  await promisify(execFile)(process.execPath, args, { cwd: clone, env });
  return path.join(clone, 'tarballs');
}

it('makes nine tarballs that hold what they must', () => {
  expect(readdirSync(tarballs)).toHaveLength(9);
  expect(problemsIn(tarballs, platforms())).toEqual([]);
});

it('makes the same ones in each clone', () => {
  const packed = platforms().filter((platform) => platform !== LEFT_OUT);
  expect(problemsIn(again, packed)).toEqual([]);
  for (const name of readdirSync(again))
    expect(integrityOf(path.join(again, name)), name).toBe(integrityOf(path.join(tarballs, name)));
});

it.each(platforms())('the package for %s has its own binary, and its repository', (platform) => {
  const file = (name: string) =>
    fileIn(path.join(tarballs, `verify-workos-token-${platform}-${version}.tgz`), name);
  const binary = standInBinary(platform, `for ${platform}`);
  expect(file(`verify-workos-token.${platform}.node`).equals(binary)).toBe(true);
  const { repository } = JSON.parse(String(file('package.json')));
  expect(repository.url).toBe(`git+${ADDRESS}.git`);
});

it('nothing is packed without a platform that there is not', async () => {
  const args = ['scripts/pack-all.mjs', 'tarballs', '--all-platforms', '--without=linux-x64'];
  const env = { ...process.env, REPOSITORY_URL: ADDRESS, INIT_CWD: workplace };
  await expect(
    promisify(execFile)(process.execPath, args, { cwd: path.join(workplace, 'one'), env }),
  ).rejects.toMatchObject({ stderr: 'There is no platform linux-x64 to leave out.\n' });
});
