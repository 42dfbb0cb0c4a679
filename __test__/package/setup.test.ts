// Setting a clone up, and when that builds; with stand-ins for npm, cargo and the compiler that take
// a while and fail where another is at work.
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { platform } from '../../scripts/platform.mjs';
import { inputs } from '../../scripts/addon.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-setup-'));
const clone = path.join(workplace, 'clone');
const bin = path.join(workplace, 'bin');
const PATH = `${bin}${path.delimiter}${process.env.PATH}`;
const log = path.join(workplace, 'log');
/** What makes `dist/`, which nothing stands in for: it takes no time. */
const bundler = path.join(repository, 'node_modules', 'rolldown');
const busy = path.join(workplace, 'busy');
const emulator = path.join(workplace, 'emulator.tgz');
const lock = path.join(clone, 'target', 'setup.lock');
const binary = `npm/${platform}/verify-workos-token.${platform}.node`;

const CLONED = ['.cargo', 'scripts', 'src', 'core/src', 'core/Cargo.toml', 'lib'];
const FILES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'package.json', 'package-lock.json'];

/** What each stand-in does between the start and the end of its work. */
const WORK = `
  const { appendFileSync, cpSync, mkdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } =
    require('node:fs');
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
    symlinkSync('${bundler}', 'node_modules/rolldown');
  });
  if (command === 'pack') {
    const folder = args[args.indexOf('--pack-destination') + 1];
    at('pack', () => cpSync('${emulator}', folder + '/workos.tgz'));
  }`;
const CARGO = `#!${process.execPath}
  ${WORK}
  const [command, ...args] = process.argv.slice(2);
  const profile = args[args.indexOf('--profile') + 1];
  if (command === 'build') at('build', () => {
    writeFileSync('${workplace}/built.so', profile);
    appendFileSync('${log}.builds', profile + ' ');
  });
  const said = {
    build: {
      reason: 'compiler-artifact',
      target: { name: 'verify_workos_token' },
      filenames: ['${workplace}/built.so'],
    },
    metadata: {
      packages: ['.', 'core'].map((crate) => ({
        manifest_path: \`${clone}/\${crate}/Cargo.toml\`,
        targets: [
          { kind: ['lib'], src_path: \`${clone}/\${crate}/src/lib.rs\` },
          { kind: ['custom-build'], src_path: '${clone}/build.rs' },
        ],
      })),
    },
  };
  console.log(said[command] ? JSON.stringify(said[command]) : 'cargo 1.99.0');`;
const FAILING_CARGO = CARGO.replace("'build') at", "'build') process.exit(1); if (false) at");

afterAll(() => rmSync(workplace, { recursive: true, force: true }));

beforeEach(() => {
  for (const folder of [clone, bin, busy, log, `${log}.builds`])
    rmSync(folder, { recursive: true, force: true });
  for (const name of [...CLONED, ...FILES])
    cpSync(path.join(repository, name), path.join(clone, name), { recursive: true });
  mkdirSync(path.join(clone, 'node_modules'));
  symlinkSync(bundler, path.join(clone, 'node_modules', 'rolldown'));
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
  writeProgram('cargo', FAILING_CARGO);
  expect(await setUp()).toBe(1);
  expect(existsSync(lock)).toBe(false);
  writeProgram('cargo', CARGO);
  expect(await setUp()).toBe(0);
});

