import type { WorkosFetchError, WorkosTokenErrorCode } from '../../index.cjs';

/** What the process ends with. */
export const STATUS = Object.freeze({ good: 0, failed: 1, misused: 2, unreachable: 3 });
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** Something was reached, and it is not a key set: waiting does not help. */
const REACHED: readonly string[] = [
  'NOT_HTTP',
  'CONTENT_ENCODING',
  'REDIRECT',
  'TOO_LARGE',
  'NOT_JSON',
  'NOT_A_KEY_SET',
  'NO_USABLE_KEY',
];
/** Statuses below 500 that pass: Request Timeout and Too Many Requests (RFC 9110, RFC 6585). */
const PASSING: readonly number[] = [408, 429];

interface Failure {
  readonly code?: string | undefined;
  readonly cause?: { readonly code?: unknown; readonly status?: unknown } | undefined;
}

export function statusOf({ code, cause }: Failure): Status {
  if (code === undefined) return STATUS.good;
  if ((code as WorkosTokenErrorCode) === 'INVALID_OPTIONS') return STATUS.misused;
  if ((code as WorkosTokenErrorCode) !== 'JWKS_FETCH_FAILED') return STATUS.failed;
  return isReached(cause ?? {}) ? STATUS.failed : STATUS.unreachable;
}

function isReached({ code, status }: NonNullable<Failure['cause']>): boolean {
  if ((code as WorkosFetchError['code']) !== 'STATUS') return REACHED.includes(String(code));
  return typeof status === 'number' && status < 500 && !PASSING.includes(status);
}
