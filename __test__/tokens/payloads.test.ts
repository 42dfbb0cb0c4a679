import { describe, expect, it } from 'vitest';
import { claims, createSigner, type Part } from '../support/jws.js';
import { waysIn } from '../support/ways-in.js';

const signer = createSigner();
const NOW = 1_000_000;
const { codeOf, claimsOf } = waysIn({ ...signer.options, now: NOW, clockToleranceSeconds: 5 });

/** The default claims as a text, with these members in front of its end. */
function payload(members = ''): string {
  const text = JSON.stringify(claims({ exp: NOW + 300, iat: undefined }));
  return members === '' ? text : `${text.slice(0, -1)},${members}}`;
}

/** The same in bytes, with one claim that holds these. */
function bytes(...inside: number[]): Uint8Array {
  const [start = '', end = ''] = payload('"odd":"|"').split('|');
  return Buffer.concat([Buffer.from(start), Buffer.from(inside), Buffer.from(end)]);
}

describe('a signed payload that is no strict JSON object is malformed', () => {
  it.each<[string, Part]>([
    ['nothing', ''],
    ['null', 'null'],
    ['true', 'true'],
    ['a number', '5'],
    ['a string', '"x"'],
    ['an empty array', '[]'],
    ['an array of good claims', `[${payload()}]`],
    ['two objects', `${payload()}{}`],
    ['a comma behind', `${payload()},`],
    ['a comma inside', `${payload().slice(0, -1)},}`],
    ['no end', payload().slice(0, -1)],
    ['single quotes', payload().replaceAll('"', "'")],
    ['a comment', `/**/${payload()}`],
    ['a byte order mark', `\ufeff${payload()}`],
    ['a zero byte behind', `${payload()}\0`],
    ['a space that is not JSON', `\u00a0${payload()}`],
    ['a line break in a string', payload('"x":"\n"')],
    ['NaN', payload('"x":NaN')],
    ['Infinity', payload('"x":Infinity')],
    ['undefined', payload('"x":undefined')],
    ['a number that JavaScript reads as infinite', payload('"x":1e400')],
    ['the same deep inside', payload('"x":[{"y":-1e999}]')],
    ['an escaped high surrogate alone', payload('"x":"\\ud800"')],
    ['an escaped low surrogate alone', payload('"x":"\\udfff"')],
    ['escaped surrogates in the wrong order', payload('"x":"\\udc00\\ud800"')],
    ['a member name with a surrogate alone', payload('"\\ud800":1')],
    ['a claim twice', payload('"sub":"user_1"')],
    ['a claim twice, once escaped', payload('"\\u0073ub":"user_2"')],
    ['a member twice, deep inside', payload('"x":[[{"a":1,"b":2,"a":1}]]')],
    ['__proto__ twice', payload('"__proto__":1,"__proto__":1')],
    ['an unknown escape', payload('"x":"\\x41"')],
  ])('%s', async (_, part) => {
    expect(await codeOf(signer.sign(part))).toBe('MALFORMED_TOKEN');
  });

  it.each<[string, number[]]>([
    ['a byte that UTF-8 never has', [0xff]],
    ['a continuation alone', [0x80]],
    ['a sequence that is cut off', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a code point past the last', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin-1', [0xe9]],
  ])('%s is not UTF-8', async (_, inside) => {
    expect(await codeOf(signer.sign(bytes(...inside)))).toBe('MALFORMED_TOKEN');
  });

  it.each<[string, Part]>([
    ['white space around it', ` \t\r\n${payload()}\n`],
    ['the greatest double', payload('"x":1.7976931348623157e308')],
    ['a number that is read as zero', payload('"x":1e-400')],
    ['a pair of surrogates, escaped', payload('"x":"\\ud83d\\ude00"')],
    ['UTF-8 of four bytes', bytes(0xf0, 0x9f, 0x98, 0x80)],
    ['a byte order mark inside a string', bytes(0xef, 0xbb, 0xbf)],
    ['one name in two objects', payload('"x":{"a":1},"y":{"a":1}')],
    ['names that differ in case', payload('"SUB":"x"')],
  ])('%s is strict', async (_, part) => {
    expect(await claimsOf(signer.sign(part))).toMatchObject({ sub: 'user_1' });
  });
});

