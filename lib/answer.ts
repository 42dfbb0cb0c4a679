// The HTTP response to a request that an error ends, by RFC 6750, section 3.

import { bare } from './bare.ts';
import type { ErrorCode, RefusalRecord } from './binding.d.ts';

export type Status = 400 | 401 | 403 | 500 | 503;
type Credentials = RefusalRecord['credentials'];
export type Headers = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: Status;
  readonly headers: Headers;
  readonly body: string;
}

/** The HTTP status of a code (RFC 6750, section 3.1). The others are 401. */
const STATUSES: Readonly<Partial<Record<ErrorCode, Status>>> = bare({
  FORBIDDEN_ORGANIZATION: 403,
  MISSING_PERMISSION: 403,
  IMPERSONATION_DENIED: 403,
  CROSS_SITE_REQUEST: 403,
  JWKS_FETCH_FAILED: 503,
  INVALID_OPTIONS: 500,
});

/** The `error` of a response's body, by status. */
const BODY_ERRORS: Readonly<Record<Status, string>> = Object.freeze({
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
  500: 'server_error',
  503: 'temporarily_unavailable',
});

/** The `error` for a user who must sign in again (RFC 9470, section 3). */
const SIGN_IN_AGAIN = 'insufficient_user_authentication';

/** The challenge to a request without credentials, and the `error` of its body. */
const BARE_CHALLENGE = 'Bearer';
const NO_CREDENTIALS = 'unauthorized';
/** No other token would help, so that there is no challenge. */
const CROSS_SITE_REQUEST = 'CROSS_SITE_REQUEST';
const CROSS_SITE = 'cross_site_request';

export function statusOf(code: ErrorCode, credentials?: Credentials): Status {
  return credentials === 'malformed' ? 400 : (STATUSES[code] ?? 401);
}

/** What the headers of a response say of a refusal. */
interface Reason {
  code: ErrorCode;
  credentials: Credentials | undefined;
  retryAfterSeconds: number | undefined;
  maxAgeSeconds: number | undefined;
}

/** A request without credentials learns only the scheme (RFC 6750, section 3.1). */
export function responseHeaders(
  status: Status,
  { code, credentials, retryAfterSeconds = 1, maxAgeSeconds }: Reason,
): Record<string, string> {
  if (status === 503) return { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
  if (status === 500 || code === CROSS_SITE_REQUEST) return {};
  if (credentials === 'missing') return { 'WWW-Authenticate': BARE_CHALLENGE };
  if (maxAgeSeconds !== undefined)
    return { 'WWW-Authenticate': `Bearer error="${SIGN_IN_AGAIN}", max_age="${maxAgeSeconds}"` };
  return { 'WWW-Authenticate': `Bearer error="${BODY_ERRORS[status]}"` };
}

/** The whole response. Of the error it says no more than its code. */
export function answerOf(error: { status: Status; headers: Headers; code: string }): Answer {
  const { status, headers, code } = error;
  return {
    status,
    headers: { ...headers, 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
    body: JSON.stringify({ error: bodyError(status, headers, code), code }),
  };
}

function bodyError(status: Status, headers: Headers, code: string): string {
  if (code === 'REAUTHENTICATION_REQUIRED') return SIGN_IN_AGAIN;
  if (code === CROSS_SITE_REQUEST) return CROSS_SITE;
  const challenge = bare(headers)['WWW-Authenticate'];
  const isBare = challenge !== undefined && !challenge.startsWith(`${BARE_CHALLENGE} error="`);
  return isBare ? NO_CREDENTIALS : BODY_ERRORS[status];
}
