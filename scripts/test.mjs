// Runs all tests and closes with how many passed; with arguments vitest alone, with those: names
// pick the files whose paths contain them. With `--integration` first, the tests in whole
// applications instead.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './tools.mjs';

/** @typedef {{ ok: boolean, failures: string[], lines: string[] }} Result */

const [first, ...rest] = process.argv.slice(2);
const integration = first === '--integration';
const args = integration ? rest : process.argv.slice(2);
const config = integration ? ['--config', '__test__/integration/vitest.config.js'] : [];
const summaryFile = integration ? 'integration-summary.txt' : 'test-summary.txt';
const vitest = {
  name: integration ? 'vitest in whole applications' : 'vitest',
  command: process.execPath,
  args: [path.join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...config, ...args],
  failing: /^ *(FAIL |\w*Error: )/,
  closing: /^ *(Test Files|Tests|Retried) /,
};
const cargo = {
  name: 'cargo test',
  command: 'cargo',
  args: ['test', '--workspace', '--locked', '--no-fail-fast'],
  failing: /^test .* FAILED$| panicked at /,
  closing: /^test result: /,
};

/** @type {Result[]} */
const results = [];
// One after the other: at once they starve each other of time on a small machine.
for (const runner of args.length === 0 && !integration ? [vitest, cargo] : [vitest]) {
  const picked = args.length > 0 ? ` alone, with the arguments: ${args.join(' ')}` : '';
  console.log(`\nRunning ${runner.name}${picked}`);
  results.push(await runShown(runner));
}
close(results);

/**
 * Runs a command with its output shown, and keeps the lines that it closes with.
 *
 * @param {{ command: string, args: string[], failing: RegExp, closing: RegExp }} runner
 * @returns {Promise<Result>}
 */
function runShown({ command, args, failing, closing }) {
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...color },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output += text;
      process[stream].write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const printed = stripVTControlCharacters(output).split('\n');
      const failures = code === 0 ? [] : printed.filter((line) => failing.test(line));
      const lines = printed.filter((line) => closing.test(line));
      resolve({ ok: code === 0, failures, lines });
    });
  });
}

/** @param {Result[]} results */
function close(results) {
  // A line of files, or of a test's name, is no count of tests.
  const counted = results
    .flatMap(({ lines }) => lines)
    .filter((line) => !/Test Files|Retried/.test(line));
  const count = (/** @type {RegExp} */ word) =>
    counted.reduce((sum, line) => sum + Number(line.match(word)?.[1] ?? 0), 0);
  const ok = results.every((result) => result.ok);
  const passed = count(/(\d+) passed/);
  // What does not compile or load has failed too, with no test to count.
  const failed = Math.max(count(/(\d+) failed/), ok ? 0 : 1);
  const skipped = count(/(\d+) (?:skipped|ignored)/);
  const total = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  const summary = [
    // Once more at the end, where they are seen even if the output before is cut off.
    ...new Set(results.flatMap(({ failures }) => failures)),
    ...results.flatMap(({ lines }) => lines),
    total,
  ].join('\n');
  console.log(`\n${summary}`);
  mkdirSync(path.join(root, 'target'), { recursive: true });
  writeFileSync(path.join(root, 'target', summaryFile), `${summary}\n`);
  process.exitCode = ok ? 0 : 1;
}
