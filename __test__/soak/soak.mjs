// @ts-nocheck: written without types.
// `npm run soak`: keys that rotate every 3 s and a key server that fails at random, by chance that
// `--seed` repeats, and an oracle (oracle.mjs says what it holds for right) that judges every call. The
// parts, of which names pick some:
//
// - calls: functions of the package, in the main thread and in workers that end;
// - server: an Express server at saturation, and its memory;
// - percentiles: the same server next to one without a check and one with express-oauth2-jwt-bearer.
//
// `--seconds` is shared among them. Exits with 1 on a violation.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCalls } from './calls.mjs';
import { runPercentiles } from './percentiles.mjs';
import { runServer } from './saturation.mjs';

/** With their shares of the time. */
const PARTS = {
  calls: [runCalls, 0.3],
  server: [runServer, 0.5],
  percentiles: [runPercentiles, 0.2],
};
const MOST_SHOWN = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '120' }, seed: { type: 'string' } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? randomInt(2 ** 31));
const names = positionals.length > 0 ? positionals : Object.keys(PARTS);
if (!(seconds > 0) || !Number.isSafeInteger(seed) || names.some((name) => !(name in PARTS)))
  throw new Error(`[${Object.keys(PARTS).join('] [')}] --seconds N --seed N`);

const shares = names.reduce((sum, name) => sum + PARTS[name][1], 0);
let violations = 0;
for (const name of names) {
  const [run, share] = PARTS[name];
  const own = (seconds * share) / shares;
  console.log(`${name}: ${own.toFixed()} s, --seed ${seed}`);
  const { lines, wrong } = await run({ seconds: own, seed });
  for (const line of lines) console.log(`  ${line}`);
  for (const one of wrong.slice(0, MOST_SHOWN)) console.error(`  ${one}`);
  violations += wrong.length;
}
console.log(`violations: ${violations}`);
process.exitCode = violations > 0 ? 1 : 0;
