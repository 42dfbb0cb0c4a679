// The scripts that build for other platforms, as far as that takes no other platform.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { root } from '../support/guides.js';

const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root });

describe.each([
  ['cross.mjs', 'usage: npm run cross -- linux-arm64-gnu|linux-x64-musl [--quick]'],
  ['reproduce.mjs', 'usage: npm run reproduce -- <platform> [<file>]'],
  ['binary.mjs', 'usage: node scripts/binary.mjs linux-x64-gnu|'],
])('%s', (script, usage) => {
  it.each([[], ['freebsd-x64'], ['constructor']])('says what it takes: %j', async (...args) => {
    const run = node(path.join('scripts', script), ...args);
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(usage) });
  });
});

it('what is run on another platform is right on this one', async () => {
  const { stdout } = await node('__test__/cross/smoke.mjs');
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(12);
  expect(lines.at(-1)).toBe(
    `${process.platform}-${process.arch}, Node ${process.versions.node}: all right`,
  );
}, 120_000);
