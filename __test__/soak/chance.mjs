// What the threads of a soak run share: chance that a seed repeats, and one clock.

/**
 * Mulberry32: small, and the same on every machine.
 *
 * @param {number} seed
 */
export function createChance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** From `least` to `most`, in whole numbers. */
    between: (/** @type {number} */ least, /** @type {number} */ most) =>
      least + Math.floor(next() * (most - least + 1)),
    /** @template T @param {readonly T[]} list */
    pick: (list) => list[Math.floor(next() * list.length)],
    happens: (/** @type {number} */ probability) => next() < probability,
  };
}

/** Milliseconds of the process's monotonic clock, the same in every thread. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

const BEAT_MS = 20;
const STALL_MS = 60;

/**
 * Notes when this thread stood still: on a busy machine that is no fault of what is tested.
 *
 * @param {(stall: { from: number, to: number }) => void} onStall
 */
export function watchForStalls(onStall) {
  let last = now();
  const timer = setInterval(() => {
    const beat = now();
    if (beat - last > BEAT_MS + STALL_MS) onStall({ from: last, to: beat });
    last = beat;
  }, BEAT_MS);
  return () => clearInterval(timer);
}

/**
 * @template T
 * @param {T[]} list
 * @param {(one: T) => string} nameOf
 * @returns {Record<string, T[]>}
 */
export function groupBy(list, nameOf) {
  /** @type {Record<string, T[]>} */
  const groups = {};
  for (const one of list) (groups[nameOf(one)] ??= []).push(one);
  return groups;
}
