'use strict';

// The test issuer's options, read and checked; a mistake is a `TypeError` that names the option.

const { ALGORITHMS } = require('./algorithms.cjs');
const {
  describe,
  describeNumber,
  hasLoneSurrogate,
  isInherited,
  isPlainObject,
} = require('./kinds.cjs');
const { hintForName } = require('./option-names.cjs');

/** @typedef {import('./testing.cjs').TestAlgorithm} TestAlgorithm */
/** @typedef {string | readonly string[] | null} Audience */
/** @typedef {{ clientId: string, issuer: string, audience: Audience, algorithm: TestAlgorithm }} Identity */

/** The lifetime of every WorkOS token seen in the field. */
const DEFAULT_LIFETIME_SECONDS = 300;
/** The last second of the year 9999: milliseconds passed for seconds lie beyond it. */
const LATEST_UNIX_SECONDS = 253_402_300_799;

/** @param {unknown} given @returns {Identity} */
function readOptions(given) {
  const own = ownOptions(given, ['clientId', 'issuer', 'audience', 'algorithm']);
  const { clientId = 'client_test', audience = clientId, algorithm = 'RS256' } = own;
  requireText('clientId', clientId);
  requireAudience(audience);
  const { issuer = `https://api.workos.com/user_management/${clientId}` } = own;
  requireText('issuer', issuer);
  if (!ALGORITHMS.includes(algorithm)) {
    throw new TypeError(
      `algorithm must be one of ${ALGORITHMS.join(', ')}; got ${kindOf(algorithm)}`,
    );
  }
  return {
    clientId,
    issuer,
    audience: Array.isArray(audience) ? Object.freeze(audience.slice()) : audience,
    algorithm,
  };
}

/** @param {unknown} given */
function readSignOptions(given) {
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
 *
 * @param {unknown} given
 * @param {string[]} allowed
 * @returns {any}
 */
function ownOptions(given, allowed) {
  requireObject('options', given);
  const inherited = allowed.find((name) => isInherited(given, name));
  if (inherited !== undefined)
    throw new TypeError(`the option "${inherited}" is inherited; only own properties count`);
  const copy = Object.create(null);
  Reflect.ownKeys(given).forEach((key) => {
    if (typeof key !== 'string' || !allowed.includes(key)) throw unknownOption(key, allowed);
    copy[key] = Reflect.get(given, key);
  });
  return copy;
}

/** @param {string | symbol} key @param {string[]} allowed */
function unknownOption(key, allowed) {
  const isShown = typeof key === 'string' && /^\w{1,40}$/.test(key);
  const shown = isShown ? ` ${JSON.stringify(key)}` : '';
  const hint = isShown ? hintForName(key, allowed, 'options') : '';
  const question = hint.startsWith('Did you mean') ? `${hint} The` : 'the';
  return new TypeError(`unknown option${shown}; ${question} options are ${allowed.join(', ')}`);
}

/**
 * A map, a promise or a class has no members of its own that could be copied: they would be lost in
 * silence.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {asserts value is object}
 */
function requireObject(name, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${name} must be an object; got ${kindOf(value)}`);
  if (!isPlainObject(value))
    throw new TypeError(`${name} must be a plain object; got ${kindOf(value)}`);
}

/** @param {string} name @param {unknown} value */
function requireText(name, value) {
  if (isText(value)) return;
  throw new TypeError(`${name} must be a non-empty string; got ${kindOf(value)}`);
}

/** @param {unknown} value */
function requireAudience(value) {
  if (value === null || isText(value)) return;
  if (Array.isArray(value) && value.length > 0 && value.every(isText)) return;
  throw new TypeError(
    `audience must be a non-empty string, a non-empty array of them, or null; got ${kindOf(value)}`,
  );
}

/** @param {string} name @param {unknown} value */
function requireSeconds(name, value) {
  if (typeof value === 'number' && Math.abs(value) <= LATEST_UNIX_SECONDS) return;
  const got = typeof value === 'number' ? kindOfTime(value) : kindOf(value);
  throw new TypeError(
    `${name} must be a number of seconds up to ${LATEST_UNIX_SECONDS}; got ${got}`,
  );
}

/** @param {number} value */
function kindOfTime(value) {
  return Number.isFinite(value)
    ? 'a number that is too large, or milliseconds'
    : describeNumber(value);
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string' && value !== '' && !hasLoneSurrogate(value);
}

// Never the value itself: a token or a secret may have been passed by mistake, and test logs are
// public.
/** @param {unknown} value */
function kindOf(value) {
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object') return describe(value);
  if (typeof value !== 'string') return typeof value;
  return hasLoneSurrogate(value) ? describe(value) : 'another string';
}

// Read at each call, so that fake timers and a mocked Date decide.
function presentSeconds() {
  return Math.floor(Date.now() / 1000);
}

module.exports = {
  readOptions,
  readSignOptions,
  requireObject,
  kindOf,
  presentSeconds,
  DEFAULT_LIFETIME_SECONDS,
};
