// How cargo is called for a release, with a stand-in for it.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms } from '../../scripts/platform-package.mjs';
import { placesIn } from '../../scripts/reproduce.mjs';
import { root } from '../support/guides.js';

const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'verify-workos-token-compile-')));
const clone = path.join(workplace, 'clone');
const library = path.join(workplace, 'built.so');
const crates = path.join(workplace, 'registry', 'src', 'index');
const called = path.join(workplace, 'called.json');

/** Tells its arguments and flags; a registry with a crate, and one with a crate that git has. */
const CARGO = `#!${process.execPath}
  const args = process.argv.slice(2);
  const packages = [
    { manifest_path: '${clone}/Cargo.toml', source: null },
    { manifest_path: '${crates}/one-1.0.0/Cargo.toml', source: 'registry+https://example.com' },
    { manifest_path: '${crates}/two-1.0.0/Cargo.toml', source: 'registry+https://example.com' },
  ];
  const metadata = { packages, target_directory: '${workplace}/made' };
  if (args[0] === 'metadata') console.log(JSON.stringify(metadata));
  else if (args[0] === '--list') console.log(process.env.PLUGINS);
  else {
    const { CARGO_ENCODED_RUSTFLAGS: flags } = process.env;
    require('node:fs').writeFileSync('${called}', JSON.stringify({ args, flags: flags?.split('\\x1f') }));
    const target = { name: 'verify_workos_token' };
    console.log(JSON.stringify({ reason: 'compiler-artifact', target, filenames: ['${library}'] }));
  }`;
const RUSTC = '#!/bin/sh\nif [ "$1" = -vV ]; then echo "commit-hash: abc"; else echo /sysroot; fi';
const REMAPPED = [
  `--remap-path-prefix=${clone}=/verify-workos-token`,
  `--remap-path-prefix=${workplace}/made=/target`,
  `--remap-path-prefix=${crates}=/crates`,
  '--remap-path-prefix=/sysroot/lib/rustlib/src/rust=/rustc/abc',
];
const PLUGINS = '    auditable\n    zigbuild    Compile with zig';

beforeAll(() => {
  cpSync(path.join(root, 'scripts'), path.join(clone, 'scripts'), { recursive: true });
  writeFileSync(library, 'a library');
  mkdirSync(path.join(workplace, 'bin'));
  for (const [name, text] of Object.entries({ cargo: CARGO, rustc: RUSTC })) {
    writeFileSync(path.join(workplace, 'bin', name), text);
    chmodSync(path.join(workplace, 'bin', name), 0o755);
  }
});
afterAll(() => rmSync(workplace, { recursive: true, force: true }));

function run(program: string, variables: Record<string, string> = {}) {
  const env = { PATH: `${workplace}/bin:${process.env.PATH}`, PLUGINS, ...variables };
  rmSync(called, { force: true });
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: clone,
    encoding: 'utf8',
    env,
  });
}

function compiled(settings: object, variables?: Record<string, string>) {
  const text = JSON.stringify(settings);
  const program = `import { compile } from './scripts/compile.mjs'; console.log(compile(${text}));`;
  expect(run(program, variables)).toMatchObject({ stderr: '', stdout: `${library}\n` });
  return JSON.parse(readFileSync(called, 'utf8'));
}

// The stand-ins begin with a line that only Unix understands.
describe.skipIf(process.platform === 'win32')('the compiler', () => {
  it('keeps the folders of the machine out of a release', () => {
    const { args, flags } = compiled({ profile: 'release' });
    expect(flags).toEqual(REMAPPED);
    expect(args.slice(0, 6)).toEqual([
      'build',
      '--package',
      'verify-workos-token',
      '--lib',
      '--profile',
      'release',
    ]);
    expect(args).toContain('--locked');
  });

  it('gets no flags for daily work, where a panic may name its file', () => {
    const { args, flags } = compiled({ profile: 'quick' });
    expect(flags).toBeUndefined();
    expect(args).not.toContain('--locked');
  });

  it('is kept from naming them in a build for others too', () => {
    expect(compiled({ profile: 'quick', isForOthers: true }).flags).toEqual(REMAPPED);
  });

  it.each([
    ['RUSTFLAGS', { RUSTFLAGS: '-C  one' }, ['-C', 'one']],
    [
      'those that may have spaces',
      { CARGO_ENCODED_RUSTFLAGS: '-C\x1fa b', RUSTFLAGS: '-C other' },
      ['-C', 'a b'],
    ],
  ])('gets the flags of the user too: %s', (_, variables, own) => {
    const settings = { profile: 'release', rustflags: ['-C', 'two'] };
    expect(compiled(settings, variables).flags).toEqual([...own, '-C', 'two', ...REMAPPED]);
  });

  it.each(platforms())('is told what %s is', (platform) => {
    const { status, stderr } = run(`process.argv[1] = '${clone}/scripts/binary.mjs';
      process.argv[2] = '${platform}';
      await import('./scripts/binary.mjs');`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const binary = `npm/${platform}/verify-workos-token.${platform}.node`;
    expect(readFileSync(path.join(clone, binary), 'utf8')).toBe('a library');
    const { args, flags } = JSON.parse(readFileSync(called, 'utf8'));
    const linux = platform.startsWith('linux');
    expect(args.slice(0, 2)).toEqual(['auditable', linux ? 'zigbuild' : 'build']);
    expect(args.at(-1)).toMatch(TARGET[platform] as RegExp);
    expect(flags.slice(0, -REMAPPED.length)).toEqual(FLAGS[platform] ?? []);
  });

  it.each([
    ['zigbuild', '    auditable'],
    ['auditable', '    zigbuild'],
  ])('is not called where `cargo %s` is missing', (name, plugins) => {
    const program = `const { buildBinary } = await import('./scripts/binary.mjs');
      buildBinary('linux-x64-gnu');`;
    const { status, stderr } = run(program, { PLUGINS: plugins });
    expect(status).toBe(1);
    expect(stderr).toContain(`\`cargo ${name}\` is missing`);
  });
});

const TARGET: Record<string, RegExp> = {
  'linux-x64-gnu': /^x86_64-unknown-linux-gnu\.2\.17$/,
  'linux-x64-musl': /^x86_64-unknown-linux-musl$/,
  'linux-arm64-gnu': /^aarch64-unknown-linux-gnu\.2\.17$/,
  'linux-arm64-musl': /^aarch64-unknown-linux-musl$/,
  'darwin-x64': /^x86_64-apple-darwin$/,
  'darwin-arm64': /^aarch64-apple-darwin$/,
  'win32-x64-msvc': /^x86_64-pc-windows-msvc$/,
  'win32-arm64-msvc': /^aarch64-pc-windows-msvc$/,
};
const FLAGS: Record<string, string[]> = {
  'linux-x64-musl': ['-C', 'target-feature=-crt-static'],
  'linux-arm64-musl': ['-C', 'target-feature=-crt-static'],
  'win32-x64-msvc': ['-C', 'target-feature=+crt-static'],
  'win32-arm64-msvc': ['-C', 'target-feature=+crt-static'],
};

describe('a binary', () => {
  const folder = path.join(workplace, 'home');

  it('is searched for the folders of this machine', () => {
    const binary = Buffer.from(`\0src/lib.rs\0${folder}${path.sep}one.rs\0`);
    expect(placesIn(binary, ['/other', folder])).toEqual([folder]);
  });

  it.each([`${folder}er${path.sep}one.rs`, '/crates/one.rs', ''])('may hold %j', (text) => {
    expect(placesIn(Buffer.from(`\0${text}\0`), [folder, '/'])).toEqual([]);
  });
});
