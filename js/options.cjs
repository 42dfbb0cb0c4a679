'use strict';

const { WorkosTokenError } = require('./error.cjs');
const { readRecord, refuse } = require('./reading.cjs');
const {
  STRINGS,
  STRING_LIST,
  readSome,
  readStrings,
  readStringList,
  readRestriction,
  readAlgorithms,
  readClockTolerance,
  readImpersonation,
  readBoolean,
  readNow,
} = require('./value-options.cjs');
const {
  readClientId,
  readWorkos,
  clientIdOfEnvironment,
  apiUrlOfEnvironment,
} = require('./identity-options.cjs');
const {
  readJwks,
  readJwksUrl,
  readJwksCache,
  readApiUrl,
  refuseMaxAge,
  isLoopback,
} = require('./key-options.cjs');
const { proxyOf } = require('./proxy.cjs');
const { rememberOptions } = require('./seen.cjs');

/** @typedef {{ __proto__: null, fixed?: object, fetched?: { url: string, proxy?: string } }} Keys */
/** @typedef {Record<string, any>} Given the options that were given, each read */

const DEFAULT_API_URL = 'https://api.workos.com';
const DEFAULT_CLOCK_TOLERANCE_SECONDS = 5;

/** How each option is read: from its value, once, to a copy of it; `undefined` stands for absent. */
/** @type {Readonly<Record<string, (value: any) => unknown>>} */
const READERS = Object.freeze({
  clientId: readClientId,
  audience: (value) =>
    value === null
      ? null
      : readSome('audience', value, 'a non-empty string, a non-empty list of these, or null'),
  issuer: (value) => readSome('issuer', value, STRINGS),
  jwksUrl: readJwksUrl,
  allowInsecureJwksUrl: (value) => readBoolean('allowInsecureJwksUrl', value),
  jwks: readJwks,
  apiUrl: (value) => readApiUrl('apiUrl', value),
  workos: readWorkos,
  algorithms: readAlgorithms,
  clockToleranceSeconds: readClockTolerance,
  organizationId: (value) => readRestriction('organizationId', value, STRINGS, readStrings),
  permissions: (value) => readRestriction('permissions', value, STRING_LIST, readStringList),
  roles: (value) => readRestriction('roles', value, STRING_LIST, readStringList),
  impersonation: readImpersonation,
  now: readNow,
  verifiedTokenCache: (value) => readBoolean('verifiedTokenCache', value),
  jwksCache: readJwksCache,
});

/** The same for what is read again later: each copy can be read as the option itself. */
const SNAPSHOT_READERS = Object.freeze({
  ...READERS,
  now: (/** @type {any} */ value) => {
    readNow(value);
    return value;
  },
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
  const api = apiOf(given);
  const keys = keysOf(given, clientId, api);
  const native = {
    __proto__: null,
    clientId,
    issuers: given.issuer ?? [`${api?.url}/user_management/${clientId}`],
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
  const fromEnvironment = clientIdOfEnvironment();
  if (fromEnvironment !== undefined) return fromEnvironment;
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
 * The base of the derived URLs and where it is from, the environment only where one must be derived.
 *
 * @param {Given} given
 * @returns {{ url: string, source: string } | undefined}
 */
function apiOf(given) {
  if (given.apiUrl !== undefined) return { url: given.apiUrl, source: '"apiUrl"' };
  if (given.workos !== undefined) return { url: given.workos.baseURL, source: '"workos.baseURL"' };
  if (given.issuer !== undefined && hasKeys(given)) return undefined;
  return { url: apiUrlOfEnvironment() ?? DEFAULT_API_URL, source: 'the WORKOS_API_... variables' };
}

/**
 * @param {Given} given
 * @param {string | undefined} clientId
 * @param {{ url: string, source: string } | undefined} api
 * @returns {Keys}
 */
function keysOf(given, clientId, api) {
  if (given.jwks !== undefined) return { __proto__: null, fixed: given.jwks };
  const url = new URL(given.jwksUrl ?? `${api?.url}/sso/jwks/${clientId}`);
  const loopback = isLoopback(url);
  if (url.protocol !== 'https:' && !loopback && !given.allowInsecureJwksUrl) {
    throw refuse(
      `the ${given.jwksUrl ? 'option "jwksUrl"' : `JWKS URL derived from ${api?.source}`} must be https, or http on a loopback host`,
      'Keys fetched without TLS can be replaced on the way. On a network that you trust (docker-compose), pass "allowInsecureJwksUrl: true".',
    );
  }
  const { maxAgeSeconds, ...limits } = given.jwksCache ?? readJwksCache({});
  if (maxAgeSeconds < (loopback ? 1 : 30)) {
    throw refuseMaxAge(maxAgeSeconds);
  }
  return {
    __proto__: null,
    fetched: { url: url.href, proxy: proxyOf(url), maxAgeSeconds, ...limits },
  };
}

/** Read at each call, so that fake timers work. */
function systemNow() {
  return Date.now() / 1000;
}

/**
 * Options that are read now, so that nothing done to them later is seen, and checked at each call of
 * the function that is returned: what is wrong with them is thrown there. What it returns can be read
 * again, which then only reads the environment.
 *
 * @param {unknown} options
 * @returns {() => object | undefined}
 */
function snapshotOptions(options) {
  if (options === undefined) return () => undefined;
  try {
    const snapshot = readRecord('options', options, SNAPSHOT_READERS);
    return () => snapshot;
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    // A new error each time: whoever catches one may change it.
    const { message, hint } = error;
    return () => {
      throw refuse(message, hint);
    };
  }
}

module.exports = {
  readOptions: rememberOptions(checkOptions, readNow, systemNow),
  snapshotOptions,
  OPTION_NAMES: Object.keys(READERS),
};
