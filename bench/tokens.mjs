// Tokens of the shape of WorkOS's, about 1.2 kB, minted on libuv's threads.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
} from 'node:crypto';
import { promisify } from 'node:util';

const CLIENT_ID = 'client_01J9Z3K4M5N6P7Q8R9S0T1V2W3';
const KID = 'sso_oidc_key_pair_01J9Z3K4M5N6P7Q8R9S0T1V2W3';
/** Longer than any run takes. */
const LIFETIME_SECONDS = 6 * 3_600;
const signOnThread = promisify(sign);

/** An issuer with one RSA-2048 key: what the contenders are told, and its private key. */
export function createIssuer() {
  // By way of PEM: a key object straight from the generator can deadlock in Node 20.
  const { privateKey, publicKey: pem } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const { kty, n, e } = createPublicKey(pem).export({ format: 'jwk' });
  return {
    privateKey: createPrivateKey(privateKey),
    clientId: CLIENT_ID,
    issuer: `https://api.workos.com/user_management/${CLIENT_ID}`,
    audience: CLIENT_ID,
    jwk: { kty, n, e, kid: KID, alg: 'RS256', use: 'sig' },
    pem,
  };
}

/** @param {ReturnType<typeof createIssuer>} issuer @param {{ good: number, expired: number }} counts */
export async function mint(issuer, counts) {
  const now = Math.floor(Date.now() / 1_000);
  const all = (count, exp) =>
    Promise.all(Array.from({ length: count }, () => mintOne(issuer, exp)));
  return {
    good: await all(counts.good, now + LIFETIME_SECONDS),
    expired: await all(counts.expired, now - LIFETIME_SECONDS),
  };
}

async function mintOne({ privateKey, jwk, issuer, clientId }, exp) {
  const input = `${encode({ alg: 'RS256', kid: jwk.kid })}.${encode(claims(issuer, clientId, exp))}`;
  const signature = await signOnThread('sha256', Buffer.from(input), privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

function claims(iss, clientId, exp) {
  return {
    iss,
    aud: clientId,
    sub: 'user_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    sid: 'session_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    jti: randomUUID(),
    client_id: clientId,
    org_id: 'org_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    role: 'member',
    roles: ['member'],
    permissions: ['posts:read', 'posts:write', 'comments:read', 'comments:write'],
    entitlements: ['audit-logs'],
    feature_flags: ['new-editor'],
    auth_time: exp - 300,
    iat: exp - 300,
    exp,
  };
}

export function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
