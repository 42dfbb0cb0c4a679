// `node scripts/binary.mjs <platform>`: the binary of a platform as a release has it, put where
// `pack-all.mjs` looks for it. Zig links for Linux: against an old glibc, and against musl. With
// `--target` or `--glibc` it only prints what that platform's binary is compiled for.
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { compile } from './compile.mjs';
import { TARGETS } from './targets.mjs';
import { fail, outputOf, root } from './tools.mjs';

if (process.argv[1] === import.meta.filename) {
  const [first = '', platform = ''] = process.argv.slice(2);
  if (first === '--target') console.log(targetOf(platform).target);
  else if (first === '--glibc') console.log(targetOf(platform).glibc);
  else buildBinary(first);
}

/** @param {string} platform */
function targetOf(platform) {
  const known = Object.keys(TARGETS);
  if (!known.includes(platform)) fail(`usage: node scripts/binary.mjs ${known.join('|')}`);
  return /** @type {import('./targets.mjs').Target} */ (TARGETS[platform]);
}

/** @param {string} platform @returns {string} where it is */
export function buildBinary(platform) {
  const target = targetOf(platform);
  const isLinux = platform.startsWith('linux-');
  for (const tool of isLinux ? ['auditable', 'zigbuild'] : ['auditable']) requirePlugin(tool);
  const name = target.glibc === undefined ? target.target : `${target.target}.${target.glibc}`;
  const library = compile({
    profile: 'release',
    subcommand: ['auditable', isLinux ? 'zigbuild' : 'build'],
    args: ['--target', name],
    rustflags: target.rustflags,
    // aws-lc's assembly for x86_64 Windows, which would take NASM: what the crate brings along.
    env: { AWS_LC_SYS_PREBUILT_NASM: '1' },
  });
  const binary = path.join(root, 'npm', platform, `verify-workos-token.${platform}.node`);
  mkdirSync(path.dirname(binary), { recursive: true });
  copyFileSync(library, binary);
  return binary;
}

/** @param {string} name of a cargo plugin */
function requirePlugin(name) {
  if (new RegExp(`^ +${name}\\b`, 'm').test(outputOf('cargo', '--list') ?? '')) return;
  fail(`\`cargo ${name}\` is missing: SECURITY.md says where releases have it from.`);
}
