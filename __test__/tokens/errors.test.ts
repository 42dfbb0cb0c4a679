import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  WorkosTokenError,
  type WorkosTokenErrorCode,
  type WorkosTokenOptions,
  verifyWorkosSession,
  verifyWorkosToken,
} from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { authenticateRequest } from 'verify-workos-token/web';
import { WorkosTokenError as CopiedError } from '../../lib/error.ts';
import { binding } from '../support/binding.js';
import { CLIENT_ID, claims, createSigner, forge, ISSUER } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const signer = createSigner();
const sign = (changes: Record<string, unknown> = {}) => signer.sign(claims(changes));
const errorOf = (token: string, options: WorkosTokenOptions = {}) =>
  refusal(() => verifyWorkosToken(token, { ...signer.options, ...options }));

/** Nothing listens there. */
const closed = { clientId: CLIENT_ID, jwksUrl: 'http://127.0.0.1:1/jwks' };

const issuer = createTestIssuer({ cookiePassword: 'x'.repeat(32) });
const withSessions = { ...issuer.options, credentials: ['session' as const] };
const fromAnotherSite = new Request('http://localhost/', {
  method: 'POST',
  headers: { cookie: await issuer.cookie(), 'sec-fetch-site': 'cross-site' },
});

/** One error of each code, as a caller meets it. */
const ERRORS: Record<WorkosTokenErrorCode, WorkosTokenError> = {
  MALFORMED_TOKEN: await errorOf('x'),
  UNSUPPORTED_ALGORITHM: await errorOf(signer.sign(claims(), { alg: 'none' })),
  UNKNOWN_KEY: await errorOf(forge('key_2')),
  INVALID_SIGNATURE: await errorOf(forge(signer.kid)),
  TOKEN_EXPIRED: await errorOf(sign({ exp: 1 })),
  TOKEN_NOT_YET_VALID: await errorOf(sign({ nbf: 9_999_999_999 })),
  INVALID_ISSUER: await errorOf(sign({ iss: 'x' })),
  INVALID_AUDIENCE: await errorOf(sign({ aud: 'x' })),
  INVALID_SUBJECT: await errorOf(sign({ sub: '' })),
  INVALID_CLAIM: await errorOf(sign({ exp: undefined })),
  FORBIDDEN_ORGANIZATION: await errorOf(sign(), { organizationId: 'org_1' }),
  MISSING_PERMISSION: await errorOf(sign(), { permissions: ['a'] }),
  IMPERSONATION_DENIED: await errorOf(sign({ act: { sub: 'x' } }), { impersonation: 'deny' }),
  INVALID_SESSION: await refusal(() =>
    verifyWorkosSession('x', { ...signer.options, cookiePassword: 'x'.repeat(32) }),
  ),
  REAUTHENTICATION_REQUIRED: await errorOf(sign({ auth_time: 1 }), { maxAuthAgeSeconds: 600 }),
  CROSS_SITE_REQUEST: await refusal(() => authenticateRequest(fromAnotherSite, withSessions)),
  JWKS_FETCH_FAILED: refusalSync(() => createWorkosVerifier(closed).verifySync(sign())),
  INVALID_OPTIONS: await refusal(() => verifyWorkosToken('', { clientId: '' })),
};

