// Builds the fuzz targets once, and runs each over its seeds, over what it has found before, and then
// for some seconds on inputs of its own: `npm run fuzz -- [target ...] [seconds]`. With a file, a target
// runs that input alone.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { buildTargets } from './fuzz/build.mjs';
import { WORDS } from './fuzz/hand-seeds.mjs';
import { targets, writeSeeds } from './fuzz/seeds.mjs';
import { fail, root } from './tools.mjs';

/** How long each target runs on inputs of its own, if nothing else is said. */
const SECONDS = 20;
/** How many run at a time: they leave a core to whatever else runs. */
const AT_A_TIME = Math.min(2, availableParallelism());
/** The longest input, in bytes: a token or a seal may have up to 32 kB, but most of what they do is short. */
const MAX_BYTES = 4_096;
/** An input that takes longer is a finding, in seconds: the core takes microseconds. */
const SLOW_SECONDS = 10;

const work = path.join(root, 'target', 'fuzz');

/** @typedef {{ target: string, ok: boolean, line: string }} Result */

const words = process.argv.slice(2);
const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? SECONDS);
const input = words.find((word) => existsSync(word));
const named = words.filter((word) => targets.includes(word));
const unknown = words.find(
  (word) => !/^\d+$/.test(word) && word !== input && !targets.includes(word),
);
if (unknown !== undefined) fail(`There is no target "${unknown}", only ${targets.join(', ')}.`);
if (input !== undefined && named.length !== 1) fail('Name the one target that the file is for.');

const folder = buildTargets();
if (input === undefined) await runAll(named.length > 0 ? named : targets);
else process.exitCode = await runShown(named[0] ?? '', [path.resolve(input)]);

/** @param {string[]} waiting */
async function runAll(waiting) {
  const left = [...waiting];
  /** @type {Result[]} */
  const results = [];
  const runNext = async () => {
    for (let target = left.shift(); target !== undefined; target = left.shift()) {
      const result = await run(target);
      results.push(result);
      console.log(result.line);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, runNext));
  const summary = results.map(({ line }) => line).sort();
  writeFileSync(path.join(root, 'target', 'fuzz-summary.txt'), `${summary.join('\n')}\n`);
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
}

/**
 * @param {string} target
 * @returns {Promise<Result>}
 */
async function run(target) {
  const [seeds, corpus, artifacts] = ['seeds', 'corpus', 'artifacts'].map((kind) => {
    const place = path.join(work, kind, target);
    mkdirSync(place, { recursive: true });
    return place;
  });
  const count = writeSeeds(target, seeds ?? '');
  const dictionary = path.join(work, `${target}.dict`);
  writeFileSync(dictionary, dictionaryOf(WORDS[target] ?? []));
  const log = path.join(work, `${target}.log`);
  const code = await runLogged(target, log, [
    ...[corpus, seeds, `-artifact_prefix=${artifacts}${path.sep}`, `-dict=${dictionary}`],
    ...[`-max_total_time=${seconds}`, `-max_len=${MAX_BYTES}`, `-timeout=${SLOW_SECONDS}`],
    ...['-print_final_stats=1', '-verbosity=1'],
  ]);
  const output = readFileSync(log, 'latin1');
  if (code === 0) return { target, ok: true, line: `${target}: ${count} seeds, ${done(output)}` };
  console.error(output.split('\n').slice(-60).join('\n'));
  const file = output.match(/Test unit written to (.+)/)?.[1] ?? 'the input in the log';
  const again = `\`npm run fuzz -- ${target} ${path.relative(root, file)}\` runs it again`;
  return { target, ok: false, line: `${target}: FAILED, ${again}; the output is in ${log}` };
}

/** @param {string} output */
function done(output) {
  const runs = output.match(/stat::number_of_executed_units: (\d+)/)?.[1] ?? '?';
  const edges = [...output.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? '?';
  const seed = output.match(/^INFO: Seed: (\d+)/m)?.[1] ?? '?';
  return `${runs} runs, ${edges} edges, seed ${seed}`;
}

/**
 * @param {string} target
 * @param {string} log
 * @param {(string | undefined)[]} args
 * @returns {Promise<number>}
 */
function runLogged(target, log, args) {
  writeFileSync(log, '');
  return start(target, args, (text) => writeFileSync(log, text, { flag: 'a' }));
}

/**
 * @param {string} target
 * @param {string[]} args
 */
function runShown(target, args) {
  return start(target, args, (text) => process.stderr.write(text));
}

/**
 * @param {string} target
 * @param {(string | undefined)[]} args
 * @param {(text: Buffer) => void} write
 * @returns {Promise<number>}
 */
function start(target, args, write) {
  const known = args.filter((arg) => arg !== undefined);
  const child = spawn(path.join(folder, target), known, { cwd: work });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', write);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** @param {string[]} words */
function dictionaryOf(words) {
  const lines = words.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`);
  return `${lines.join('\n')}\n`;
}
