import { createHash } from 'node:crypto';

/** The JSON Web Keys of a snapshot: RSA keys, with the members in this order. */
export interface SnapshotKey {
  readonly kid: string;
  readonly alg: string;
  readonly e: string;
  readonly n: string;
}

/** A snapshot as the documentation describes it, made without the package. */
export function keySnapshot(
  jwksUrl: string,
  keys: readonly SnapshotKey[],
  ageSeconds = 0,
  more: object = {},
): string {
  const jwks = keys.map(({ kid, alg, e, n }) => ({ kid, alg, e, kty: 'RSA', n }));
  const fetchedAt = Math.floor(Date.now() - ageSeconds * 1_000);
  const content = { v: 1, jwksUrl, fetchedAt, keys: jwks, ...more };
  const sha256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return JSON.stringify({ ...content, sha256 });
}
