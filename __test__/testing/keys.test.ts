import * as jose from 'jose';
import { createTestIssuer, type TestAlgorithm } from 'verify-workos-token/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  ALGORITHMS,
  catchError,
  closeIssuers,
  decode,
  KID,
  newIssuer,
  publishedKey,
  signatureIsGood,
  urlOf,
} from '../support/issuer.js';

afterEach(closeIssuers);

describe('the algorithms', () => {
  // One issuer for both opinions: RSA keys take their time.
  const issuers = ALGORITHMS.map(([algorithm]) => ({
    algorithm,
    issuer: createTestIssuer({ algorithm }),
  }));
  const issuerOf = (algorithm: TestAlgorithm) =>
    issuers.find((entry) => entry.algorithm === algorithm)?.issuer ?? expect.unreachable();
  afterAll(() => Promise.all(issuers.map(({ issuer }) => issuer.close())));

  it.each(ALGORITHMS)('%s', async (algorithm, _digest, _parameters, signatureBytes) => {
    const issuer = issuerOf(algorithm);
    const token = await issuer.sign({ org_id: 'org_1' });
    const { header, signature } = decode(token);
    expect(header).toStrictEqual({ alg: algorithm, kid: publishedKey(issuer).kid });
    expect(signature).toHaveLength(signatureBytes);
    expect(signatureIsGood(token, issuer)).toBe(true);
    expect(signatureIsGood(await issuer.expired(), issuer)).toBe(true);
    expect(signatureIsGood(await issuer.wrongKey(), issuer)).toBe(false);
    expect(issuer.options.algorithms).toStrictEqual(
      algorithm === 'RS256' ? undefined : [algorithm],
    );
  });

  it.each(ALGORITHMS)('%s, as jose sees it', async (algorithm) => {
    const issuer = issuerOf(algorithm);
    await issuer.listen();
    const checks = {
      issuer: issuer.issuer,
      audience: String(issuer.audience),
      algorithms: [algorithm],
    };
    const remote = jose.createRemoteJWKSet(new URL(urlOf(issuer)));
    const { payload } = await jose.jwtVerify(
      await issuer.sign({ org_id: 'org_1' }),
      remote,
      checks,
    );
    expect(payload.org_id).toBe('org_1');
    await expect(jose.jwtVerify(await issuer.wrongKey(), remote, checks)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    await expect(jose.jwtVerify(await issuer.expired(), remote, checks)).rejects.toMatchObject({
      code: 'ERR_JWT_EXPIRED',
    });
  });
});

describe('the key set', () => {
  it('is there right after the creation, public and in the shape of WorkOS', () => {
    const issuer = newIssuer();
    expect(issuer.jwks.keys).toStrictEqual([
      {
        kty: 'RSA',
        n: expect.any(String),
        e: 'AQAB',
        kid: expect.stringMatching(KID),
        alg: 'RS256',
        use: 'sig',
      },
    ]);
    expect(Buffer.from(publishedKey(issuer).n ?? '', 'base64url')).toHaveLength(256);
  });

  it.each<[TestAlgorithm, object]>([
    ['ES256', { kty: 'EC', crv: 'P-256' }],
    ['ES384', { kty: 'EC', crv: 'P-384' }],
    ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
  ])('holds public members alone for %s', (algorithm, shape) => {
    const [key] = newIssuer({ algorithm }).jwks.keys;
    expect(key).toMatchObject({ ...shape, alg: algorithm, use: 'sig' });
    expect(key).not.toHaveProperty('d');
  });

  it('is a copy: what a test does to it changes nothing', () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const copy = issuer.jwks;
    for (const key of copy.keys) key.kid = 'changed';
    copy.keys.length = 0;
    issuer.options.jwks?.keys.splice(0);
    expect(publishedKey(issuer).kid).toMatch(KID);
  });

  it('gains the new key on rotation, and keeps the old one until it is withdrawn', async () => {
    const issuer = newIssuer({ algorithm: 'ES256' });
    const old = await issuer.sign();
    const oldKid = publishedKey(issuer).kid;
    const newKid = issuer.rotate();
    expect(newKid).toMatch(KID);
    expect(issuer.jwks.keys.map((key) => key.kid)).toStrictEqual([oldKid, newKid]);
    const fresh = await issuer.sign();
    expect(decode(fresh).header.kid).toBe(newKid);
    expect([signatureIsGood(old, issuer), signatureIsGood(fresh, issuer)]).toStrictEqual([
      true,
      true,
    ]);

    issuer.withdraw(oldKid);
    expect(issuer.jwks.keys.map((key) => key.kid)).toStrictEqual([newKid]);
    expect([signatureIsGood(old, issuer), signatureIsGood(fresh, issuer)]).toStrictEqual([
      null,
      true,
    ]);
  });

  it('holds both keys when the first use of an issuer is a rotation', () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const kid = issuer.rotate();
    expect(issuer.jwks.keys).toHaveLength(2);
    expect(publishedKey(issuer, 1).kid).toBe(kid);
  });

  it('goes on signing with the present key after it was withdrawn, until the next rotation', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const kid = publishedKey(issuer).kid;
    issuer.withdraw(kid);
    expect(issuer.jwks).toStrictEqual({ keys: [] });
    const token = await issuer.sign();
    expect(decode(token).header.kid).toBe(kid);
    expect(signatureIsGood(token, issuer)).toBe(null);
    issuer.rotate();
    expect(signatureIsGood(await issuer.sign(), issuer)).toBe(true);
  });

  it('has nothing to withdraw under an unknown kid, and does not repeat what was passed', () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const error = catchError(() => issuer.withdraw('sk_live_secret'));
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).not.toContain('secret');
    const { kid } = publishedKey(issuer);
    issuer.withdraw(kid);
    expect(() => issuer.withdraw(kid)).toThrow(RangeError);
  });
});
