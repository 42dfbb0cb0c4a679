// Where the keys come from, and how they are kept.

import type { WorkosJwksCacheOptions } from '../../index.cjs';
import { bare } from '../bare.ts';
import { hintOf } from '../causes.ts';
import { describe, describeNumber, hasLoneSurrogate } from './kinds.ts';
import { isArray, readArray, readMember, readOwnMemberOnly, readRecord } from './readers.ts';
import { refuseKind, refuseValue } from './refuse.ts';

/** The members of a JWK that play a part; others are ignored (RFC 7517, section 4). */
const JWK_MEMBERS = ['kty', 'kid', 'use', 'key_ops', 'alg', 'n', 'e', 'crv', 'x', 'y'];

const CACHE_READERS = Object.freeze({
  // From 1 if the URL is on a loopback host, which is known only later.
  maxAgeSeconds: (value: unknown) => readNumber('maxAgeSeconds', value, 1, 86_400),
  staleIfErrorSeconds: (value: unknown) => readNumber('staleIfErrorSeconds', value, 0, 604_800),
  cooldownSeconds: (value: unknown) => readNumber('cooldownSeconds', value, 1, 300),
  timeoutMs: (value: unknown) => readNumber('timeoutMs', value, 100, 30_000),
  ca: readCertificates,
} satisfies Record<keyof WorkosJwksCacheOptions, unknown>);

/** None for `maxAgeSeconds`: if it is left out, the key server may shorten or lengthen the default. */
const CACHE_DEFAULTS = Object.freeze({
  staleIfErrorSeconds: 3_600,
  cooldownSeconds: 10,
  timeoutMs: 5_000,
});

export interface CachePolicy {
  maxAgeSeconds?: number | undefined;
  staleIfErrorSeconds: number;
  cooldownSeconds: number;
  timeoutMs: number;
  ca?: string;
}

export function readJwksCache(value: unknown): CachePolicy {
  return bare({ ...CACHE_DEFAULTS, ...readRecord('jwksCache', value, CACHE_READERS) });
}

function readNumber(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  if (name === 'maxAgeSeconds') throw refuseMaxAge(value);
  throw refuseNumber(name, value, { least, most }, `a number from ${least} to ${most}`);
}

/** A loopback URL has another minimum. */
export function refuseMaxAge(value: unknown): Error {
  const allowed = 'a number from 30 to 86400 (from 1 for a loopback URL)';
  return refuseNumber('maxAgeSeconds', value, { least: 30, most: 86_400 }, allowed);
}

function refuseNumber(
  name: string,
  value: unknown,
  bounds: { least: number; most: number },
  allowed: string,
) {
  const kind = typeof value === 'number' ? describeNumber(value, bounds) : describe(value);
  return refuseKind(`jwksCache.${name}`, kind, allowed);
}

/** PEM certificates, each of which must parse: one that is dropped in silence is an outage later. */
function readCertificates(value: unknown): string {
  const allowed = 'PEM certificates, as a string or an array of strings';
  const texts = typeof value === 'string' ? [value] : readArray('jwksCache.ca', value, allowed);
  if (value === '' || texts.length === 0) throw refuseValue('jwksCache.ca', value, allowed);
  const blocks = texts.flatMap((text) => certificatesOf(text, allowed));
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    return blocks.map((block) => String(new X509Certificate(block))).join('');
  } catch {
    throw refuseKind('jwksCache.ca', 'a certificate that does not parse', allowed);
  }
}

/** From each opening line to the next, so that a certificate that is cut off is noticed. */
function certificatesOf(text: unknown, allowed: string): string[] {
  if (typeof text !== 'string' || text === '')
    throw refuseKind('jwksCache.ca', `an array with ${describe(text)}`, allowed);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw refuseKind('jwksCache.ca', 'a private key', allowed, hintOf('private-key-as-ca'));
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    const kind = 'a string without a PEM certificate';
    throw refuseKind('jwksCache.ca', kind, allowed, hintOf('file-name-as-ca'));
  }
  const blocks = text.split(/(?=-----BEGIN CERTIFICATE-----)/);
  const isText = blocks.length > 1 && !blocks[0].startsWith('-----BEGIN');
  return isText ? blocks.slice(1) : blocks;
}

/**
 * A fixed set. Each key is copied member by member, each read once; one that is no object, or has a
 * member of a wrong type, stays in the set and is unusable there. A member that a class or a
 * prototype holds would be lost in silence, and with it what limits the use of the key.
 */
export function readJwks(value: unknown): object {
  const allowed = 'a key set: an object with an array of keys';
  const kind = describe(value);
  if (!isObject(value) || (kind !== 'an object' && kind !== 'an instance of a class'))
    throw refuseValue('jwks', value, allowed);
  const keys = readArray(
    'jwks.keys',
    readOwnMemberOnly('jwks.keys', value, 'keys'),
    'an array of keys',
  );
  return bare({ keys: keys.map((key) => (isObject(key) ? readJwk(key) : null)) });
}

function readJwk(key: object): object {
  const jwk = Object.create(null);
  JWK_MEMBERS.forEach((name) => {
    const value = readOwnMemberOnly('jwks.keys', key, name);
    if (value === undefined) return;
    const isList = name === 'key_ops' && isArray(value);
    jwk[name] = isList
      ? readArray('jwks.keys', value, 'an array of keys').map(stringOrNull)
      : stringOrNull(value);
  });
  return jwk;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The normalized URL of a key set, as text: a `URL` can be changed later. */
export function readJwksUrl(value: unknown): string {
  const allowed = 'an https URL (http on a loopback host) without credentials';
  const url = parseUrl('jwksUrl', value, allowed);
  url.hash = '';
  return url.href;
}

/** The base of the derived URLs, without a slash at the end. */
export function readApiUrl(option: string, value: unknown): string {
  const allowed = 'an http or https URL without credentials, query or fragment';
  const url = parseUrl(option, value, allowed);
  // An empty query or fragment is in the text alone.
  if (/[?#]/.test(url.href)) throw refuseKind(option, 'a URL with a query or fragment', allowed);
  return url.href.replace(/\/+$/, '');
}

function parseUrl(option: string, value: unknown, allowed: string): URL {
  // Of any realm: a test runner's browser environment has a `URL` of its own.
  const isUrl = isObject(value) && describe(value) === 'a URL';
  const text = isUrl ? readMember(option, value, 'href') : value;
  if (typeof text !== 'string' || text === '' || hasLoneSurrogate(text))
    throw refuseValue(option, text, allowed);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuseKind(option, 'a string that is no URL', allowed, hintOf('url-without-scheme'));
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refuseKind(option, 'a URL of another scheme', allowed);
  }
  if (url.username || url.password) throw refuseKind(option, 'a URL with credentials', allowed);
  return url;
}

/**
 * RFC 6761, section 6.3; RFC 1122, section 3.2.1.3. The parser has normalized the address. Names below
 * `localhost` are not taken: many resolvers ask the network for them.
 */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost\.?|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
