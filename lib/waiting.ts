// The calls that wait for the native side. Their outcomes come back together, to one function for all
// of them: a function for each call would be made, referenced and entered for each.

import type { Binding, Dispatcher, Outcome, Settle, WaitingCalls } from './binding.d.ts';

/**
 * The calls that wait in this thread. All copies of this file that use one binary share the first
 * one's, since the native side calls one function alone. That function is made for the first call that
 * may wait, so that loading the package costs nothing.
 */
export function waitingCalls(binding: Binding): WaitingCalls {
  let shared: WaitingCalls | undefined;
  const calls = () => {
    shared ??= binding.dispatcher(createDispatcher()).calls;
    return shared;
  };
  return {
    number: () => calls().number(),
    wait: (number, settle) => calls().wait(number, settle),
  };
}

function createDispatcher(): Dispatcher {
  /** Counts up to 2^53, so that no number comes twice: an outcome can't reach another call. */
  let last = 0;
  const waiting = new Map<number, Settle>();

  function dispatch(...batch: (number | Outcome)[]): void {
    for (let index = 0; index < batch.length; index += 2) {
      const number = batch[index] as number;
      const settle = waiting.get(number);
      waiting.delete(number);
      settle?.(batch[index + 1] as Outcome);
    }
  }

  const calls: WaitingCalls = {
    number: () => {
      last += 1;
      return last;
    },
    wait: (number, settle) => {
      waiting.set(number, settle);
    },
  };
  return Object.assign(dispatch, { calls });
}
