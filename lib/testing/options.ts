// The test issuer's options, read and checked. A mistake is a `TypeError` that names the option.

import type { TestAlgorithm } from '../../entries/testing.cjs';
import { ALGORITHMS } from '../algorithms.ts';
import {
  describe,
  describeNumber,
  hasLoneSurrogate,
  isInherited,
  isPlainObject,
} from '../options/kinds.ts';
import { hintForName } from '../options/names.ts';

export type Audience = string | readonly string[] | null;

export interface Identity {
  clientId: string;
  issuer: string;
  /** Whether it was given as an option. */
  hasOwnIssuer: boolean;
  audience: Audience;
  algorithm: TestAlgorithm;
  /** What sessions are sealed with, if any are. */
  cookiePassword: string | undefined;
  /** The issuer of Connect tokens, if it was given as an option. */
  authkitIssuer: string | undefined;
  /** The audience of Connect tokens. */
  resource: string;
}

interface SignOptions {
  header: object;
  expiresInSeconds: number;
  now: number;
}

/** The bounds of the verifier's own option. */
const MIN_PASSWORD_CHARACTERS = 32;
const MAX_PASSWORD_CHARACTERS = 1_024;
/** The lifetime of WorkOS's tokens in production. */
export const DEFAULT_LIFETIME_SECONDS = 300;
/** The last second of the year 9999: milliseconds passed for seconds lie beyond it. */
const LATEST_UNIX_SECONDS = 253_402_300_799;

const OPTIONS = [
  'clientId',
  'issuer',
  'audience',
  'algorithm',
  'cookiePassword',
  'authkitDomain',
  'resource',
] as const;
/** Of an MCP server that does not exist (RFC 2606). */
const DEFAULT_RESOURCE = 'https://mcp.example.com/mcp';

export function readOptions(given: unknown): Identity {
  const own = ownOptions(given, OPTIONS);
  const { clientId = 'client_test', algorithm = 'RS256' } = own;
  requireText('clientId', clientId);
  const { audience = clientId } = own;
  requireAudience(audience);
  const { issuer = `https://api.workos.com/user_management/${clientId}` } = own;
  requireText('issuer', issuer);
  requireAlgorithm(algorithm);
  const { cookiePassword } = own;
  requirePassword(cookiePassword);
  const { resource = DEFAULT_RESOURCE, authkitDomain } = own;
  requireText('resource', resource);
  const isArray = typeof audience === 'object' && audience !== null;
  return {
    clientId,
    issuer,
    hasOwnIssuer: own.issuer !== undefined,
    audience: isArray ? Object.freeze(audience.slice()) : audience,
    algorithm,
    cookiePassword,
    authkitIssuer: authkitDomain === undefined ? undefined : readDomain(authkitDomain),
    resource,
  };
}

export function readSignOptions(given: unknown): SignOptions {
  const {
    header = {},
    expiresInSeconds = DEFAULT_LIFETIME_SECONDS,
    now = presentSeconds(),
  } = ownOptions(given, ['header', 'expiresInSeconds', 'now']);
  requireObject('header', header);
  requireSeconds('expiresInSeconds', expiresInSeconds);
  requireSeconds('now', now);
  return { header, expiresInSeconds, now };
}

/**
 * A copy without a prototype: a polluted `Object.prototype` sets no option. What was read is
 * checked by the caller.
 */
export function ownOptions<Name extends string>(
  given: unknown,
  allowed: readonly Name[],
): Partial<Record<Name, unknown>> {
  requireObject('options', given);
  const inherited = allowed.find((name) => isInherited(given, name));
  if (inherited !== undefined)
    throw new TypeError(`the option "${inherited}" is inherited; only own properties count`);
  const copy = Object.create(null);
  Reflect.ownKeys(given).forEach((key) => {
    if (!allowed.some((name) => name === key)) throw unknownOption(key, allowed);
    copy[key] = Reflect.get(given, key);
  });
  return copy;
}

function unknownOption(key: string | symbol, allowed: readonly string[]): TypeError {
  const isShown = typeof key === 'string' && /^\w{1,40}$/.test(key);
  const shown = isShown ? ` ${JSON.stringify(key)}` : '';
  const hint = isShown ? hintForName(key, allowed, 'options') : '';
  const question = hint.startsWith('Did you mean') ? `${hint} The` : 'the';
  return new TypeError(`unknown option${shown}; ${question} options are ${allowed.join(', ')}`);
}

/** A map, a promise or a class has no members of its own to copy: it would be ignored in silence. */
export function requireObject(name: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${name} must be an object; got ${kindOf(value)}`);
  if (!isPlainObject(value))
    throw new TypeError(`${name} must be a plain object; got ${kindOf(value)}`);
}

export function requireText(name: string, value: unknown): asserts value is string {
  if (isText(value)) return;
  throw new TypeError(`${name} must be a non-empty string; got ${kindOf(value)}`);
}

function requirePassword(value: unknown): asserts value is string | undefined {
  if (value === undefined) return;
  const isRight =
    isText(value) &&
    value.length >= MIN_PASSWORD_CHARACTERS &&
    value.length <= MAX_PASSWORD_CHARACTERS;
  if (isRight) return;
  throw new TypeError(
    `cookiePassword must be a string of ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters; got ${kindOf(value)}`,
  );
}

/** As the verifier takes it: a host, or the origin of one. */
function readDomain(value: unknown): string {
  if (isText(value)) {
    const url = value.includes('://') ? value : `https://${value}`;
    const origin = URL.canParse(url) ? new URL(url).origin : '';
    if (origin === url || `${origin}/` === url) return origin;
  }
  throw new TypeError(
    `authkitDomain must be a domain such as acme.authkit.app, or its origin; got ${kindOf(value)}`,
  );
}

function requireAudience(value: unknown): asserts value is Audience {
  if (value === null || isText(value)) return;
  if (Array.isArray(value) && value.length > 0 && value.every(isText)) return;
  throw new TypeError(
    `audience must be a non-empty string, a non-empty array of them, or null; got ${kindOf(value)}`,
  );
}

function requireSeconds(name: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Math.abs(value) <= LATEST_UNIX_SECONDS) return;
  const got = typeof value === 'number' ? kindOfTime(value) : kindOf(value);
  throw new TypeError(
    `${name} must be a number of seconds up to ${LATEST_UNIX_SECONDS}; got ${got}`,
  );
}

function kindOfTime(value: number): string {
  return Number.isFinite(value)
    ? 'a number that is too large, or milliseconds'
    : describeNumber(value);
}

function requireAlgorithm(value: unknown): asserts value is TestAlgorithm {
  if (ALGORITHMS.some((name) => name === value)) return;
  throw new TypeError(`algorithm must be one of ${ALGORITHMS.join(', ')}; got ${kindOf(value)}`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !hasLoneSurrogate(value);
}

/** Never the value itself: a token or a secret may have been passed by mistake, and test logs are public. */
export function kindOf(value: unknown) {
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object') return describe(value);
  if (typeof value !== 'string') return typeof value;
  return hasLoneSurrogate(value) ? describe(value) : 'another string';
}

// Read at each call, so that fake timers and a mocked Date decide.
export function presentSeconds() {
  return Math.floor(Date.now() / 1000);
}
