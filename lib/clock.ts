// A clock that only goes forward. `node:perf_hooks` has one, too, but brings ten of Node's modules along,
// which a program's first token would wait for.

// Bound now: fake timers must not stop it.
const hrtime = process.hrtime.bigint.bind(process.hrtime);

/** Milliseconds since some moment. */
export function monotonicMs(): number {
  return Number(hrtime()) / 1e6;
}
