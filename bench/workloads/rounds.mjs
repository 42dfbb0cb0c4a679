// Contenders take turns, round by round, each round in another order: what the machine does is done
// to all of them alike, and none always comes after the same neighbour.
import { summarizeRows } from '../report/statistics.mjs';

/**
 * @param {{ warmUps?: number, rounds: number }} settings
 * @param {readonly string[]} rows
 * @param {(row: string, round: number) => Promise<Record<string, number>>} measure
 */
export async function inTurns({ warmUps = 0, rounds }, rows, measure) {
  /** @type {Map<string, Record<string, number>[]>} */
  const samples = new Map(rows.map((row) => [row, []]));
  for (let round = 0; round < warmUps + rounds; round += 1) {
    for (const row of rotated(rows, round)) {
      const sample = await measure(row, round);
      if (round >= warmUps) samples.get(row)?.push(sample);
    }
  }
  return { samples, rows: summarizeRows(samples) };
}

/** @template T @param {readonly T[]} all @param {number} by @returns {T[]} */
export function rotated(all, by) {
  const start = by % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
