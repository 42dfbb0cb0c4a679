import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  closeIssuers,
  decode,
  KID,
  newIssuer,
  publishedKey,
  signatureIsGood,
  ULID,
} from '../support/issuer.js';

afterEach(closeIssuers);

describe('the token', () => {
  it('has the shape of a production token, and nothing more', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { header, claims } = decode(await newIssuer().sign());
    expect(header).toStrictEqual({ alg: 'RS256', kid: expect.stringMatching(KID) });
    expect(claims).toStrictEqual({
      iss: 'https://api.workos.com/user_management/client_test',
      aud: 'client_test',
      sub: expect.stringMatching(new RegExp(`^user_${ULID}$`)),
      sid: expect.stringMatching(new RegExp(`^session_${ULID}$`)),
      jti: expect.stringMatching(new RegExp(`^${ULID}$`)),
      client_id: 'client_test',
      auth_time: claims.iat,
      iat: expect.any(Number),
      exp: (claims.iat as number) + 300,
    });
    expect(Number.isInteger(claims.iat)).toBe(true);
    expect((claims.iat as number) - before).toBeLessThanOrEqual(2);
    expect((claims.iat as number) - before).toBeGreaterThanOrEqual(0);
  });

  it('names one person in one session, each time with another jti', async () => {
    const { sign } = newIssuer({ algorithm: 'EdDSA' });
    const [first, second] = [decode(await sign()).claims, decode(await sign()).claims];
    const other = decode(await newIssuer({ algorithm: 'EdDSA' }).sign()).claims;
    expect(second).toMatchObject({ sub: first.sub, sid: first.sid });
    expect(second.jti).not.toBe(first.jti);
    expect(other.sub).not.toBe(first.sub);
    expect(other.sid).not.toBe(first.sid);
  });

  it('follows clientId, issuer and audience', async () => {
    const plain = newIssuer({ clientId: 'client_other', algorithm: 'EdDSA' });
    expect(decode(await plain.sign()).claims).toMatchObject({
      iss: 'https://api.workos.com/user_management/client_other',
      aud: 'client_other',
      client_id: 'client_other',
    });
    const custom = newIssuer({
      issuer: 'https://auth.example.com',
      audience: ['a', 'b'],
      algorithm: 'EdDSA',
    });
    expect(decode(await custom.sign()).claims).toMatchObject({
      iss: 'https://auth.example.com',
      aud: ['a', 'b'],
    });
  });

  it('has no aud with audience: null', async () => {
    const issuer = newIssuer({ audience: null, algorithm: 'EdDSA' });
    expect(decode(await issuer.sign()).claims).not.toHaveProperty('aud');
    expect(decode(await issuer.sign({ aud: 'x' })).claims.aud).toBe('x');
  });

  it('takes claims over the defaults, and leaves out what is undefined', async () => {
    const token = await newIssuer({ algorithm: 'EdDSA' }).sign({
      org_id: 'org_1',
      permissions: ['a:b'],
      sub: 7,
      aud: undefined,
      exp: null,
    });
    const { claims } = decode(token);
    expect(claims).toMatchObject({ org_id: 'org_1', permissions: ['a:b'], sub: 7, exp: null });
    expect(claims).not.toHaveProperty('aud');
    expect(claims).toHaveProperty('iss');
  });

  it('keeps a claim named __proto__ as a claim', async () => {
    const token = await newIssuer({ algorithm: 'EdDSA' }).sign(
      JSON.parse('{"__proto__":{"admin":true}}'),
    );
    expect(Object.hasOwn(decode(token).claims, '__proto__')).toBe(true);
  });

  it('takes header members over alg and kid, and signs as before', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const typed = await issuer.sign({}, { header: { typ: 'JWT' } });
    expect(decode(typed).header).toStrictEqual({
      alg: 'EdDSA',
      kid: publishedKey(issuer).kid,
      typ: 'JWT',
    });
    expect(signatureIsGood(typed, issuer)).toBe(true);
    const renamed = await issuer.sign({}, { header: { alg: 'HS256' } });
    expect(decode(renamed).header.alg).toBe('HS256');
    expect(signatureIsGood(renamed, issuer)).toBe(true);
    const nameless = await issuer.sign({}, { header: { kid: undefined } });
    expect(decode(nameless).header).toStrictEqual({ alg: 'EdDSA' });
  });

  it('lives as long as asked, from the time asked', async () => {
    const { sign } = newIssuer({ algorithm: 'EdDSA' });
    const at = async (options: object) => decode(await sign({}, options)).claims;
    expect(await at({ now: 1_700_000_000 })).toMatchObject({
      iat: 1_700_000_000,
      exp: 1_700_000_300,
    });
    expect(await at({ now: 1_700_000_000, expiresInSeconds: 60 })).toMatchObject({
      exp: 1_700_000_060,
    });
    expect(await at({ now: 1_700_000_000, expiresInSeconds: -1 })).toMatchObject({
      exp: 1_699_999_999,
    });
    expect(await at({ now: 0 })).toMatchObject({ iat: 0, auth_time: 0, exp: 300 });
  });

  it('is signed at the time of fake timers, and needs no timer', async () => {
    vi.useFakeTimers({ now: new Date('2031-02-03T04:05:06.789Z') });
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const seconds = Date.UTC(2031, 1, 3, 4, 5, 6) / 1000;
    expect(decode(await issuer.sign()).claims).toMatchObject({ iat: seconds, exp: seconds + 300 });
    vi.advanceTimersByTime(10_000);
    expect(decode(await issuer.sign()).claims.iat).toBe(seconds + 10);
    expect(decode(await issuer.expired()).claims.exp).toBeLessThan(seconds);
    expect(decode(await issuer.wrongKey()).claims.iat).toBe(seconds + 10);
  });

  it('can be expired: rightly signed, and past the largest tolerance', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const token = await issuer.expired();
    const { claims } = decode(token);
    expect(signatureIsGood(token, issuer)).toBe(true);
    expect(claims.exp).toBeLessThan(Date.now() / 1000 - 300);
    expect(claims.iat).toBeLessThan(claims.exp as number);
    expect(claims).toMatchObject({ iss: issuer.issuer, aud: issuer.audience });
  });

  it('can be forged: the kid of the present key, another key', async () => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    const forged = await issuer.wrongKey();
    expect(decode(forged).header).toStrictEqual(decode(await issuer.sign()).header);
    expect(decode(forged).claims.exp).toBeGreaterThan(Date.now() / 1000);
    expect(signatureIsGood(forged, issuer)).toBe(false);
    const kid = issuer.rotate();
    expect(decode(await issuer.wrongKey()).header.kid).toBe(kid);
    expect(signatureIsGood(await issuer.wrongKey(), issuer)).toBe(false);
  });

  it.each<[string, unknown[], RegExp]>([
    ['claims: null', [null], /^claims must be an object; got null$/],
    ['claims: an array', [[]], /^claims must be an object; got an empty array$/],
    ['options: a number', [{}, 300], /^options must be an object; got number$/],
    [
      'an unknown option',
      [{}, { expiresIn: 300 }],
      /^unknown option "expiresIn"; .*expiresInSeconds/,
    ],
    ['header: a string', [{}, { header: 'x' }], /^header must be an object; got another string$/],
    [
      'expiresInSeconds: a string',
      [{}, { expiresInSeconds: '5m' }],
      /^expiresInSeconds must be a number/,
    ],
    [
      'expiresInSeconds: Infinity',
      [{}, { expiresInSeconds: Infinity }],
      /^expiresInSeconds must be a number/,
    ],
    ['now: NaN', [{}, { now: NaN }], /^now must be a number of seconds/],
    ['now: milliseconds', [{}, { now: 253_402_300_800 }], /^now must be .* or milliseconds$/],
  ])('is refused as a rejection, never a throw: %s', async (_, args, message) => {
    const { sign } = newIssuer({ algorithm: 'EdDSA' }) as unknown as {
      sign(...args: unknown[]): Promise<string>;
    };
    const error: unknown = await sign(...args).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
  });

  it('may be signed in the last second of the year 9999', async () => {
    expect(
      decode(await newIssuer({ algorithm: 'EdDSA' }).sign({}, { now: 253_402_300_799 })).claims.iat,
    ).toBe(253_402_300_799);
  });
});
