// What listeners of the tracing channels are told of a call. Nothing here runs while there are none.
// Of a token or a person no event says anything, and nothing is read back from one: a listener can
// do with it as it likes.

import type { WorkosEventError, WorkosVerifyEvent } from '../index.cjs';
import { addTo } from './add-to.ts';
import { bare } from './bare.ts';
import type { Binding, SightingRecord } from './binding.d.ts';
import {
  isJwksHeard,
  isVerifyHeard,
  publish,
  runWithin,
  verifyChannel as channel,
} from './channels.ts';
import { monotonicMs } from './clock.ts';
import { debugRefusal, isDebugging } from './debug.ts';
import { WorkosTokenError } from './error.ts';
import { createKeyEvents, type KeyEvents } from './key-events.ts';

type Method = WorkosVerifyEvent['method'];
/** As `endWatch` returns it. */
type Basis = SightingRecord | number | null;

/** Whether anyone is told of what calls come to. */
export function isWatched(): boolean {
  return isDebugging || isVerifyHeard() || isJwksHeard();
}

/** Tells listeners of calls, and of what happened to the keys meanwhile. */
export class Watch {
  readonly #binding: Binding;
  readonly #keyEvents: KeyEvents;

  constructor(binding: Binding) {
    this.#binding = binding;
    this.#keyEvents = createKeyEvents(binding);
  }

  /** `call` says which of several entries accepted, whose names are these. */
  async promise<T>(method: Method, call: (tell: Tell) => Promise<T>, names?: Names): Promise<T> {
    this.tellKeyEvents();
    const event = bare({ method });
    const from = monotonicMs();
    const { tell, nameOf } = listen(names);
    const { started, basis } = this.#begin(event, () => call(tell));
    publish(channel.end, event);
    const outcome = await settledLater(() => resultOf(started));
    this.#conclude(event, outcome, { from, basis, name: nameOf() });
    publish(channel.asyncStart, event);
    publish(channel.asyncEnd, event);
    this.tellKeyEvents();
    return resultOf(outcome);
  }

  sync<T>(method: Method, call: (tell: Tell) => T, names?: Names): T {
    this.tellKeyEvents();
    const event = bare({ method });
    const from = monotonicMs();
    const { tell, nameOf } = listen(names);
    const { started, basis } = this.#begin(event, () => call(tell));
    this.#conclude(event, started, { from, basis, name: nameOf() });
    publish(channel.end, event);
    this.tellKeyEvents();
    return resultOf(started);
  }

  /** Hands out what happened to the keys, if somebody listens. */
  tellKeyEvents(): void {
    if (isJwksHeard()) this.#keyEvents.tell();
  }

  /** Starts a call, and says what came of it at once and what that is based on. */
  #begin<T>(event: object, call: () => T): { started: Settled<T>; basis: Basis } {
    let begun: { started: Settled<T>; basis: Basis } | undefined;
    runWithin(channel.start, event, () => {
      this.#binding.beginWatch();
      const started = settled(call);
      begun = { started, basis: this.#binding.endWatch() };
    });
    return begun as unknown as { started: Settled<T>; basis: Basis };
  }

  #conclude(
    event: object,
    { error, isRefused }: Settled<unknown>,
    { from, basis, name }: Known,
  ): void {
    const sighting = typeof basis === 'number' ? this.#binding.sighting(basis) : basis;
    const { source, keySetHash } = bare(sighting ?? ({} as Partial<SightingRecord>));
    const outcome = isRefused ? 'refused' : 'accepted';
    addTo(event, { outcome, source, keySetHash, durationMs: monotonicMs() - from });
    if (!isRefused) addTo(event, { name });
    if (!isRefused) return;
    debugRefusal(error);
    const described = describeError(error);
    addTo(event, { code: described.code, error: described });
    publish(channel.error, event);
  }
}

interface Known {
  from: number;
  basis: Basis;
  name: string | undefined;
}

type Names = readonly string[] | undefined;
/** Takes the place of the entry that accepted, of several. */
export type Tell = (entry: number) => void;

function listen(names: Names): { tell: Tell; nameOf: () => string | undefined } {
  let entry: number | undefined;
  return {
    tell: (told) => {
      entry = told;
    },
    nameOf: () => (entry === undefined ? undefined : names?.[entry]),
  };
}

interface Settled<T> {
  isRefused: boolean;
  value?: T;
  error?: unknown;
}

function settled<T>(call: () => T): Settled<T> {
  try {
    return { isRefused: false, value: call() };
  } catch (error) {
    return { isRefused: true, error };
  }
}

async function settledLater<T>(call: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { isRefused: false, value: await call() };
  } catch (error) {
    return { isRefused: true, error };
  }
}

function resultOf<T>({ isRefused, value, error }: Settled<T>): T {
  if (isRefused) throw error;
  return value as T;
}

/** What an error says that is in our own words: its claims are a person's. */
function describeError(error: unknown): WorkosEventError {
  if (!(error instanceof WorkosTokenError)) return bare({ name: 'Error', message: 'an error' });
  const { name, code, message, hint } = error;
  const cause = Object.hasOwn(error, 'cause')
    ? (error.cause as WorkosEventError['cause'])
    : undefined;
  const described = bare({ name, code, message, hint }) as WorkosEventError;
  if (cause !== undefined)
    addTo(described, { cause: bare({ ...bare(cause), message: cause.message }) });
  return described;
}
