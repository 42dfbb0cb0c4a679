import type { WorkosAlgorithm } from '../index.cjs';

/** The algorithms of the allow-list (RFC 7518, section 3.1; RFC 8037, section 3.1). */
export const ALGORITHMS: readonly WorkosAlgorithm[] = Object.freeze([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
]);
