// @ts-nocheck: written without types.
// Whether memory stays within its bound.
import { summarize } from '../../bench/report/statistics.mjs';

/** As many as must have come before the memory is judged. */
export const TOKENS_JUDGED = 200_000;
/** Until then caches fill: the verified-token cache takes 16 MiB at the most. */
const SETTLED_AFTER = 50_000;
/** Megabytes outside of V8's heap, after that. */
const GROWTH_MB = 15;
/** So many tokens behind a point belong to it: one sample is the chance of a moment. */
const WINDOW = 20_000;

/** @param {{ tokens: number, megabytes: number }[]} samples in order */
export function judgeMemory(samples) {
  const last = samples.at(-1)?.tokens ?? 0;
  const near = (from, until) =>
    summarize(
      samples
        .filter(({ tokens }) => tokens >= from && tokens <= until)
        .map(({ megabytes }) => megabytes),
    )?.median;
  const before = near(SETTLED_AFTER, SETTLED_AFTER + WINDOW);
  const after = near(last - WINDOW, last);
  if (before === undefined || after === undefined)
    return { line: `memory: not judged after ${last} tokens`, wrong: [] };
  const growth = after - before;
  const line = `memory outside of V8's heap: ${before.toFixed(1)} MB after ${SETTLED_AFTER} tokens, ${after.toFixed(1)} MB after ${last}`;
  const isRight = last < TOKENS_JUDGED || growth < GROWTH_MB;
  const wrong = isRight ? [] : [`memory has grown by ${growth.toFixed(1)} MB`];
  return { line, wrong };
}
