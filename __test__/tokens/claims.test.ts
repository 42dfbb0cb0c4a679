import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { CLIENT_ID, createSigner, ISSUER, segment } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const RUNS = 400;
/** The longest token whose signature is remembered. */
const LONGEST_CACHED_BYTES = 8_192;
const signer = createSigner();
const verifier = createWorkosVerifier(signer.options);

/** What the checks look at: these have to be right, and come on their own. */
const CHECKED = ['iss', 'aud', 'sub', 'exp', 'nbf', 'iat', 'client_id', 'sid'];
const required = {
  iss: ISSUER,
  aud: CLIENT_ID,
  sub: 'user_1',
  exp: 9_999_999_999,
};

/** The text of any JSON value, in any spelling: what `JSON.stringify` never writes as well. */
const { value: jsonText } = fc.letrec<{
  value: string;
  leaf: string;
  list: string;
  object: string;
}>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('list'),
    tie('object'),
  ),
  leaf: fc.oneof(fc.constantFrom('null', 'true', 'false'), number(), string()),
  list: fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(' , ')}]`),
  object: members(tie('value')).map(objectText),
}));

function number(): fc.Arbitrary<string> {
  const spelled = ['-0', '-0.0', '0e5', '1E3', '1.10', '1e-400', '12345678901234567890', '5e-324'];
  return fc.oneof(
    fc.constantFrom(...spelled, '9007199254740993', '0.1000000000000000055511151231257827'),
    fc.maxSafeInteger().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => JSON.stringify(double)),
  );
}

function string(): fc.Arbitrary<string> {
  const written = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text));
  const escaped = fc.string({ unit: 'binary', maxLength: 4 }).map((text) => {
    const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
  });
  return fc.oneof(written, escaped);
}

/** Members of names that differ however they are spelled. */
function members(values: fc.Arbitrary<string>): fc.Arbitrary<[string, string][]> {
  const special = ['"__proto__"', '"constructor"', '"toString"', '"then"', '"toJSON"', '""', '"0"'];
  const claims = ['"org_id"', '"role"', '"roles"', '"permissions"', '"act"', '"jti"'];
  const name = fc.oneof(fc.constantFrom(...special, ...claims), string());
  return fc.uniqueArray(fc.tuple(name, values), {
    maxLength: 6,
    selector: ([text]) => JSON.parse(text),
  });
}

function objectText(entries: [string, string][]): string {
  return `{${entries.map(([name, value]) => `${name}: ${value}`).join(',\n\t')}}`;
}

const payloads = members(jsonText)
  .map((entries) => entries.filter(([name]) => !CHECKED.includes(JSON.parse(name))))
  .map((own) => {
    const checked = Object.entries(required).map(([name, value]): [string, string] => [
      JSON.stringify(name),
      JSON.stringify(value),
    ]);
    return objectText([...own, ...checked]);
  })
  .filter((text) => depthOf(JSON.parse(text)) <= 32);

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const name of Reflect.ownKeys(value)) expectFrozen(Reflect.get(value, name));
}

/** The same members in the same order with the same values, down to the sign of zero. */
function expectSame(claims: object, text: string): void {
  const expected = JSON.parse(text);
  expect(JSON.stringify(claims)).toBe(JSON.stringify(expected));
  expect(isDeepStrictEqual(claims, expected)).toBe(true);
  expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
  expectFrozen(claims);
}

async function expectExact(text: string): Promise<void> {
  const token = signer.sign(text);
  fc.pre(token.length <= 16_384);
  const { hits } = verifier.stats().verifiedTokenCache;
  expectSame(verifier.verifySync(token), text);
  expectSame(verifier.verifySync(token), text);
  expectSame(await verifier.verify(token), text);
  expectSame(await verifyWorkosToken(token, signer.options), text);
  const again = verifier.stats().verifiedTokenCache.hits - hits;
  // The first call of these may have met a token of an earlier run.
  if (token.length <= LONGEST_CACHED_BYTES) expect(again).toBeGreaterThanOrEqual(3);
  else expect(again).toBe(0);
}

describe('the claims are those of JSON.parse, member for member, and frozen all the way down', () => {
  it('for arbitrary JSON, at the first sight of a token and from memory', async () => {
    await fc.assert(fc.asyncProperty(payloads, expectExact), { numRuns: RUNS });
  });

  const end = JSON.stringify(required).slice(1);
  it.each<[string, string]>([
    ['nothing of its own', '{'],
    ['an own __proto__', '{"__proto__":{"admin":true},'],
    ['an own __proto__ in an own __proto__', '{"x":{"__proto__":{"__proto__":null}},'],
    ['names that are numbers, which come first', '{"b":1,"10":1,"2":1,'],
    ['negative zero', '{"x":[-0,-0.0,-0e0,0],'],
    ['numbers past what is exact', '{"x":[9007199254740993,123456789012345678901234567890],'],
    ['the ends of the doubles', '{"x":[1.7976931348623157e308,5e-324,-1e-400],'],
    ['every escape', '{"x":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\ud83d\\ude00",'],
    ['line separators', '{"x":"\u2028\u2029",'],
    ['a name beyond the first plane', '{"😀":"👩‍👩‍👧","\\ud83d\\ude01":1,'],
    ['noncharacters and private use', '{"x":"\uffff\ufdd0\ue000\ufffd",'],
    ['31 levels below it', `{"x":${'[{"a":'.repeat(15)}[]${'}]'.repeat(15)},`],
    ['what a promise would be', '{"then":{"then":1},"toJSON":1,'],
    ['a long list', `{"x":[${Array(1_990).fill('0').join()}],`],
  ])('for %s', (_, start) => expectExact(start + end));

  it('and nobody can change them for the next caller', () => {
    const token = signer.sign({ ...required, list: [{ a: 1 }] });
    const claims = verifier.verifySync(token) as unknown as { list: { a: number }[]; sub: string };
    expect(() => Object.assign(claims, { sub: 'admin' })).toThrow(TypeError);
    expect(() => claims.list.push({ a: 2 })).toThrow(TypeError);
    expect(() => Object.assign(claims.list[0] as object, { a: 2 })).toThrow(TypeError);
    expect(verifier.verifySync(token)).toEqual({ ...required, list: [{ a: 1 }] });
  });
});

describe('whatever else there is is refused', () => {
  it('anything that JavaScript has', async () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withSparseArray: true });
    const property = fc.asyncProperty(anything, async (value) => {
      const { code } = await refusal(() => verifier.verify(value as string));
      expect(code).toBe('MALFORMED_TOKEN');
    });
    await fc.assert(property, { numRuns: RUNS });
  });

  it('three segments of anything', () => {
    const base64url = fc.uint8Array({ maxLength: 60 }).map((bytes) => segment(bytes));
    const parts = fc.oneof(base64url, fc.constantFrom(...signer.sign(required).split('.')));
    const property = fc.property(parts, parts, parts, (header, payload, signature) => {
      fc.pre(`${header}.${payload}.${signature}` !== signer.sign(required));
      expect(
        refusalSync(() => verifier.verifySync(`${header}.${payload}.${signature}`)).status,
      ).toBe(401);
    });
    fc.assert(property, { numRuns: RUNS });
  });

  it('a good token in which one character is another, is missing, or is one more', () => {
    const good = signer.sign(required);
    const character = fc.oneof(
      fc.string({ minLength: 1, maxLength: 1 }),
      fc.constantFrom('.', '=', 'A'),
    );
    const property = fc.property(
      fc.nat({ max: good.length }),
      fc.constantFrom(0, 1),
      fc.option(character, { nil: '' }),
      (index, taken, added) => {
        const token = good.slice(0, index) + added + good.slice(index + taken);
        fc.pre(token !== good);
        expect(refusalSync(() => verifier.verifySync(token)).status).toBe(401);
      },
    );
    fc.assert(property, { numRuns: 4 * RUNS });
    expect(verifier.verifySync(good).sub).toBe('user_1');
  });
});