const UNAUTHORIZED = [401, 'invalid_token', { 'WWW-Authenticate': 'Bearer error="invalid_token"' }];
const FORBIDDEN = [
  403,
  'insufficient_scope',
  { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
];
const ANSWERS: Record<string, unknown[]> = {
  FORBIDDEN_ORGANIZATION: FORBIDDEN,
  MISSING_PERMISSION: FORBIDDEN,
  IMPERSONATION_DENIED: FORBIDDEN,
  REAUTHENTICATION_REQUIRED: [
    401,
    'insufficient_user_authentication',
    {
      'WWW-Authenticate': 'Bearer error="insufficient_user_authentication", max_age="600"',
    },
  ],
  CROSS_SITE_REQUEST: [403, 'cross_site_request', {}],
  JWKS_FETCH_FAILED: [503, 'temporarily_unavailable', { 'Retry-After': '1' }],
  INVALID_OPTIONS: [500, 'server_error', {}],
};

describe('the codes', () => {
  it('of the type are those of the addon', () => {
    const types = readFileSync(new URL('../../index.d.cts', import.meta.url), 'utf8');
    const members = /export interface WorkosTokenErrorByCode \{(.*?)\n\}/s.exec(types)?.[1] ?? '';
    const codes = [...members.matchAll(/^ {2}(\w+): \w+;$/gm)].map(([, code]) => code);
    expect(codes).toEqual(binding.errorCodes());
    expect(codes.sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it('the algorithms of the type are those of the addon', () => {
    const types = readFileSync(new URL('../../index.d.cts', import.meta.url), 'utf8');
    const union = /export type WorkosAlgorithm =([^;]+);/.exec(types)?.[1] ?? '';
    const names = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name);
    expect(names.sort()).toEqual(binding.allowableAlgorithms().sort());
  });
});

describe.each(Object.entries(ERRORS))('%s', (code, error) => {
  const [status, body, headers] = ANSWERS[code] ?? UNAUTHORIZED;

  it('has its code, its status and its headers', () => {
    expect(error.code).toBe(code);
    expect([error.status, error.statusCode]).toEqual([status, status]);
    expect(error.headers).toEqual(headers);
  });

  it('is an Error of its own name, with a fact and a hint', () => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(WorkosTokenError);
    expect(error.name).toBe('WorkosTokenError');
    expect(String(error)).toBe(`WorkosTokenError: ${error.message}`);
    expect(error.stack).toMatch(/^WorkosTokenError: .*\n +at /);
    expect(error.message).toMatch(/^[a-z][^\n]*[^.\s]$/);
    expect(error.hint).toMatch(/^[A-Za-z][^\n]*\.$/);
  });

  it('gives a whole answer to a Fetch handler, as often as it is asked', async () => {
    for (const response of [error.getResponse(), error.getResponse()]) {
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ error: body, code });
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      for (const [name, value] of Object.entries(headers as object)) {
        expect(response.headers.get(name)).toBe(value);
      }
      expect([...response.headers].length).toBe(2 + Object.keys(headers as object).length);
    }
  });

  it('does not let a framework show its message', () => {
    expect(error.expose).toBe(false);
  });

  it('is retryable only where waiting helps', () => {
    expect(error.retryable).toBe(code === 'JWKS_FETCH_FAILED');
    expect('retryAfterSeconds' in error).toBe(code === 'JWKS_FETCH_FAILED');
    expect('cause' in error).toBe(code === 'JWKS_FETCH_FAILED');
  });
});

