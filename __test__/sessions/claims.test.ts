// The access token in a session goes through every check of a token; what differs is the audience.
import { afterEach, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosSession,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { createTestIssuer, type TestClaims } from 'verify-workos-token/testing';
import { closeIssuers, listeningIssuer } from '../support/issuer.js';
import { refusal, refusalSync } from '../support/refusal.js';
import { PASSWORD } from '../support/seal.js';

const issuer = createTestIssuer({ cookiePassword: PASSWORD });
const options: WorkosTokenOptions = { ...issuer.options, audience: undefined };

afterEach(closeIssuers);

async function codeOf(claims: TestClaims, given: WorkosTokenOptions = {}): Promise<string> {
  const sealed = await issuer.seal(claims);
  const all = { ...options, ...given };
  const verifier = createWorkosVerifier(all);
  const calls = [
    () => verifyWorkosSession(sealed, all),
    () => verifier.verifySession(sealed),
    async () => verifier.verifySessionSync(sealed),
  ];
  const codes = await Promise.all(
    calls.map((call) =>
      call().then(
        () => 'ok',
        ({ code }: { code: string }) => code,
      ),
    ),
  );
  expect(new Set(codes).size).toBe(1);
  return codes[0] as string;
}

describe('the audience', () => {
  it.each<[string, unknown, string]>([
    ['missing', undefined, 'ok'],
    ['the client id', 'client_test', 'ok'],
    ['one of several', ['other', 'client_test'], 'ok'],
    ['another', 'other', 'INVALID_AUDIENCE'],
    ['none', [], 'INVALID_AUDIENCE'],
    ['null', null, 'INVALID_AUDIENCE'],
    ['a number', 7, 'INVALID_AUDIENCE'],
  ])('that is %s, where none is asked for', async (_, aud, code) => {
    expect(await codeOf({ aud })).toBe(code);
  });

  it.each<[string, unknown, unknown, string]>([
    ['is missing', 'client_test', undefined, 'INVALID_AUDIENCE'],
    ['is it', 'client_test', 'client_test', 'ok'],
    ['is one of two', ['a', 'b'], 'b', 'ok'],
    ['is another', ['a', 'b'], 'client_test', 'INVALID_AUDIENCE'],
    ['is anything, and the check is off', null, 'other', 'ok'],
  ])('that is asked for and %s', async (_, audience, aud, code) => {
    expect(await codeOf({ aud }, { audience: audience as string })).toBe(code);
  });

  it('of a bare token stays as strict as it was, under the same options', async () => {
    const sealed = await issuer.seal({ aud: undefined });
    const verifier = createWorkosVerifier(options);
    const { accessToken } = await verifier.verifySession(sealed);
    for (const call of [
      () => verifier.verify(accessToken),
      () => verifyWorkosToken(accessToken, options),
    ]) {
      expect((await refusal(call)).code).toBe('INVALID_AUDIENCE');
    }
    await expect(verifyWorkosSession(sealed, options)).resolves.toBeDefined();
  });
});

describe('requirements', () => {
  it.each<[TestClaims, WorkosTokenOptions, string]>([
    [{ org_id: 'org_1' }, { organizationId: 'org_1' }, 'ok'],
    [{ org_id: 'org_1' }, { organizationId: 'org_2' }, 'FORBIDDEN_ORGANIZATION'],
    [{ permissions: ['a'] }, { permissions: ['a'] }, 'ok'],
    [{ permissions: ['a'] }, { permissions: ['b'] }, 'MISSING_PERMISSION'],
    [{ role: 'admin' }, { roles: ['member'] }, 'MISSING_PERMISSION'],
    [{ act: { sub: 'x' } }, {}, 'ok'],
    [{ act: { sub: 'x' } }, { impersonation: 'deny' }, 'IMPERSONATION_DENIED'],
    [{ sub: 'client_1' }, {}, 'INVALID_SUBJECT'],
    [{ nbf: 9_999_999_999 }, {}, 'TOKEN_NOT_YET_VALID'],
  ])('%j under %j', async (claims, given, code) => {
    expect(await codeOf(claims, given)).toBe(code);
  });
});

describe('an error', () => {
  it('about an expired token says who refreshes', async () => {
    const sealed = await issuer.seal({}, { expiresInSeconds: -60 });
    const error = await refusal(() => verifyWorkosSession(sealed, options));
    expect(error).toMatchObject({ code: 'TOKEN_EXPIRED', status: 401, claim: 'exp' });
    expect(error.hint).toContain("WorkOS's SDK");
    expect(error.claims).toMatchObject({ sub: expect.stringMatching(/^user_/) });
  });

  it('about another user has the claims, which are verified', async () => {
    const sealed = await issuer.seal({ sub: 'user_1' }, { user: { id: 'user_2' } });
    const error = await refusal(() => verifyWorkosSession(sealed, options));
    expect(error).toMatchObject({ code: 'INVALID_SESSION', reason: 'mismatch', status: 401 });
    expect(error.claims).toMatchObject({ sub: 'user_1' });
    expect(Object.keys(error)).not.toContain('claims');
  });

  it('about a forged token comes before the user is looked at', async () => {
    const forged = { ...issuer.jwks.keys[0], n: createTestIssuer().jwks.keys[0]?.n as string };
    const sealed = await issuer.seal({}, { user: { id: 'user_2' } });
    const error = await refusal(() =>
      verifyWorkosSession(sealed, { ...options, jwks: { keys: [forged] } }),
    );
    expect(error.code).toBe('INVALID_SIGNATURE');
    expect(error.claims).toBeUndefined();
  });
});

describe('what is no string', () => {
  it.each<[unknown, string, string]>([
    [undefined, 'missing', 'undefined'],
    [null, 'missing', 'null'],
    [7, 'invalid', 'a number'],
    [{ value: 'x' }, 'invalid', 'an object'],
    [Promise.resolve('x'), 'invalid', 'a promise'],
    [Symbol('x'), 'invalid', 'a symbol'],
  ])('%j is refused', async (value, reason, kind) => {
    const verifier = createWorkosVerifier(options);
    for (const error of [
      await refusal(() => verifyWorkosSession(value as string, options)),
      await refusal(() => verifier.verifySession(value as string)),
      refusalSync(() => verifier.verifySessionSync(value as string)),
    ]) {
      expect(error).toMatchObject({ code: 'INVALID_SESSION', reason, status: 401 });
      expect(error.message).toBe(`the session must be a string, not ${kind}`);
    }
    expect(verifier.stats().rejected).toEqual({ INVALID_SESSION: 2 });
  });

  it('and what is too long is refused, however long it is', async () => {
    for (const text of ['x'.repeat(32_769), '.'.repeat(10_000_000), '\u20ac'.repeat(10_923)]) {
      const error = await refusal(() => verifyWorkosSession(text, options));
      expect(error.message).toBe('the session is longer than 32768 bytes');
    }
    const just = await refusal(() => verifyWorkosSession('x'.repeat(32_768), options));
    expect(just.message).toBe('the session is not a sealed value');
  });
});

describe('keys that are fetched', () => {
  it('are waited for, by one session and by many', async () => {
    const live = await listeningIssuer({ cookiePassword: PASSWORD });
    const sealed = await Promise.all(Array.from({ length: 20 }, () => live.seal()));
    const sessions = await Promise.all(sealed.map((one) => verifyWorkosSession(one, live.options)));
    expect(new Set(sessions.map(({ claims }) => claims.jti)).size).toBe(20);
    expect(live.requests()).toBe(1);
  });

  it('have another user refused after the wait', async () => {
    const live = await listeningIssuer({ cookiePassword: PASSWORD });
    const sealed = await live.seal({}, { user: { id: 'user_2' } });
    const error = await refusal(() => verifyWorkosSession(sealed, live.options));
    expect(error).toMatchObject({ code: 'INVALID_SESSION', reason: 'mismatch' });
  });

  it('are no reason to refuse a session while they are unavailable', async () => {
    const live = await listeningIssuer({ cookiePassword: PASSWORD });
    await live.outage('status-500');
    const sealed = await live.seal();
    const verifier = createWorkosVerifier(live.options);
    for (const error of [
      refusalSync(() => verifier.verifySessionSync(sealed)),
      await refusal(() => verifier.verifySession(sealed)),
    ]) {
      expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', status: 503, retryable: true });
    }
    // What is no session is refused all the same: no key would help.
    expect((await refusal(() => verifier.verifySession('x'))).code).toBe('INVALID_SESSION');
  });
});
