// @ts-nocheck: written without types.
// Keys and signatures for tokens that no sensible issuer would make.
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';

export const ISSUER = 'https://api.workos.com/user_management/client_conformance';
export const AUDIENCE = 'client_conformance';
export const TOLERANCE_SECONDS = 5;
export const KID = 'sso_oidc_key_pair_01J9Z3K4M5N6P7Q8R9S0T1V2W3';

const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
};
const p1363 = { dsaEncoding: 'ieee-p1363' };
/** How Node signs by each: the digest, and what the key is given. */
const SIGNING = {
  RS256: ['sha256', {}],
  RS384: ['sha384', {}],
  RS512: ['sha512', {}],
  PS256: ['sha256', pss],
  PS384: ['sha384', pss],
  PS512: ['sha512', pss],
  ES256: ['sha256', p1363],
  ES384: ['sha384', p1363],
  EdDSA: [null, {}],
};
const KEY_TYPES = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  ES384: ['ec', { namedCurve: 'P-384' }],
  EdDSA: ['ed25519', {}],
};

/** A key pair; `jwk` is what is published of it. */
export function newKey({ alg = 'RS256', kid = KID, bits = 2048 } = {}) {
  const [type, parameters] = KEY_TYPES[alg] ?? ['rsa', { modulusLength: bits }];
  const { publicKey, privateKey } = generateKeyPairSync(type, parameters);
  return {
    alg,
    kid,
    publicKey,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
  };
}

/** A segment: bytes or a text as they are, anything else as JSON. */
export function segment(part) {
  const isRaw = typeof part === 'string' || part instanceof Uint8Array;
  return Buffer.from(isRaw ? part : JSON.stringify(part)).toString('base64url');
}

export function signInput(input, { privateKey }, alg = 'RS256') {
  const [digest, parameters] = SIGNING[alg];
  return sign(digest, Buffer.from(input), { key: privateKey, ...parameters });
}

/** Signs whatever it is given: neither part needs to be JSON. */
export function token(key, { header = {}, payload = claims(), alg = key.alg } = {}) {
  const isWhole = typeof header === 'string' || header instanceof Uint8Array;
  const whole = isWhole ? header : { alg, kid: key.kid, ...header };
  const input = `${segment(whole)}.${segment(payload)}`;
  return `${input}.${signInput(input, key, alg).toString('base64url')}`;
}

export function hmacToken(secret, header = { alg: 'HS256', kid: KID }) {
  const input = `${segment(header)}.${segment(claims())}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** One moment for all tokens, however long it takes to make them. */
const MADE_AT = Math.floor(Date.now() / 1_000);

export function now() {
  return MADE_AT;
}

/** Those of a good token, with these changes; `undefined` takes a claim out. */
export function claims(changes = {}) {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    sid: 'session_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    jti: '01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    iat: now() - 10,
    exp: now() + 3_600,
    ...changes,
  };
}

/** The claims as JSON, with this text of another member behind them. */
export function claimsWith(member, changes) {
  return JSON.stringify(claims(changes)).replace(/\}$/, `,${member}}`);
}
