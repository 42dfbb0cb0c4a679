// The passwords that session cookies are sealed with. They are handed to native code at each call and
// are kept nowhere else: neither in the memory of checked options nor under a key of anything, since
// both would hold them for as long as the process lives.

import { hintOf } from '../causes.ts';
import { variable } from './environment.ts';
import { describe, hasLoneSurrogate } from './kinds.ts';
import { isArray, readArray } from './readers.ts';
import { refuse, refuseKind, refuseValue } from './refuse.ts';

const VARIABLE = 'WORKOS_COOKIE_PASSWORD';
/** What iron asks for: two keys of 32 bytes are derived from it. */
const MIN_CHARACTERS = 32;
/** A longer text is a file or a key that got there by mistake, and would cost time with each cookie. */
const MAX_CHARACTERS = 1_024;
/** Enough for a rotation: each is tried with each cookie that is not good. */
const MAX_PASSWORDS = 4;

const PASSWORD = `a string of ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters`;
const PASSWORDS = `${PASSWORD}, or an array of 1 to ${MAX_PASSWORDS} of these`;
/** A copy of the passwords. Neither a password nor its length is ever shown. */
export function readCookiePassword(value: unknown): string[] {
  if (!isArray(value)) return [readPassword('cookiePassword', value, PASSWORDS)];
  const passwords = readArray('cookiePassword', value, PASSWORDS);
  if (passwords.length === 0) throw refuseValue('cookiePassword', value, PASSWORDS);
  if (passwords.length > MAX_PASSWORDS)
    throw refuseKind('cookiePassword', 'an array of more', PASSWORDS);
  return passwords.map((password) => readPassword('cookiePassword', password, PASSWORDS, true));
}

/**
 * The passwords that were given, or the one in the environment, which is read at the first call of the
 * function that is returned, and once: only sessions need it.
 */
export function cookiePasswords(given: readonly string[] | undefined): () => readonly string[] {
  let inEnvironment: { text: string | undefined } | undefined;
  return () => {
    if (given !== undefined) return given;
    inEnvironment ??= { text: variable(VARIABLE) };
    if (inEnvironment.text) return [readPassword(VARIABLE, inEnvironment.text, PASSWORD)];
    throw refuse(
      `the option "cookiePassword" is missing, and so is ${VARIABLE}`,
      hintOf('cookie-password'),
    );
  };
}

/** Whether there is a password, be it given or in the environment, good or not. */
export function hasCookiePassword(given: readonly string[] | undefined): boolean {
  return given !== undefined || Boolean(variable(VARIABLE));
}

function readPassword(option: string, value: unknown, allowed: string, isInArray = false): string {
  const kind = kindOfPassword(value);
  if (kind === undefined) return value as string;
  throw refuseKind(option, isInArray ? `an array with ${kind}` : kind, allowed, hintFor(value));
}

/** What is wrong with it. */
function kindOfPassword(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || hasLoneSurrogate(value)) return describe(value);
  if (value.length < MIN_CHARACTERS) return 'a string that is too short';
  return value.length > MAX_CHARACTERS ? 'a string that is too long' : undefined;
}

function hintFor(value: unknown): string | undefined {
  return typeof value === 'string' ? hintOf('cookie-password') : undefined;
}
