'use strict';

const { readRecord, readArray, readMember, isArray, refuse, describe } = require('./reading.cjs');
const {
  readJwks,
  readJwksUrl,
  readJwksCache,
  readApiUrl,
  isLoopback,
} = require('./key-options.cjs');
const { ALGORITHMS } = require('./algorithms.cjs');
const { proxyOf } = require('./proxy.cjs');
const { readVariable } = require('./environment.cjs');
const { rememberOptions } = require('./seen.cjs');

/** @typedef {{ __proto__: null, fixed?: object, fetched?: { url: string, proxy?: string } }} Keys */
/** @typedef {Record<string, any>} Given the options that were given, each read */

const DEFAULT_API_URL = 'https://api.workos.com';
const DEFAULT_CLOCK_TOLERANCE_SECONDS = 5;
const MAX_CLOCK_TOLERANCE_SECONDS = 300;
/** The last second of the year 9999; a time past it is most likely in milliseconds. */
const MAX_UNIX_SECONDS = 253_402_300_799;

/** How each option is read: from its value, once, to a copy of it; `undefined` stands for absent. */
/** @type {Readonly<Record<string, (value: any) => unknown>>} */
const READERS = Object.freeze({
  clientId: readClientId,
  audience: (value) =>
    value === null
      ? null
      : readStrings('audience', value, 'a non-empty string, a non-empty list of these, or null'),
  issuer: (value) => readStrings('issuer', value),
  jwksUrl: readJwksUrl,
  allowInsecureJwksUrl: (value) => readBoolean('allowInsecureJwksUrl', value),
  jwks: readJwks,
  apiUrl: (value) => readApiUrl('apiUrl', value),
  workos: readWorkos,
  algorithms: readAlgorithms,
  clockToleranceSeconds: readClockTolerance,
  organizationId: (value) => readStrings('organizationId', value),
  permissions: (value) => readList('permissions', value, 'a list of non-empty strings'),
  roles: readRoles,
  impersonation: readImpersonation,
  now: readNow,
  verifiedTokenCache: (value) => readBoolean('verifiedTokenCache', value),
  jwksCache: readJwksCache,
});

/**
 * Reads options once and checks them: what comes back is a copy, complete, that nothing the caller
 * does later can change. The environment is read here, and only for what must be derived.
 *
 * @param {unknown} options
 * @returns {{ native: string, https: boolean, now: () => number }}
 */
function checkOptions(options) {
  const given = readRecord('options', options === undefined ? {} : options, READERS);
  refuseContradictions(given);
  const clientId = clientIdOf(given);
  const apiUrl = apiUrlOf(given);
  const keys = keysOf(given, clientId, apiUrl);
  const native = {
    __proto__: null,
    clientId,
    issuers: given.issuer ?? [`${apiUrl}/user_management/${clientId}`],
    audiences: given.audience === undefined ? [clientId] : given.audience,
    algorithms: given.algorithms ?? ['RS256'],
    clockToleranceSeconds: given.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    organizationIds: given.organizationId,
    permissions: given.permissions,
    roles: given.roles,
    denyImpersonation: given.impersonation === 'deny',
    verifiedTokenCache: given.verifiedTokenCache ?? true,
    keys,
  };
  const { url = '', proxy = '' } = keys.fetched ?? {};
  const https = url.startsWith('https:') || proxy.startsWith('https:');
  return { native: serialise(native), https, now: given.now ?? systemNow };
}

/**
 * JSON without prototypes: a `toJSON` on a polluted one would be called.
 *
 * @param {any} value
 */
function serialise(value) {
  return JSON.stringify(bare(value));
}

/**
 * @param {any} value
 * @returns {any}
 */
function bare(value) {
  if (Array.isArray(value)) return Object.setPrototypeOf(value.map(bare), null);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.create(null);
  Object.keys(value).forEach((name) => {
    copy[name] = bare(value[name]);
  });
  return copy;
}

/** @param {Given} given */
function refuseContradictions({ jwks, jwksUrl, clientId, workos }) {
  if (jwks !== undefined && jwksUrl !== undefined) {
    throw refuse(
      'the options "jwks" and "jwksUrl" exclude each other',
      'Give a fixed key set or the URL of one.',
    );
  }
  if (clientId !== undefined && workos?.clientId !== undefined && clientId !== workos.clientId) {
    throw refuse(
      'the option "clientId" and the client id of the option "workos" differ',
      'Leave one of them out.',
    );
  }
}

