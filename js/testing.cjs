'use strict';

// An issuer inside the test process: it signs tokens of the shape WorkOS's have, publishes its keys
// as WorkOS does, and can fail in the ways a key endpoint fails. What each member promises is in
// testing.d.cts; it needs no native addon.

const {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign: signBytes,
} = require('node:crypto');
const { createKeyServer } = require('./testing-server.cjs');
const {
  readOptions,
  readSignOptions,
  requireObject,
  presentSeconds,
  DEFAULT_LIFETIME_SECONDS,
} = require('./testing-options.cjs');

/** @typedef {import('./testing.cjs').TestAlgorithm} TestAlgorithm */
/** @typedef {import('./testing.cjs').TestClaims} TestClaims */
/** @typedef {import('./testing.cjs').TestIssuer} TestIssuer */
/** @typedef {import('./testing.cjs').TestJwk} TestJwk */
/** @typedef {import('./testing.cjs').TestOutageMode} TestOutageMode */
/** @typedef {import('./testing.cjs').TestSignOptions} TestSignOptions */
/** @typedef {import('./testing.cjs').TestVerifyOptions} TestVerifyOptions */
/** @typedef {import('./testing-options.cjs').Identity} Identity */
/** @typedef {ReturnType<typeof createKeyRing>} KeyRing */

/** A day: far past the largest clock tolerance that the verifier takes (300 s). */
const EXPIRED_FOR_SECONDS = 86_400;
/** The smallest that the verifier takes, so that a test which rotates keys needn't wait. */
const COOLDOWN_SECONDS = 1;
/**
 * RFC 7518, section 3.1, and RFC 8037: how each algorithm makes a key and what `crypto.sign` needs
 * to know.
 */
const SCHEMES = {
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

/** @type {typeof import('./testing.cjs').createTestIssuer} */
function createTestIssuer(options = {}) {
  const identity = readOptions(options);
  const keyRing = createKeyRing(identity.algorithm);
  const server = createKeyServer(identity, keyRing);
  const tokens = createTokens(identity, keyRing);
  return withAsyncDispose({
    clientId: identity.clientId,
    issuer: identity.issuer,
    audience: identity.audience,
    get jwks() {
      return keyRing.publicSet();
    },
    get jwksUrl() {
      return server.url();
    },
    get options() {
      return verifyOptions(identity, keyRing, server.url());
    },
    ...tokens,
    rotate: keyRing.rotate,
    withdraw: keyRing.withdraw,
    outage: server.outage,
    requests: server.requests,
    listen: server.listen,
    close: server.close,
  });
}

// The keys.

/** @param {TestAlgorithm} algorithm */
function createKeyRing(algorithm) {
  /** @type {Map<string, TestJwk>} */
  const published = new Map();
  /** @type {ReturnType<typeof createKey> | undefined} */
  let current;

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

  /** @param {string} kid */
  function withdraw(kid) {
    signingKey();
    if (!published.delete(kid)) throw new RangeError('no key of the published set has this kid');
  }

  return { signingKey, publicSet, rotate, withdraw };
}

/** @param {TestAlgorithm} algorithm */
function createKey(algorithm) {
  const { publicKey, privateKey } = SCHEMES[algorithm].generate();
  const kid = `sso_oidc_key_pair_${randomUlid()}`;
  const jwk = /** @type {TestJwk} */ ({
    ...publicKey.export({ format: 'jwk' }),
    kid,
    alg: algorithm,
    use: 'sig',
  });
  return { kid, jwk, privateKey };
}

/**
 * By way of PEM: a key object straight from the generator shares a lock with the generator's job, and
 * Node 20 stops for good when that is collected just while the key is exported.
 *
 * @param {any} type
 * @param {object} [options]
 */
function newKeyPair(type, options = {}) {
  const { publicKey, privateKey } = generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey: createPublicKey(publicKey), privateKey: createPrivateKey(privateKey) };
}

