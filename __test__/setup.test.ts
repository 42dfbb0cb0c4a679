// Two set-ups at once in a fresh clone, with stand-ins for npm, cargo and the compiler that take a
// while and fail where another is at work.
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { platform } from '../js/loader.cjs';

const repository = fileURLToPath(new URL('..', import.meta.url));
const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-setup-'));
const clone = path.join(workplace, 'clone');
const bin = path.join(workplace, 'bin');
const log = path.join(workplace, 'log');
const busy = path.join(workplace, 'busy');
const emulator = path.join(workplace, 'emulator.tgz');
const lock = path.join(clone, 'target', 'setup.lock');

const CLONED = ['.cargo', 'scripts', 'src', 'core/src', 'core/Cargo.toml', 'js/loader.cjs'];
const FILES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'package.json', 'package-lock.json'];

/** What each stand-in does between the start and the end of its work. */
const WORK = `
  const { appendFileSync, cpSync, mkdirSync, rmdirSync, rmSync, writeFileSync } = require('node:fs');
  const at = (name, work) => {
    mkdirSync('${busy}');
    work();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    rmdirSync('${busy}');
    appendFileSync('${log}', name + ' ');
  };`;
const NPM = `${WORK}
  const [command, ...args] = process.argv.slice(2);
  if (command === 'ci') at('ci', () => {
    rmSync('node_modules', { recursive: true, force: true });
    mkdirSync('node_modules');
  });
  if (command === 'pack') {
    const folder = args[args.indexOf('--pack-destination') + 1];
    at('pack', () => cpSync('${emulator}', folder + '/workos.tgz'));
  }`;
const CARGO = `#!${process.execPath}
  ${WORK}
  const [command] = process.argv.slice(2);
  if (command === 'build') at('build', () => writeFileSync('${workplace}/built.so', 'addon'));
  console.log(command === 'build'
    ? JSON.stringify({
        reason: 'compiler-artifact',
        target: { name: 'verify_workos_token' },
        filenames: ['${workplace}/built.so'],
      })
    : 'cargo 1.99.0');`;

afterAll(() => rmSync(workplace, { recursive: true, force: true }));

beforeEach(() => {
  for (const folder of [clone, bin, busy, log]) rmSync(folder, { recursive: true, force: true });
  for (const name of [...CLONED, ...FILES])
    cpSync(path.join(repository, name), path.join(clone, name), { recursive: true });
  mkdirSync(bin);
  writeProgram('cargo', CARGO);
  writeProgram('rustc', '#!/bin/sh\necho rustc 1.99.0');
  writeProgram('cc', '#!/bin/sh\n');
  writeFileSync(path.join(bin, 'npm-cli.js'), NPM);
  useEmulator();
});

test('two at once install and build once, and both succeed', async () => {
  expect(await Promise.all([setUp(), setUp()])).toEqual([0, 0]);
  expect(readFileSync(log, 'utf8')).toBe('ci pack build ');
  const binary = `npm/${platform}/verify-workos-token.${platform}.node`;
  for (const file of ['node_modules/workos/package.json', binary])
    expect(existsSync(path.join(clone, file)), file).toBe(true);
  expect(readdirSync(path.dirname(lock))).toEqual(['addon.stamp']);
});

test('two builds at once build one after the other', async () => {
  const build = () => runIn(clone, ['scripts/build.mjs', 'quick']);
  expect(await Promise.all([build(), build()])).toEqual([0, 0]);
  expect(readFileSync(log, 'utf8')).toBe('build build ');
});

test.each(['a lock', 'a lock that it was removing'])(
  'a process that has died and left %s holds nobody up',
  async (left) => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    mkdirSync(path.dirname(lock));
    writeFileSync(lock, String(pid));
    if (left !== 'a lock') {
      mkdirSync(`${lock}.breaking`);
      const aMinuteAgo = Date.now() / 1_000 - 60;
      utimesSync(`${lock}.breaking`, aMinuteAgo, aMinuteAgo);
    }
    expect(await Promise.all([setUp(), setUp(), setUp()])).toEqual([0, 0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('ci pack build ');
  },
);

test('one that fails lets the next begin', async () => {
  writeProgram('cargo', CARGO.replace("'build') at", "'build') process.exit(1); if (false) at"));
  expect(await setUp()).toBe(1);
  expect(existsSync(lock)).toBe(false);
  writeProgram('cargo', CARGO);
  expect(await setUp()).toBe(0);
});

function setUp(): Promise<number | null> {
  return runIn(clone, ['scripts/setup.mjs']);
}

function runIn(cwd: string, args: string[]): Promise<number | null> {
  const PATH = `${bin}${path.delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH, npm_execpath: path.join(bin, 'npm-cli.js') };
  const options: SpawnOptions = { cwd, env, stdio: 'ignore' };
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, options).once('error', reject).once('close', resolve);
  });
}

function writeProgram(name: string, text: string): void {
  writeFileSync(path.join(bin, name), text);
  chmodSync(path.join(bin, name), 0o755);
}

/** A tarball in place of the emulator's, with its own digest. */
function useEmulator(): void {
  const folder = path.join(workplace, 'package');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}');
  spawnSync('tar', ['-czf', emulator, '-C', workplace, 'package']);
  const digest = createHash('sha512').update(readFileSync(emulator)).digest('base64');
  const script = path.join(clone, 'scripts', 'dependencies.mjs');
  const text = readFileSync(script, 'utf8').replace(/sha512-[\w+/]+=*/, `sha512-${digest}`);
  writeFileSync(script, text);
}
