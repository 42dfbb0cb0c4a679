import type { VerifiedClaims } from '../index.cjs';

/** How many claims are remembered at most: as many as the native cache has tokens. */
const MAX_CLAIMS = 4_000;

export interface KeptClaims {
  get(number: number): VerifiedClaims | undefined;
  keep(number: number, claims: VerifiedClaims): void;
}

/**
 * The claims of repeated tokens, by their number in the native cache: everyone who brings the same
 * token gets the same frozen object. The first time that a token comes, its claims are not kept, so
 * that new tokens don't pay for this.
 *
 * Two generations in place of an order by recency, which would cost each hit more than all the rest.
 * What nobody has asked for since the last change of generations is forgotten at the next one.
 */
export function createKeptClaims(): KeptClaims {
  let recent = new Map<number, VerifiedClaims>();
  let older = new Map<number, VerifiedClaims>();

  function keep(number: number, claims: VerifiedClaims): void {
    if (recent.size >= MAX_CLAIMS / 2) {
      older = recent;
      recent = new Map();
    }
    recent.set(number, claims);
  }

  function get(number: number): VerifiedClaims | undefined {
    const claims = recent.get(number);
    if (claims !== undefined) return claims;
    const old = older.get(number);
    if (old !== undefined) keep(number, old);
    return old;
  }

  return { get, keep };
}
