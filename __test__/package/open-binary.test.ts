// How the binary is found next to the package, in folders laid out as package managers lay them out.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { platform } from '../../lib/platform.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'verify-workos-token-open-')));
const modules = path.join(workplace, 'node_modules');
const NAME = 'verify-workos-token';

/** Prints the files below the folder that are opened as binaries or read as JavaScript. */
const PROGRAM = `
  const fs = require('node:fs');
  const path = require('node:path');
  const opened = [];
  // On Windows, \`require\` opens a binary by a path without limits of length.
  const plain = (file) => String(file).replace(/^\\\\\\\\\\?\\\\/, '');
  const note = (kind, file) =>
    opened.push(kind + ' ' + path.relative(${JSON.stringify(modules)}, plain(file)));
  const { dlopen } = process;
  process.dlopen = (module, file, ...rest) => { note('open', file); return dlopen(module, file, ...rest); };
  const { readFileSync } = fs;
  fs.readFileSync = (file, ...rest) => {
    if (file === '/proc/self/maps') note('read', file);
    return readFileSync(file, ...rest);
  };
  const report = () => console.log(JSON.stringify(opened.map((line) => line.replaceAll('\\\\', '/'))));
`;

afterAll(() => rmSync(workplace, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(modules, { recursive: true, force: true });
  installPackage(path.join(modules, NAME));
  installBinary(modules, platform());
});

describe.each([
  ['import', `import('${NAME}').then(report)`],
  ['require', `require('${NAME}'); report()`],
])('by %s', (_, load) => {
  test('the file next to the package is opened, without a look at the process', () => {
    expect(opened(load)).toEqual([`open ${binaryIn('', platform())}`]);
  });

  test.runIf(process.platform === 'linux')('with both C libraries, the process decides', () => {
    installBinary(modules, withOtherLibrary(platform()), 'not for this process');
    const maps = `read ${path.relative(modules, '/proc/self/maps')}`;
    expect(opened(load)).toEqual([maps, `open ${binaryIn('', platform())}`]);
  });

  test('one that does not open is left to `require`, whose error is told', () => {
    installBinary(modules, platform(), 'broken');
    const { status, stderr } = run(load);
    expect(status).not.toBe(0);
    expect(stderr).toContain('ERR_DLOPEN_FAILED');
    expect(stderr).toContain('could not load its native binary');
  });

  test('a package with dependencies of its own has its own binary, which `require` finds', () => {
    installBinary(path.join(modules, NAME, 'node_modules'), platform());
    installBinary(modules, platform(), 'of another version');
    expect(opened(load).at(-1)).toBe(`open ${binaryIn(`${NAME}/node_modules/`, platform())}`);
  });

  test('next to a copy under another name, the binary may be for another version', () => {
    const copy = path.join(modules, 'alias');
    installPackage(copy);
    rmSync(path.join(modules, NAME), { recursive: true });
    // Resolved by `require`, which then has the last word.
    const maps = `read ${path.relative(modules, '/proc/self/maps')}`;
    const expected = [
      ...(process.platform === 'linux' ? [maps] : []),
      `open ${binaryIn('', platform())}`,
    ];
    expect(opened(load.replace(NAME, 'alias'))).toEqual(expected);
  });
});

test('a first token takes the face, one file and the binary', () => {
  const program = `
    const { createTestIssuer } = require('${NAME}/testing');
    const issuer = createTestIssuer();
    const before = new Set(Object.keys(require.cache));
    const { verifyWorkosToken } = require('${NAME}');
    issuer.sign().then((token) => verifyWorkosToken(token, issuer.options)).then(() => {
      const files = Object.keys(require.cache).filter((file) => !before.has(file));
      console.log(JSON.stringify(files.map((file) => path.basename(file))));
    });`;
  expect(JSON.parse(run(program).stdout)).toEqual(['index.cjs', 'index.cjs']);
});

function installPackage(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'index.js', 'index.cjs', 'dist', 'entries'])
    cpSync(path.join(repository, name), path.join(folder, name), { recursive: true });
}

/** The real binary, or a file with other content. */
function installBinary(folder: string, name: string, content?: string): void {
  const target = path.join(folder, `${NAME}-${name}`);
  const file = `${NAME}.${name}.node`;
  mkdirSync(target, { recursive: true });
  writeFileSync(
    path.join(target, 'package.json'),
    JSON.stringify({ name: `${NAME}-${name}`, version: '0.1.0', main: `./${file}` }),
  );
  rmSync(path.join(target, file), { force: true });
  if (content !== undefined) writeFileSync(path.join(target, file), content);
  else cpSync(path.join(repository, 'npm', name, file), path.join(target, file));
}

function withOtherLibrary(name: string): string {
  return name.replace(/gnu$|musl$/, (library) => (library === 'gnu' ? 'musl' : 'gnu'));
}

function binaryIn(prefix: string, name: string): string {
  return `${prefix}${NAME}-${name}/${NAME}.${name}.node`;
}

function opened(load: string): string[] {
  const { stdout, stderr } = run(load);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

function run(load: string) {
  return spawnSync(process.execPath, ['-e', PROGRAM + load], { cwd: workplace, encoding: 'utf8' });
}
