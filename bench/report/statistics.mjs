/**
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} lowest
 * @property {number} lowerQuartile
 * @property {number} upperQuartile
 * @property {number} highest
 * @property {number} samples
 */

/**
 * What the samples of one figure come to; `undefined` where there are none that are numbers.
 *
 * @param {readonly number[]} samples
 * @returns {Summary | undefined}
 */
export function summarize(samples) {
  const sorted = samples.filter(Number.isFinite).toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  return {
    median: percentile(sorted, 0.5),
    lowest: sorted[0],
    lowerQuartile: percentile(sorted, 0.25),
    upperQuartile: percentile(sorted, 0.75),
    highest: percentile(sorted, 1),
    samples: sorted.length,
  };
}

/**
 * Between the two nearest values, in proportion.
 *
 * @param {readonly number[]} sorted
 * @param {number} share from 0 to 1
 */
export function percentile(sorted, share) {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/**
 * Rows of samples, `{ row: [{ metric: number }] }`, as rows of summaries.
 *
 * @param {Map<string, Record<string, number>[]>} samples
 * @returns {Record<string, Record<string, Summary>>}
 */
export function summarizeRows(samples) {
  return Object.fromEntries(
    [...samples].map(([row, all]) => {
      const metrics = [...new Set(all.flatMap((sample) => Object.keys(sample)))];
      const summaries = metrics.map((metric) => [
        metric,
        summarize(all.map((sample) => sample[metric])),
      ]);
      return [row, Object.fromEntries(summaries.filter(([, summary]) => summary !== undefined))];
    }),
  );
}
