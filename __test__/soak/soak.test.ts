import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./soak.mjs', import.meta.url));

it('fifteen seconds of rotations, faults and callers bring no wrong answer', async () => {
  const args = [SCRIPT, 'calls', '--seconds', '15'];
  const run = await promisify(execFile)(process.execPath, args, { timeout: 170_000 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  // What was printed names the seed, with which the same chances come again.
  const printed = `${run.stdout}\n${run.stderr}`;
  expect(run, printed).not.toBeInstanceOf(Error);
  expect(printed).toMatch(/^violations: 0$/m);
}, 180_000);
