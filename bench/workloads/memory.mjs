// Memory of one process, outside of V8's heap, over a million forged tokens and a million distinct good
// ones. V8 keeps garbage for as long as it likes, so what is in its heap shows no leak of ours.
import { startChild } from '../processes/child.mjs';
import { summarize } from '../report/statistics.mjs';

/**
 * A collection before each sample. The young generation starts at 1 MB and grows in steps, which would
 * hide what is measured.
 */
const LANE_OPTIONS = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16'];
/** Far more than a million tokens take. */
const TIMEOUT_MS = 30 * 60_000;

export const memory = {
  id: 'memory',
  title: "Memory outside of V8's heap, verify-workos-token",
  unit: 'MB',
  metrics: {
    early: 'from 10 to 20 %',
    late: 'the last 10 %',
    growth: 'last to early',
  },
  apart: true,
  note: 'Resident memory after a collection, less what V8 has reserved for its heap. Medians over that part of the way. ES256, 64 in flight, in one process: first the forged tokens, then the good ones. Tokens are made in other processes or cost no more than their text.',
  /** @param {any} world */
  async run(world) {
    const { tokens, samplesEvery } = world.settings.memory;
    const lane = await startChild('./memory-lane.mjs', undefined, { execArgv: LANE_OPTIONS });
    try {
      /** @type {Record<string, { outside: number }[]>} */
      const course = {};
      /** @type {Record<string, ReturnType<typeof growth>>} */
      const rows = {};
      for (const kind of ['forged', 'good']) {
        world.log(`  ${tokens} ${kind} tokens`);
        /** @type {{ outside: number }[]} */
        const samples = await lane.ask({ kind, tokens, samplesEvery }, TIMEOUT_MS);
        course[kind] = samples;
        rows[kind] = growth(samples.map(({ outside }) => outside));
      }
      return { rows, course };
    } finally {
      await lane.stop();
    }
  },
};

/** @param {readonly number[]} course megabytes at equal distances */
export function growth(course) {
  const part = (/** @type {number} */ from, /** @type {number} */ until) =>
    course.slice(course.length * from, course.length * until);
  const early = summarize(part(0.1, 0.2));
  const late = summarize(part(0.9, 1));
  return { early, late, growth: summarize(late && early ? [late.median / early.median] : []) };
}
