import fc from 'fast-check';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  explainWorkosToken,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { body, keySet, startFaultServer, status } from '../support/fault-server.js';
import { expectAgreement, expectSilence, explained, refusalOf } from '../support/explanation.js';
import { CLIENT_ID, claims, createSigner, forge, ISSUER, segment } from '../support/jws.js';
import { closeVectors, jwtFiles, openVectors, optionsOf } from '../support/vectors.js';

// `explain` gives the code that `verify` gives, whatever the token, the options and the keys.

const signer = createSigner();
const GOOD = signer.sign();
const [HEADER = '', PAYLOAD = '', SIGNATURE = ''] = GOOD.split('.');
const RESTRICTED: WorkosTokenOptions = {
  organizationId: 'org_1',
  permissions: ['a'],
  roles: ['admin'],
  impersonation: 'deny',
};
const CONNECT: WorkosTokenOptions = { subjects: ['user', 'machine'], scopes: ['a'] };
const OPTION_SETS: WorkosTokenOptions[] = [
  signer.options,
  { ...signer.options, verifiedTokenCache: false, algorithms: ['ES256', 'RS384'] },
  { ...signer.options, audience: null, ...RESTRICTED },
  { ...signer.options, audience: ['x', 'y'], issuer: 'https://other.example' },
  { ...signer.options, now: 4_000_000_000, clockToleranceSeconds: 300 },
  { ...signer.options, jwks: { keys: [] } },
  { jwks: signer.jwks, profile: 'connect', issuer: ISSUER, audience: CLIENT_ID },
  { jwks: signer.jwks, profile: 'connect', issuer: ISSUER, audience: null, ...CONNECT },
];

beforeAll(openVectors);
afterAll(closeVectors);

describe.each(jwtFiles())('$name', ({ cases }) => {
  it.each(cases)('$id', async (vector) => {
    const options = optionsOf(vector);
    await explained(vector.token, options);
    await explained(vector.token, { ...options, ...RESTRICTED });
    await explained(vector.token, { ...signer.options, now: 1 });
    if (options.jwksUrl === undefined) return;
    // Without keys in memory, each by a source of its own.
    const cold = (name: string) => ({ ...options, jwksUrl: `${options.jwksUrl}?${name}` });
    const refusal = await refusalOf(() => verifyWorkosToken(vector.token, cold('verify')));
    expectAgreement(await explainWorkosToken(vector.token, cold('explain')), refusal);
  });
});

const HOSTILE: unknown[] = [
  undefined,
  null,
  42,
  Number.NaN,
  true,
  10n,
  Symbol('token'),
  () => GOOD,
  Promise.resolve(GOOD),
  [GOOD],
  { token: GOOD },
  { toString: () => GOOD },
  new String(GOOD),
  Buffer.from(GOOD),
  new Proxy({}, { get: () => expect.unreachable(), ownKeys: () => [] }),
  Object.create(null),
  '',
  '.',
  '..',
  '...',
  '.'.repeat(10_000_000),
  'A'.repeat(16_385),
  ` ${GOOD}`,
  `${GOOD}\n`,
  `"${GOOD}"`,
  `Bearer ${GOOD}`,
  'sk_test_123456',
  '\ud800.\udfff.\0',
  `${HEADER}.${PAYLOAD}`,
  `${HEADER}.${PAYLOAD}.`,
  `${HEADER}.${PAYLOAD}.${SIGNATURE.slice(0, -4)}`,
  `${HEADER}.${PAYLOAD.slice(0, -4)}.${SIGNATURE}`,
  `${PAYLOAD}.${HEADER}.${SIGNATURE}`,
  `${GOOD}.${PAYLOAD}.${SIGNATURE}`,
  `${HEADER}.${PAYLOAD}.${PAYLOAD}`,
  `${HEADER}.${HEADER}.${HEADER}`,
  forge(signer.kid),
  forge('key_2', { iss: 'https://other.example' }),
  signer.sign(claims(), { alg: 'RS256', kid: `${PAYLOAD}.${SIGNATURE}` }),
  signer.sign(`{"a":${'['.repeat(31)}${']'.repeat(31)}}`),
  signer.sign(`{"a":${'['.repeat(32)}${']'.repeat(32)}}`),
  signer.sign('{"__proto__":{"exp":1},"constructor":1}'),
  signer.sign({ ...claims(), exp: 1, aud: [], sub: {}, act: [] }),
];

