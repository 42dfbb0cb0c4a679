// The repository's own address in what a release publishes: it comes from the release alone.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/guides.js';

const ADDRESS = 'https://git.example.com/some-owner/some.name';
let folder: string;

interface Script {
  repositoryAddress(environment: Record<string, string>): string | undefined;
  writeAddresses(folder: string, address: string, directory?: string): void;
  withAbsoluteLinks(text: string, address: string, version: string): string;
}
let script: Script;

beforeAll(async () => {
  script = await import(path.join(root, 'scripts', 'repository.mjs'));
  folder = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-address-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the address', () => {
  it('is none without the variable', () => {
    expect(script.repositoryAddress({})).toBeUndefined();
    expect(script.repositoryAddress({ REPOSITORY_URL: '' })).toBeUndefined();
  });

  it('is what the variable says', () => {
    expect(script.repositoryAddress({ REPOSITORY_URL: ADDRESS })).toBe(ADDRESS);
  });

  it.each([
    `${ADDRESS}/`,
    `${ADDRESS}.git`,
    `${ADDRESS}?a`,
    `${ADDRESS}#a`,
    'https://git.example.com/some-owner',
    'https:///some-owner/some-name',
    'http://git.example.com/some-owner/some-name',
    'https://user:password@git.example.com/some-owner/some-name',
    'git@git.example.com:some-owner/some-name',
    `${ADDRESS}\n`,
  ])('is not %j', (REPOSITORY_URL) => {
    expect(() => script.repositoryAddress({ REPOSITORY_URL })).toThrow('REPOSITORY_URL');
  });
});

describe('packages', () => {
  it.each([
    ['.', undefined],
    ['npm/linux-x64-gnu', 'npm/linux-x64-gnu'],
  ])('name it: %s', (source, directory) => {
    for (const file of ['package.json', 'README.md'])
      cpSync(path.join(root, source, file), path.join(folder, file));
    script.writeAddresses(folder, ADDRESS, directory);
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      repository: { type: 'git', url: `git+${ADDRESS}.git` },
      homepage: `${ADDRESS}#readme`,
      bugs: { url: `${ADDRESS}/issues` },
    });
    expect(manifest.repository.directory).toBe(directory);
    const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
    const targets = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target as string);
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((target) => !/^(https:|#)/.test(target))).toEqual([]);
  });

  it('have links to the tag of their version', () => {
    const text = '[a](docs/a.md#b) ![c](d.svg) [e](#f) [g](https://h.example) [`i`](j)';
    expect(script.withAbsoluteLinks(text, ADDRESS, 'v1.2.3')).toBe(
      `[a](${ADDRESS}/blob/v1.2.3/docs/a.md#b) ![c](${ADDRESS}/raw/v1.2.3/d.svg) [e](#f) [g](https://h.example) [\`i\`](${ADDRESS}/blob/v1.2.3/j)`,
    );
  });
});

describe('a release', () => {
  const pack = (variables: Record<string, string>) => {
    const args = [path.join(root, 'scripts', 'pack-all.mjs'), folder, '--all-platforms'];
    const env = { ...process.env, ...variables };
    return () => execFileSync(process.execPath, args, { env, stdio: 'pipe' });
  };

  // With one it is packed: __test__/release/pack.test.ts.
  it('is not packed without an address', () => {
    expect(pack({ REPOSITORY_URL: '' })).toThrow(/REPOSITORY_URL/);
  });

  it('takes it from the workflow, which knows its own repository', () => {
    const workflow = readFileSync(path.join(root, '.github/workflows/packages.yml'), 'utf8');
    const value = ['$', '{{ github.server_url }}/$', '{{ github.repository }}'].join('');
    expect(workflow).toContain(`REPOSITORY_URL: ${value}`);
  });

  it('invents none: the repository itself names no address', () => {
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    for (const name of ['repository', 'homepage', 'bugs'])
      expect(manifest).not.toHaveProperty(name);
  });
});
