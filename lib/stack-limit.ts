// A stack trace is most of what a refusal costs, and it shows only where this package refuses tokens.
// So a flood of bad tokens gets none; the first ones have theirs, for those who look into a refusal.

import { monotonicMs } from './clock.ts';

/** So many refusals within a second have stack traces. */
const TRACED = 10;
const WINDOW_MS = 1_000;

/** When the last ones were made, round and round. */
const times: number[] = [];
for (let index = 0; index < TRACED; index += 1) times[index] = Number.NEGATIVE_INFINITY;
let next = 0;

/** Whether this refusal comes after `TRACED` others within a second. It is counted. */
export function isOneTooMany(): boolean {
  const time = monotonicMs();
  const isTooMany = time - times[next] < WINDOW_MS;
  times[next] = time;
  next = (next + 1) % TRACED;
  return isTooMany;
}

/**
 * From now on errors are made without a stack trace, until the limit is put back. `undefined` if that
 * can't be done: whoever has frozen `Error`, or put an accessor there, gets what they ask for.
 */
export function suspendStackTraces(): { limit: number } | undefined {
  const described = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const isPlain = described !== undefined && Object.hasOwn(described, 'value');
  if (!isPlain || !described.writable) return undefined;
  Error.stackTraceLimit = 0;
  return { limit: described.value };
}

export function resumeStackTraces(suspended: { limit: number } | undefined): void {
  if (suspended !== undefined) Error.stackTraceLimit = suspended.limit;
}
