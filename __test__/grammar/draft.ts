// A token before it is written: what its parts say, who signs it, how it is spelled.
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { newKeyPair } from '../support/key-pair.js';
import type { Chance } from './chance.js';
import { anyMembers, Members, shuffled, write } from './json.js';

/** In Unix seconds: whole, because jose counts in whole seconds. */
export const NOW = 1_750_000_000;
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'audience';
export const TOLERANCE_SECONDS = 5;
export const ALGORITHMS = ['RS256', 'PS384', 'ES256', 'EdDSA'] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

export interface Draft {
  readonly algorithm: Algorithm;
  header: Members;
  payload: Members;
  /** The texts of the two, once they are written. */
  rewrite: (text: string, part: 'header' | 'payload') => string | Uint8Array;
  /** The segments, once they are encoded; the signature is over what comes of the first two. */
  respell: (segment: string, part: 'header' | 'payload' | 'signature') => string;
  /** The signature's bytes. */
  resign: (signature: Buffer) => Uint8Array;
  /** The whole token. */
  rework: (token: string) => string;
}

const keys = {
  RS256: newKeyPair('rsa'),
  PS384: newKeyPair('rsa'),
  ES256: elliptic(),
  EdDSA: newKeyPair('ed25519'),
};

/** The set of the four, each under its algorithm's name. */
export const jwks = {
  keys: ALGORITHMS.map((alg) => ({
    ...(keys[alg].publicKey.export({ format: 'jwk' }) as { kty: string }),
    kid: `key-${alg}`,
    alg,
    use: 'sig',
  })),
};

/** A good token, spelled in some way. */
export function goodDraft(chance: Chance): Draft {
  const algorithm = chance.pick(ALGORITHMS);
  const audiences = [AUDIENCE, [AUDIENCE], ['other', AUDIENCE]];
  const optional: [string, unknown][] = [
    ['nbf', NOW + chance.pick([-1_000, 0, TOLERANCE_SECONDS])],
    ['iat', NOW + chance.pick([-1_000, 0, 1_000, 0.5])],
    ['custom', anyMembers(chance)],
    ['sid', chance.pick(['session_1', ''])],
    ['jti', `${chance.next()}`],
  ];
  const claims: [string, unknown][] = [
    ['iss', ISSUER],
    ['aud', chance.pick(audiences)],
    ['sub', chance.pick(['user_1', 'ü', 'a b'])],
    ['exp', NOW + chance.pick([300, 1, -TOLERANCE_SECONDS + 1, 0.5, 1e9])],
    ...optional.filter(() => chance.happens(0.5)),
  ];
  return {
    algorithm,
    header: new Members(shuffled([...headerOf(algorithm, chance)], chance)),
    payload: new Members(shuffled(claims, chance)),
    rewrite: (text) => text,
    respell: (segment) => segment,
    resign: (signature) => signature,
    rework: (token) => token,
  };
}

/** With what is allowed and plays no part. */
function headerOf(alg: Algorithm, chance: Chance): [string, unknown][] {
  const extra: [string, unknown][] = [
    ['typ', chance.pick(['JWT', 'jwt', 'at+jwt', 'application/at+JWT'])],
    ['jku', 'https://attacker.example/jwks'],
    ['jwk', { kty: 'oct', k: 'AA' }],
    ['x5c', ['AA']],
    ['x5u', 'https://attacker.example'],
    ['b64', true],
    ['custom', anyMembers(chance)],
  ];
  return [['alg', alg], ['kid', `key-${alg}`], ...extra.filter(() => chance.happens(0.15))];
}

/** Writes, signs and puts together. */
export function tokenOf(draft: Draft, chance: Chance): string {
  const parts = (['header', 'payload'] as const).map((part) => {
    const text = draft.rewrite(write(draft[part], chance), part);
    return draft.respell(Buffer.from(text).toString('base64url'), part);
  });
  const input = parts.join('.');
  const signature = draft.resign(signed(input, draft.algorithm));
  const last = draft.respell(Buffer.from(signature).toString('base64url'), 'signature');
  return draft.rework(`${input}.${last}`);
}

export function signed(
  input: string,
  algorithm: Algorithm,
  key = keys[algorithm].privateKey,
): Buffer {
  const bytes = Buffer.from(input);
  switch (algorithm) {
    case 'RS256':
      return sign('sha256', bytes, key);
    case 'PS384':
      return sign('sha384', bytes, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 48,
      });
    case 'ES256':
      return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
    case 'EdDSA':
      return sign(null, bytes, key);
  }
}

/** By way of PEM, for the reason that `newKeyPair` has. */
function elliptic(): { publicKey: KeyObject; privateKey: KeyObject } {
  const pem = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    publicKey: createPublicKey(pem.publicKey),
    privateKey: createPrivateKey(pem.privateKey),
  };
}