/**
 * The client id, from the environment only where something must be derived from it.
 *
 * @param {Given} given
 */
function clientIdOf(given) {
  const explicit = given.clientId ?? given.workos?.clientId;
  if (explicit !== undefined) return explicit;
  const derived = given.issuer === undefined || given.audience === undefined || !hasKeys(given);
  if (!derived) return undefined;
  const fromEnvironment = readVariable('WORKOS_CLIENT_ID');
  if (fromEnvironment) return readClientId(fromEnvironment, 'WORKOS_CLIENT_ID');
  throw refuse(
    'the option "clientId" is missing, and so is WORKOS_CLIENT_ID',
    'Pass the client id from the WorkOS dashboard, or "issuer", "audience" (or null) and "jwks" or "jwksUrl" without it.',
  );
}

/** @param {Given} given */
function hasKeys({ jwks, jwksUrl }) {
  return jwks !== undefined || jwksUrl !== undefined;
}

/**
 * The base of the derived URLs, from the environment only where one must be derived.
 *
 * @param {Given} given
 */
function apiUrlOf(given) {
  const explicit = given.apiUrl ?? given.workos?.apiUrl;
  if (explicit !== undefined) return explicit;
  if (given.issuer !== undefined && hasKeys(given)) return undefined;
  const host = readVariable('WORKOS_API_HOSTNAME');
  const port = readVariable('WORKOS_API_PORT');
  const https = readVariable('WORKOS_API_HTTPS');
  if (!host && !port && !https) return DEFAULT_API_URL;
  const scheme = https === 'false' ? 'http' : 'https';
  const url = `${scheme}://${host || 'api.workos.com'}${port ? `:${port}` : ''}`;
  return readApiUrl('WORKOS_API_HOSTNAME, WORKOS_API_PORT, WORKOS_API_HTTPS', url);
}

/**
 * @param {Given} given
 * @param {string | undefined} clientId
 * @param {string | undefined} apiUrl
 * @returns {Keys}
 */
function keysOf(given, clientId, apiUrl) {
  if (given.jwks !== undefined) return { __proto__: null, fixed: given.jwks };
  const url = new URL(given.jwksUrl ?? `${apiUrl}/sso/jwks/${clientId}`);
  const loopback = isLoopback(url);
  if (url.protocol !== 'https:' && !loopback && !given.allowInsecureJwksUrl) {
    throw refuse(
      `the ${given.jwksUrl ? 'option "jwksUrl"' : 'JWKS URL derived from "apiUrl"'} must be https, or http on a loopback host`,
      'Keys fetched without TLS can be replaced on the way. On a network that you trust (docker-compose), pass "allowInsecureJwksUrl: true".',
    );
  }
  const { maxAgeSeconds, ...limits } = given.jwksCache ?? readJwksCache({});
  if (maxAgeSeconds < (loopback ? 1 : 30)) {
    throw refuse(
      'the option "jwksCache.maxAgeSeconds" must be a number from 30 to 86400 (from 1 for a loopback URL), not a number out of that range',
    );
  }
  return {
    __proto__: null,
    fetched: { url: url.href, proxy: proxyOf(url), maxAgeSeconds, ...limits },
  };
}

/**
 * @param {any} value
 * @param {string} option
 */
function readClientId(value, option = 'clientId') {
  const allowed = 'a WorkOS client id (client_...)';
  if (typeof value !== 'string') throw refuse.value(option, value, allowed);
  if (/^sk_/.test(value)) {
    throw refuse.kind(
      option,
      'an API key',
      allowed,
      'An API key is a secret and plays no part in verifying tokens: take it out of this option.',
    );
  }
  if (!/^\w[\w.~-]{0,127}$/.test(value)) throw refuse.kind(option, describeString(value), allowed);
  return value;
}

/**
 * The class has getters, so these two are read from the client as it is, not as own properties.
 *
 * @param {any} value
 */
