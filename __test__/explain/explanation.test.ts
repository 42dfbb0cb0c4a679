import { createTestIssuer } from 'verify-workos-token/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  explainWorkosToken,
  type WorkosTokenExplanation,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { explained as explainedOrNull } from '../support/explanation.js';
import { closeIssuers, listeningIssuer } from '../support/issuer.js';
import { CLIENT_ID, claims, createSigner, ISSUER } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();
const NOW = 1_750_000_000;
const at = { ...signer.options, now: NOW };
const sign = (changes: Record<string, unknown> = {}) =>
  signer.sign({ ...claims({ iat: NOW, exp: NOW + 300 }), ...changes });

async function explained(token: unknown, options: WorkosTokenOptions) {
  return (await explainedOrNull(token, options)) ?? expect.unreachable('the options are good');
}

afterEach(closeIssuers);

describe('an explanation', () => {
  it('of a good token', async () => {
    const token = sign({ client_id: CLIENT_ID, nbf: NOW });
    expect(await explained(token, at)).toEqual({
      ok: true,
      code: undefined,
      message: undefined,
      hint: undefined,
      verified: true,
      sizeBytes: token.length,
      header: { alg: 'RS256', kid: signer.kid },
      claims: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()),
      checks: [
        passed('form'),
        passed('alg', ['RS256'], 'RS256'),
        passed('header'),
        passed('key', [signer.kid], signer.kid),
        passed('signature'),
        passed('exp', NOW - 5, NOW + 300),
        passed('nbf', NOW + 5, NOW),
        passed('iat', undefined, NOW),
        passed('iss', ISSUER, ISSUER),
        passed('aud', CLIENT_ID, CLIENT_ID),
        passed('sub', undefined, 'user_1'),
        passed('client_id', CLIENT_ID, CLIENT_ID),
        passed('sid', undefined, 'session_1'),
      ],
      remarks: [],
    });
  });

  it('of a token with several faults names them all', async () => {
    const token = sign({ exp: NOW - 5, aud: 'x', iss: undefined, permissions: ['a'] });
    const explanation = await explained(token, { ...at, permissions: ['a', 'b'] });
    expect(explanation.code).toBe('TOKEN_EXPIRED');
    const failed = explanation.checks.filter(({ ok }) => ok === false);
    expect(failed.map(({ check, expected, actual }) => [check, expected, actual])).toEqual([
      ['exp', NOW - 5, NOW - 5],
      ['iss', ISSUER, undefined],
      ['aud', CLIENT_ID, 'x'],
      ['permissions', ['a', 'b'], ['a']],
    ]);
    expect(failed.every(({ message, hint }) => message !== null && hint !== null)).toBe(true);
  });

  it('says by which clock', async () => {
    const behind = await explained(sign({ iat: NOW + 42 }), at);
    expect(behind.remarks).toEqual([
      expect.stringMatching(/^iat is 42 seconds in the future\. .*clock, which is behind/),
    ]);
  });

  it('lists the members in the order in which people read them', async () => {
    const explanation = await explained(sign({ aud: 'x' }), at);
    const order = 'ok code message hint verified sizeBytes header claims checks remarks';
    expect(Object.keys(explanation)).toEqual(order.split(' '));
    const members = explanation.checks.map((check) => Object.keys(check).join(' '));
    expect(new Set(members)).toEqual(
      new Set([
        'check ok message hint',
        'check ok expected message hint',
        'check ok actual message hint',
        'check ok expected actual message hint',
      ]),
    );
  });

  it.each(['é'.repeat(10), '\ud800', '.'.repeat(10_000_000)])(
    'counts bytes, case %#',
    async (token) => {
      expect((await explained(token, at)).sizeBytes).toBe(Buffer.byteLength(token));
    },
  );

  it('of what is not a string says what was passed', async () => {
    const explanation = await explained(Promise.resolve(sign()), at);
    expect(explanation).toMatchObject({
      code: 'MALFORMED_TOKEN',
      message: 'the token must be a string, not a promise',
      hint: 'Await the promise: `verifyWorkosToken(await getAccessToken())`.',
      sizeBytes: 0,
      header: null,
      claims: null,
    });
    expect(explanation.checks.map(({ ok }) => ok)).toEqual([false, ...Array(12).fill(null)]);
    expect(explanation.checks[5]).toEqual({
      check: 'exp',
      ok: null,
      expected: NOW - 5,
      message: "the token's payload can't be read",
      hint: null,
    });
  });

  it('is frozen all the way down', async () => {
    const issuer = await listeningIssuer();
    await issuer.outage('status-500');
    const token = await issuer.sign({ custom: { deep: [{}] } });
    const explanations = [
      await explained(token, issuer.options),
      await explained(sign({ custom: { deep: [{}] }, aud: ['x'] }), at),
      await explained(42, at),
    ];
    expect(explanations[0]?.cause).toBeInstanceOf(Error);
    for (const explanation of explanations) expectFrozen(explanation);
  });

  it('has claims as they are written', async () => {
    const text = '{"__proto__":{"a":-0},"a\\"b":[1.50,1e3],"\\u0073ub":"user_1","n":null}';
    const { claims } = await explained(signer.sign(text), at);
    expect(claims).toEqual(JSON.parse(text));
    expect(Object.keys(claims as object)).toContain('__proto__');
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
  });
});

