// What a tag must agree with before anything is built.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { draftProblems, releaseProblems } from '../../scripts/check-release.mjs';
import { root } from '../support/guides.js';
import { isWine } from '../support/wine.js';

const VERSION = '1.2.3';
const FILES = ['package.json', 'Cargo.toml', 'npm/linux-x64-gnu/package.json', 'lib/loader.ts'];
const CHANGELOG = `# Changes\n\n## ${VERSION} (2026-12-01)\n\n### Fixed\n\n- A thing.\n\n## 1.2.2\n\n- Another.\n`;
const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-check-'));

afterAll(() => rmSync(workplace, { recursive: true, force: true }));

/** The real files, with another version, and what a test has in place of some. */
function files(changed: Record<string, string> = {}): (file: string) => string {
  const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
  return (file) => {
    const text = changed[file] ?? (file === 'CHANGELOG.md' ? CHANGELOG : undefined);
    return text ?? readFileSync(path.join(root, file), 'utf8').replaceAll(own, VERSION);
  };
}

describe('the tag', () => {
  it('is right where all agree', () => {
    expect(releaseProblems(`v${VERSION}`, files())).toEqual([]);
  });

  it.each(FILES)('is wrong where %s has another version', (file) => {
    const text = files()(file).replaceAll(VERSION, '1.2.4');
    expect(releaseProblems(`v${VERSION}`, files({ [file]: text }))).toEqual([
      `The tag is v${VERSION}, and ${file} says 1.2.4.`,
    ]);
  });

  it('is wrong for all where it has no v', () => {
    expect(releaseProblems(VERSION, files()).slice(0, 4)).toEqual(
      FILES.map((file) => `The tag is ${VERSION}, and ${file} says ${VERSION}.`),
    );
  });
});

describe('the changelog', () => {
  const missing = `CHANGELOG.md has no section "## ${VERSION}" with an entry.`;

  it.each([
    ['has no section of that version', CHANGELOG.replace(VERSION, '1.2.4')],
    ['has one of a longer version alone', CHANGELOG.replace(VERSION, `${VERSION}0`)],
    ['has an empty one', CHANGELOG.replace('- A thing.\n', '')],
  ])('%s', (_, text) => {
    expect(releaseProblems(`v${VERSION}`, files({ 'CHANGELOG.md': text }))).toEqual([missing]);
  });

  it.each([
    [
      'an entry',
      '- One.\n',
      ['CHANGELOG.md has entries under "Unreleased" that belong to this version.'],
    ],
    ['none', '', []],
  ])('has %s under "Unreleased"', (_, entry, problems) => {
    const text = CHANGELOG.replace('# Changes\n\n', `# Changes\n\n## Unreleased\n\n${entry}\n`);
    expect(releaseProblems(`v${VERSION}`, files({ 'CHANGELOG.md': text }))).toEqual(problems);
  });
});

describe('without a tag', () => {
  const unreleased = '# Changes\n\n## Unreleased\n\n- A thing.\n';
  const empty = unreleased.replace('- A thing.\n', '');

  it.each([
    ['under its version', CHANGELOG],
    ['under "Unreleased"', unreleased],
  ])('the changelog may have its entries %s', (_, text) => {
    expect(draftProblems(files({ 'CHANGELOG.md': text }))).toEqual([]);
  });

  it('the changelog has an entry', () => {
    expect(draftProblems(files({ 'CHANGELOG.md': empty }))).toEqual([
      `CHANGELOG.md has no entry, neither under "Unreleased" nor under "${VERSION}".`,
    ]);
  });

  it.each(FILES.slice(1))('%s has the version of package.json', (file) => {
    const text = files()(file).replaceAll(VERSION, '1.2.4');
    expect(draftProblems(files({ [file]: text }))).toEqual([
      `package.json says ${VERSION}, and ${file} says 1.2.4.`,
    ]);
  });
});

// It takes git, of which there is none next to Wine.
describe.skipIf(isWine)('the commit', () => {
  const clone = path.join(workplace, 'clone');
  const git = (...args: string[]) => {
    const settings = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    return spawnSync('git', [...settings, ...args], { cwd: clone, encoding: 'utf8' });
  };
  const check = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/check-release.mjs', ...args], {
      cwd: clone,
      encoding: 'utf8',
    });

  it('must be on main', () => {
    mkdirSync(clone);
    cpSync(path.join(root, 'scripts'), path.join(clone, 'scripts'), { recursive: true });
    for (const file of [...FILES, 'CHANGELOG.md']) {
      mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
      writeFileSync(path.join(clone, file), files()(file));
    }
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'one');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    expect(check(`v${VERSION}`)).toMatchObject({ status: 0, stderr: '' });
    git('commit', '--quiet', '--allow-empty', '--message', 'two');
    const problem = 'This commit is not on origin/main.\n';
    expect(check(`v${VERSION}`)).toMatchObject({ status: 1, stderr: problem });
    expect(check('')).toMatchObject({ status: 1, stderr: expect.stringContaining(problem) });
    expect(check()).toMatchObject({ status: 0, stderr: '' });
  });
});
