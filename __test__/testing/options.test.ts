import { createTestIssuer, type TestIssuerOptions } from 'verify-workos-token/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { catchError, closeIssuers, listeningIssuer, newIssuer } from '../support/issuer.js';

afterEach(closeIssuers);

describe('the options', () => {
  it('hold the key set until the issuer listens, and again once it is closed', async () => {
    const issuer = newIssuer({ algorithm: 'ES256', audience: null });
    const expected = {
      clientId: 'client_test',
      issuer: 'https://api.workos.com/user_management/client_test',
      audience: null,
      algorithms: ['ES256'],
      jwks: issuer.jwks,
    };
    expect(issuer.options).toStrictEqual(expected);
    await issuer.listen();
    await issuer.close();
    expect(issuer.options).toStrictEqual(expected);
    expect(issuer.jwksUrl).toBe(null);
  });

  it('hold the URL of the key endpoint while the issuer listens', async () => {
    const issuer = await listeningIssuer();
    expect(issuer.jwksUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sso\/jwks\/client_test$/);
    expect(issuer.options).toStrictEqual({
      clientId: 'client_test',
      issuer: 'https://api.workos.com/user_management/client_test',
      audience: 'client_test',
      jwksUrl: issuer.jwksUrl,
      jwksCache: { cooldownSeconds: 1 },
    });
  });

  it('are a new object each time, down to the audience', () => {
    const audience = ['a', 'b'];
    const issuer = newIssuer({ audience });
    audience.push('c');
    expect(issuer.audience).toStrictEqual(['a', 'b']);
    expect(Object.isFrozen(issuer.audience)).toBe(true);
    (issuer.options.audience as string[]).push('d');
    expect(issuer.options.audience).toStrictEqual(['a', 'b']);
  });

  it.each<[string, unknown, RegExp]>([
    ['null', null, /^options must be an object; got null$/],
    ['an array', ['x'], /^options must be an object; got an array$/],
    [
      'an unknown option',
      { audiences: 'x' },
      /^unknown option "audiences"; .*cookiePassword, authkitDomain, resource$/,
    ],
    ['clientId: a number', { clientId: 1 }, /^clientId must be a non-empty string; got number$/],
    [
      'clientId: a symbol',
      { clientId: Symbol('x') },
      /^clientId must be a non-empty string; got symbol$/,
    ],
    [
      'clientId: empty',
      { clientId: '' },
      /^clientId must be a non-empty string; got an empty string$/,
    ],
    ['issuer: null', { issuer: null }, /^issuer must be a non-empty string; got null$/],
    ['audience: empty', { audience: '' }, /^audience must be .* null; got an empty string$/],
    ['audience: []', { audience: [] }, /^audience must be .* null; got an empty array$/],
    ['audience: [1]', { audience: [1] }, /^audience must be .* null; got an array$/],
    [
      'algorithm: HS256',
      { algorithm: 'HS256' },
      /^algorithm must be one of RS256, .*EdDSA; got another string$/,
    ],
    ['algorithm: toString', { algorithm: 'toString' }, /^algorithm must be one of/],
    ['algorithm: null', { algorithm: null }, /^algorithm must be one of .*; got null$/],
  ])('of the wrong kind are a TypeError that names them: %s', (_, options, message) => {
    const error = catchError(() => createTestIssuer(options as TestIssuerOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
  });

  it('that are undefined have their defaults, and a polluted prototype sets none', () => {
    const polluted = Object.prototype as { audience?: unknown };
    polluted.audience = 'evil';
    try {
      expect(newIssuer({ clientId: undefined, audience: undefined }).audience).toBe('client_test');
      expect(newIssuer().audience).toBe('client_test');
    } finally {
      delete polluted.audience;
    }
  });
});
