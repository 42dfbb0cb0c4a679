'use strict';

const { WorkosTokenError, parseFrozen } = require('./error.cjs');
const { readOptions } = require('./options.cjs');
const { createKeptClaims } = require('./found.cjs');
const { notAString } = require('./token-kind.cjs');
const { handOverTrustRoots } = require('./trust-roots.cjs');

/** How many different options `verifyWorkosToken` keeps a native verifier for. */
const MAX_VERIFIERS = 100;

/** One API per binding, however many times a program asks for it. */
const apis = new WeakMap();

/**
 * The public functions over a loaded binary.
 *
 * @param {import('./binding').Binding} binding
 */
module.exports = function apiOf(binding) {
  let api = apis.get(binding);
  if (api === undefined) apis.set(binding, (api = createApi(binding)));
  return api;
};

/** @typedef {import('./binding').Binding} Binding */
/** @typedef {import('./binding').NativeVerifier} NativeVerifier */
/** @typedef {import('./binding').Outcome} Outcome */
/** @typedef {{ verified: number, rejected: Record<string, number> }} Counters */

/** @param {Binding} binding */
function createApi(binding) {
  const nativeOf = boundedCache((options) => binding.createVerifier(options));
  const verify = createVerify(binding);

  /** @param {unknown} options */
  function createWorkosVerifier(options) {
    return createVerifier(binding, verify, readOptions(options), nativeOf);
  }

  /**
   * @param {unknown} token
   * @param {unknown} options
   */
  async function verifyWorkosToken(token, options) {
    const { native, https, now } = readOptions(options);
    return verify(nativeOf(native), https, token, now());
  }

  return Object.freeze({ verifyWorkosToken, createWorkosVerifier, WorkosTokenError });
}

/**
 * Keyed by what the options come to and not by the object, so that a changed object is another
 * key and a new object of the same content is not.
 *
 * @param {(options: string) => NativeVerifier} create
 */
function boundedCache(create) {
  /** @type {Map<string, NativeVerifier>} */
  const verifiers = new Map();
  return (/** @type {string} */ options) => {
    const verifier = verifiers.get(options) ?? create(options);
    verifiers.delete(options);
    verifiers.set(options, verifier);
    if (verifiers.size > MAX_VERIFIERS) verifiers.delete(String(verifiers.keys().next().value));
    return verifier;
  };
}

/**
 * @param {Binding} binding
 * @param {ReturnType<typeof createVerify>} verify
 * @param {ReturnType<typeof readOptions>} read
 * @param {(options: string) => NativeVerifier} nativeOf
 */
function createVerifier(binding, verify, { native: options, https, now }, nativeOf) {
  const native = nativeOf(options);
  /** @type {Counters} */
  const counters = { verified: 0, rejected: Object.create(null) };
  const count = (/** @type {unknown} */ error) => {
    if (!(error instanceof WorkosTokenError)) return;
    counters.rejected[error.code] = (counters.rejected[error.code] ?? 0) + 1;
  };

  return Object.freeze({
    /** @param {unknown} token */
    async verify(token) {
      try {
        const outcome = verify(native, https, token, now());
        // What is there already need not be waited for.
        const claims = outcome instanceof Promise ? await outcome : outcome;
        counters.verified += 1;
        return claims;
      } catch (error) {
        count(error);
        throw error;
      }
    },

    /** @param {unknown} token */
    verifySync(token) {
      try {
        if (https) handOverTrustRoots(binding);
        const time = now();
        if (typeof token !== 'string') throw notAString(token);
        const claims = claimsOf(binding.verifySync(native, token, time));
        counters.verified += 1;
        return claims;
      } catch (error) {
        count(error);
        throw error;
      }
    },

    async ready() {
      if (https) handOverTrustRoots(binding);
      /** @type {Outcome} */
      const outcome = await new Promise((resolve) => binding.ready(native, resolve));
      if (typeof outcome !== 'string') throw new WorkosTokenError(outcome);
    },

    stats: () => publicStats(binding.stats(native), counters),
  });
}

