// A polluted prototype changes nothing about sessions.
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosSession } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { refusal } from '../support/refusal.js';
import { PASSWORD, seal } from '../support/seal.js';

const issuer = createTestIssuer({ cookiePassword: PASSWORD });
const { options } = issuer;
const token = await issuer.sign({ sub: 'user_1' });
const good = await issuer.seal({ sub: 'user_1' });
const otherUser = seal({ accessToken: token, user: { id: 'user_2' } });
const withoutId = seal({ accessToken: token, user: {} });

const NAMES = ['code', 'userId', 'accessToken', 'details', 'id', 'sub', 'user', 'impersonator'];
const MORE = ['authenticationMethod', 'message', 'reason', 'claims', 'get', 'set', 'value', 'then'];

afterEach(() => {
  for (const name of [...NAMES, ...MORE, '0', '1', '2', 'toJSON'])
    Reflect.deleteProperty(Object.prototype, name);
});

describe('with a property that Object.prototype has', () => {
  it.each([...NAMES, ...MORE, '0', '1', '2', 'toJSON'])('%s', async (name) => {
    const verifier = createWorkosVerifier(options);
    const before = await outcomes();
    Reflect.defineProperty(Object.prototype, name, {
      value: name === 'toJSON' || name === 'get' ? () => 'user_1' : 'user_1',
      configurable: true,
      // `then` must not be called as a promise's.
      writable: true,
    });
    const after = await outcomes();
    Reflect.deleteProperty(Object.prototype, name);
    expect(after).toEqual(before);

    async function outcomes() {
      const { claims, user, impersonator, authenticationMethod } = await verifyWorkosSession(
        good,
        options,
      );
      const codes = [
        (await refusal(() => verifyWorkosSession(otherUser, options))).code,
        (await refusal(() => verifyWorkosSession(withoutId, options))).code,
        (await refusal(() => verifier.verifySession('x'))).code,
      ];
      return [claims.sub, { ...user }, impersonator, authenticationMethod, codes];
    }
  });
});

describe('with an iterator of arrays that is another', () => {
  const own = Array.prototype[Symbol.iterator];
  afterEach(() => {
    Array.prototype[Symbol.iterator] = own;
  });

  it('opens and refuses as before', async () => {
    const iterator = () => [{ id: 'user_1' }].values();
    Reflect.set(Array.prototype, Symbol.iterator, iterator);
    const session = await verifyWorkosSession(good, options);
    const error = await verifyWorkosSession(otherUser, options).catch((caught) => caught);
    Array.prototype[Symbol.iterator] = own;
    expect([session.user?.email, session.impersonator]).toEqual(['user@example.com', null]);
    expect(error.code).toBe('INVALID_SESSION');
  });
});
