// What callers wait while the keys are fetched again from an endpoint that takes 3 s: a new token
// every millisecond, whether or not the ones before have been answered.
import { startChild } from '../processes/child.mjs';
import { percentile, summarizeRows } from '../report/statistics.mjs';
import { rotated } from './rounds.mjs';

const ROWS = ['verifier', 'jose'];
const SHARES = { P50: 0.5, P999: 0.999 };

export const refresh = {
  id: 'refresh',
  title: 'A wait while keys are fetched again',
  unit: 'ms',
  metrics: {
    steadyP50: 'otherwise, p50',
    steadyP999: 'otherwise, p99.9',
    refreshP50: 'during a request, p50',
    refreshP999: 'during a request, p99.9',
  },
  reference: 'jose',
  note: 'The key endpoint takes 3 s to answer, and keys are kept for 5 s. One new token begins every millisecond.',
  /** @param {any} world */
  async run(world) {
    /** @type {Map<string, Record<string, number>[]>} */
    const samples = new Map(ROWS.map((row) => [row, []]));
    for (let round = 0; round < world.settings.refresh.rounds; round += 1) {
      for (const row of rotated(ROWS, round)) {
        samples.get(row)?.push(await calls(world, row, round));
      }
    }
    return { rows: summarizeRows(samples) };
  },
};

/**
 * In a process of its own each time, whose first request for the keys is answered at once.
 *
 * @param {any} world
 * @param {string} row
 * @param {number} round
 */
async function calls(world, row, round) {
  const { delayMs, maxAgeSeconds, seconds } = world.settings.refresh;
  const name = `${row}-${round}`;
  const jwksUrl = `${world.input.jwksUrl}?slow=${name}&delay=${delayMs}`;
  const lane = await startChild('./refresh-lane.mjs', {
    row,
    input: { ...world.input, jwksUrl },
    maxAgeSeconds,
    tokensFile: world.tokensFile,
  });
  try {
    const calls = await lane.ask({ seconds });
    const waits = await world.keyServer.ask({ waitsOf: name });
    return split(calls, waits);
  } finally {
    await lane.stop();
  }
}

/**
 * @typedef {{ at: number, took: number }} Call
 *
 * @param {Call[]} calls
 * @param {{ from: number, until: number | null }[]} waits
 */
export function split(calls, waits) {
  const during = (/** @type {Call} */ { at }) =>
    waits.some(({ from, until }) => at >= from && at < (until ?? Number.POSITIVE_INFINITY));
  const parts = {
    steady: calls.filter((call) => !during(call)),
    refresh: calls.filter(during),
  };
  /** @type {Record<string, number>} */
  const sample = {};
  for (const [part, those] of Object.entries(parts)) {
    if (those.length === 0) continue;
    const sorted = those.map(({ took }) => took).toSorted((a, b) => a - b);
    for (const [suffix, share] of Object.entries(SHARES)) {
      sample[part + suffix] = percentile(sorted, share);
    }
  }
  return sample;
}
