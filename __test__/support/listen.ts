// Listeners of the package's tracing channels.
import { tracingChannel } from 'node:diagnostics_channel';
import type { WorkosJwksEvent, WorkosVerifyEvent } from 'verify-workos-token';

const NAMES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
export type EventName = (typeof NAMES)[number];

/** What was published: on which channel, the very context, and what was in it then. */
export interface Published<Event> {
  name: EventName;
  context: Event;
  event: Event;
}

interface Listening<Event> {
  readonly published: Published<Event>[];
  stop(): void;
}

const stops: (() => void)[] = [];

/** For `afterEach`. */
export function stopListening(): void {
  for (const stop of stops.splice(0)) stop();
}

export function listen(
  channel: 'verify',
  names?: readonly EventName[],
): Listening<WorkosVerifyEvent>;
/** With a URL: of the keys from there alone. */
export function listen(
  channel: 'jwks',
  names?: readonly EventName[],
  url?: string,
): Listening<WorkosJwksEvent>;
export function listen(
  channel: 'verify' | 'jwks',
  names: readonly EventName[] = NAMES,
  url?: string,
): Listening<object> {
  const tracing = tracingChannel(`verify-workos-token.${channel}`);
  const published: Published<object>[] = [];
  const unsubscribes = names.map((name) => {
    const listener = (message: unknown) => {
      const context = message as { jwksUrl?: string };
      if (url !== undefined && context.jwksUrl !== url) return;
      published.push({ name, context, event: { ...context } });
    };
    tracing[name].subscribe(listener);
    return () => tracing[name].unsubscribe(listener);
  });
  const stop = () => {
    for (const unsubscribe of unsubscribes.splice(0)) unsubscribe();
  };
  stops.push(stop);
  return { published, stop };
}
