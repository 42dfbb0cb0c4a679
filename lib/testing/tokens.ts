// The access tokens of sessions.

import type { KeyObject } from 'node:crypto';
import type { TestAlgorithm, TestClaims, TestSignOptions } from '../../entries/testing.cjs';
import { compactJws, createImpostorKey, type KeyRing, randomUlid } from './keys.ts';
import {
  DEFAULT_LIFETIME_SECONDS,
  type Identity,
  presentSeconds,
  readSignOptions,
  requireObject,
} from './options.ts';

/** A day: far past the largest clock tolerance that the verifier takes (300 s). */
const EXPIRED_FOR_SECONDS = 86_400;

/** The claims of a token from `now` on, before those that a test gives. */
export type Defaults = (now: number, expiry: number) => object;
export type Signer = ReturnType<typeof createSigner>;

/** Signs with the present key. */
export function createSigner(algorithm: TestAlgorithm, keyRing: KeyRing) {
  return async function signClaims(
    defaults: Defaults,
    claims: TestClaims,
    options: TestSignOptions,
  ) {
    requireObject('claims', claims);
    const { header, expiresInSeconds, now } = readSignOptions(options);
    const payload = { ...defaults(now, now + expiresInSeconds), ...claims };
    const { kid, privateKey } = keyRing.signingKey();
    return compactJws({ alg: algorithm, kid, ...header }, payload, algorithm, privateKey);
  };
}

export function createTokens(
  identity: Identity,
  user: string,
  keyRing: KeyRing,
  signClaims: Signer,
  issuer: () => string,
) {
  const session = `session_${randomUlid()}`;
  const defaults = (now: number, expiry: number) =>
    defaultClaims({ ...identity, issuer: issuer() }, user, session, now, expiry);
  let impostorKey: KeyObject | undefined;

  async function sign(claims: TestClaims = {}, options: TestSignOptions = {}) {
    return signClaims(defaults, claims, options);
  }

  async function expired() {
    return sign({}, { now: presentSeconds() - EXPIRED_FOR_SECONDS });
  }

  async function wrongKey() {
    const { algorithm } = identity;
    const key = (impostorKey ??= createImpostorKey(algorithm));
    const now = presentSeconds();
    const { kid } = keyRing.signingKey();
    const payload = defaults(now, now + DEFAULT_LIFETIME_SECONDS);
    return compactJws({ alg: algorithm, kid }, payload, algorithm, key);
  }

  return { sign, expired, wrongKey };
}

/**
 * The claims of a session without an organization, in the environment of the defaults: `aud` comes
 * from its JWT template.
 */
function defaultClaims(
  { issuer, audience, clientId }: Identity,
  sub: string,
  sid: string,
  now: number,
  expiry: number,
) {
  return {
    iss: issuer,
    ...(audience === null ? {} : { aud: audience }),
    sub,
    sid,
    jti: randomUlid(),
    client_id: clientId,
    auth_time: now,
    iat: now,
    exp: expiry,
  };
}
