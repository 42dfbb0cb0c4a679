// Checked by the compiler alone: what listeners of the tracing channels are given.
import type { WorkosJwksEvent, WorkosTokenErrorCode, WorkosVerifyEvent } from 'verify-workos-token';

export function callsAreTyped(event: WorkosVerifyEvent): string {
  const code: WorkosTokenErrorCode | undefined = event.code;
  const milliseconds: number | undefined = event.durationMs;
  const hash: string | undefined = event.keySetHash;
  if (event.source === 'token cache' || event.source === 'fixed') return String(hash);
  // @ts-expect-error: there is no such source.
  if (event.source === 'cache') return '';
  // @ts-expect-error: only the package writes into it.
  event.outcome = 'accepted';
  // @ts-expect-error: no event holds the claims.
  event.claims;
  const status: number | undefined = event.error?.cause?.status;
  return `${event.method} ${event.outcome} ${code} ${milliseconds} ${event.error?.hint} ${status}`;
}

export function keyEventsNarrowByTheirName(event: WorkosJwksEvent): string {
  const where: string = `${event.sequence} ${event.entry} ${event.jwksUrl} ${event.request}`;
  switch (event.event) {
    case 'request': {
      const startedAt: number = event.startedAt;
      // @ts-expect-error: a request that is under way has no end yet.
      const endedAt: number = event.endedAt;
      return `${startedAt} ${endedAt} ${event.reason} ${event.outcome} ${event.error?.status}`;
    }
    case 'key added':
    case 'key removed':
      return `${event.at} ${event.kid} ${event.thumbprint}`;
    case 'stale serve':
      return `${event.at} ${event.ageMs}`;
    case 'back-off':
      return `${event.at} ${event.pauseMs} ${event.failures}`;
    default: {
      const none: never = event;
      return `${none} ${where}`;
    }
  }
}
