// A rehearsal of a release, with stand-ins for the scripts that make its files: what they make has tests
// of its own.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms } from '../../scripts/platform-package.mjs';
import { root } from '../support/guides.js';
import { standInBinary } from '../support/stand-in-binary.js';

const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-rehearse-'));
const clone = path.join(workplace, 'clone');
const made = path.join(workplace, 'made');
const OWN = ['rehearse', 'binary-format', 'left-out', 'platform-package', 'reproduce', 'targets'];
OWN.push('temporary', 'tools');
const USAGE = 'usage: npm run rehearse -- <folder> [--without=<platform>]...\n';
const LEFT_OUT = platforms().slice(2);

const writing = (folder: string, content: string) => `import fs from 'node:fs';
  fs.mkdirSync('${folder}');
  fs.writeFileSync('${folder}/one', ${content});`;
/** What they write tells what they are called with, and where the binaries are. */
const PACKING = writing(
  'tarballs',
  `[process.argv.slice(2), fs.readdirSync('npm'), process.env.REPOSITORY_URL].join(' ')`,
);
const STAND_INS: Record<string, string> = {
  'dependencies.mjs': '',
  'check-release.mjs': '',
  'notices.mjs': '',
  'sbom.mjs': writing('materials', `'of ' + process.argv.slice(2)`),
  'pack-all.mjs': PACKING,
  'check-packages.mjs': '',
};

beforeAll(() => {
  for (const name of OWN.map((name) => `${name}.mjs`))
    cpSync(path.join(root, 'scripts', name), script(name));
  cpSync(path.join(root, 'index.js'), path.join(clone, 'index.js'));
  writeFileSync(path.join(clone, '.gitignore'), '*.node\n');
  git('init', '--quiet');
  for (const platform of platforms().slice(0, 2)) {
    const file = path.join(clone, 'npm', platform, `verify-workos-token.${platform}.node`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, standInBinary(platform));
  }
  commit(STAND_INS);
}, 60_000);
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

function script(name: string): string {
  return path.join(clone, 'scripts', name);
}

function git(...args: string[]): void {
  const settings = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  const { status, stderr } = spawnSync('git', [...settings, ...args], { cwd: clone });
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
}

function commit(scripts: Record<string, string>): void {
  for (const [name, text] of Object.entries(scripts)) writeFileSync(script(name), text);
  git('add', '.');
  git('commit', '--quiet', '--allow-empty', '--message', 'one');
}

function rehearse(...words: string[]) {
  const { REPOSITORY_URL: _, ...env } = process.env;
  rmSync(made, { recursive: true, force: true });
  return spawnSync(process.execPath, [script('rehearse.mjs'), ...words], {
    cwd: clone,
    encoding: 'utf8',
    env: { ...env, INIT_CWD: workplace, TMPDIR: workplace },
  });
}

const flags = LEFT_OUT.map((platform) => `--without=${platform}`);

describe('nothing is rehearsed', () => {
  it.each([[], ['made', 'more']])('without one folder: %j', (...words) => {
    expect(rehearse(...words)).toMatchObject({ status: 1, stderr: USAGE });
  });

  it('where a binary is missing, which is named', () => {
    const stderr = `No binary is in place for ${LEFT_OUT.join(', ')}: build it, or leave it out by name.\n`;
    expect(rehearse('made')).toMatchObject({ status: 1, stderr });
    const last = String(LEFT_OUT.at(-1));
    expect(rehearse('made', ...flags.slice(0, -1)).stderr).toContain(`in place for ${last}: `);
  });

  it('with the binary of another platform, or one that names this clone', () => {
    const platform = 'linux-x64-musl';
    const name = `npm/${platform}/verify-workos-token.${platform}.node`;
    const stderr = `${path.normalize(name)}: It is for arm64.\n`;
    const file = path.join(clone, name);
    writeFileSync(file, standInBinary('linux-arm64-musl'));
    expect(rehearse('made', ...flags)).toMatchObject({ status: 1, stderr });
    writeFileSync(file, standInBinary(platform, path.join(realpathSync(clone), 'src/lib.rs')));
    expect(rehearse('made', ...flags).stderr).toContain('It names folders of a machine: ');
    writeFileSync(file, standInBinary(platform));
  });

  it('without a platform that there is not', () => {
    const stderr = 'There is no platform linux-x64 to leave out.\n';
    expect(rehearse('made', '--without=linux-x64')).toMatchObject({ status: 1, stderr });
  });

  it('with changes that have no commit', () => {
    const file = path.join(clone, 'new.txt');
    writeFileSync(file, '');
    const stderr = 'There are changes without a commit: a release is made from a commit.\n';
    expect(rehearse('made', ...flags)).toMatchObject({ status: 1, stderr });
    rmSync(file);
  });
});

describe('a rehearsal', () => {
  it('makes the files of two clones, and leaves them where it is told', () => {
    const { status, stdout, stderr } = rehearse('made', ...flags);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^[0-9a-f]{64} {2}materials\/one\n[0-9a-f]{64} {2}tarballs\/one\n/);
    expect(stdout).toContain(`Both clones made these 2 files, which are in ${made} now.\n`);
    const binaries = platforms().slice(0, 2).sort().join();
    expect(readFileSync(path.join(made, 'tarballs/one'), 'utf8')).toBe(
      `tarballs,--all-platforms,${flags.join()} ${binaries} https://git.example.com/rehearsal/verify-workos-token`,
    );
    expect(readFileSync(path.join(made, 'materials/one'), 'utf8')).toBe('of materials');
    expect(readdirSync(workplace).sort()).toEqual(['clone', 'made']);
  });

  it.each([
    ['a check of the release fails', 'check-release.mjs', 'process.exitCode = 1;'],
    ['a check of the packages fails', 'check-packages.mjs', 'process.exitCode = 1;'],
    [
      'the notices are not those of the crates',
      'notices.mjs',
      "import fs from 'node:fs'; fs.writeFileSync('index.js', '');",
    ],
  ])('ends where %s', (_, name, text) => {
    commit({ [name]: text });
    const { status, stderr } = rehearse('made', ...flags);
    expect(status).toBe(1);
    expect(stderr).toMatch(name === 'notices.mjs' ? /`git diff --exit-code` failed/ : name);
    commit(STAND_INS);
  });

  it('ends where the second clone makes another file, which is named', () => {
    commit({ 'pack-all.mjs': writing('tarballs', 'process.cwd()') });
    const stderr = 'The second clone made another tarballs/one.\n';
    expect(rehearse('made', ...flags)).toMatchObject({ status: 1, stderr });
    expect(readdirSync(workplace)).toEqual(['clone']);
    commit(STAND_INS);
  });
});
