// What the scripts do differently on Windows, as far as it can be tried elsewhere.
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../../scripts/replace.mjs';
import { npm, npmProgram } from '../../scripts/tools.mjs';
import { root } from '../support/guides.js';

const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'verify-workos-token-systems-')));
const at = (...parts: string[]) => path.join(workplace, ...parts);

afterAll(() => rmSync(workplace, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(workplace, { recursive: true, force: true });
  mkdirSync(workplace);
});

function written(...parts: string[]): string {
  mkdirSync(path.dirname(at(...parts)), { recursive: true });
  writeFileSync(at(...parts), parts.join('/'));
  return at(...parts);
}

describe('npm', () => {
  it('is a program that Node runs, and no command of a shell', () => {
    const [node, program] = npm();
    expect(node).toBe(process.execPath);
    expect(spawnSync(node, [program, '--version'], { encoding: 'utf8' }).stdout).toMatch(/^\d+\./);
  });

  it('is the one that runs the script', () => {
    const running = at('npm-cli.js');
    expect(npmProgram({ npm_execpath: running, PATH: '' }, at('node'))).toBe(running);
  });

  it('is not another package manager, which runs the script', () => {
    const own = written('windows', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    const environment = { npm_execpath: at('yarn.js'), PATH: '' };
    expect(npmProgram(environment, at('windows', 'node.exe'))).toBe(own);
  });

  it('is next to the command on the PATH, as on Windows, whatever the variable’s case', () => {
    const own = written('programs', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    written('programs', 'npm');
    const PATH = [at('none'), at('programs')].join(path.delimiter);
    expect(npmProgram({ PATH }, at('node'))).toBe(own);
    expect(npmProgram({ Path: PATH }, at('node'))).toBe(own);
  });

  it.skipIf(process.platform === 'win32')('is what the command links to, as on Unix', () => {
    const own = written('lib', 'npm-cli.js');
    mkdirSync(at('bin'));
    symlinkSync(own, at('bin', 'npm'));
    expect(npmProgram({ PATH: at('bin') }, at('node'))).toBe(own);
  });

  it('is next to Node: on Windows in its folder, elsewhere in that for libraries', () => {
    const windows = written('windows', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    const unix = written('unix', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    expect(npmProgram({}, at('windows', 'node.exe'))).toBe(windows);
    expect(npmProgram({}, at('unix', 'bin', 'node'))).toBe(unix);
    expect(npmProgram({}, at('neither', 'node'))).toBeUndefined();
  });
});

// Windows allows no colon in a name, and its own paths are what this is about.
describe.skipIf(process.platform === 'win32')('a tarball in a path with a colon', () => {
  it('is unpacked and read', () => {
    written('package', 'package.json');
    mkdirSync(at('C:out'));
    const { stdout } = spawnSync('tar', ['-czf', '-', 'package'], { cwd: workplace });
    writeFileSync(at('C:one.tgz'), stdout);
    const { href } = new URL('../../scripts/tarball.mjs', import.meta.url);
    const program = `import { fileIn, unpack } from '${href}';
      unpack('C:one.tgz', 'C:out');
      console.log(String(fileIn('C:one.tgz', 'package.json')));`;
    const args = ['--input-type=module', '--eval', program];
    const result = spawnSync(process.execPath, args, { cwd: workplace, encoding: 'utf8' });
    expect(result).toMatchObject({ status: 0, stdout: 'package/package.json\n' });
    expect(readFileSync(at('C:out', 'package.json'), 'utf8')).toBe('package/package.json');
  });
});

describe('a file in the place of another', () => {
  const contents = () =>
    Object.fromEntries(
      readdirSync(workplace).map((name) => [name, readFileSync(at(name), 'utf8')]),
    );
  const inUse = (code: string) => Object.assign(new Error(code), { code });

  it('takes it at once where the system lets it', () => {
    replaceFile(written('new'), written('binary.node'));
    expect(contents()).toEqual({ 'binary.node': 'new' });
  });

  it.each(['EPERM', 'EBUSY', 'EACCES'])('lets a loaded library step aside (%s)', (code) => {
    let loaded = at('binary.node');
    const rename = (source: string, target: string) => {
      // A loaded library can be renamed, and nothing can be put in its place or remove it.
      if (target === loaded) throw inUse(code);
      if (source === loaded) loaded = target;
      renameSync(source, target);
    };
    const remove = (file: string) => {
      if (file === loaded) throw inUse(code);
      rmSync(file);
    };
    replaceFile(written('new'), written('binary.node'), { rename, remove } as never);
    const old = path.basename(loaded);
    expect(old).toMatch(/^binary\.node\.\d+\.\d+\.old$/);
    expect(contents()).toEqual({ 'binary.node': 'new', [old]: 'binary.node' });
    replaceFile(written('newer'), at('binary.node'));
    expect(contents()).toEqual({ 'binary.node': 'newer' });
  });

  it('fails where it fails for another reason', () => {
    const rename = () => {
      throw inUse('ENOSPC');
    };
    const files = { rename, remove: rmSync } as never;
    expect(() => replaceFile(written('new'), written('binary.node'), files)).toThrow('ENOSPC');
    expect(contents()).toEqual({ new: 'new', 'binary.node': 'binary.node' });
  });
});

it('no script and no test starts npm by its bare name, or gives tar a path', () => {
  const found = ['scripts', 'bench', '__test__/package', '__test__/support', '__test__/release']
    .flatMap((folder) =>
      readdirSync(path.join(root, folder)).map((name) => path.join(folder, name)),
    )
    .filter((file) => /\.(?:mjs|ts)$/.test(file) && !file.endsWith('systems.test.ts'))
    .filter((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return /(?:spawn|spawnSync|run|execFile|execFileSync)\(\s*(?:'npm'|'tar', \[[^\]]*'-C')/.test(
        text,
      );
    });
  expect(found).toEqual([]);
});