/** @param {string} digest @param {number} padding */
function rsa(digest, padding) {
  // RFC 7518, section 3.5: the salt of PS* is as long as the digest. PKCS #1 v1.5 has none and
  // ignores it.
  const encoding = { padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return { digest, encoding, generate: () => newKeyPair('rsa', { modulusLength: 2048 }) };
}

/** @param {string} digest @param {string} namedCurve */
function ecdsa(digest, namedCurve) {
  // RFC 7518, section 3.4: R and S side by side, not the DER that OpenSSL gives by itself.
  const encoding = { dsaEncoding: /** @type {const} */ ('ieee-p1363') };
  return { digest, encoding, generate: () => newKeyPair('ec', { namedCurve }) };
}

// The tokens.

/** @param {Identity} identity @param {KeyRing} keyRing */
function createTokens(identity, keyRing) {
  const person = { sub: `user_${randomUlid()}`, sid: `session_${randomUlid()}` };
  /** @type {import('node:crypto').KeyObject | undefined} */
  let impostorKey;

  /** @param {TestClaims} [claims] @param {TestSignOptions} [options] */
  async function sign(claims = {}, options = {}) {
    requireObject('claims', claims);
    const { header, expiresInSeconds, now } = readSignOptions(options);
    const payload = { ...defaultClaims(identity, person, now, now + expiresInSeconds), ...claims };
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
    impostorKey ??= SCHEMES[identity.algorithm].generate().privateKey;
    const now = presentSeconds();
    const { kid } = keyRing.signingKey();
    const payload = defaultClaims(identity, person, now, now + DEFAULT_LIFETIME_SECONDS);
    return compactJws({ alg: identity.algorithm, kid }, payload, identity.algorithm, impostorKey);
  }

  return { sign, expired, wrongKey };
}

/**
 * The claims of a session without an organization, in the environment of the defaults: `aud` comes
 * from its JWT template.
 *
 * @param {Identity} identity
 * @param {{ sub: string, sid: string }} person
 * @param {number} now
 * @param {number} expiry
 */
function defaultClaims({ issuer, audience, clientId }, { sub, sid }, now, expiry) {
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
 *
 * @param {object} header
 * @param {object} payload
 * @param {TestAlgorithm} algorithm
 * @param {import('node:crypto').KeyObject} privateKey
 */
function compactJws(header, payload, algorithm, privateKey) {
  const { digest, encoding } = SCHEMES[algorithm];
  const signingInput = `${jsonSegment(header)}.${jsonSegment(payload)}`;
  const signature = signBytes(digest, Buffer.from(signingInput), { key: privateKey, ...encoding });
  return `${signingInput}.${signature.toString('base64url')}`;
}

/** @param {object} value */
function jsonSegment(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

// The time part is random as well, behind the `01` of this era: a fake clock shall not make two ids
// alike, or odd ones.
function randomUlid() {
  const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return `01${Array.from(randomBytes(24), (byte) => crockford.charAt(byte % 32)).join('')}`;
}

/**
 * @param {Identity} identity
 * @param {KeyRing} keyRing
 * @param {string | null} jwksUrl
 * @returns {TestVerifyOptions}
 */
function verifyOptions({ clientId, issuer, audience, algorithm }, keyRing, jwksUrl) {
  return {
    clientId,
    issuer,
    audience: Array.isArray(audience) ? [...audience] : /** @type {string | null} */ (audience),
    ...(algorithm === 'RS256' ? {} : { algorithms: [algorithm] }),
    ...(jwksUrl === null
      ? { jwks: keyRing.publicSet() }
      : { jwksUrl, jwksCache: { cooldownSeconds: COOLDOWN_SECONDS } }),
  };
}

/**
 * `await using issuer = createTestIssuer()`, where the runtime has the symbol.
 *
 * @param {Omit<TestIssuer, typeof Symbol.asyncDispose>} issuer
 * @returns {TestIssuer}
 */
function withAsyncDispose(issuer) {
  if (Symbol.asyncDispose)
    Object.defineProperty(issuer, Symbol.asyncDispose, { value: issuer.close });
  return /** @type {TestIssuer} */ (issuer);
}

module.exports = { createTestIssuer };
