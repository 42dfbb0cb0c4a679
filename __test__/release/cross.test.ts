// The scripts that build for other platforms, as far as that takes no other platform.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { requestIn } from '../../scripts/cross.mjs';
import { WAYS } from '../../scripts/cross-ways.mjs';
import { TARGETS } from '../../scripts/targets.mjs';
import { root } from '../support/guides.js';

const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root });

describe.each([
  ['cross.mjs', `usage: npm run cross -- ${Object.keys(WAYS).join('|')} [--quick] [--suite [`],
  ['reproduce.mjs', 'usage: npm run reproduce -- <platform> [<file>]'],
  ['binary.mjs', 'usage: node scripts/binary.mjs linux-x64-gnu|'],
])('%s', (script, usage) => {
  it.each([[], ['freebsd-x64'], ['constructor']])('says what it takes: %j', async (...args) => {
    const run = node(path.join('scripts', script), ...args);
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(usage) });
  });
});

describe('a build for another platform', () => {
  const musl = {
    platform: 'linux-x64-musl',
    way: WAYS['linux-x64-musl'],
    target: TARGETS['linux-x64-musl'],
  };

  it.each([
    [[], { isQuick: false }],
    [['--quick'], { isQuick: true }],
    [['--suite'], { isQuick: false, picked: [] }],
    [['--quick', '--suite', 'keys/', 'tokens/'], { isQuick: true, picked: ['keys/', 'tokens/'] }],
  ])('is asked for with %j', (words, asked) => {
    expect(requestIn(['linux-x64-musl', ...words])).toEqual({ ...musl, ...asked });
  });

  it.each([['--slow'], ['keys/'], ['keys/', '--suite']])('is not asked for with %j', (...words) => {
    expect(requestIn(['linux-x64-musl', ...words])).toBeUndefined();
  });

  it('tells that the tests need a system that starts Node by itself', async () => {
    const run = node('scripts/cross.mjs', 'linux-arm64-gnu', '--quick', '--suite');
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: "The tests can't run on linux-arm64-gnu here: they start Node by its path.\n",
    });
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
