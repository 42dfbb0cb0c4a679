// What an error calls the thing that was given: its kind as it is, and never its value.
import { describe, expect, it } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { requireWorkosToken } from 'verify-workos-token/express';
import { claims } from '../support/jws.js';
import { GOOD, optionsRefusal, signer } from '../support/options.js';
import { refusalSync } from '../support/refusal.js';

/** A value of each kind, and what it is called. */
const KINDS: [string, unknown][] = [
  ['null', null],
  ['a boolean', true],
  ['NaN', Number.NaN],
  ['an infinite number', Number.POSITIVE_INFINITY],
  ['an infinite number', Number.NEGATIVE_INFINITY],
  ['a bigint', 1n],
  ['a symbol', Symbol('x')],
  ['an empty string', ''],
  ['a string with a lone surrogate', 'x\ud800'],
  ['an object', {}],
  ['an object', Object.create(null)],
  ['an instance of a class', new (class {})()],
  ['a String object', new String('x')],
  ['a boxed value', new Number(5)],
  ['a Date', new Date()],
  ['a RegExp', /x/],
  ['a Map', new Map()],
  ['a Set', new Set()],
  ['an Error', new Error('x')],
  ['a promise', Promise.resolve('x')],
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested.
  ['a promise', { then() {} }],
  ['a Buffer or typed array', Buffer.from('x')],
  ['a Buffer or typed array', new Uint8Array()],
  ['an ArrayBuffer', new ArrayBuffer(1)],
  ['a Headers object', new Headers()],
  ['a Request', new Request('http://localhost/')],
  ['a URLSearchParams object', new URLSearchParams()],
  ['an empty array', []],
];

/** Options that take none of these, each with its path. */
const OPTIONS: [string, (value: unknown) => object, string[]][] = [
  ['clientId', (clientId) => ({ clientId }), []],
  ['audience', (audience) => ({ audience }), ['null']],
  ['issuer', (issuer) => ({ issuer }), []],
  ['organizationId', (organizationId) => ({ organizationId }), []],
  ['permissions', (permissions) => ({ permissions }), []],
  ['roles', (roles) => ({ roles }), []],
  ['entitlements', (entitlements) => ({ entitlements }), []],
  ['featureFlags', (featureFlags) => ({ featureFlags }), []],
  ['maxAuthAgeSeconds', (maxAuthAgeSeconds) => ({ maxAuthAgeSeconds }), []],
  ['cookiePassword', (cookiePassword) => ({ cookiePassword }), []],
  ['impersonation', (impersonation) => ({ impersonation }), []],
  ['verifiedTokenCache', (verifiedTokenCache) => ({ verifiedTokenCache }), ['a boolean']],
  ['clockToleranceSeconds', (clockToleranceSeconds) => ({ clockToleranceSeconds }), []],
  ['now', (now) => ({ now }), []],
  ['jwks.keys', (keys) => ({ jwks: { keys } }), ['an empty array']],
  ['jwksCache.maxAgeSeconds', (maxAgeSeconds) => ({ jwksCache: { maxAgeSeconds } }), []],
  ['jwksCache.timeoutMs', (timeoutMs) => ({ jwksCache: { timeoutMs } }), []],
];

describe.each(OPTIONS)('%s', (option, withValue, taken) => {
  it.each(KINDS.filter(([kind]) => !taken.includes(kind)))('%s', async (kind, value) => {
    const { message } = await optionsRefusal({ ...GOOD, ...withValue(value) });
    expect(message).toContain(`"${option}"`);
    expect(message).toMatch(new RegExp(`, not ${kind}$`));
  });
});

