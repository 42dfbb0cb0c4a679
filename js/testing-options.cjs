'use strict';

// The test issuer's options, read and checked; a mistake is a `TypeError` that names the option.

const { ALGORITHMS } = require('./algorithms.cjs');

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
    audience: Array.isArray(audience) ? Object.freeze([...audience]) : audience,
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
  const unknown = Object.keys(given).find((name) => !allowed.includes(name));
  if (unknown === undefined) return { __proto__: null, ...given };
  throw new TypeError(
    `unknown option ${JSON.stringify(unknown)}; the options are ${allowed.join(', ')}`,
  );
}

/** @param {string} name @param {unknown} value @returns {asserts value is object} */
function requireObject(name, value) {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new TypeError(`${name} must be an object; got ${kindOf(value)}`);
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
  const got =
    typeof value === 'number' ? 'a number that is not finite, or milliseconds' : kindOf(value);
  throw new TypeError(
    `${name} must be a number of seconds up to ${LATEST_UNIX_SECONDS}; got ${got}`,
  );
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string' && value !== '';
}

// Never the value itself: a token or a secret may have been passed by mistake, and test logs are
// public.
/** @param {unknown} value */
function kindOf(value) {
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return typeof value === 'string' ? 'another string' : typeof value;
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
