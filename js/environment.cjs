'use strict';

/** @type {[string, string | undefined][] | undefined} */
let reads;

/**
 * A variable of the environment, as `process.env` of this very thread has it now. An own property:
 * `process.env` inherits from `Object.prototype`, and whoever pollutes that would set each variable
 * that is not set, the host of the keys included.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
function variable(name) {
  const value = process.env[name];
  return value !== undefined && Object.hasOwn(process.env, name) ? value : undefined;
}

/**
 * The same for reading options: what is read is recorded for `recordReads`.
 *
 * @param {string} name
 */
function readVariable(name) {
  const value = variable(name);
  reads?.push([name, value]);
  return value;
}

/**
 * Calls a function, and keeps what it read of the environment beside its result.
 *
 * @template T
 * @param {() => T} call
 * @returns {{ result: T, environment: [string, string | undefined][] }}
 */
function recordReads(call) {
  /** @type {[string, string | undefined][]} */
  const environment = [];
  reads = environment;
  try {
    return { result: call(), environment };
  } finally {
    reads = undefined;
  }
}

module.exports = { variable, readVariable, recordReads };
