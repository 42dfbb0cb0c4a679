// The cage in which Wine runs: what it must not lack, whoever starts it, for a Wine that fails starts
// processes without end.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { markBuiltin } from '../../scripts/cross-windows.mjs';
import { caged } from '../../scripts/wine.mjs';
import { root } from '../support/guides.js';

const PLACE = path.join(root, 'target', 'cross', 'win32-x64-msvc');
const PREFIX = path.join(PLACE, 'prefix');
const TREE = path.join(PLACE, 'tree');
const PROGRAM = ['/usr/lib/wine/wine64', 'node.exe', 'a b.mjs'];

/** The words that follow each time an option is given. */
function given(words: string[], option: string, count: number): string[][] {
  const places = words.flatMap((word, index) => (word === option ? [index + 1] : []));
  return places.map((start) => words.slice(start, start + count));
}

describe.skipIf(process.platform === 'win32').each([
  ['root', true],
  ['another user', false],
])('the cage for %s', (_, isRoot) => {
  const words = caged(PLACE, PROGRAM, [PREFIX, TREE], isRoot);

  it('ends all that runs in it together with what has started it', () => {
    expect(words[0]).toBe(path.join(PLACE, 'usr/bin/bwrap'));
    expect(words).toEqual(expect.arrayContaining(['--die-with-parent', '--unshare-pid']));
  });

  it('has no network', () => {
    expect(words).toContain('--unshare-net');
  });

  it('lets it write only where it may', () => {
    expect(given(words, '--ro-bind', 2)).toContainEqual([root, root]);
    expect(given(words, '--bind', 2)).toEqual([
      [PREFIX, PREFIX],
      [TREE, TREE],
    ]);
    expect(words.indexOf('--bind')).toBeGreaterThan(words.lastIndexOf('--ro-bind'));
  });

  it('limits the number of threads, and runs the program as it is given', () => {
    const [[script, ...program] = []] = given(words, '-c', 5);
    expect(script).toMatch(/^ulimit -p 1500 && exec .*"\$0" "\$@"$/);
    expect(program).toEqual(PROGRAM);
  });

  it('has a folder of its own for what Wine keeps', () => {
    expect(given(words, '--setenv', 2)).toContainEqual(['WINEPREFIX', PREFIX]);
    expect(words.indexOf('--clearenv')).toBeLessThan(words.indexOf('--setenv'));
  });
});

it.skipIf(process.platform === 'win32')(
  'root becomes another user, for whom the limit counts',
  () => {
    const asRoot = caged(PLACE, PROGRAM, [], true);
    const asOther = caged(PLACE, PROGRAM, [], false);
    const scriptOf = (words: string[]) => words.at(-PROGRAM.length - 1);
    expect(scriptOf(asRoot)).toContain('setpriv --reuid 65534 --regid 65534 --clear-groups');
    expect(scriptOf(asOther)).not.toContain('setpriv');
    expect(given(asRoot, '--cap-add', 1)).toEqual([['CAP_SETUID'], ['CAP_SETGID']]);
    expect(given(asOther, '--cap-add', 1)).toEqual([]);
  },
);

it('a library of another package is marked as one of its own', () => {
  const system = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-wine-'));
  const [from, to] = ['x86_64-w64-mingw32/lib', 'lib/x86_64-linux-gnu/wine/x86_64-windows'].map(
    (folder) => path.join(system, 'usr', folder),
  ) as [string, string];
  try {
    for (const folder of [from, to]) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(from, 'zlib1.dll'), 'a'.repeat(100));
    markBuiltin(system);
    const marked = `${'a'.repeat(64)}Wine builtin DLL${'\0'.repeat(16)}aaaa`;
    expect(readFileSync(path.join(to, 'zlib1.dll'), 'latin1')).toBe(marked);
    expect(readFileSync(path.join(from, 'zlib1.dll'), 'latin1')).toBe('a'.repeat(100));
  } finally {
    rmSync(system, { recursive: true });
  }
});
