// An issuer inside the test process: it signs tokens in the shape of WorkOS's, publishes its keys as
// WorkOS does, and can fail in the ways a key endpoint fails. What each member promises is in
// testing.d.cts. No native addon is needed.

import type { KeyObject, SigningOptions } from 'node:crypto';
import type {
  TestAlgorithm,
  TestClaims,
  TestEnvironment,
  TestIssuer,
  TestIssuerOptions,
  TestJwk,
  TestSignOptions,
  TestVerifyOptions,
} from '../../entries/testing.cjs';
import '../node-version.ts';
import { createEnvironment } from './environment.ts';
import { createKeyServer } from './key-server.ts';
import {
  DEFAULT_LIFETIME_SECONDS,
  type Identity,
  presentSeconds,
  readOptions,
  readSignOptions,
  requireObject,
} from './options.ts';
import { createSeals } from './seal.ts';

const {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign: signBytes,
} = process.getBuiltinModule('node:crypto');

type KeyRing = ReturnType<typeof createKeyRing>;

interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

interface Scheme {
  digest: string | null;
  encoding: SigningOptions;
  generate(): KeyPair;
}

/** A day: far past the largest clock tolerance that the verifier takes (300 s). */
const EXPIRED_FOR_SECONDS = 86_400;
/** The smallest that the verifier takes, so that a test which rotates keys needn't wait. */
const COOLDOWN_SECONDS = 1;
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

export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const identity = readOptions(options);
  const keyRing = createKeyRing(identity.algorithm);
  const server = createKeyServer(identity, keyRing, () => environment.issuer());
  const environment = createEnvironment(identity, server.url);
  const tokens = createTokens(identity, keyRing, environment.issuer);
  const issuer = {
    clientId: identity.clientId,
    get issuer() {
      return environment.issuer();
    },
    audience: identity.audience,
    get jwks() {
      return keyRing.publicSet();
    },
    get jwksUrl() {
      return server.url();
    },
    get options() {
      return verifyOptions({ ...identity, issuer: environment.issuer() }, keyRing, server.url());
    },
    ...tokens,
    ...createSeals(identity.cookiePassword, tokens.sign),
    rotate: keyRing.rotate,
    withdraw: keyRing.withdraw,
    outage: server.outage,
    requests: server.requests,
    listen: server.listen,
    close: server.close,
  };
  return withHiddenMembers(issuer, environment.variables);
}

// The keys.

function createKeyRing(algorithm: TestAlgorithm) {
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

// The tokens.

function createTokens(identity: Identity, keyRing: KeyRing, issuer: () => string) {
  const person = { sub: `user_${randomUlid()}`, sid: `session_${randomUlid()}` };
  const defaults = (now: number, expiry: number) =>
    defaultClaims({ ...identity, issuer: issuer() }, person, now, expiry);
  let impostorKey: KeyObject | undefined;

  async function sign(claims: TestClaims = {}, options: TestSignOptions = {}) {
    requireObject('claims', claims);
    const { header, expiresInSeconds, now } = readSignOptions(options);
    const payload = { ...defaults(now, now + expiresInSeconds), ...claims };
    const { kid, privateKey } = keyRing.signingKey();
    return compactJws(
      { alg: identity.algorithm, kid, ...header },
      payload,
      identity.algorithm,
      privateKey,
    );
  }

  async function expired() {
    return sign({}, { now: presentSeconds() - EXPIRED_FOR_SECONDS });
  }

  async function wrongKey() {
    const key = (impostorKey ??= SCHEMES[identity.algorithm].generate().privateKey);
    const now = presentSeconds();
    const { kid } = keyRing.signingKey();
    const payload = defaults(now, now + DEFAULT_LIFETIME_SECONDS);
    return compactJws({ alg: identity.algorithm, kid }, payload, identity.algorithm, key);
  }

  return { sign, expired, wrongKey };
}

/**
 * The claims of a session without an organization, in the environment of the defaults: `aud` comes
 * from its JWT template.
 */
function defaultClaims(
  { issuer, audience, clientId }: Identity,
  { sub, sid }: { sub: string; sid: string },
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

/**
 * RFC 7515, section 7.1. A header that names another algorithm changes the name alone, not how the
 * token is signed.
 */
function compactJws(
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
function randomUlid(): string {
  const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return `01${Array.from(randomBytes(24), (byte) => crockford.charAt(byte % 32)).join('')}`;
}

function verifyOptions(
  { clientId, issuer, audience, algorithm, cookiePassword }: Identity,
  keyRing: KeyRing,
  jwksUrl: string | null,
): TestVerifyOptions {
  return {
    clientId,
    issuer,
    audience: typeof audience === 'object' && audience !== null ? [...audience] : audience,
    ...(algorithm === 'RS256' ? {} : { algorithms: [algorithm] }),
    ...(cookiePassword === undefined ? {} : { cookiePassword }),
    ...(jwksUrl === null
      ? { jwks: keyRing.publicSet() }
      : { jwksUrl, jwksCache: { cooldownSeconds: COOLDOWN_SECONDS } }),
  };
}

type Visible = Omit<TestIssuer, 'env' | typeof Symbol.asyncDispose>;

/**
 * `env` does something when it is read, so that neither a spread nor a test runner that prints or
 * compares an issuer may read it. The symbol is for `await using`, if the runtime has it.
 */
function withHiddenMembers(issuer: Visible, variables: () => TestEnvironment): TestIssuer {
  Object.defineProperty(issuer, 'env', { get: variables });
  if (Symbol.asyncDispose)
    Object.defineProperty(issuer, Symbol.asyncDispose, { value: issuer.close });
  return issuer as TestIssuer;
}
