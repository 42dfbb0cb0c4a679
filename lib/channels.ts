// The tracing channels of `node:diagnostics_channel`. They are found by name, so that every copy of
// this file in a thread publishes to the same ones.

/** As far as all runtimes have it. */
interface Channel {
  readonly hasSubscribers: boolean;
  publish(event: object): void;
  /** Node's, for stores that are bound to the channel. */
  runStores?(event: object, run: () => void): unknown;
}

export interface TracingChannel {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;
}

/** For a runtime without the module. */
const SILENT: Channel = Object.freeze({ hasSubscribers: false, publish() {} });

const diagnostics = process.getBuiltinModule('node:diagnostics_channel');

function tracingChannel(name: string): TracingChannel {
  // One by one, as Node's own function makes them: it came later than its parts.
  const channel = (event: string): Channel =>
    diagnostics?.channel?.(`tracing:${name}:${event}`) ?? SILENT;
  return {
    start: channel('start'),
    end: channel('end'),
    asyncStart: channel('asyncStart'),
    asyncEnd: channel('asyncEnd'),
    error: channel('error'),
  };
}

export const verifyChannel = tracingChannel('verify-workos-token.verify');
export const jwksChannel = tracingChannel('verify-workos-token.jwks');

export function isVerifyHeard(): boolean {
  return isHeard(verifyChannel);
}

export function isJwksHeard(): boolean {
  return isHeard(jwksChannel);
}

/** On the path of every call. Node's own test of the whole came later than the channels. */
function isHeard({ start, end, asyncStart, asyncEnd, error }: TracingChannel): boolean {
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    error.hasSubscribers
  );
}

/** A listener that throws is its own program's problem; some runtimes would make it ours. */
export function publish(channel: Channel, event: object): void {
  try {
    channel.publish(event);
  } catch {
    // The result of the call is what it is.
  }
}

/** Runs what must not throw, once, in the stores that are bound to the channel. */
export function runWithin(channel: Channel, event: object, run: () => void): void {
  let hasRun = false;
  const once = () => {
    if (hasRun) return;
    hasRun = true;
    run();
  };
  try {
    if (typeof channel.runStores === 'function') channel.runStores(event, once);
    else channel.publish(event);
  } catch {
    // As above.
  }
  once();
}
