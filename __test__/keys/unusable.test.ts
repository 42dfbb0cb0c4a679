// A key set whose one key can't be used says why, in the cause, the message and the hint.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { newKeyPair } from '../support/key-pair.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();
const { jwk } = signer;
/** The first half of the modulus, which has 1024 bits. */
const half = Buffer.from(jwk.n, 'base64url').subarray(0, 128).toString('base64url');

const CASES: [string, object, RegExp, RegExp][] = [
  ['padding in n', { ...jwk, n: `${jwk.n}==` }, /padded with =/, /Remove the `=`/],
  ['padding in e', { ...jwk, e: 'AQAB=' }, /padded with =/, /never padded/],
  ['base64 in place of base64url', { ...jwk, n: `${jwk.n}+/` }, /not base64url/, /`-` and `_`/],
  ['use: enc', { ...jwk, use: 'enc' }, /its use is not sig/, /signing key/],
  ['1024 bits', { ...jwk, n: half }, /fewer than 2048 bits/, /2048 bits or more/],
  ['alg: null', { ...jwk, alg: null }, /its alg is not a string/, /rather than set it to null/],
  ['an encryption alg', { ...jwk, alg: 'RSA-OAEP' }, /not a signature algorithm/, /RS256/],
  ['an alg for another kty', { ...jwk, alg: 'ES256' }, /does not go with its kty/, /RS256/],
  ['no kid', { ...jwk, kid: undefined }, /has no kid/, /`kid` that tokens name/],
  ['key_ops: sign', { ...jwk, key_ops: ['sign'] }, /key_ops do not allow verify/, /`verify`/],
  ['no n', { ...jwk, n: undefined }, /missing or not a string/, /needs `n` and `e`/],
  ['kty in lower case', { ...jwk, kty: 'rsa' }, /its kty is none of/, /WorkOS uses RSA/],
  ['an exponent of 1', { ...jwk, e: 'AQ' }, /its rsa exponent/, /not a valid public key/],
];

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterAll(() => server.close());

describe('a set that is fetched', () => {
  it.each(CASES)('%s', async (name, key, reason, hint) => {
    server.behaviour = keySet([key]);
    // A source of its own: a failure is remembered for a while.
    const jwksUrl = `${server.url}/${encodeURIComponent(name)}`;
    const error = await refusal(() =>
      verifyWorkosToken(signer.sign(), { clientId: CLIENT_ID, jwksUrl }),
    );
    expect(error).toMatchObject({
      code: 'JWKS_FETCH_FAILED',
      message: expect.stringMatching(reason),
      hint: expect.stringMatching(hint),
      cause: { code: 'NO_USABLE_KEY', message: expect.stringMatching(reason) },
    });
  });
});

describe('a fixed set', () => {
  // A key without a kid is nobody's, and no token can name it.
  const named = CASES.filter(([name]) => name !== 'no kid');
  it.each(named)('%s', async (_, key, reason, hint) => {
    const jwks = { keys: [key, createSigner('another').jwk] };
    const verifier = createWorkosVerifier({ clientId: CLIENT_ID, jwks: jwks as never });
    const error = await refusal(() => verifier.verify(signer.sign()));
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', message: expect.stringMatching(reason) });
    expect(error.hint).toMatch(hint);
  });
});

it('two keys of one kid of which one fits, and the same key twice, are no problem', async () => {
  const rival = { ...createSigner().jwk, alg: 'RS512' };
  const curve = newKeyPair('ed25519').publicKey.export({ format: 'jwk' });
  for (const keys of [
    [jwk, jwk],
    [rival, jwk],
    [{ ...curve, kid: jwk.kid }, jwk],
    [{ ...jwk, use: 'enc' }, jwk],
  ]) {
    const options = { clientId: CLIENT_ID, jwks: { keys } as never };
    await expect(verifyWorkosToken(signer.sign(), options)).resolves.toHaveProperty('sub');
  }
});