describe('depth', () => {
  const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  // The payload itself is the first level.
  it.each([
    ['objects', objects],
    ['arrays', arrays],
  ])('32 levels of %s are read, 33 are too deep', async (_, nest) => {
    expect(await claimsOf(signer.sign(payload(`"x":${nest(31)}`)))).toHaveProperty('x');
    expect(await codeOf(signer.sign(payload(`"x":${nest(32)}`)))).toBe('MALFORMED_TOKEN');
  });

  it('the same holds for the header', async () => {
    const header = (nested: string) => `{"alg":"RS256","kid":"${signer.kid}","x":${nested}}`;
    expect(await claimsOf(signer.sign(payload(), header(arrays(31))))).toHaveProperty('sub');
    expect(await codeOf(signer.sign(payload(), header(arrays(32))))).toBe('MALFORMED_TOKEN');
  });

  it.each([
    ['objects', objects(1_900)],
    ['arrays', arrays(5_500)],
    ['arrays without an end', '['.repeat(11_000)],
    ['objects without an end', '{"a":'.repeat(2_200)],
  ])('as many %s as a token can hold are malformed', async (_, nested) => {
    expect(await codeOf(signer.sign(`{"x":${nested}}`))).toBe('MALFORMED_TOKEN');
    expect(await codeOf(signer.sign(nested))).toBe('MALFORMED_TOKEN');
    expect(await codeOf(signer.sign(payload(), nested))).toBe('MALFORMED_TOKEN');
  });

  it('thousands of members cost no more than their reading', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `"${index}":0`).join();
    expect(await claimsOf(signer.sign(payload(names)))).toHaveProperty('999', 0);
    expect(await codeOf(signer.sign(payload(`${names},"0":0`)))).toBe('MALFORMED_TOKEN');
  });
});

const ACCEPTED = 'accepted';
const MALFORMED = 'MALFORMED_TOKEN';

async function outcome(text: string): Promise<string> {
  const token = signer.sign(text);
  const code = await codeOf(token).catch(() => ACCEPTED);
  if (code === ACCEPTED) await claimsOf(token);
  return code;
}

/** What is no JSON number, or none that is finite. */
const NO_NUMBERS: [string, string][] = [
  ['1e400', MALFORMED],
  ['-1e400', MALFORMED],
  ['0123', MALFORMED],
  ['+5', MALFORMED],
  ['.5', MALFORMED],
  ['5.', MALFORMED],
  ['0x10', MALFORMED],
  ['1_000', MALFORMED],
  ['1e', MALFORMED],
  ['NaN', MALFORMED],
  ['Infinity', MALFORMED],
  ['"1000300"', 'INVALID_CLAIM'],
  ['""', 'INVALID_CLAIM'],
  ['null', 'INVALID_CLAIM'],
  ['true', 'INVALID_CLAIM'],
  ['[1000300]', 'INVALID_CLAIM'],
  ['{}', 'INVALID_CLAIM'],
];

describe('exp, nbf and iat are JSON numbers of any form that is finite', () => {
  // Five seconds of tolerance: `now >= exp + tolerance` is expired.
  it.each<[string, string]>([
    ['999996', ACCEPTED],
    ['999995', 'TOKEN_EXPIRED'],
    ['999995.001', ACCEPTED],
    ['999995.0', 'TOKEN_EXPIRED'],
    ['999996e0', ACCEPTED],
    ['9.99996E+5', ACCEPTED],
    ['9.99995E+5', 'TOKEN_EXPIRED'],
    ['99999600e-2', ACCEPTED],
    ['99999999999999999999999999', ACCEPTED],
    ['1.7976931348623157e308', ACCEPTED],
    ['9007199254740993', ACCEPTED],
    ['0', 'TOKEN_EXPIRED'],
    ['-0', 'TOKEN_EXPIRED'],
    ['-1', 'TOKEN_EXPIRED'],
    ['-1.7976931348623157e308', 'TOKEN_EXPIRED'],
    ['1e-400', 'TOKEN_EXPIRED'],
    ...NO_NUMBERS,
  ])('exp %s: %s', async (number, expected) => {
    expect(await outcome(payload().replace(/"exp":\d+/, `"exp":${number}`))).toBe(expected);
  });

  it.each<[string, string]>([
    ['1000005', ACCEPTED],
    ['1000005.001', 'TOKEN_NOT_YET_VALID'],
    ['1000006', 'TOKEN_NOT_YET_VALID'],
    ['1000005e0', ACCEPTED],
    ['1.000006E6', 'TOKEN_NOT_YET_VALID'],
    ['1e300', 'TOKEN_NOT_YET_VALID'],
    ['0', ACCEPTED],
    ['-0', ACCEPTED],
    ['-1e300', ACCEPTED],
    ...NO_NUMBERS,
  ])('nbf %s: %s', async (number, expected) => {
    expect(await outcome(payload(`"nbf":${number}`))).toBe(expected);
  });

  // It is typed, and not compared with the clock.
  it.each<[string, string]>([
    ['0', ACCEPTED],
    ['-1.5', ACCEPTED],
    ['1000006', ACCEPTED],
    ['1e300', ACCEPTED],
    ...NO_NUMBERS,
  ])('iat %s: %s', async (number, expected) => {
    expect(await outcome(payload(`"iat":${number}`))).toBe(expected);
  });
});
