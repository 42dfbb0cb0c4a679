'use strict';

/** @type {[string, string | undefined][] | undefined} */
let reads;

/**
 * A variable of the environment, as `process.env` of this very thread has it.
 *
 * @param {string} name
 */
function readVariable(name) {
  const value = process.env[name];
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

module.exports = { readVariable, recordReads };
