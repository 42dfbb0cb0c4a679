import {
  createPrivateKey,
  createPublicKey,
  type ED25519KeyPairOptions,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

const ENCODINGS: ED25519KeyPairOptions<'pem', 'pem'> = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
};

/**
 * By way of PEM: a key object straight from the generator shares a lock with the generator's job,
 * and Node 20 stops for good when that is collected just while the key is exported.
 */
export function newKeyPair(type: 'rsa' | 'ed25519'): {
  publicKey: KeyObject;
  privateKey: KeyObject;
} {
  const { publicKey, privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048, ...ENCODINGS })
      : generateKeyPairSync('ed25519', ENCODINGS);
  return { publicKey: createPublicKey(publicKey), privateKey: createPrivateKey(privateKey) };
}