/** How many new tokens came in a row, without a pause in which promises are settled. */
let inBurst = 0;
// Bound now: a test may replace `queueMicrotask`, or what promises have.
const afterBurst = Promise.prototype.then.bind(Promise.resolve(), () => {
  inBurst = 0;
});

function countInBurst() {
  if (inBurst === 0) afterBurst();
  inBurst += 1;
}

/** @param {Binding} binding */
function createVerify(binding) {
  const kept = createKeptClaims();

  /**
   * With what is in memory on this thread, unless a key is missing or much was verified just before.
   *
   * @param {NativeVerifier} native
   * @param {boolean} https
   * @param {unknown} token
   * @param {number} now
   * @returns {object | Promise<object>}
   */
  return function verify(native, https, token, now) {
    if (typeof token !== 'string') throw notAString(token);
    if (inBurst > 0) return verifyInBurst(native, https, token, now);
    const outcome = binding.verify(native, token, now, 0);
    if (typeof outcome === 'number') return found(outcome, native, token, now);
    countInBurst();
    if (typeof outcome !== 'boolean') return claimsOf(/** @type {Outcome} */ (outcome));
    return new Promise((resolve, reject) => {
      verifyLater(native, https, token, now, outcome, callbackOf(resolve, reject));
    });
  };

  /**
   * The same with the callback at hand, since it is likely to be needed.
   *
   * @param {NativeVerifier} native
   * @param {boolean} https
   * @param {unknown} token
   * @param {number} now
   * @returns {Promise<object>}
   */
  function verifyInBurst(native, https, token, now) {
    return new Promise((resolve, reject) => {
      const callback = callbackOf(resolve, reject);
      const outcome = binding.verify(native, token, now, inBurst, callback);
      if (typeof outcome === 'number') return resolve(found(outcome, native, token, now));
      countInBurst();
      if (outcome === undefined) return;
      if (typeof outcome !== 'boolean') callback(outcome);
      else verifyLater(native, https, token, now, outcome, callback);
    });
  }

  /**
   * @param {NativeVerifier} native
   * @param {boolean} https
   * @param {unknown} token
   * @param {number} now
   * @param {boolean} needsFetch
   * @param {(outcome: Outcome) => void} callback
   */
  function verifyLater(native, https, token, now, needsFetch, callback) {
    if (needsFetch && https) handOverTrustRoots(binding);
    binding.verifyLater(native, token, now, needsFetch, callback);
  }

  /**
   * Where another token was found meanwhile, by code that a program has put in between, the claims are
   * asked for again.
   *
   * @param {number} number
   * @param {NativeVerifier} native
   * @param {unknown} token
   * @param {number} now
   */
  function found(number, native, token, now) {
    const known = kept.get(number);
    if (known !== undefined) return known;
    const claims = claimsOf(binding.foundClaims(number) ?? binding.verifySync(native, token, now));
    kept.keep(number, claims);
    return claims;
  }
}

/**
 * @param {(claims: object) => void} resolve
 * @param {(error: unknown) => void} reject
 */
function callbackOf(resolve, reject) {
  return (/** @type {Outcome} */ outcome) => {
    try {
      resolve(claimsOf(outcome));
    } catch (error) {
      reject(error);
    }
  };
}

/** @param {Outcome} outcome */
function claimsOf(outcome) {
  if (typeof outcome === 'string') return parseFrozen(outcome);
  throw new WorkosTokenError(outcome);
}

/**
 * @param {import('./binding').StatsRecord} native
 * @param {Counters} counters
 */
function publicStats(native, { verified, rejected }) {
  const own = { __proto__: null, ...native };
  const {
    setAgeMs,
    cacheHits,
    cacheEntries,
    cacheBytes,
    keySetHash,
    lastFetchDurationMs,
    ...counters
  } = own;
  return {
    ...counters,
    keySetHash: keySetHash ?? null,
    lastFetchAt: setAgeMs === undefined ? null : Math.round(Date.now() - setAgeMs),
    lastFetchDurationMs: lastFetchDurationMs ?? null,
    verified,
    rejected: { ...rejected },
    verifiedTokenCache: { hits: cacheHits, entries: cacheEntries, bytes: cacheBytes },
  };
}