function readWorkos(value) {
  if (typeof value !== 'object' || value === null)
    throw refuse.value('workos', value, 'a WorkOS client');
  const clientId = readMember('workos.clientId', value, 'clientId', { inherited: true });
  const baseURL = readMember('workos.baseURL', value, 'baseURL', { inherited: true });
  if (baseURL === undefined) throw refuse.value('workos', value, 'a client of @workos-inc/node');
  return {
    clientId:
      clientId == null || clientId === '' ? undefined : readClientId(clientId, 'workos.clientId'),
    apiUrl: readApiUrl('workos.baseURL', baseURL),
  };
}

/** @param {any} value */
function readAlgorithms(value) {
  const allowed = `a non-empty list of ${ALGORITHMS.join(', ')}`;
  const names = readList('algorithms', value, allowed);
  if (names.length === 0) throw refuse.value('algorithms', value, allowed);
  if (names.every((name) => ALGORITHMS.includes(name))) return names;
  const given = names.some((name) => /^(none|HS\d+)$/i.test(name))
    ? 'a list with none or HS*, which can never be allowed'
    : 'a list with another name';
  throw refuse.kind('algorithms', given, allowed);
}

/** @param {any} value */
function readClockTolerance(value) {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_CLOCK_TOLERANCE_SECONDS) return value;
  throw refuse.value(
    'clockToleranceSeconds',
    value,
    `an integer from 0 to ${MAX_CLOCK_TOLERANCE_SECONDS}`,
  );
}

/**
 * No role at all could be met by none: an empty list is a mistake, not a check.
 *
 * @param {any} value
 */
function readRoles(value) {
  const allowed = 'a non-empty list of non-empty strings';
  const roles = readList('roles', value, allowed);
  if (roles.length === 0) throw refuse.value('roles', value, allowed);
  return roles;
}

/** @param {any} value */
function readImpersonation(value) {
  if (value === 'allow' || value === 'deny') return value;
  throw refuse.kind(
    'impersonation',
    typeof value === 'string' ? 'another string' : describe(value),
    "'allow' or 'deny'",
  );
}

/**
 * @param {string} option
 * @param {any} value
 */
function readBoolean(option, value) {
  if (typeof value === 'boolean') return value;
  throw refuse.value(option, value, 'a boolean');
}

/**
 * A time that stands still, or a function that is asked at each call.
 *
 * @param {any} value
 */
function readNow(value) {
  if (typeof value !== 'function') {
    const now = readUnixSeconds(value);
    return () => now;
  }
  return () => {
    let now;
    try {
      now = value();
    } catch {
      throw refuse('the function in the option "now" threw');
    }
    return readUnixSeconds(now);
  };
}

/** @param {any} value */
function readUnixSeconds(value) {
  if (typeof value === 'number' && value >= 0 && value <= MAX_UNIX_SECONDS) return value;
  const given =
    typeof value === 'number' ? 'a number out of range (milliseconds?)' : describe(value);
  throw refuse.kind('now', given, 'a number of seconds since 1970, or a function that gives one');
}

/** Read at each call, so that fake timers work. */
function systemNow() {
  return Date.now() / 1000;
}

/**
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 */
function readStrings(option, value, allowed = 'a non-empty string or a non-empty list of these') {
  if (isText(value)) return [value];
  if (!isArray(value)) throw refuse.value(option, value, allowed);
  const strings = readList(option, value, allowed);
  if (strings.length === 0) throw refuse.value(option, value, allowed);
  return strings;
}

/**
 * @param {string} option
 * @param {any} value
 * @param {string} allowed
 */
function readList(option, value, allowed) {
  const items = readArray(option, value, allowed);
  const odd = items.findIndex((item) => !isText(item));
  if (odd !== -1) throw refuse.kind(option, `a list with ${describe(items[odd])}`, allowed);
  return items;
}

/** @param {any} value */
function describeString(value) {
  if (value === '') return 'an empty string';
  return /\s/.test(value) ? 'a string with white space' : 'a string of another form';
}

/**
 * Not empty, and without a lone surrogate, which no token can hold.
 *
 * @param {any} value
 */
function isText(value) {
  return typeof value === 'string' && value !== '' && !/\p{Surrogate}/u.test(value);
}

module.exports = {
  readOptions: rememberOptions(checkOptions, readNow, systemNow),
  OPTION_NAMES: Object.keys(READERS),
  readBoolean,
};
