// What the parts of the soak are made of.
import { describe, expect, it } from 'vitest';
import { createChance } from './chance.mjs';
import { wrongLabels } from './labels.mjs';
import { judgeMemory } from './memory.mjs';
import { createMix, SHARES } from './mix.mjs';
import { newKey } from './new-key.mjs';
import { outcomeOf, readResponse } from './response.mjs';
import { MISSING, tokensOf } from './tokens.mjs';

const CLIENT_ID = 'client_soak';
const ISSUER = `https://api.workos.com/user_management/${CLIENT_ID}`;
const given = { clientId: CLIENT_ID, issuer: ISSUER };

async function ringOf(source: string, alg: string) {
  const key = { ...(await newKey(alg, 'kid_1')), source, id: `${source}:1` };
  return { key, tokens: tokensOf(key, { ...given, chance: createChance(1) }) };
}

describe('the truth about a token', () => {
  it.each(['RS256', 'ES256'])('is told right of tokens of %s', async (alg) => {
    const { key, tokens } = await ringOf('a', alg);
    expect(await wrongLabels({ ...given, tokens, keys: [key] })).toEqual([]);
  });

  it.each([
    ['another signer', { signer: 'a:2' }],
    ['no signer', { signer: undefined }],
    ['another kid', { kid: 'kid_2' }],
    ['a fault', { fault: 'TOKEN_EXPIRED' }],
  ])('is found wrong with %s', async (_, change) => {
    const { key, tokens } = await ringOf('a', 'ES256');
    const [hot] = tokens;
    const wrong = await wrongLabels({ ...given, tokens: [{ ...hot, ...change }], keys: [key] });
    expect(wrong).toHaveLength(1);
  });
});

describe('the mix', () => {
  const REQUESTS = 4_000;

  it('has its kinds in their shares, and the same for a seed', async () => {
    const { key, tokens } = await ringOf('a', 'ES256');
    const requests = [1, 1].map((seed) => {
      const mix = createMix(createChance(seed), { ...given, callers: [{ source: 'a' }] });
      mix.add([MISSING, ...tokens]);
      mix.addKey({ ...key });
      return Array.from({ length: REQUESTS }, () => mix.next());
    });
    const [one = [], other = []] = requests;
    expect(one.map(({ token }) => token)).toEqual(other.map(({ token }) => token));
    const counts: Record<string, number> = {};
    for (const { kind } of one) counts[kind] = (counts[kind] ?? 0) + 1 / REQUESTS;
    // Those of the newest keys are hot ones.
    const { rotating, ...shares } = SHARES;
    for (const [kind, share] of Object.entries({ ...shares, hot: SHARES.hot + rotating }))
      expect(counts[kind], kind).toBeCloseTo(share, 1);
  });

  it('makes each new token once', async () => {
    const { key, tokens } = await ringOf('a', 'ES256');
    const shares = { new: 1 };
    const mix = createMix(createChance(1), { ...given, callers: [{ source: 'a' }], shares });
    mix.add(tokens);
    mix.addKey(key);
    const made = Array.from({ length: 100 }, () => mix.next().text);
    expect(new Set(made).size).toBe(100);
  });
});

describe('a response', () => {
  const outcome = (status: number, headers: string, body: object, jti?: string) => {
    const text = JSON.stringify(body);
    const whole = `HTTP/1.1 ${status} X\r\n${headers}Content-Length: ${text.length}\r\n\r\n${text}`;
    expect(readResponse(whole.slice(0, -1))).toBeUndefined();
    return outcomeOf(readResponse(whole) as object, jti);
  };
  const invalid = 'WWW-Authenticate: Bearer error="invalid_token"\r\n';
  const failed = { code: 'JWKS_FETCH_FAILED' };

  it.each([
    ['accepted', outcome(200, '', { sub: 'user_1', jti: 'x' }, 'x'), /^user_1$/],
    ['of another token', outcome(200, '', { sub: 'user_1', jti: 'y' }, 'x'), /^WRONG_CLAIMS/],
    ['of another user', outcome(200, '', { sub: 'user_2', jti: 'x' }, 'x'), /^WRONG_CLAIMS/],
    ['refused', outcome(401, invalid, { code: 'TOKEN_EXPIRED' }, 'x'), /^TOKEN_EXPIRED$/],
    ['refused without a challenge', outcome(401, '', { code: 'TOKEN_EXPIRED' }, 'x'), /^BAD_/],
    ['without credentials', outcome(401, 'WWW-Authenticate: Bearer\r\n', {}), /^MISSING$/],
    ['bare although a token came', outcome(401, 'WWW-Authenticate: Bearer\r\n', {}, 'x'), /^BAD_/],
    ['an outage', outcome(503, 'Retry-After: 1\r\n', failed, 'x'), /^JWKS_FETCH_FAILED$/],
    ['an outage without a time', outcome(503, '', failed, 'x'), /^BAD_/],
    ['an outage as a refusal', outcome(401, invalid, failed, 'x'), /^BAD_/],
    ['an error', outcome(500, '', {}, 'x'), /^BAD_/],
  ])('%s', (_, found, wanted) => {
    expect(found).toMatch(wanted);
  });
});

describe('memory', () => {
  const course = (growth: number, last: number) =>
    Array.from({ length: last / 10_000 + 1 }, (_, index) => ({
      tokens: index * 10_000,
      // What fills up at first does not count.
      megabytes: 40 + Math.min(index, 5) * 4 + (index * 10_000 >= 150_000 ? growth : 0),
    }));

  it.each([
    [14.9, 200_000, 0],
    [15, 200_000, 1],
    [15, 190_000, 0],
  ])('that grows by %d MB in %d tokens', (growth, tokens, violations) => {
    expect(judgeMemory(course(growth, tokens)).wrong).toHaveLength(violations);
  });
});
