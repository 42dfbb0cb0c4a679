'use strict';

const { parseFrozen } = require('./error.cjs');

/** How many claims are kept at the most: as many as the native cache keeps tokens. */
const MAX_CLAIMS = 1_000;

/**
 * The claims of tokens that were seen before, by their number in the native cache: one frozen object
 * for all who bring the same token. Those of a token that is seen for the first time are not kept, so
 * that it does not pay for this.
 *
 * Two generations in place of an order by recency, which would cost each hit more than all the rest:
 * what was not asked for since the last change of generations is forgotten at the next.
 *
 * @returns {(number: number, readText: () => string) => object}
 */
function createClaimsByNumber() {
  /** @type {Map<number, object>} */
  let recent = new Map();
  /** @type {Map<number, object>} */
  let older = new Map();

  return (number, readText) => {
    const known = recent.get(number);
    if (known !== undefined) return known;
    const claims = older.get(number) ?? parseFrozen(readText());
    if (recent.size >= MAX_CLAIMS / 2) {
      older = recent;
      recent = new Map();
    }
    recent.set(number, claims);
    return claims;
  };
}

module.exports = { createClaimsByNumber };
