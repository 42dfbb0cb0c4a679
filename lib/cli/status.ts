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

/** As the library gives it: an error, a part of a report, an explanation. */
interface Failure {
  readonly code?: string | null | undefined;
  readonly cause?: Cause | null | undefined;
}

interface Cause {
  readonly code: string;
  readonly status?: number | null | undefined;
}

export function statusOf({ code, cause }: Failure): Status {
  if (code === undefined || code === null) return STATUS.good;
  if (code === 'INVALID_OPTIONS') return STATUS.misused;
  if (code !== 'JWKS_FETCH_FAILED') return STATUS.failed;
  return cause && isReached(cause) ? STATUS.failed : STATUS.unreachable;
}

function isReached({ code, status }: Cause): boolean {
  if (code !== 'STATUS') return REACHED.includes(code);
  return typeof status === 'number' && status < 500 && !PASSING.includes(status);
}
