'use strict';

/** How many claims are kept at the most: as many as the native cache keeps tokens. */
const MAX_CLAIMS = 1_000;

/**
 * The claims of tokens that were seen before, by their number in the native cache: one frozen object
 * for all who bring the same token. Those of a token that is seen for the first time are not kept, so
 * that it does not pay for this.
 *
 * Two generations instead of an order by recency, which would cost each hit more than all the rest:
 * what was not asked for since the last change of generations is forgotten at the next.
 */
function createKeptClaims() {
  /** @type {Map<number, object>} */
  let recent = new Map();
  /** @type {Map<number, object>} */
  let older = new Map();

  /**
   * @param {number} number
   * @param {object} claims
   */
  function keep(number, claims) {
    if (recent.size >= MAX_CLAIMS / 2) {
      older = recent;
      recent = new Map();
    }
    recent.set(number, claims);
  }

  /** @param {number} number */
  function get(number) {
    const claims = recent.get(number);
    if (claims !== undefined) return claims;
    const old = older.get(number);
    if (old !== undefined) keep(number, old);
    return old;
  }

  return { get, keep };
}

module.exports = { createKeptClaims };
