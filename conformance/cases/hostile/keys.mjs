// @ts-nocheck: written without types.
// Signatures and the keys that they are checked with.
import { createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto';
import { KID, newKey, segment, signInput, token, claims } from '../kit.mjs';

const P256_ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const OTHERS = ['RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

/** @param {{ main: any, attacker: any }} keys */
export function keyCases({ main, attacker }) {
  return [
    ...signatureCases(main, attacker),
    ...ecdsaCases(),
    ...OTHERS.map(goodIn),
    ...setCases(main, attacker),
  ];
}

function signatureCases(main, attacker) {
  const VALID = 'RFC 7515, section 5.2';
  const good = token(main);
  const input = good.slice(0, good.lastIndexOf('.'));
  const bytes = signInput(input, main);
  const [header, , signature] = good.split('.');
  const refuse = (id, end, cite = VALID) => ({
    id,
    rule: 'signature',
    basis: 'RFC',
    cite,
    must: 'refuse',
    token: typeof end === 'string' ? end : `${input}.${end.toString('base64url')}`,
  });
  const flipped = Buffer.from(bytes);
  flipped[100] ^= 1;
  return [
    refuse('another-key', token(attacker)),
    refuse('other-claims', `${header}.${segment(claims({ sub: 'user_2' }))}.${signature}`),
    refuse(
      'other-header',
      `${segment({ kid: KID, alg: 'RS256' })}.${good.split('.')[1]}.${signature}`,
    ),
    refuse('bit-flipped', flipped),
    refuse('zeros', Buffer.alloc(256)),
    refuse('ones', Buffer.alloc(256, 1)),
    refuse('one-byte', Buffer.alloc(1)),
    refuse('cut-off', bytes.subarray(0, 255)),
    refuse('byte-behind', Buffer.concat([bytes, Buffer.alloc(1)])),
    refuse('byte-in-front', Buffer.concat([Buffer.alloc(1), bytes])),
    refuse('pss-as-pkcs1', signInput(input, main, 'PS256')),
    refuse('sha1', sign('sha1', Buffer.from(input), main.privateKey)),
    refuse('sha512', sign('sha512', Buffer.from(input), main.privateKey)),
    refuse('digest-without-its-name', privateEncrypt(main.privateKey, digest(input))),
    refuse('of-the-payload-alone', signInput(input.split('.')[1], main)),
  ];
}

function digest(input) {
  return createHash('sha256').update(input).digest();
}

function ecdsaCases() {
  const key = newKey({ alg: 'ES256' });
  const good = token(key);
  const input = good.slice(0, good.lastIndexOf('.'));
  const order = Buffer.from(P256_ORDER, 'hex');
  const signatures = {
    'ecdsa-zeros': Buffer.alloc(64),
    'ecdsa-order': Buffer.concat([order, order]),
    'ecdsa-zero-and-one': Buffer.concat([Buffer.alloc(63), Buffer.from([1])]),
    'ecdsa-der': sign('sha256', Buffer.from(input), key.privateKey),
    'ecdsa-empty': Buffer.alloc(0),
    'ecdsa-longer': Buffer.concat([signInput(input, key, 'ES256'), Buffer.alloc(2)]),
  };
  return Object.entries(signatures).map(([id, bytes]) => ({
    id,
    rule: 'signature',
    basis: 'RFC',
    cite: 'RFC 7518, section 3.4',
    must: 'refuse',
    token: `${input}.${bytes.toString('base64url')}`,
    algorithms: ['ES256'],
    keys: [key.jwk],
  }));
}

function goodIn(alg) {
  const key = newKey({ alg });
  return {
    id: `good-${alg}`,
    rule: 'signature',
    basis: 'RFC',
    cite: alg === 'EdDSA' ? 'RFC 8037, section 3.1' : 'RFC 7518, section 3.1',
    must: 'accept',
    token: token(key),
    algorithms: [alg],
    keys: [key.jwk],
  };
}

function setCases(main, attacker) {
  const ours = 'contract, check 3';
  const good = token(main);
  const { jwk } = main;
  const weak = newKey({ bits: 1024 });
  const large = newKey({ bits: 4096 });
  const ec = newKey({ alg: 'ES256' });
  const of =
    (must) =>
    (id, cite, hostile, keys, basis = 'RFC') => ({
      id,
      rule: 'keys',
      basis,
      cite,
      must,
      token: hostile,
      keys,
    });
  const [refuse, accept] = [of('refuse'), of('accept')];
  const x5c = { x5c: ['bm90IGEgY2VydGlmaWNhdGU='], 'x5t#S256': 'd3Jvbmc' };
  return [
    refuse('key-1024-bits', 'RFC 7518, section 3.3', token(weak), [weak.jwk], 'policy'),
    refuse('key-for-encryption', ours, good, [{ ...jwk, use: 'enc' }], 'policy'),
    refuse('key-operations', ours, good, [{ ...jwk, key_ops: ['encrypt'] }], 'policy'),
    refuse('key-of-another-algorithm', ours, good, [{ ...jwk, alg: 'RS512' }], 'policy'),
    refuse('key-of-another-type', 'RFC 7515, section 5.2', good, [{ ...ec.jwk, alg: undefined }]),
    refuse('key-secret', 'RFC 7515, section 5.2', good, [secretKey()]),
    refuse('key-ambiguous', ours, good, [jwk, attacker.jwk], 'policy'),
    refuse('key-of-another-name', 'RFC 7515, section 5.2', good, [{ ...jwk, kid: 'x' }], 'policy'),
    accept('key-4096-bits', 'RFC 7518, section 3.3', token(large), [large.jwk]),
    accept('key-twice', ours, good, [jwk, jwk], 'policy'),
    accept('key-without-alg', 'RFC 7517, section 4.4', good, [{ ...jwk, alg: undefined }]),
    accept('key-without-use', 'RFC 7517, section 4.2', good, [{ ...jwk, use: undefined }]),
    accept('key-with-other-certificate', ours, good, [{ ...jwk, ...x5c }], 'policy'),
    accept('unknown-key-beside', 'RFC 7517, section 5', good, [{ kty: 'NEW', kid: 'n' }, jwk]),
    accept(
      'broken-key-beside',
      ours,
      good,
      [{ kty: 'RSA', kid: 'b', n: '!', e: 'AQAB' }, jwk],
      'policy',
    ),
    accept('weak-key-beside', ours, good, [{ ...weak.jwk, kid: 'w' }, jwk], 'policy'),
    accept('unknown-members-of-a-key', 'RFC 7517, section 4', good, [
      { ...jwk, ext: true, 'x-unknown': 1 },
    ]),
  ];
}

function secretKey() {
  const { publicKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  return { kty: 'oct', k: x, kid: KID, alg: 'RS256', use: 'sig' };
}
