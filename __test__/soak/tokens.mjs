// @ts-nocheck: written without types.
// The tokens of one key: what a server meets in the wild, each with the truth about it. An entry with a
// `text` is one token; an entry without is a class of tokens, each of which is made when it is sent.
//
// The truth is `kid` (the name in the header), `signer` (the key whose signature it bears, if any does)
// and `fault` (what is wrong with its claims, if anything is). `always` is a fault that shows before any
// key is looked for.
import { createPrivateKey, sign } from 'node:crypto';

const HOT_TOKENS = 8;
const LIFETIME_SECONDS = 3_600;
const SIGNATURE_BYTES = { RS256: 256, ES256: 64 };
const OTHER_ISSUER = 'https://issuer.example';

/** Without a token: not of any key. */
export const MISSING = { kind: 'missing', always: 'MISSING' };

/** @param {{ source: string, id: string, kid: string, alg: string, pem: string }} key */
export function tokensOf(key, { clientId, issuer, chance }) {
  const { source, id, kid, alg } = key;
  const make = createMint(key, { clientId, issuer });
  const entry = (kind, truth, text) => ({
    source,
    alg,
    key: id,
    kid,
    signer: id,
    ...truth,
    kind,
    text,
  });
  const signed = (kind, truth, claims, header) => entry(kind, truth, make({ claims, header }));
  const neverKid = `kid_never_${chance.between(1, 1e9)}`;
  const otherKid = `kid_${chance.between(1, 9)}`;
  const past = Math.floor(Date.now() / 1_000) - LIFETIME_SECONDS;
  const [header, payload, signature] = make({ claims: { jti: 'split' } }).split('.');
  const swapped = `${header}.${make({ claims: { sub: 'user_2' } }).split('.')[1]}.${signature}`;
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  return [
    ...Array.from({ length: HOT_TOKENS }, (_, jti) => signed('hot', {}, { jti: `hot_${jti}` })),
    signed('expired', { fault: 'TOKEN_EXPIRED' }, { exp: past }),
    signed('other', { fault: 'INVALID_AUDIENCE' }, { aud: 'client_other' }),
    signed('other', { fault: 'INVALID_ISSUER' }, { iss: OTHER_ISSUER }),
    signed('other', { fault: 'INVALID_SUBJECT' }, { sub: '' }),
    entry('other', { always: 'UNSUPPORTED_ALGORITHM' }, none),
    entry('forged', { signer: undefined }, swapped),
    signed('unknown', { kid: neverKid }, {}, { kid: neverKid }),
    signed(
      'unknown',
      { kid: neverKid, fault: 'INVALID_ISSUER' },
      { iss: OTHER_ISSUER },
      { kid: neverKid },
    ),
    // It may be the name of another key, or of this one.
    signed('unknown', { kid: otherKid }, {}, { kid: otherKid }),
    entry('new', {}),
    entry('forged', { signer: undefined }),
    entry('expired', { fault: 'TOKEN_EXPIRED' }),
    entry('unknown', { kid: 'kid_never' }),
  ];
}

/** Makes tokens of one key; `forged` leaves the signature to chance. */
export function createMint({ kid, alg, pem }, { clientId, issuer }) {
  const key = { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' };
  return ({ claims = {}, header = {}, forged = false } = {}) => {
    const seconds = Math.floor(Date.now() / 1_000);
    const base = { iss: issuer, aud: clientId, sub: 'user_1', iat: seconds };
    const input = [
      { alg, kid, ...header },
      { ...base, exp: seconds + LIFETIME_SECONDS, ...claims },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = forged
      ? Buffer.alloc(SIGNATURE_BYTES[alg], claims.jti)
      : sign('sha256', Buffer.from(input), key);
    return `${input}.${signature.toString('base64url')}`;
  };
}

/** What a class of tokens is made of. */
const CLASSES = {
  new: () => ({}),
  forged: () => ({ forged: true }),
  expired: () => ({ claims: { exp: Math.floor(Date.now() / 1_000) - LIFETIME_SECONDS } }),
  unknown: (serial) => ({ header: { kid: `kid_never_${serial}` } }),
};

/** One token of a class, with a `jti` of its own. */
export function oneOf(kind, mint, serial) {
  const { claims = {}, ...rest } = CLASSES[kind](serial);
  return mint({ ...rest, claims: { ...claims, jti: `${serial}` } });
}
