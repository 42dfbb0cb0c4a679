// The keys of a test issuer, and how each algorithm makes and uses one.

import type { KeyObject, SigningOptions } from 'node:crypto';
import type { TestAlgorithm, TestJwk } from '../../entries/testing.cjs';

const {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign: signBytes,
} = process.getBuiltinModule('node:crypto');

export type KeyRing = ReturnType<typeof createKeyRing>;

interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

interface Scheme {
  digest: string | null;
  encoding: SigningOptions;
  generate(): KeyPair;
}

/**
 * RFC 7518, section 3.1, and RFC 8037: how each algorithm makes a key and what `crypto.sign` needs
 * to know.
 */
const SCHEMES: Readonly<Record<TestAlgorithm, Scheme>> = {
  RS256: rsa('sha256', constants.RSA_PKCS1_PADDING),
  RS384: rsa('sha384', constants.RSA_PKCS1_PADDING),
  RS512: rsa('sha512', constants.RSA_PKCS1_PADDING),
  PS256: rsa('sha256', constants.RSA_PKCS1_PSS_PADDING),
  PS384: rsa('sha384', constants.RSA_PKCS1_PSS_PADDING),
  PS512: rsa('sha512', constants.RSA_PKCS1_PSS_PADDING),
  ES256: ecdsa('sha256', 'P-256'),
  ES384: ecdsa('sha384', 'P-384'),
  EdDSA: { digest: null, encoding: {}, generate: () => newKeyPair('ed25519') },
};

export function createKeyRing(algorithm: TestAlgorithm) {
  const published: Map<string, TestJwk> = new Map();
  let current: ReturnType<typeof createKey> | undefined;

  // The first key is made when it is needed: an RSA key costs up to 150 ms, and not every test that
  // has an issuer signs with it.
  const signingKey = () => (current ??= publishNewKey());

  function publishNewKey() {
    const key = createKey(algorithm);
    published.set(key.kid, key.jwk);
    return key;
  }

  function publicSet() {
    signingKey();
    return { keys: Array.from(published.values(), (jwk) => ({ ...jwk })) };
  }

  // The old key stays in the set, as everywhere where keys are rotated: tokens signed by it are
  // still on their way.
  function rotate() {
    signingKey();
    current = publishNewKey();
    return current.kid;
  }

  function withdraw(kid: string) {
    signingKey();
    if (!published.delete(kid)) throw new RangeError('no key of the published set has this kid');
  }

  return { signingKey, publicSet, rotate, withdraw };
}

function createKey(algorithm: TestAlgorithm) {
  const { publicKey, privateKey } = SCHEMES[algorithm].generate();
  const kid = `sso_oidc_key_pair_${randomUlid()}`;
  const jwk = {
    ...publicKey.export({ format: 'jwk' }),
    kid,
    alg: algorithm,
    use: 'sig',
  } as TestJwk;
  return { kid, jwk, privateKey };
}

/**
 * By way of PEM: a key object straight from the generator shares a lock with the generator's job, and
 * Node 20 stops for good when that is collected just while the key is exported.
 */
function newKeyPair(type: 'rsa' | 'ec' | 'ed25519', options: object = {}): KeyPair {
  // The overloads are for one type each.
  const { publicKey, privateKey } = generateKeyPairSync(type as 'ed25519', {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey: createPublicKey(publicKey), privateKey: createPrivateKey(privateKey) };
}

function rsa(digest: string, padding: number): Scheme {
  // RFC 7518, section 3.5: the salt of PS* is as long as the digest. PKCS #1 v1.5 has none and
  // ignores it.
  const encoding = { padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return { digest, encoding, generate: () => newKeyPair('rsa', { modulusLength: 2048 }) };
}

function ecdsa(digest: string, namedCurve: string): Scheme {
  // RFC 7518, section 3.4: R and S side by side, not the DER that OpenSSL gives by itself.
  const encoding: SigningOptions = { dsaEncoding: 'ieee-p1363' };
  return { digest, encoding, generate: () => newKeyPair('ec', { namedCurve }) };
}

/** A private key that is nobody's, for forged tokens. */
export function createImpostorKey(algorithm: TestAlgorithm): KeyObject {
  return SCHEMES[algorithm].generate().privateKey;
}

/**
 * RFC 7515, section 7.1. A header that names another algorithm changes the name alone, not how the
 * token is signed.
 */
export function compactJws(
  header: object,
  payload: object,
  algorithm: TestAlgorithm,
  privateKey: KeyObject,
): string {
  const { digest, encoding } = SCHEMES[algorithm];
  const signingInput = `${jsonSegment(header)}.${jsonSegment(payload)}`;
  const signature = signBytes(digest, Buffer.from(signingInput), { key: privateKey, ...encoding });
  return `${signingInput}.${signature.toString('base64url')}`;
}

function jsonSegment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The time part is random as well, after the `01` of this era: a fake clock can't make two ids alike. */
export function randomUlid(): string {
  const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return `01${Array.from(randomBytes(24), (byte) => crockford.charAt(byte % 32)).join('')}`;
}
