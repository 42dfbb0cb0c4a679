// @ts-nocheck: written without types.
// How long the event loop is held while bursts of new tokens are verified: the gaps between the
// runs of a `setImmediate` that sets itself again, which is once in every turn of the loop.
import { percentile } from '../report/statistics.mjs';

const BURST = 64;
/** Made beforehand, so that no strings are made between the bursts; more than the caches hold. */
const STRINGS = 3_072;

let strings;

/** Microseconds. */
export async function eventLoopDelay(verify, supply, { milliseconds }) {
  strings ??= supply.take('good', STRINGS);
  const probe = startProbe();
  const until = performance.now() + milliseconds;
  for (let start = 0; performance.now() < until; start = (start + BURST) % STRINGS) {
    await Promise.all(strings.slice(start, start + BURST).map((token) => verify(token)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return summarizeGaps(probe.stop());
}

function startProbe() {
  const gaps = [];
  let last = performance.now();
  let running = true;
  setImmediate(function probe() {
    const now = performance.now();
    gaps.push((now - last) * 1_000);
    last = now;
    if (running) setImmediate(probe);
  });
  return {
    stop() {
      running = false;
      return gaps;
    },
  };
}

/**
 * A loop that has nothing to do turns thousands of times while its threads work, and these turns
 * would hide the long ones. So a gap counts by its length: what is told is the turn in whose midst
 * something arrives that comes at any moment.
 */
export function summarizeGaps(gaps) {
  const sorted = gaps.toSorted((a, b) => a - b);
  const turnsP50 = percentile(sorted, 0.5);
  const turnsP99 = percentile(sorted, 0.99);
  return { p50: byLength(sorted, 0.5), p99: byLength(sorted, 0.99), turnsP50, turnsP99 };
}

function byLength(sorted, share) {
  const half = sorted.reduce((sum, gap) => sum + gap, 0) * share;
  let passed = 0;
  return sorted.find((gap) => (passed += gap) >= half) ?? 0;
}
