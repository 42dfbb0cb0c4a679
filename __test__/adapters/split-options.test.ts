// `authenticateRequest` gets its options with each call. What it has seen is not read apart again, and
// whatever has changed is noticed.
import { describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { authenticateRequest } from 'verify-workos-token/web';
import { claims, createSigner } from '../support/jws.js';

const signer = createSigner();
const token = signer.sign(claims({ org_id: 'org_a' }));
const request = (header = `Bearer ${token}`, cookie = '') =>
  new Request('http://localhost/', { headers: { authorization: header, cookie } });

const outcomeOf = async (options: object, of = request()) =>
  authenticateRequest(of, options as never).then(
    (identity) => (identity === null ? 'nobody' : 'accepted'),
    (error) => error.code,
  );

type Options = Record<string, unknown>;
const set = (name: string, value: unknown) => (options: Options) => {
  options[name] = value;
};

describe('options that were seen before', () => {
  it.each<[string, (options: Options) => void, string]>([
    ['another own option', set('getToken', () => 'x'), 'MALFORMED_TOKEN'],
    ['an own option of the wrong type', set('optional', 1), 'INVALID_OPTIONS'],
    ['one more', set('organizationId', 'org_b'), 'FORBIDDEN_ORGANIZATION'],
    ['one that is unknown', set('organisation', 'org_b'), 'INVALID_OPTIONS'],
    ['one that is hidden', (options) => hide(options, 'roles', ['a']), 'MISSING_PERMISSION'],
    [
      'an array that was changed',
      ({ audience }) => (audience as string[]).pop(),
      'INVALID_AUDIENCE',
    ],
    ['another array', set('audience', ['x']), 'INVALID_AUDIENCE'],
    [
      'a key set that was changed',
      ({ jwks }) => (jwks as { keys: object[] }).keys.pop(),
      'UNKNOWN_KEY',
    ],
  ])('are read again with %s', async (_, change, code) => {
    const options = {
      ...signer.options,
      jwks: structuredClone(signer.jwks),
      audience: ['x', 'client_test'],
      optional: false,
    };
    for (let times = 0; times < 2; times += 1) expect(await outcomeOf(options)).toBe('accepted');
    change(options);
    for (let times = 0; times < 2; times += 1) expect(await outcomeOf(options)).toBe(code);
  });

  it('are read again with a list of their own that was changed', async () => {
    const issuer = createTestIssuer({ cookiePassword: 'a password of more than 32 characters' });
    const headers = { cookie: await issuer.cookie(), origin: 'https://admin.test' };
    const sent = new Request('https://app.test', { method: 'POST', headers });
    const credentials = ['session', 'bearer'];
    const trustedOrigins = ['https://admin.test'];
    const options = { ...issuer.options, credentials, trustedOrigins };

    for (let times = 0; times < 2; times += 1)
      expect(await outcomeOf(options, sent)).toBe('accepted');
    trustedOrigins[0] = 'https://other.test';
    expect(await outcomeOf(options, sent)).toBe('CROSS_SITE_REQUEST');
    trustedOrigins[0] = 'https://admin.test';
    expect(await outcomeOf(options, sent)).toBe('accepted');
    credentials.shift();
    expect(await outcomeOf(options, sent)).toBe('INVALID_OPTIONS');
  });

  it('are those of this call, though another had as many', async () => {
    const one = { ...signer.options, getToken: () => token };
    const other = { ...signer.options, getToken: () => undefined };
    for (let times = 0; times < 3; times += 1) {
      expect(await outcomeOf(one, request('x'))).toBe('accepted');
      expect(await outcomeOf(other)).toBe('MALFORMED_TOKEN');
    }
  });

  it('are read once at each call', async () => {
    const reads: string[] = [];
    const options = Object.defineProperties(
      {},
      {
        clientId: { enumerable: true, get: () => reads.push('clientId') && 'client_test' },
        jwks: { enumerable: true, get: () => reads.push('jwks') && signer.jwks },
        optional: { enumerable: true, get: () => reads.push('optional') > 0 },
      },
    );
    for (let times = 0; times < 3; times += 1) {
      expect(await outcomeOf(options)).toBe('accepted');
      expect(reads.splice(0)).toEqual(['clientId', 'jwks', 'optional']);
    }
  });

  it('that can’t be read are a mistake, each time', async () => {
    const broken = Object.defineProperty({ ...signer.options }, 'optional', {
      enumerable: true,
      get: () => {
        throw new Error('SECRET');
      },
    });
    for (let times = 0; times < 2; times += 1)
      expect(await outcomeOf(broken)).toBe('INVALID_OPTIONS');
  });
});

function hide(object: object, name: string, value: unknown) {
  Object.defineProperty(object, name, { value });
}
