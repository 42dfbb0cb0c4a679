// Where a contender's tokens come from. The good ones go round a ring that is larger than any cache
// here (4,000 tokens), so that each has been forgotten when it comes again. Every token is a new
// string, as it is in a server: nothing that the engine keeps with a string (its hash) is reused.
import { randomBytes } from 'node:crypto';

const HOT_TOKENS = 100;

/** @param {{ good: string[], expired: string[] }} tokens */
export function createSupply(tokens) {
  const good = tokens.good.map((token) => Buffer.from(token));
  const expired = tokens.expired.map((token) => Buffer.from(token));
  // Each goes round by itself: bad tokens that moved the good ones on would let them come again
  // while a cache still holds them.
  const [forTampering, forUnknownKids] = [ring(good), ring(good)];
  const makers = {
    good: ring(good),
    expired: ring(expired),
    hot: ring(good.slice(0, HOT_TOKENS)),
    tampered: (/** @type {number} */ count) => forTampering(count).map(tamper),
    unknownKid: (/** @type {number} */ count) => forUnknownKids(count).map(withUnknownKid),
  };
  return {
    take: (/** @type {keyof typeof makers} */ kind, /** @type {number} */ count) =>
      makers[kind](count).map((bytes) => bytes.toString('latin1')),
  };
}

/** @param {Buffer[]} tokens */
function ring(tokens) {
  let next = 0;
  return (/** @type {number} */ count) =>
    Array.from({ length: count }, () => tokens[next++ % tokens.length]);
}

/**
 * Another character within the signature.
 *
 * @param {Buffer} token
 */
function tamper(token) {
  const bytes = Buffer.from(token);
  const at = token.lastIndexOf('.') + 100;
  bytes[at] = bytes[at] === 0x41 ? 0x42 : 0x41;
  return bytes;
}

/**
 * Each its own, as a flood would have it.
 *
 * @param {Buffer} token
 */
function withUnknownKid(token) {
  const kid = `sso_oidc_key_pair_${randomBytes(13).toString('hex').toUpperCase()}`;
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url');
  return Buffer.concat([Buffer.from(header), token.subarray(token.indexOf('.'))]);
}
