// Which binary is loaded, and that it is one. What is said where none can be is in unavailable.test.ts.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { shared } from '../../lib/loader.ts';
import { libraryIn, platform } from '../../lib/platform.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** The lines of a process that has mapped these files, as code where nothing else is said. */
function maps(...files: (string | [file: string, permissions: string])[]) {
  const lines = files.map((file) => {
    const [name, permissions] = typeof file === 'string' ? [file, 'r-xp'] : file;
    return `7f7c06ed6000-7f7c06f39000 ${permissions} 00015000 fe:00 10011649                   ${name}`;
  });
  const stack = '7fffa2fc4000-7fffa2fe5000 rw-p 00000000 00:00 0                          [stack]';
  return `5586d13ff000-5586d1401000 r-xp 00001000 fe:00 100116 /usr/bin/node\n${lines.join('\n')}\n${stack}\n`;
}

describe('the C library by the memory maps', () => {
  test.each([
    ['glibc of Debian', 'gnu', maps('/usr/lib/x86_64-linux-gnu/libc.so.6')],
    ['glibc of NixOS', 'gnu', maps('/nix/store/abc-glibc-2.40-36/lib/libc.so.6')],
    ['glibc before 2.34', 'gnu', maps('/lib/x86_64-linux-gnu/libc-2.31.so')],
    ['the loader of glibc alone', 'gnu', maps('/usr/lib64/ld-linux-x86-64.so.2')],
    ['the same on arm64', 'gnu', maps('/usr/lib/ld-linux-aarch64.so.1')],
    ['the loader of an old glibc', 'gnu', maps('/lib/x86_64-linux-gnu/ld-2.17.so')],
    ['glibc that an upgrade replaced', 'gnu', maps('/usr/lib/libc.so.6 (deleted)')],
    ['glibc brought to Alpine', 'gnu', maps('/usr/glibc-compat/lib/libc.so.6')],
    ['Alpine', 'musl', maps('/lib/ld-musl-x86_64.so.1')],
    ['Alpine on arm64', 'musl', maps('/lib/ld-musl-aarch64.so.1')],
    ['Alpine that an upgrade replaced', 'musl', maps('/lib/ld-musl-x86_64.so.1 (deleted)')],
    ['a copy of Alpine’s library', 'musl', maps('/opt/lib/libc.musl-x86_64.so.1')],
    ['gcompat, which is musl', 'musl', maps('/lib/libgcompat.so.0', '/lib/ld-musl-x86_64.so.1')],
    ['musl’s own installation', 'musl', maps('/usr/local/musl/lib/libc.so')],
    ['Debian’s package musl', 'musl', maps('/usr/lib/x86_64-linux-musl/libc.so')],
    ['the same, not merged into /usr', 'musl', maps('/lib/x86_64-linux-musl/libc.so')],
    ['Void', 'musl', maps('/usr/lib/libc.so')],
    ['a path with spaces', 'musl', maps('/opt/my libraries/libc.so')],
    [
      'glibc, with musl’s files mapped by chance',
      'gnu',
      maps(['/lib/ld-musl-x86_64.so.1', 'r--p'], '/usr/lib/libc.so', '/usr/lib/libc.so.6'),
    ],
    [
      'musl, with glibc’s files mapped by chance',
      'musl',
      maps(['/sysroot/usr/lib/libc.so.6', 'r--p'], '/lib/ld-musl-x86_64.so.1'),
    ],
    ['a folder named as musl’s loader', undefined, maps('/home/ld-musl-x86_64.so.1/addon.node')],
    ['a library of another name', undefined, maps('/usr/lib/libcrypto.so.3', '/app/mylibc.so')],
    ['a statically linked program', undefined, maps()],
    ['nothing that can be read', undefined, ''],
  ])('%s', (_, library, text) => {
    expect(libraryIn(text)).toBe(library);
  });

  test.runIf(process.platform === 'linux')('this process', () => {
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    const library = header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
    expect(libraryIn(readFileSync('/proc/self/maps', 'utf8'))).toBe(library);
    expect(platform()).toMatch(new RegExp(`-${library}$`));
  });

  test.runIf(process.platform === 'linux')('is reported where the maps cannot be read', () => {
    const printed = printedBy(`
      const fs = require('node:fs');
      const { readFileSync } = fs;
      fs.readFileSync = (file, ...rest) => {
        if (file === '/proc/self/maps') throw new Error('not allowed');
        return readFileSync(file, ...rest);
      };
      const report = { header: {} };
      process.report.getReport = () => report;
      console.log(require('./dist/index.cjs').platform());
      delete require.cache[require.resolve('./dist/index.cjs')];
      report.header.glibcVersionRuntime = '2.36';
      console.log(require('./dist/index.cjs').platform());
      delete require.cache[require.resolve('./dist/index.cjs')];
      process.report.getReport = () => { throw new Error('not allowed either'); };
      console.log(require('./dist/index.cjs').platform());
    `);
    const machine = `linux-${process.arch}`;
    expect(printed).toBe([`${machine}-musl`, `${machine}-gnu`, `${machine}-gnu`].join('\n'));
  });
});