describe('what an error says of a token whose signature was good', () => {
  it.each<[string, Record<string, unknown>, WorkosTokenOptions, object]>([
    ['exp', { exp: 1_000 }, { now: 2_000 }, { reason: 'mismatch', actual: 1_000 }],
    ['exp', { exp: undefined }, {}, { reason: 'missing' }],
    ['exp', { exp: '1' }, {}, { reason: 'invalid', actual: '1' }],
    ['nbf', { nbf: 9_999_999_999 }, {}, { reason: 'mismatch', actual: 9_999_999_999 }],
    ['iat', { iat: null }, {}, { reason: 'invalid', actual: null }],
    ['iss', { iss: 'x' }, {}, { reason: 'mismatch', expected: ISSUER, actual: 'x' }],
    ['iss', { iss: undefined }, {}, { reason: 'missing', expected: ISSUER }],
    ['iss', { iss: [ISSUER] }, {}, { reason: 'invalid', actual: [ISSUER] }],
    ['aud', { aud: undefined }, {}, { reason: 'missing', expected: CLIENT_ID }],
    ['aud', { aud: ['x'] }, {}, { reason: 'mismatch', expected: CLIENT_ID, actual: ['x'] }],
    ['aud', { aud: [] }, {}, { reason: 'mismatch', expected: CLIENT_ID, actual: [] }],
    ['aud', { aud: 'x' }, { audience: ['a', 'b'] }, { expected: ['a', 'b'], actual: 'x' }],
    ['aud', { aud: [CLIENT_ID, 5] }, {}, { reason: 'invalid', actual: [CLIENT_ID, 5] }],
    ['aud', { aud: 5 }, { audience: null }, { reason: 'invalid', actual: 5 }],
    ['sub', { sub: undefined }, {}, { reason: 'missing' }],
    ['sub', { sub: '' }, {}, { reason: 'invalid', actual: '' }],
    ['client_id', { client_id: 'x' }, {}, { expected: CLIENT_ID, actual: 'x' }],
    ['org_id', {}, { organizationId: 'o' }, { reason: 'missing', expected: 'o' }],
    ['org_id', { org_id: 'x' }, { organizationId: 'o' }, { expected: 'o', actual: 'x' }],
    [
      'permissions',
      { permissions: ['x'] },
      { permissions: ['a'] },
      { reason: 'mismatch', actual: ['x'] },
    ],
    [
      'entitlements',
      { entitlements: ['x'] },
      { entitlements: ['a'] },
      { reason: 'mismatch', expected: ['a'], actual: ['x'] },
    ],
    ['feature_flags', {}, { featureFlags: ['a'] }, { reason: 'missing', expected: ['a'] }],
    [
      'auth_time',
      { auth_time: 1_000, exp: 3_000 },
      { maxAuthAgeSeconds: 60, now: 2_000 },
      { reason: 'mismatch', expected: 1_940, actual: 1_000 },
    ],
    [
      'auth_time',
      { auth_time: undefined, exp: 3_000 },
      { maxAuthAgeSeconds: 60, now: 2_000 },
      { reason: 'missing', expected: 1_940 },
    ],
    ['roles', { role: 'x' }, { roles: ['a', 'b'] }, { reason: 'mismatch', expected: ['a', 'b'] }],
    ['act', { act: { sub: 'x' } }, { impersonation: 'deny' }, { actual: { sub: 'x' } }],
  ])('%s, case %#', async (claim, changes, options, expected) => {
    const payload = claims(changes);
    const error = await errorOf(signer.sign(payload), options);
    const { reason, actual, expected: wanted } = error;
    expect({ reason, actual, expected: wanted }).toMatchObject(expected);
    expect(error.claim).toBe(claim);
    expect(error.claims).toEqual(JSON.parse(JSON.stringify(payload)));
    expect(Object.isFrozen(error.claims)).toBe(true);
  });

  it('is not enumerable, and so is not logged', () => {
    const error = ERRORS.INVALID_AUDIENCE;
    for (const name of ['claims', 'expected', 'actual']) {
      expect(Object.getOwnPropertyDescriptor(error, name)).toHaveProperty('enumerable', false);
      expect(inspect(error)).not.toContain(`${name}:`);
      expect({ ...error }).not.toHaveProperty(name);
    }
    expect(Object.keys(JSON.parse(JSON.stringify(error))).sort()).toEqual([
      'claim',
      'code',
      'expose',
      'headers',
      'hint',
      'reason',
      'retryable',
      'status',
      'statusCode',
    ]);
  });

  const unsigned = ['MALFORMED_TOKEN', 'UNSUPPORTED_ALGORITHM', 'UNKNOWN_KEY', 'INVALID_SIGNATURE'];
  unsigned.push('JWKS_FETCH_FAILED', 'INVALID_OPTIONS');
  it.each(unsigned)('is absent from %s', (code) => {
    const error = ERRORS[code as WorkosTokenErrorCode];
    for (const name of ['claims', 'expected', 'actual', 'claim', 'reason']) {
      expect(error).not.toHaveProperty(name);
    }
  });

  it('is absent where another issuer is seen before the signature', async () => {
    const error = await errorOf(forge('key_2', { iss: 'x' }));
    expect(error).toMatchObject({ code: 'INVALID_ISSUER', claim: 'iss', reason: 'mismatch' });
    for (const name of ['claims', 'expected', 'actual']) expect(error).not.toHaveProperty(name);
  });
});

describe('instanceof', () => {
  const Copy = CopiedError as unknown as typeof WorkosTokenError;
  const error = ERRORS.UNKNOWN_KEY;
  const copied = Reflect.construct(Copy, [{ code: 'UNKNOWN_KEY', message: 'm', hint: 'h' }]);

  it('holds across two copies of the class', () => {
    expect(Copy).not.toBe(WorkosTokenError);
    expect(error instanceof Copy).toBe(true);
    expect(copied instanceof WorkosTokenError).toBe(true);
  });

  it('of a subclass is narrower, and its instances are of both copies', () => {
    const Sub = class extends (WorkosTokenError as unknown as new (record: object) => Error) {};
    const sub = new Sub({ code: 'UNKNOWN_KEY', message: 'm', hint: 'h' });
    expect([sub instanceof Sub, sub instanceof WorkosTokenError, sub instanceof Copy]).toEqual([
      true,
      true,
      true,
    ]);
    expect([error instanceof Sub, copied instanceof Sub]).toEqual([false, false]);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['text', 'WorkosTokenError'],
    ['a symbol', Symbol.for('verify-workos-token.error')],
    ['an error', new Error('x')],
    ['an error of the same name', Object.assign(new Error('x'), { name: 'WorkosTokenError' })],
    ['an object without a prototype', Object.create(null)],
    ['the class', WorkosTokenError],
    ['a copy in JSON', JSON.parse(JSON.stringify(ERRORS.UNKNOWN_KEY))],
  ])('is false for %s', (_, value) => {
    expect((value as object) instanceof WorkosTokenError).toBe(false);
  });
});
