// Explanations of sealed sessions: they have the code of `verifyWorkosSession`, and show no secret.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  createWorkosVerifier,
  explainWorkosToken,
  verifyWorkosSession,
  type WorkosTokenExplanation,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAgreement, explained, refusalOf } from '../support/explanation.js';
import { PASSWORD, seal } from '../support/seal.js';

interface Vectors {
  now: number;
  clientId: string;
  password: string;
  jwks: { keys: object[] };
  accessToken: string;
  refreshToken: string;
  user: { id: string };
  sessions: { id: string; sealed: string }[];
  signInState: { sealed: string };
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../vectors/seals.json', import.meta.url), 'utf8'),
);
const { now, clientId, jwks, password: cookiePassword } = vectors;
const options: WorkosTokenOptions = { now, clientId, jwks, cookiePassword };

/** Everything that could be written of an explanation. */
function textOf(explanation: WorkosTokenExplanation): string {
  const deep = { depth: 99, maxArrayLength: null, maxStringLength: null };
  return `${JSON.stringify(explanation)}\n${inspect(explanation, deep)}`;
}

function expectNoSecret(explanation: WorkosTokenExplanation, sealed: string): void {
  const text = textOf(explanation);
  const parts = [...sealed.split(/[*~]/), ...vectors.accessToken.split('.')];
  // What the token's own claims hold is shown.
  const claims = Buffer.from(vectors.accessToken.split('.')[1] ?? '', 'base64url').toString();
  const user = Object.values(vectors.user).filter((value) => !claims.includes(String(value)));
  expect(user.length).toBeGreaterThan(3);
  const secrets = [...parts, vectors.refreshToken, cookiePassword, PASSWORD, ...user.map(String)];
  const long = secrets.filter((secret) => secret.length >= 12);
  expect(long.filter((secret) => text.includes(secret))).toEqual([]);
}

describe('a session that was sealed by', () => {
  it.each(vectors.sessions)('$id', async ({ sealed }) => {
    const explanation = await explained(sealed, options);
    expect(explanation).toMatchObject({ ok: true, verified: true, sizeBytes: sealed.length });
    const { checks = [], claims } = explanation ?? {};
    expect(claims?.sub).toBe(vectors.user.id);
    expect([checks[0]?.check, checks.at(-1)?.check]).toEqual(['seal', 'user']);
    expect(checks.every(({ ok }) => ok === true)).toBe(true);
    expectNoSecret(explanation as WorkosTokenExplanation, sealed);
    for (const change of [
      { now: now + 1_000 },
      { cookiePassword: PASSWORD },
      { cookiePassword: [PASSWORD, cookiePassword] },
      { audience: 'https://api.example.com' },
      { clientId: 'client_other' },
      { jwks: { keys: [] } },
      { organizationId: 'org_other', permissions: ['x'] },
    ]) {
      const changed = await explained(sealed, { ...options, ...change });
      expectNoSecret(changed as WorkosTokenExplanation, sealed);
    }
  });

  it('AuthKit for a sign-in that is not complete', async () => {
    const explanation = await explained(vectors.signInState.sealed, options);
    expect(explanation?.code).toBe('INVALID_SESSION');
    expect(explanation?.hint).toMatch(/has not been completed/);
  });
});