describe.each(OPTION_SETS.map((options, index) => [index, options] as const))(
  'option set %i',
  (_, options) => {
    it.each(HOSTILE.map((token, index) => [index, token] as const))(
      'hostile %i',
      async (_, token) => {
        const explanation = await explained(token, options);
        if (options.profile === 'connect') expect(explanation?.ok).toBe(false);
      },
    );

    it('with tokens that were changed at random', async () => {
      const change = fc.record({
        token: fc.constantFrom(GOOD, signer.sign({ ...claims(), exp: 1 }), forge('key_2')),
        at: fc.nat(),
        remove: fc.nat(3),
        insert: fc.string({ maxLength: 3 }),
      });
      await fc.assert(
        fc.asyncProperty(change, async ({ token, at, remove, insert }) => {
          const start = at % token.length;
          await explained(token.slice(0, start) + insert + token.slice(start + remove), options);
        }),
        { numRuns: 100 },
      );
    });

    it('with headers and claims of any kind', async () => {
      const value = fc.jsonValue({ maxDepth: 2 });
      const header = fc.record(
        { alg: fc.constantFrom('RS256', 'none', 1), kid: fc.constantFrom('key_1', 'x', null) },
        { requiredKeys: [] },
      );
      const payload = fc.record(
        { exp: value, iss: value, aud: value, sub: value, org_id: value, roles: value, act: value },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(header, payload, async (header, payload) => {
          await explained(signer.sign({ ...claims(), ...payload }, header), options);
          await explained(`${segment(header)}.${segment(payload)}.${SIGNATURE}`, options);
        }),
        { numRuns: 50 },
      );
    });
  },
);

describe('with keys that have to be fetched', () => {
  /** The codes of both, each from a state of its own. */
  async function both(
    answer: Parameters<typeof startFaultServer>[0],
    prepare: (verify: (token: string) => Promise<unknown>) => Promise<unknown>,
    token: string,
  ) {
    const server = await startFaultServer(answer);
    const fresh = async (name: string) => {
      const jwksUrl = `${server.url}?${name}`;
      const verifier = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl });
      await prepare((token) => refusalOf(() => verifier.verify(token)));
      return verifier;
    };
    try {
      const verifier = await fresh('verify');
      const refusal = await refusalOf(() => verifier.verify(token));
      const requests = server.requests;
      const explanation = await (await fresh('explain')).explain(token);
      expect(server.requests - requests).toBe(requests);
      expectAgreement(explanation, refusal);
      expectSilence(explanation, token);
      return { explanation, refusal };
    } finally {
      await server.close();
    }
  }

  const cold = async () => {};
  const keys = keySet([signer.jwk]);
  const unknown = signer.sign(claims(), { alg: 'RS256', kid: 'key_2' });
  const foreign = forge('key_2', { iss: 'https://other.example' });

  it('cold', async () => {
    const { explanation } = await both(keys, cold, GOOD);
    expect(explanation).toMatchObject({ ok: true, verified: true });
    expect((await both(keys, cold, forge(signer.kid))).refusal?.code).toBe('INVALID_SIGNATURE');
    expect((await both(keys, cold, foreign)).refusal?.code).toBe('INVALID_ISSUER');
    expect((await both(keys, cold, unknown)).refusal?.code).toBe('UNKNOWN_KEY');
  });

  it('cold, for a token that needs none', async () => {
    const { explanation } = await both(keys, cold, 'a.b.c');
    expect(explanation.code).toBe('MALFORMED_TOKEN');
  });

  it('warm, and while an unknown kid cools down', async () => {
    const { explanation } = await both(keys, (verify) => verify(GOOD), unknown);
    expect(explanation.code).toBe('UNKNOWN_KEY');
    expect(explanation.retryAfterSeconds).toBeUndefined();
    const warm = async (verify: (token: string) => Promise<unknown>) => {
      await verify(GOOD);
      await verify(unknown);
    };
    const cooling = await both(keys, warm, unknown);
    expect(cooling.explanation.code).toBe('UNKNOWN_KEY');
    expect(cooling.explanation.retryAfterSeconds).toBeGreaterThan(8);
    expect(cooling.explanation.retryAfterSeconds).toBeLessThanOrEqual(10);
    expect((await both(keys, (verify) => verify(GOOD), foreign)).refusal?.code).toBe(
      'INVALID_ISSUER',
    );
  });

  it.each([
    ['STATUS', status(500)],
    ['NOT_JSON', body('<p>')],
    ['NO_USABLE_KEY', keySet([{ ...signer.jwk, use: 'enc' }])],
  ])('in an outage: %s', async (cause, answer) => {
    const { explanation, refusal } = await both(answer, cold, GOOD);
    expect(explanation.code).toBe('JWKS_FETCH_FAILED');
    expect(explanation.cause).toMatchObject({ code: cause });
    expect(explanation.cause?.message).toBe(refusal?.cause?.message);
    expect(explanation.retryAfterSeconds).toBeGreaterThan(0);
    expect(explanation.claims).toMatchObject({ sub: 'user_1' });
    const backingOff = await both(answer, (verify) => verify(GOOD), GOOD);
    expect(backingOff.explanation.code).toBe('JWKS_FETCH_FAILED');
  });

  it('and where nobody listens', async () => {
    const issuer = createTestIssuer();
    await issuer.listen();
    const { options } = issuer;
    await issuer.close();
    const token = await issuer.sign();
    const explanation = await explainWorkosToken(token, options);
    expectAgreement(explanation, await refusalOf(() => verifyWorkosToken(token, options)));
    expect(explanation.cause).toMatchObject({ code: 'CONNECT' });
  });
});
