'use strict';

const {
  readRecord,
  readArray,
  readMember,
  readOwnMemberOnly,
  isArray,
  refuse,
  describe,
} = require('./reading.cjs');
const { describeNumber, hasLoneSurrogate } = require('./kinds.cjs');

/** The members of a JWK that play a part; others are ignored (RFC 7517, section 4). */
const JWK_MEMBERS = ['kty', 'kid', 'use', 'key_ops', 'alg', 'n', 'e', 'crv', 'x', 'y'];

/** @type {Readonly<Record<string, (value: any) => unknown>>} */
const CACHE_READERS = Object.freeze({
  // From 1 where the URL is on a loopback host, which is known only later.
  maxAgeSeconds: (value) => readNumber('maxAgeSeconds', value, 1, 86_400),
  staleIfErrorSeconds: (value) => readNumber('staleIfErrorSeconds', value, 0, 604_800),
  cooldownSeconds: (value) => readNumber('cooldownSeconds', value, 1, 300),
  timeoutMs: (value) => readNumber('timeoutMs', value, 100, 30_000),
  ca: readCertificates,
});

/** `maxAgeSeconds` has none here: left out, the key server may shorten or lengthen the default. */
const CACHE_DEFAULTS = Object.freeze({
  staleIfErrorSeconds: 3_600,
  cooldownSeconds: 10,
  timeoutMs: 5_000,
});

/** @param {any} value */
function readJwksCache(value) {
  const given = readRecord('jwksCache', value, CACHE_READERS);
  return /** @type {any} */ ({ __proto__: null, ...CACHE_DEFAULTS, ...given });
}

/**
 * @param {string} name
 * @param {any} value
 * @param {number} least
 * @param {number} most
 */
function readNumber(name, value, least, most) {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  if (name === 'maxAgeSeconds') throw refuseMaxAge(value);
  throw refuseNumber(name, value, { least, most }, `a number from ${least} to ${most}`);
}

/**
 * The least is another for a loopback URL.
 *
 * @param {unknown} value
 */
function refuseMaxAge(value) {
  const allowed = 'a number from 30 to 86400 (from 1 for a loopback URL)';
  return refuseNumber('maxAgeSeconds', value, { least: 30, most: 86_400 }, allowed);
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {{ least: number, most: number }} bounds
 * @param {string} allowed
 */
function refuseNumber(name, value, bounds, allowed) {
  const kind = typeof value === 'number' ? describeNumber(value, bounds) : describe(value);
  return refuse.kind(`jwksCache.${name}`, kind, allowed);
}

/**
 * PEM certificates, each of which must parse: one that is dropped in silence is an outage later.
 *
 * @param {any} value
 */
function readCertificates(value) {
  const allowed = 'PEM certificates, as a string or a list of strings';
  const texts = typeof value === 'string' ? [value] : readArray('jwksCache.ca', value, allowed);
  if (value === '' || texts.length === 0) throw refuse.value('jwksCache.ca', value, allowed);
  const blocks = texts.flatMap((text) => certificatesOf(text, allowed));
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    return blocks.map((block) => String(new X509Certificate(block))).join('');
  } catch {
    throw refuse.kind('jwksCache.ca', 'a certificate that does not parse', allowed);
  }
}

/**
 * From each opening line to the next, so that a certificate that is cut off is seen.
 *
 * @param {unknown} text
 * @param {string} allowed
 */
function certificatesOf(text, allowed) {
  if (typeof text !== 'string' || text === '')
    throw refuse.kind('jwksCache.ca', `a list with ${describe(text)}`, allowed);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    const hint = 'A private key is a secret: take it out, and pass the certificate alone.';
    throw refuse.kind('jwksCache.ca', 'a private key', allowed, hint);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    const hint =
      'Pass the content of the file, which begins with -----BEGIN CERTIFICATE-----, not its name.';
    throw refuse.kind('jwksCache.ca', 'a string without a PEM certificate', allowed, hint);
  }
  const blocks = text.split(/(?=-----BEGIN CERTIFICATE-----)/);
  const isText = blocks.length > 1 && !blocks[0].startsWith('-----BEGIN');
  return isText ? blocks.slice(1) : blocks;
}

/**
 * A fixed set. Each key is copied member by member, each read once; one that is no object, or has a
 * member of a wrong type, stays in the set and is unusable there. A member that a class or a
 * prototype holds would be lost in silence, and with it what limits the use of the key.
 *
 * @param {any} value
 */
function readJwks(value) {
  const allowed = 'a key set: an object with a list of keys';
  const kind = describe(value);
  if (kind !== 'an object' && kind !== 'an instance of a class')
    throw refuse.value('jwks', value, allowed);
  const keys = readArray(
    'jwks.keys',
    readOwnMemberOnly('jwks.keys', value, 'keys'),
    'a list of keys',
  );
  return { __proto__: null, keys: keys.map((key) => (isRecord(key) ? readJwk(key) : null)) };
}

/** @param {any} key */
function readJwk(key) {
  const jwk = Object.create(null);
  JWK_MEMBERS.forEach((name) => {
    const value = readOwnMemberOnly('jwks.keys', key, name);
    if (value === undefined) return;
    const isList = name === 'key_ops' && isArray(value);
    jwk[name] = isList
      ? readArray('jwks.keys', value, 'a list of keys').map(stringOrNull)
      : stringOrNull(value);
  });
  return jwk;
}

/** @param {any} value */
function stringOrNull(value) {
  return typeof value === 'string' ? value : null;
}

/**
 * @param {unknown} value
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null;
}

/**
 * The normalised URL of a key set, as text: a `URL` can be changed later.
 *
 * @param {any} value
 */
function readJwksUrl(value) {
  const allowed = 'an https URL (http on a loopback host) without credentials';
  const url = parseUrl('jwksUrl', value, allowed);
  url.hash = '';
  return url.href;
}

/**
 * The base of the derived URLs, without a slash at the end.
 *
 * @param {string} option
 * @param {any} value
 */
function readApiUrl(option, value) {
  const allowed = 'an http or https URL without credentials, query or fragment';
  const url = parseUrl(option, value, allowed);
  // An empty query or fragment is in the text alone.
  if (/[?#]/.test(url.href)) throw refuse.kind(option, 'a URL with a query or fragment', allowed);
  return url.href.replace(/\/+$/, '');
}

/**
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 */
function parseUrl(option, value, allowed) {
  // Of any realm: a test runner's browser environment has a `URL` of its own.
  const text = describe(value) === 'a URL' ? readMember(option, value, 'href') : value;
  if (typeof text !== 'string' || text === '' || hasLoneSurrogate(text))
    throw refuse.value(option, text, allowed);
  let url;
  try {
    url = new URL(text);
  } catch {
    throw refuse.kind(
      option,
      'a string that is no URL',
      allowed,
      'Write it with its scheme: https://...',
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refuse.kind(option, 'a URL of another scheme', allowed);
  }
  if (url.username || url.password) throw refuse.kind(option, 'a URL with credentials', allowed);
  return url;
}

/**
 * RFC 6761, section 6.3; RFC 1122, section 3.2.1.3. The parser has normalised the address. Names below
 * `localhost` are not taken: many resolvers ask the network for them.
 *
 * @param {URL} url
 */
function isLoopback({ hostname }) {
  return /^(localhost\.?|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

module.exports = {
  readJwks,
  readJwksUrl,
  readJwksCache,
  readApiUrl,
  refuseMaxAge,
  isLoopback,
};