describe('the code is that of `verifyWorkosSession`', () => {
  const sealed = vectors.sessions[0]?.sealed as string;
  const parts = sealed.split('*');
  const at = fc.nat(sealed.length - 1);
  const character = fc.constantFrom(...'ABab01-_*~=%."+/ \n\u00e9\ud800'.split(''));
  const mutant = fc.oneof(
    fc
      .tuple(at, fc.nat(2), character)
      .map(([from, length, one]) => sealed.slice(0, from) + one + sealed.slice(from + length)),
    fc.tuple(at, at).map(([from, to]) => sealed.slice(0, from) + sealed.slice(to)),
    fc.nat(parts.length - 1).map((index) => parts.toSpliced(index, 1).join('*')),
    fc.shuffledSubarray(parts, { minLength: 2 }).map((some) => `Fe26.2*${some.join('*')}`),
    fc.string({ unit: 'binary', maxLength: 100 }).map((text) => `Fe26.2${text}`),
    fc.constantFrom('Fe26.2', `Fe26.2${'*'.repeat(32_762)}`, `Fe26.2${'*'.repeat(32_763)}`),
  );

  it('for 2,000 mutants', { timeout: 100_000 }, async () => {
    const verifier = createWorkosVerifier(options);
    const property = fc.asyncProperty(
      mutant.filter((text) => text.startsWith('Fe26.2')),
      async (text) => {
        const refusal = await refusalOf(() => verifier.verifySession(text));
        expectAgreement(await verifier.explain(text), refusal);
      },
    );
    await fc.assert(property, { numRuns: 2_000 });
  });

  it.each<[string, unknown]>([
    ['any token', { accessToken: 'x' }],
    ['an empty token', { accessToken: '' }],
    ['no token', {}],
    ['a token in place of a session', '"a.b.c"'],
    ['a user that is a string', { accessToken: 'a.b.c', user: 'user_1' }],
    ['a bare text', 'x'],
    ['another user', { accessToken: vectors.accessToken, user: { id: 'user_2' } }],
    ['a user without an id', { accessToken: vectors.accessToken, user: {} }],
    ['no user', { accessToken: vectors.accessToken, user: null }],
    ['a session in a session', { accessToken: seal({ accessToken: 'x' }) }],
  ])('for %s in a good seal', async (_, content) => {
    await explained(seal(content), { ...options, cookiePassword: PASSWORD });
  });

  it('says of another password that environments have different ones', async () => {
    const explanation = await explained(sealed, { ...options, cookiePassword: PASSWORD });
    expect(explanation?.checks[0]).toEqual({
      check: 'seal',
      ok: false,
      message: "the session can't be opened with the cookie password",
      hint: expect.stringMatching(/Staging and Production each have one of their own/),
    });
    expect(explanation?.checks.slice(1).every(({ ok }) => ok === null)).toBe(true);
  });
});

describe('without a good password', () => {
  const sealed = vectors.sessions[0]?.sealed as string;
  const { cookiePassword: _, ...rest } = options;

  it('no check is made, and the code is INVALID_OPTIONS', async () => {
    const refusal = await refusalOf(() => verifyWorkosSession(sealed, rest));
    const { code, message, hint } = refusal ?? expect.unreachable();
    expect(code).toBe('INVALID_OPTIONS');
    for (const explanation of [
      await explainWorkosToken(sealed, rest),
      await createWorkosVerifier(rest).explain(sealed),
    ]) {
      expect(explanation).toMatchObject({ ok: false, code, message, hint, verified: false });
      expect(explanation).toMatchObject({ header: null, claims: null, sizeBytes: sealed.length });
      expect(explanation.checks[0]).toEqual({ check: 'seal', ok: null, message, hint });
      expect(explanation.checks.every(({ ok }) => ok === null)).toBe(true);
      expect(Object.isFrozen(explanation.checks[0])).toBe(true);
    }
  });

  it('in the environment, too', async () => {
    process.env.WORKOS_COOKIE_PASSWORD = 'short secret';
    try {
      const explanation = await explainWorkosToken(sealed, rest);
      expect(explanation.code).toBe('INVALID_OPTIONS');
      expect(textOf(explanation)).not.toMatch(/short secret|\b12\b/);
      process.env.WORKOS_COOKIE_PASSWORD = cookiePassword;
      expect((await explainWorkosToken(sealed, rest)).code ?? 'good').toBe('good');
    } finally {
      delete process.env.WORKOS_COOKIE_PASSWORD;
    }
  });
});

describe('with keys that must be fetched', () => {
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = createTestIssuer({ cookiePassword: PASSWORD, audience: null });
    await issuer.listen();
  });
  afterAll(() => issuer.close());

  it('the session is explained once they are there', async () => {
    const sessions = { ...issuer.options, audience: undefined };
    const good = await createWorkosVerifier(sessions).explain(await issuer.seal());
    expect(good).toMatchObject({ ok: true, verified: true });
    expect(good.checks.at(-1)).toMatchObject({ check: 'user', ok: true });
    expect(good.checks.find(({ check }) => check === 'aud')?.ok).toBe(true);
  });

  it('an outage leaves the session as it is', async () => {
    const down = createTestIssuer({ cookiePassword: PASSWORD });
    await down.listen();
    await down.outage('status-500');
    const explanation = await explainWorkosToken(await down.seal(), down.options);
    await down.close();
    expect(explanation).toMatchObject({ code: 'JWKS_FETCH_FAILED', verified: false });
    expect(explanation.cause).toMatchObject({ code: 'STATUS' });
    expect(explanation.checks[0]).toMatchObject({ check: 'seal', ok: true });
    expect(explanation.checks.at(-1)).toMatchObject({ check: 'user', ok: true });
  });
});