describe('a number is told from others', () => {
  it.each<[string, unknown, string]>([
    ['clockToleranceSeconds', -1, 'a negative number'],
    ['maxAuthAgeSeconds', -1, 'a negative number'],
    ['maxAuthAgeSeconds', 0.5, 'a number that is not an integer'],
    ['maxAuthAgeSeconds', 31_536_001, 'a number above that'],
    ['clockToleranceSeconds', 5.5, 'a number that is not an integer'],
    ['clockToleranceSeconds', 301, 'a number above that'],
    ['clockToleranceSeconds', '5', 'a string'],
    ['now', -1, 'a negative number'],
    ['now', 1_700_000_000_000, 'a number that is too large (milliseconds?)'],
    ['clientId', 42, 'a number'],
    ['clientId', -42, 'a number'],
  ])('%s: %s', async (option, value, kind) => {
    const { message } = await optionsRefusal({ ...GOOD, [option]: value });
    expect(message.endsWith(`, not ${kind}`)).toBe(true);
  });

  it.each([
    ['maxAgeSeconds', -1, 'a negative number'],
    ['maxAgeSeconds', 0.5, 'a number below that'],
    ['maxAgeSeconds', 29, 'a number below that'],
    ['maxAgeSeconds', 86_401, 'a number above that'],
    ['staleIfErrorSeconds', -1, 'a negative number'],
    ['staleIfErrorSeconds', 604_801, 'a number above that'],
    ['cooldownSeconds', 0, 'a number below that'],
    ['cooldownSeconds', 301, 'a number above that'],
    ['timeoutMs', 99, 'a number below that'],
    ['timeoutMs', 30_001, 'a number above that'],
  ])('jwksCache.%s: %s', async (option, value, kind) => {
    const { jwks: _, ...derived } = GOOD;
    const options = { ...derived, jwksUrl: 'https://keys.example', jwksCache: { [option]: value } };
    const { message } = await optionsRefusal(options);
    expect(message).toMatch(
      new RegExp(`^the option "jwksCache\\.${option}" must be a number from`),
    );
    expect(message.endsWith(`, not ${kind}`)).toBe(true);
  });

  it('also where a function gives it', () => {
    const { verifySync } = createWorkosVerifier({ ...GOOD, now: () => Number.NaN });
    expect(refusalSync(() => verifySync(signer.sign(claims()))).message).toBe(
      'the function in the option "now" must give a number of seconds since 1970, not NaN',
    );
  });
});

describe('a list is told from others', () => {
  it.each<[object, string]>([
    [{ jwks: [] }, '"jwks" must be a key set: an object with an array of keys, not an empty array'],
    [
      { jwks: [signer.jwk] },
      '"jwks" must be a key set: an object with an array of keys, not an array',
    ],
    [{ jwks: new Map() }, '"jwks" must be a key set: an object with an array of keys, not a Map'],
    [{ jwks: {} }, '"jwks.keys" must be an array of keys, not undefined'],
    [{ roles: 'admin' }, '"roles" must be a non-empty array of non-empty strings, not a string'],
    [
      { roles: [''] },
      '"roles" must be a non-empty array of non-empty strings, not an array with an empty string',
    ],
    [
      { roles: [5] },
      '"roles" must be a non-empty array of non-empty strings, not an array with a number',
    ],
    [
      { roles: ['\ud800'] },
      '"roles" must be a non-empty array of non-empty strings, not an array with a string with a lone surrogate',
    ],
    [
      { roles: [undefined] },
      '"roles" must be a non-empty array of non-empty strings, not an array with undefined',
    ],
    [{ jwksCache: [] }, '"jwksCache" must be an object, not an empty array'],
    [
      { workos: [] },
      '"workos" must be a client of @workos-inc/node, which has a baseURL, not an empty array',
    ],
  ])('%o', async (wrong, message) => {
    expect((await optionsRefusal({ ...GOOD, ...wrong })).message).toBe(`the option ${message}`);
  });
});

describe('certificates are told from what are none', () => {
  it.each<[unknown, string]>([
    ['', 'an empty string'],
    [[], 'an empty array'],
    [[5], 'an array with a number'],
    ['/etc/ssl/ca.pem', 'a string without a PEM certificate'],
    ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'a private key'],
    ['-----BEGIN CERTIFICATE-----\nAAAA', 'a certificate that does not parse'],
    [Buffer.from('x'), 'a Buffer or typed array'],
  ])('%o', async (ca, kind) => {
    const { message } = await optionsRefusal({ ...GOOD, jwksCache: { ca } });
    expect(message).toMatch(new RegExp(`"jwksCache.ca" .*, not ${kind}$`));
  });
});

describe('the options of adapters', () => {
  it.each<[string, unknown, string]>([
    ['property', '', 'an empty string'],
    ['property', 'a b', 'another string'],
    ['property', null, 'null'],
    ['property', [], 'an empty array'],
    ['getToken', 'x', 'a string'],
    ['getToken', Promise.resolve(), 'a promise'],
    ['optional', 'true', 'a string'],
  ])('%s: %o', (option, value, kind) => {
    const call = () => requireWorkosToken({ ...GOOD, [option]: value } as object);
    expect(refusalSync(call).message).toMatch(new RegExp(`"${option}" .*, not ${kind}$`));
  });
});

it('a text in place of a list is told to be put into one', async () => {
  for (const option of ['permissions', 'roles', 'algorithms'])
    expect((await optionsRefusal({ ...GOOD, [option]: 'x' })).hint).toMatch(
      /^Put the text into an array/,
    );
});

it('a promise anywhere is told to be awaited', async () => {
  for (const option of ['clientId', 'audience', 'jwks', 'roles', 'now', 'jwksCache']) {
    const error = await optionsRefusal({ ...GOOD, [option]: Promise.resolve('x') });
    expect(error.hint).toMatch(/^Await the promise/);
  }
});
