// The header is read without a pattern over the whole of it. This holds it to the patterns that say what
// is meant (RFC 6750, section 2.1), over headers made by chance.
import { describe, expect, it } from 'vitest';
import { tokenIn, refusalOf } from '../../lib/adapters/bearer.ts';
import { WorkosTokenError } from '../../lib/error.ts';
import { createApi } from '../../lib/index.ts';
import { createWeb } from '../../lib/adapters/web.ts';
import { binding } from '../support/binding.js';
import { createSigner } from '../support/jws.js';

const CREDENTIALS = /^bearer +([\w.~+/-]+=*)$/i;
const BEARER = /(?:^|,)[ \t]*bearer(?:[ \t,]|$)/i;

const MALFORMED = Symbol('malformed');
/** What headers are made of: whatever decides, and some that looks alike. */
const PIECES = [
  ...['Bearer', 'bearer', 'BEARER', 'bEaReR', 'Bearerx', 'Beare', 'Basic', 'earer', 'B'],
  ...[
    ' ',
    '  ',
    '\t',
    ',',
    ', ',
    '=',
    '==',
    '"',
    '\u00a0',
    '\u212a',
    '\u017f',
    '\n',
    '\r',
    '\0',
    '',
  ],
  ...['a', 'aB0-._~+/', 'a.b.c', 'ü', ':', ';', 'x='],
];

/** Always the same ones. */
function createChance(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) % below;
  };
}

function headers(count: number, seed: number): string[] {
  const chance = createChance(seed);
  // Every other one is likely to have a token.
  return Array.from({ length: count }, () => {
    const start = ['', 'Bearer ', '', 'bearer  '][chance(4)];
    const rest = Array.from({ length: chance(5) }, () => PIECES[chance(PIECES.length)]);
    return `${start}${rest.join('')}`;
  });
}

function byPatterns(header: string) {
  const token = CREDENTIALS.exec(header)?.[1];
  if (token !== undefined) return token;
  return header !== '' && !BEARER.test(header) ? undefined : MALFORMED;
}

/** A token of other characters is refused as malformed, and that refusal is then changed. */
function byReading(header: string) {
  try {
    const token = tokenIn(header);
    if (token === undefined) return undefined;
    const refused = new WorkosTokenError({ code: 'MALFORMED_TOKEN', message: 'm', hint: 'h' });
    return refusalOf(token, refused) === refused ? token : MALFORMED;
  } catch (error) {
    expect(error).toMatchObject({ code: 'MALFORMED_TOKEN', status: 400 });
    return MALFORMED;
  }
}

describe('the header', () => {
  it('is read as the patterns say', () => {
    const seen = new Map<unknown, number>();
    for (const header of headers(100_000, 1)) {
      const expected = byPatterns(header);
      const actual = byReading(header);
      if (actual !== expected) expect.fail(`${JSON.stringify(header)}: ${String(actual)}`);
      const kind = typeof expected === 'string' ? 'token' : expected;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    for (const kind of ['token', undefined, MALFORMED])
      expect(seen.get(kind)).toBeGreaterThan(1_000);
  });

  it('leads to 400, to 401 or to no credentials, as the patterns say', async () => {
    const { authenticateRequest } = createWeb(createApi(binding));
    const options = { ...createSigner().options, optional: true };
    for (const authorization of headers(3_000, 2)) {
      const expected = byPatterns(authorization);
      const request = { headers: { authorization } };
      const outcome = await authenticateRequest(request, options).catch((error) => error.status);
      const wanted = expected === undefined ? null : expected === MALFORMED ? 400 : 401;
      expect(outcome, JSON.stringify(authorization)).toBe(wanted);
    }
  });
});

it('any other refusal stays what it is', () => {
  for (const code of ['INVALID_SIGNATURE', 'INVALID_OPTIONS', 'JWKS_FETCH_FAILED'] as const) {
    const error = new WorkosTokenError({ code, message: 'm', hint: 'h' });
    expect(refusalOf('a b', error)).toBe(error);
  }
  const foreign = new Error('x');
  expect(refusalOf('a b', foreign)).toBe(foreign);
});
