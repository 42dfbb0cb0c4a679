// What listeners of `verify-workos-token.jwks` are told. The native side keeps what happened to the
// keys of the process, and each thread with listeners takes it from there with its calls: nothing
// wakes a thread for it, and nothing keeps one alive.

import { addTo } from './add-to.ts';
import { bare } from './bare.ts';
import type { Binding, CauseRecord, KeyEventRecord } from './binding.d.ts';
import { jwksChannel as channel, publish } from './channels.ts';

/** Where a binding holds what its copies of the JavaScript share. */
const STATE = Symbol.for('verify-workos-token.key-events');
/** How many requests are remembered that have not ended: more than a program has key sources. */
const MAX_REQUESTS = 1_000;

interface State {
  /** The request under way, by the number of its source. There is one at a time. */
  requests: Map<number, { request: number; event: object }>;
  isTelling: boolean;
}

export interface KeyEvents {
  /** Tells what happened since the last time. */
  tell(): void;
}

export function createKeyEvents(binding: Binding): KeyEvents {
  const state = stateOf(binding);
  return {
    tell() {
      // A listener may make calls: what happened in them comes with the next one.
      if (state.isTelling) return;
      state.isTelling = true;
      try {
        binding.keyEvents()?.forEach((record) => {
          publishRecord(state, bare(record));
        });
      } finally {
        state.isTelling = false;
      }
    },
  };
}

function stateOf(binding: Binding): State {
  const known: State | undefined = Object.getOwnPropertyDescriptor(binding, STATE)?.value;
  if (known !== undefined) return known;
  const state: State = { requests: new Map(), isTelling: false };
  Reflect.defineProperty(binding, STATE, bare({ value: state }));
  return state;
}

function publishRecord(state: State, record: KeyEventRecord): void {
  if (record.kind === 'request') openRequest(state, record, record.at);
  else if (record.kind === 'request ended') endRequest(state, record);
  else publishMoment(record);
}

/** What has no length: a start and an end at once. */
function publishMoment({ kind, ...known }: KeyEventRecord): void {
  const event = bare({ event: kind });
  addTo(event, known);
  publish(channel.start, event);
  publish(channel.end, event);
}

function openRequest({ requests }: State, record: KeyEventRecord, startedAt: number): object {
  const { sequence, entry, jwksUrl, request, reason } = record;
  const event = bare({ event: 'request', sequence, entry, jwksUrl, request, reason, startedAt });
  requests.delete(entry);
  requests.set(entry, { request, event });
  if (requests.size > MAX_REQUESTS) requests.delete(Number(requests.keys().next().value));
  publish(channel.start, event);
  publish(channel.end, event);
  return event;
}

/** A request that began before anyone listened is told whole, too. */
function endRequest(state: State, record: KeyEventRecord): void {
  const { sequence, entry, request, startedAt = 0, at: endedAt, durationMs } = record;
  const open = state.requests.get(entry);
  const isKnown = open?.request === request;
  const event = isKnown ? open.event : openRequest(state, record, startedAt);
  state.requests.delete(entry);
  const { outcome, keySetHash, keysAdded, keysRemoved, cause } = record;
  addTo(event, { sequence, endedAt, durationMs, outcome, keySetHash, keysAdded, keysRemoved });
  if (cause !== undefined) publishFailure(event, bare(cause));
  publish(channel.asyncStart, event);
  publish(channel.asyncEnd, event);
}

function publishFailure(event: object, { code, message, status }: CauseRecord): void {
  const error = bare({ name: 'WorkosFetchError', code, message });
  addTo(error, { status });
  addTo(event, { code, error });
  publish(channel.error, event);
}
