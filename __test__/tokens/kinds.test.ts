// What is passed as a token and is no string: told for what it is, with what to do about it.
import { describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { GOOD, token } from '../support/options.js';
import { expectNone, refusal, refusalSync, textOf } from '../support/refusal.js';

const leak = () => {
  throw new Error(`leaked ${token}`);
};
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, leak]));
const revoked = Proxy.revocable({}, {});
revoked.revoke();

describe('a token that is no string', () => {
  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /no Authorization header/],
    ['null', null, /no Authorization header/],
    ['a boolean', true, /as a string/],
    ['a number', 42, /as a string/],
    ['a bigint', 42n, /as a string/],
    ['a symbol', Symbol(token), /as a string/],
    ['a promise', Promise.resolve(token), /^Await the promise/],
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested.
    ['a promise', { then: () => {} }, /^Await the promise/],
    ['a function', () => token, /^Call the function/],
    ['an array', [token], /one access token/],
    ['an empty array', [], /as a string/],
    ['a Buffer or typed array', Buffer.from(token), /toString\('utf8'\)/],
    ['a Buffer or typed array', new TextEncoder().encode(token), /toString\('utf8'\)/],
    ['a String object', new String(token), /String\(token\)/],
    ['a Headers object', new Headers({ authorization: token }), /an adapter of this package/],
    ['a Request', new Request('http://localhost/'), /an adapter of this package/],
    [
      'an object that holds one in "accessToken"',
      { accessToken: token },
      /^Pass its `accessToken`\.$/,
    ],
    ['an object that holds one in "access_token"', { access_token: token }, /`access_token`/],
    ['an object that holds one in "token"', { token, claims: {} }, /`token`/],
    ['an object', { accessToken: undefined }, /as a string/],
    ['an object', {}, /as a string/],
    ['a Map', new Map(), /as a string/],
    ['an Error', new Error(token), /as a string/],
    ['an object that cannot be read', new Proxy({}, traps), /as a string/],
    ['a revoked proxy', revoked.proxy, /as a string/],
  ])('is called %s', async (kind, odd, hint) => {
    const verifier = createWorkosVerifier(GOOD);
    const errors = [
      await refusal(() => verifyWorkosToken(odd as string, GOOD)),
      await refusal(() => verifier.verify(odd as string)),
      refusalSync(() => verifier.verifySync(odd as string)),
    ];
    for (const error of errors) {
      expect(error.code).toBe('MALFORMED_TOKEN');
      expect(error.message).toBe(`the token must be a string, not ${kind}`);
      expect(error.hint).toMatch(hint);
      expectNone(textOf(error), { token });
    }
    expect(verifier.stats().rejected).toEqual({ MALFORMED_TOKEN: 2 });
  });

  it('is refused after the options: these are the developer’s', async () => {
    const wrong = { ...GOOD, now: () => Number.NaN };
    expect((await refusal(() => verifyWorkosToken(5 as never, wrong))).code).toBe(
      'INVALID_OPTIONS',
    );
  });
});
