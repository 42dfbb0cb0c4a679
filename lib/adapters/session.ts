// The session cookie of a request, for all adapters, and whether the request may use it.

import type { WorkosEntrySession, WorkosSession } from '../../index.cjs';
import { hintOf } from '../causes.ts';
import { WorkosTokenError } from '../error.ts';
import { requireEntryPassword } from '../entry-sessions.ts';
import { readEntries } from '../options/entries.ts';
import { cookiePasswords, readCookiePassword } from '../options/session.ts';
import { memberOf } from '../options/readers.ts';
import { cookieIn } from './cookie.ts';
import { isCrossSite } from './cross-site.ts';
import { cookiesOf, headerOf } from './headers.ts';
import { type AdapterOptions, looksFor } from './options.ts';
import { cookieNameOfEnvironment } from './session-options.ts';

/**
 * In which AuthKit's proxy for Next passes on a session that it has just refreshed, while the cookie of
 * the request is still the old one. The proxy removes a client's own; and it is verified like a cookie.
 */
const REFRESHED_SESSION = 'x-workos-session';

/** Where a session may be. */
export interface SessionPlace {
  cookieName: string;
  /** Whether AuthKit's proxy may stand before the adapter. */
  behindProxy: boolean;
}

/**
 * `undefined` if sessions are not looked for. Where they are, a password must be there: without a
 * session in the request, nobody would notice that it is missing.
 */
export function sessionPlace(
  own: AdapterOptions,
  verification: object | undefined,
  behindProxy = false,
): SessionPlace | undefined {
  if (!looksFor('session', own)) return undefined;
  if (own.entries === undefined) requireCookiePassword(verification);
  else requireEntryPassword(readEntries(verification));
  return { cookieName: own.cookieName ?? cookieNameOfEnvironment(), behindProxy };
}

/** The options are a snapshot without a prototype. */
function requireCookiePassword(verification: { cookiePassword?: unknown } | undefined): void {
  const given = verification?.cookiePassword;
  cookiePasswords(given === undefined ? undefined : readCookiePassword(given))();
}

/** The sealed session; `undefined` for a request without one. An emptied cookie is none. */
export function sealedSessionOf(
  request: unknown,
  { cookieName, behindProxy }: SessionPlace,
): string | undefined {
  // First: it refuses what has no headers.
  const cookies = cookiesOf(request);
  const refreshed = behindProxy ? headerOf(request, REFRESHED_SESSION) : undefined;
  return refreshed || cookieIn(cookies, cookieName) || undefined;
}

/**
 * Refuses a request that another site made the browser send. What the session came in doesn't matter:
 * AuthKit's proxy adds its header to every request.
 */
export function refuseCrossSite(request: unknown, trustedOrigins: readonly string[] = []): void {
  const method = memberOf(Object(request), 'method');
  const sender = {
    method: typeof method === 'string' ? method : undefined,
    fetchSite: headerOf(request, 'sec-fetch-site'),
    origin: headerOf(request, 'origin'),
    host: hostOf(request),
  };
  if (isCrossSite(sender, trustedOrigins)) throw crossSiteRequest();
}

/**
 * As the client named it: HTTP/2 has it in a header of its own, which counts before the other one
 * (RFC 9113, section 8.3.1), and a Fetch request may have it in its URL alone.
 */
function hostOf(request: unknown): string | undefined {
  const named = authorityOf(request) ?? headerOf(request, 'host');
  if (named !== undefined) return named;
  const url = memberOf(Object(request), 'url');
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).host : undefined;
}

/** `:authority` (RFC 9113, section 8.3.1). Headers of Fetch can't have such a name. */
function authorityOf(request: unknown): string | undefined {
  const headers = memberOf(Object(request), 'headers');
  const isNode = typeof memberOf(Object(headers), 'get') !== 'function';
  return isNode ? headerOf(request, ':authority') : undefined;
}

/** An access token that has expired inside of a good seal: browsers go on sending the old cookie. */
export function isExpiredSession(error: unknown): boolean {
  return error instanceof WorkosTokenError && error.code === 'TOKEN_EXPIRED';
}

/** The identity behind a request with a session. */
export function identityOf(session: WorkosSession) {
  const identity = { claims: session.claims, token: session.accessToken, session };
  // Not enumerable in a session, and only with several entries.
  if (!Object.hasOwn(session, 'name')) return Object.freeze(identity);
  const { name } = session as WorkosEntrySession;
  return Object.freeze({ ...identity, name });
}

export function missingSession(): WorkosTokenError {
  return new WorkosTokenError({
    code: 'INVALID_SESSION',
    reason: 'missing',
    credentials: 'missing',
    message: 'the request has no session cookie',
    hint: hintOf('no-session-cookie'),
  });
}

function crossSiteRequest(): WorkosTokenError {
  return new WorkosTokenError({
    code: 'CROSS_SITE_REQUEST',
    message: 'another site sent this request, with the session cookie of its user',
    hint: hintOf('cross-site-request'),
  });
}
