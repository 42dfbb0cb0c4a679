// The adapters' options for the session cookie.

import { readVariable } from '../options/environment.ts';
import { readArray } from '../options/readers.ts';
import { refuse, refuseKind, refuseValue } from '../options/refuse.ts';
import { anotherString, readSome } from '../options/values.ts';

export type Credentials = 'bearer' | 'session';

const CREDENTIALS: readonly unknown[] = Object.freeze(['bearer', 'session']);
const CREDENTIALS_ALLOWED = "a non-empty array of 'bearer' and 'session'";

const COOKIE_NAME_VARIABLE = 'WORKOS_COOKIE_NAME';
const DEFAULT_COOKIE_NAME = 'wos-session';
/** A token (RFC 6265, section 4.1.1; RFC 9110, section 5.6.2). */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const COOKIE_NAME_ALLOWED =
  'the name of a cookie (letters, digits and some of the other characters)';

const IN_AN_ARRAY = 'Put the origin into an array: `["..."]`.';
const ORIGINS = "an array of origins, such as 'https://admin.example.com'";

/** Which credentials are looked for. */
export function readCredentials(value: unknown): Credentials[] {
  const kinds = readArray('credentials', value, CREDENTIALS_ALLOWED);
  if (kinds.length === 0) throw refuseValue('credentials', value, CREDENTIALS_ALLOWED);
  const odd = kinds.find((kind) => !CREDENTIALS.includes(kind));
  if (odd === undefined && !kinds.includes(undefined)) return kinds as Credentials[];
  throw refuseKind('credentials', `an array with ${anotherString(odd)}`, CREDENTIALS_ALLOWED);
}

export function readCookieName(value: unknown): string {
  if (isCookieName(value)) return value;
  throw refuseKind('cookieName', anotherString(value), COOKIE_NAME_ALLOWED);
}

/** The name in the environment, which WorkOS's SDKs use too. */
export function cookieNameOfEnvironment(): string {
  const name = readVariable(COOKIE_NAME_VARIABLE) || DEFAULT_COOKIE_NAME;
  if (isCookieName(name)) return name;
  throw refuse(
    `${COOKIE_NAME_VARIABLE} must be ${COOKIE_NAME_ALLOWED}, not ${anotherString(name)}`,
    'Set it to the name that the application gives its session cookie, without quotes or white space.',
  );
}

function isCookieName(value: unknown): value is string {
  return typeof value === 'string' && COOKIE_NAME.test(value);
}

/** As browsers send them: a trailing slash or a path would never match. */
export function readTrustedOrigins(value: unknown): string[] {
  const origins = readSome('trustedOrigins', value, ORIGINS);
  if (typeof value === 'string') throw refuseValue('trustedOrigins', value, ORIGINS, IN_AN_ARRAY);
  if (origins.every(isOrigin)) return origins;
  throw refuseKind(
    'trustedOrigins',
    'an array with a string that is no origin',
    ORIGINS,
    'An origin is a scheme, a host in lower case and perhaps a port: no path, no slash at the end, no wildcard.',
  );
}

/** A host may have an asterisk in it, but no browser sends one. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || text.includes('*')) return false;
  const { protocol, origin } = new URL(text);
  return /^https?:$/.test(protocol) && origin === text;
}
