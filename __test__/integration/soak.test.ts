// A short run of the soak's Express server: rotations, faults and bad tokens at saturation.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { repository } from './support/project.js';

it('an Express server at saturation gives no wrong response', async () => {
  const args = ['__test__/soak/soak.mjs', 'server', 'percentiles', '--seconds', '20'];
  // The packages that it is compared with may have to be installed first.
  const limits = { cwd: repository, timeout: 240_000 };
  const run = await promisify(execFile)(process.execPath, args, limits).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  // What was printed names the seed, with which the same chances come again.
  const printed = `${run.stdout}\n${run.stderr}`;
  expect(run, printed).not.toBeInstanceOf(Error);
  expect(printed).toMatch(/^violations: 0$/m);
  for (const kind of ['hot', 'new', 'forged', 'expired', 'missing', 'unknown', 'other'])
    expect(printed).toMatch(new RegExp(`^ +calls: .*\\b${kind} \\d`, 'm'));
  for (const check of ['none', 'verify-workos-token', 'express-oauth2-jwt-bearer'])
    expect(printed).toMatch(new RegExp(`^ +${check}: .*p999`, 'm'));
}, 250_000);