describe('explaining', () => {
  it.each([{ clientId: 1 }, { unknown: 1 }, { clientId: CLIENT_ID, audience: [] }, null, []])(
    'refuses wrong options alone, case %#',
    async (options) => {
      const error = await refusal(() =>
        explainWorkosToken(sign(), options as unknown as WorkosTokenOptions),
      );
      expect(error.code).toBe('INVALID_OPTIONS');
    },
  );

  it('asks for the time at each call', async () => {
    let now = NOW;
    const verifier = createWorkosVerifier({ ...signer.options, now: () => now });
    const { explain } = verifier;
    expect((await explain(sign())).code).toBeUndefined();
    now = NOW + 305;
    expect((await explain(sign())).code).toBe('TOKEN_EXPIRED');
    now = Number.NaN;
    expect((await refusal(() => explain(sign()))).code).toBe('INVALID_OPTIONS');
  });

  it('counts nothing as verified or refused, and remembers nothing', async () => {
    const verifier = createWorkosVerifier(at);
    const { verifiedTokenCache: before } = verifier.stats();
    const token = sign({ jti: 'remembered by none' });
    await verifier.explain(token);
    await verifier.explain(token);
    await verifier.explain('x');
    expect(verifier.stats()).toMatchObject({
      verified: 0,
      rejected: {},
      verifiedTokenCache: before,
    });
  });

  it('shares one request with verifications', async () => {
    const issuer = await listeningIssuer();
    const verifier = createWorkosVerifier(issuer.options);
    const token = await issuer.sign();
    const [claims, ...explanations] = await Promise.all([
      verifier.verify(token),
      ...Array.from({ length: 50 }, () => verifier.explain(token)),
    ]);
    expect(issuer.requests()).toBe(1);
    for (const explanation of explanations) {
      expect(explanation).toMatchObject({ ok: true, verified: true, claims });
    }
  });

  it('sees a rotation', async () => {
    const issuer = await listeningIssuer();
    const verifier = createWorkosVerifier(issuer.options);
    await verifier.ready();
    await issuer.rotate();
    const { ok, checks } = await verifier.explain(await issuer.sign());
    expect(ok).toBe(true);
    const kids = issuer.jwks.keys.map(({ kid }) => kid).sort();
    expect(checks.find(({ check }) => check === 'key')?.expected).toEqual(kids);
  });

  it('tells of keys that are past their time', async () => {
    const issuer = await listeningIssuer();
    const options = { ...issuer.options, jwksCache: { maxAgeSeconds: 1 } };
    const verifier = createWorkosVerifier(options);
    await verifier.ready();
    await issuer.outage('status-500');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { ok, remarks } = await verifier.explain(await issuer.sign());
    expect(ok).toBe(true);
    expect(remarks).toEqual([expect.stringMatching(/^the keys in memory are 1 seconds old, /)]);
  });

  it('works with an issuer of any algorithm', async () => {
    const issuer = createTestIssuer({ algorithm: 'ES256' });
    const token = await issuer.sign();
    expect((await explained(token, issuer.options)).verified).toBe(true);
    const wrong = await explained(token, { ...issuer.options, algorithms: ['RS256'] });
    expect(wrong).toMatchObject({ code: 'UNSUPPORTED_ALGORITHM', verified: false });
  });
});

function passed(check: string, expected?: unknown, actual?: unknown) {
  return {
    ...{ check, ok: true, message: null, hint: null },
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
  };
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  Object.values(value as WorkosTokenExplanation).forEach(expectFrozen);
}
