// How a call ends: with a promise, or at once, and counted.

import { isRefusal, type WorkosTokenError } from './error.ts';
import { NativePromise } from './promise.ts';
import type { Counters } from './stats.ts';

// Bound now: a program may replace the methods.
const rejected: (error: unknown) => Promise<never> = NativePromise.reject.bind(NativePromise);
const { then } = NativePromise.prototype;

/** What a call says at once: a refusal is a value here, or thrown. */
type Said<T> = T | WorkosTokenError | Promise<T>;

/** An async function would throw a refusal once more, which costs a third of what the refusal does. */
export function promised<T extends object>(call: () => Said<T>, counters?: Counters): Promise<T> {
  let said: Said<T>;
  try {
    said = call();
  } catch (error) {
    counters?.refused(error);
    return rejected(error);
  }
  if (isRefusal(said)) {
    counters?.refused(said);
    return rejected(said);
  }
  if (said instanceof NativePromise) return counters ? countedLater(said, counters) : said;
  counters?.accepted();
  return accepted(said);
}

/** Quicker than `Promise.resolve`. */
async function accepted<T>(result: T): Promise<T> {
  return result;
}

function countedLater<T>(result: Promise<T>, counters: Counters): Promise<T> {
  return new NativePromise((resolve, reject) => {
    const onAccepted = (result: T) => {
      counters.accepted();
      resolve(result);
    };
    const onRefused = (error: unknown) => {
      counters.refused(error);
      reject(error);
    };
    Reflect.apply(then, result, [onAccepted, onRefused]);
  });
}

export function countedNow<T>(call: () => T, counters: Counters): T {
  try {
    const result = call();
    counters.accepted();
    return result;
  } catch (error) {
    counters.refused(error);
    throw error;
  }
}