describe('a build that is current', () => {
  test.each(['quick', 'release'])('will do, though it is the %s one', async (profile) => {
    await buildIn(profile);
    expect(await setUp()).toBe(0);
    expect(builds()).toEqual([profile]);
  });

  test('of the quick profile will not do where the one that ships is asked for', async () => {
    await buildIn('quick');
    expect(await setUp('release')).toBe(0);
    expect(builds()).toEqual(['quick', 'release']);
    expect(await setUp('release')).toBe(0);
    expect(builds()).toEqual(['quick', 'release']);
  });

  test.each(['quick', 'release'])(
    'is made anew as the last one was, here the %s one, also after one that failed',
    async (profile) => {
      await buildIn(profile);
      appendFileSync(path.join(clone, 'src/lib.rs'), '// a mistake');
      writeProgram('cargo', FAILING_CARGO);
      expect(await setUp()).toBe(1);
      writeProgram('cargo', CARGO);
      expect(await setUp()).toBe(0);
      expect(builds()).toEqual([profile, profile]);
    },
  );

  test('is none after a change to what goes into it', async () => {
    await buildIn('quick');
    writeFileSync(path.join(clone, 'core/src/included.json'), '{}');
    expect(await setUp()).toBe(0);
    appendFileSync(path.join(clone, 'Cargo.lock'), '# changed');
    expect(await setUp()).toBe(0);
    expect(builds()).toEqual(['quick', 'quick', 'quick']);
  });

  test('is still one after a change to anything else', async () => {
    await buildIn('quick');
    for (const file of ['README.md', 'core/tests/main.rs', 'lib/loader.ts']) {
      mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
      appendFileSync(path.join(clone, file), '// changed\n');
    }
    expect(await setUp()).toBe(0);
    expect(builds()).toEqual(['quick']);
  });
});

// Where a binary is tested that was built elsewhere, there may be no cargo.
const hasCargo = spawnSync('cargo', ['--version']).status === 0;

describe('what goes into the addon', () => {
  const sources = (folder: string) =>
    readdirSync(path.join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.rs'))
      .map((file) => `${folder}/${file}`);

  test.runIf(hasCargo)('holds the sources and the manifest of each crate', () => {
    const manifests = ['Cargo.toml', 'core/Cargo.toml', 'Cargo.lock', 'build.rs'];
    const wanted = [...sources('src'), ...sources('core/src'), ...manifests];
    expect(inputs()).toEqual(expect.arrayContaining(wanted));
  });

  test('holds what applies to all crates, and what is no Rust', async () => {
    const files = ['.cargo/config.toml', 'rust-toolchain.toml', 'src/deeper/included.txt'];
    for (const file of files) {
      mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
      appendFileSync(path.join(clone, file), '\n');
    }
    const { href } = pathToFileURL(path.join(clone, 'scripts/addon.mjs'));
    const program = `import { inputs } from '${href}'; console.log(JSON.stringify(inputs()));`;
    const env = { ...process.env, PATH };
    const args = ['--input-type=module', '--eval', program];
    const { stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining(files));
  });

  test.runIf(hasCargo)('holds every file that a source includes', () => {
    const known = inputs();
    for (const source of known.filter((file) => file.endsWith('.rs'))) {
      const text = readFileSync(path.join(repository, source), 'utf8');
      for (const [, file = ''] of text.matchAll(/\binclude(?:_str|_bytes)?!\(\s*"([^"]+)"/g))
        expect(known, source).toContain(path.posix.join(path.dirname(source), file));
    }
  });
});

function setUp(...args: string[]): Promise<number | null> {
  return runIn(clone, ['scripts/setup.mjs', ...args]);
}

/** As after `npm run build` or `npm run build:quick`. */
async function buildIn(profile: string): Promise<void> {
  expect(await runIn(clone, ['scripts/build.mjs', profile])).toBe(0);
}

/** The profile of each build so far, of which the last is in place. */
function builds(): string[] {
  const made = readFileSync(`${log}.builds`, 'utf8').trim().split(' ');
  expect(readFileSync(path.join(clone, binary), 'utf8')).toBe(made.at(-1));
  return made;
}

function runIn(cwd: string, args: string[]): Promise<number | null> {
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
  const { stdout } = spawnSync('tar', ['-czf', '-', 'package'], { cwd: workplace });
  writeFileSync(emulator, stdout);
  const digest = createHash('sha512').update(readFileSync(emulator)).digest('base64');
  const script = path.join(clone, 'scripts', 'dependencies.mjs');
  const text = readFileSync(script, 'utf8').replace(/sha512-[\w+/]+=*/, `sha512-${digest}`);
  writeFileSync(script, text);
}
