// @ts-nocheck: written without types.
// A key pair: what is published of it, and its private key as PEM.
import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

const KEY_TYPES = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
};

export async function newKey(alg, kid) {
  const [type, parameters] = KEY_TYPES[alg];
  // By way of PEM: a key object straight from the generator can deadlock in Node 20.
  const { publicKey, privateKey: pem } = await promisify(generateKeyPair)(type, {
    ...parameters,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const jwk = { ...createPublicKey(publicKey).export({ format: 'jwk' }), kid, alg, use: 'sig' };
  return { kid, alg, jwk, pem };
}