describe('one binary per thread', () => {
  const symbol = Symbol.for(`verify-workos-token.binding@${version}`);
  const never = () => {
    throw new Error('loaded a second time');
  };

  test('the first that is loaded serves every copy of the JavaScript', () => {
    const printed = printedBy(`
      const first = { name: 'first' };
      const one = require('./dist/index.cjs').shared(() => ({ default: first }));
      delete require.cache[require.resolve('./dist/index.cjs')];
      const two = require('./dist/index.cjs').shared(() => ({ name: 'second' }));
      const property = Object.getOwnPropertyDescriptor(globalThis, Symbol.for('${symbol.description}'));
      console.log(JSON.stringify([one === first, two === first, property]));
    `);
    const property = { enumerable: false, writable: false, configurable: false };
    expect(JSON.parse(printed)).toEqual([true, true, { value: { name: 'first' }, ...property }]);
  });

  test('a binary that fails to load is asked for again', () => {
    const printed = printedBy(`
      const { shared } = require('./dist/index.cjs');
      try { shared(() => { throw new Error('no'); }); } catch {}
      console.log(shared(() => ({ name: 'there' })).name);
    `);
    expect(printed).toBe('there');
  });

  test.each([
    ['of another version', 'own', "Symbol.for('verify-workos-token.binding@0.0.1')"],
    ['that the prototype of all objects has', 'inherited', `Symbol.for('${symbol.description}')`],
  ])('not one %s', (_, where, name) => {
    const holder = where === 'own' ? 'globalThis' : 'Object.prototype';
    const printed = printedBy(`
      ${holder}[${name}] = { name: 'other' };
      console.log(require('./dist/index.cjs').shared(() => ({ name: 'mine' })).name);
    `);
    expect(printed).toBe('mine');
  });

  test('where the global object takes no properties, each copy loads its own', () => {
    const printed = printedBy(`
      const { shared } = require('./dist/index.cjs');
      Object.preventExtensions(globalThis);
      console.log(shared(() => ({ name: 'one' })).name, shared(() => ({ name: 'two' })).name);
    `);
    expect(printed).toBe('one two');
  });

  test('each worker thread has its own', () => {
    const printed = printedBy(`
      const { Worker } = require('node:worker_threads');
      const { shared } = require('./dist/index.cjs');
      shared(() => ({ name: 'main' }));
      new Worker(\`
        const { shared } = require(\${JSON.stringify(require.resolve('./dist/index.cjs'))});
        console.log(shared(() => ({ name: 'worker' })).name);
      \`, { eval: true });
    `);
    expect(printed).toBe('worker');
  });

  test('each context has its own: claims are objects of one realm', () => {
    const load = `(source, process) => {
      const exports = {};
      new Function('exports', 'process', source)(exports, process);
      return exports;
    }`;
    const source = readFileSync(new URL('../../dist/index.cjs', import.meta.url), 'utf8');
    const inContext = runInContext(load, createContext({}))(source, process);
    const here = shared(() => ({ name: 'outside' }) as never);
    expect(inContext.shared(() => ({ name: 'inside' }))).toEqual({ name: 'inside' });
    expect(inContext.shared(never)).toEqual({ name: 'inside' });
    expect(shared(never)).toBe(here);
  });

  test('`import` and `require` load one', () => {
    const printed = printedBy(`
      const required = require('verify-workos-token');
      const name = Symbol.for('${symbol.description}');
      const binding = globalThis[name];
      import('verify-workos-token').then((imported) => console.log(JSON.stringify([
        typeof binding.createVerifier,
        imported.verifyWorkosToken === required.verifyWorkosToken,
        Object.getOwnPropertySymbols(globalThis).filter((symbol) => /workos/.test(symbol.description)).length,
      ])));
    `);
    expect(JSON.parse(printed)).toEqual(['function', true, 1]);
  });
});

/** By a program of its own: the binary that it shares must not be this process's. */
function printedBy(program: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: repository,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.trim();
}
