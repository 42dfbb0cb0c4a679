import { describe, expect, it } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { waysIn } from '../support/ways-in.js';
import { claims, createSigner, forge, type Part, segment } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const signer = createSigner();
const verifier = createWorkosVerifier(signer.options);
const good = signer.sign();
const signature = good.split('.')[2] as string;

const { codeOf, claimsOf } = waysIn(signer.options);

const trap = () => {
  throw new TypeError('a trap was sprung');
};
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, trap]));
const revoked = Proxy.revocable({}, {});
revoked.revoke();

describe('what is no string is refused by its kind, and never turned into one', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a boolean', true, 'a boolean'],
    ['zero', 0, 'a number'],
    ['NaN', Number.NaN, 'NaN'],
    ['a bigint', 10n, 'a bigint'],
    ['a symbol', Symbol(good), 'a symbol'],
    ['a function', () => good, 'a function'],
    ['a class', class {}, 'a function'],
    ['a String object', new String(good), 'a String object'],
    ['an array of a good token', [good], 'an array'],
    ['a buffer', Buffer.from(good), 'a Buffer or typed array'],
    [
      'an object that turns into a good token',
      { toString: () => good, valueOf: () => good },
      'an object',
    ],
    [
      'an object that throws when it is turned into text',
      { toString: trap, valueOf: trap },
      'an object',
    ],
    ['an object without a prototype', Object.create(null), 'an object'],
    ['a promise of a good token', Promise.resolve(good), 'a promise'],
    ['a proxy that throws at every touch', new Proxy({}, traps), 'an object that cannot be read'],
    ['a proxy of a function that throws at every touch', new Proxy(() => {}, traps), 'a function'],
    ['a revoked proxy', revoked.proxy, 'a revoked proxy'],
  ])('%s', async (_, value, kind) => {
    expect(await codeOf(value)).toBe('MALFORMED_TOKEN');
    expect(refusalSync(() => verifier.verifySync(value as string)).message).toBe(
      `the token must be a string, not ${kind}`,
    );
  });

  it('a call without any argument', async () => {
    const verify = verifier.verify as () => Promise<unknown>;
    expect((await refusal(() => verify())).code).toBe('MALFORMED_TOKEN');
  });
});

describe('a string that is no compact JWS in strict base64url is malformed', () => {
  const [header, payload] = good.split('.') as [string, string];
  const withTrailingBits = `${header}.${payload}.${withOtherLastBits(signature)}`;

  it.each([
    ['an empty string', ''],
    ['white space', ' '],
    ['a dot', '.'],
    ['two dots', '..'],
    ['two segments', `${header}.${payload}`],
    ['four segments', `${good}.${signature}`],
    ['five segments', `${good}.${signature}.${signature}`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['white space in front', ` ${good}`],
    ['white space behind', `${good} `],
    ['a line break behind', `${good}\n`],
    ['a line break inside', `${header}.\r\n${payload}.${signature}`],
    ['a zero byte behind', `${good}\0`],
    ['a zero byte in front', `\0${good}`],
    ['a byte order mark in front', `\ufeff${good}`],
    ['quotes around it', `"${good}"`],
    ['Bearer in front', `Bearer ${good}`],
    ['bearer in front', `bearer ${good}`],
    ['padding', `${header}.${payload}.${signature}==`],
    ['one padding character', `${header}.${payload}.${signature}=`],
    ['trailing bits', withTrailingBits],
    ['the other alphabet', `${header}.${payload}.${'+/'.repeat(171)}`],
    ['URL encoding', good.replace('.', '%2E')],
    ['a signature of one character', `${header}.${payload}.A`],
    ['a letter outside of ASCII', `${header}.${payload}.${signature.slice(1)}é`],
    ['a full-width letter', `${header}.${payload}.${signature.slice(1)}Ａ`],
    ['a high surrogate alone', `${good}\ud800`],
    ['a low surrogate alone', `\udc00${good}`],
    ['a surrogate alone in the payload', `${header}.${payload}\udfff.${signature}`],
    ['surrogates in the wrong order', `${header}.\udc00\ud800.${signature}`],
    ['an API key', 'sk_live_1234567890'],
    ['a sealed session', 'Fe26.2*1*abc*def~2'],
    ['JSON', JSON.stringify({ accessToken: good })],
  ])('%s', async (_, token) => {
    expect(await codeOf(token)).toBe('MALFORMED_TOKEN');
  });

  it('and the same without any of that is accepted', async () => {
    expect(await claimsOf(good)).toMatchObject({ sub: 'user_1' });
  });
});

/** The same bytes in another spelling: 256 bytes leave four bits over in the last character. */
function withOtherLastBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(text.at(-1) as string);
  const other = text.slice(0, -1) + alphabet[last ^ 1];
  expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(text, 'base64url'));
  return other;
}

describe('size', () => {
  const longest = tokenOfLength(16_384);
  const wide = '😀';

  it.each([16_383, 16_384])('a good token of %i bytes is accepted', async (length) => {
    const token = tokenOfLength(length);
    expect(Buffer.byteLength(token)).toBe(length);
    expect(await claimsOf(token)).toMatchObject({ sub: 'user_1' });
  });

  it.each([16_385, 16_386])('a good token of %i bytes is refused', async (length) => {
    expect(await codeOf(tokenOfLength(length))).toBe('MALFORMED_TOKEN');
  });

  it.each([16_383, 16_384, 16_385, 16_386])(
    '%i bytes of anything else are refused',
    async (length) => {
      for (const text of ['A'.repeat(length), '.'.repeat(length), `A${'é'.repeat(length / 2)}`]) {
        expect(await codeOf(text)).toBe('MALFORMED_TOKEN');
      }
    },
  );

  // What lies past the limit is never looked at; cutting it off must not make a good token of it.
  it.each([
    ['one character', 'A'],
    ['a dot', '.'],
    ['a zero byte', '\0'],
    ['a character of two bytes', 'é'],
    ['a character of three bytes', '€'],
    ['a character of four bytes', wide],
    ['two characters of four bytes', wide + wide],
    ['many characters of four bytes', wide.repeat(10_000)],
    ['a surrogate alone', '\ud83d'],
    ['ten million characters', 'A'.repeat(10_000_000)],
  ])('the longest good token is refused with %s behind it', async (_, rest) => {
    expect(await codeOf(longest + rest)).toBe('MALFORMED_TOKEN');
    expect(refusalSync(() => verifier.verifySync(longest + rest)).message).toMatch(/16384 bytes/);
  });

  it('a good token is refused with a wide character that brings it to just 16,384 bytes', async () => {
    expect(await codeOf(tokenOfLength(16_380) + wide)).toBe('MALFORMED_TOKEN');
  });

  it.each([
    ['dots', '.'.repeat(10_000_000)],
    ['A', 'A'.repeat(10_000_000)],
    ['segments', 'A.'.repeat(5_000_000)],
    ['wide characters', wide.repeat(2_500_000)],
    ['surrogates alone', '\ud800'.repeat(5_000_000)],
    ['a sealed session', `Fe26.2*${'A'.repeat(10_000_000)}`],
    ['a token with an endless payload', good.replace('.', `.${'A'.repeat(10_000_000)}`)],
  ])('10 MB of %s cost no time and no memory', async (_, token) => {
    await codeOf(token); // the engine flattens the string at the first reading: not our cost
    const memoryBefore = process.memoryUsage().rss;
    const start = performance.now();
    for (let count = 0; count < 50; count += 1) refusalSync(() => verifier.verifySync(token));
    expect(performance.now() - start).toBeLessThan(500);
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(64 * 1024 * 1024);
    expect(await codeOf(token)).toBe('MALFORMED_TOKEN');
  });

  it('a sealed session is named for what it is, however long it is', async () => {
    const { message } = await refusal(() => verifier.verify(`Fe26.2*${'A'.repeat(10_000_000)}`));
    expect(message).toMatch(/sealed session/);
  });
});

/** A good token of exactly so many bytes: base64url skips some lengths, two segments reach all. */
function tokenOfLength(length: number): string {
  for (const kid of ['', 'k', 'kk', 'kkk']) {
    const header = JSON.stringify({ alg: 'RS256', kid: signer.kid, kkk: kid });
    const room = length - segment(header).length - 2 - signature.length;
    const bytes = Math.floor((room * 3) / 4);
    const payload = JSON.stringify(claims({ filler: '' }));
    const filler = 'x'.repeat(bytes - payload.length);
    const token = signer.sign(JSON.stringify(claims({ filler })), header);
    if (token.length === length) return token;
  }
  throw new Error('no token has this length');
}

describe('the header is a strict JSON object with alg and kid', () => {
  const named = { alg: 'RS256', kid: signer.kid };
  const MALFORMED = 'MALFORMED_TOKEN';
  const UNSUPPORTED = 'UNSUPPORTED_ALGORITHM';
  it.each<[string, Part, string]>([
    ['null', 'null', MALFORMED],
    ['an array', '[]', MALFORMED],
    ['a number', '5', MALFORMED],
    ['nothing in it', '{}', MALFORMED],
    ['not UTF-8', Buffer.from('{"alg":"RS256","kid":"key_1","x":"\xff"}', 'latin1'), MALFORMED],
    ['a byte order mark', `\ufeff${JSON.stringify(named)}`, MALFORMED],
    ['two algs', `{"alg":"RS256","kid":"${signer.kid}","alg":"RS256"}`, MALFORMED],
    ['two kids, one escaped', `{"alg":"RS256","kid":"${signer.kid}","\\u006bid":"x"}`, MALFORMED],
    ['no alg', { kid: signer.kid }, MALFORMED],
    ['an alg that is null', { ...named, alg: null }, MALFORMED],
    ['an alg that is a number', { ...named, alg: 256 }, MALFORMED],
    ['an alg that is a list', { ...named, alg: ['RS256'] }, MALFORMED],
    ['no kid', { alg: 'RS256' }, MALFORMED],
    ['a kid that is null', { ...named, kid: null }, MALFORMED],
    ['a kid that is a number', { ...named, kid: 1 }, MALFORMED],
    ['alg none', { ...named, alg: 'none' }, UNSUPPORTED],
    ['alg None', { ...named, alg: 'None' }, UNSUPPORTED],
    ['alg HS256', { ...named, alg: 'HS256' }, UNSUPPORTED],
    ['alg in small letters', { ...named, alg: 'rs256' }, UNSUPPORTED],
    ['an empty alg', { ...named, alg: '' }, UNSUPPORTED],
    ['an alg that is not allowed here', { ...named, alg: 'RS512' }, UNSUPPORTED],
    ['alg none and no kid', { alg: 'none' }, UNSUPPORTED],
    ['crit', { ...named, crit: ['exp'] }, MALFORMED],
    ['an empty crit', { ...named, crit: [] }, MALFORMED],
    ['b64 false', { ...named, b64: false }, MALFORMED],
    ['b64 null', { ...named, b64: null }, MALFORMED],
    ['another typ', { ...named, typ: 'logout+jwt' }, MALFORMED],
    ['an empty typ', { ...named, typ: '' }, MALFORMED],
    ['a typ that is null', { ...named, typ: null }, MALFORMED],
    ['a typ with its prefix twice', { ...named, typ: 'application/application/jwt' }, MALFORMED],
    ['a kid that nobody has', { ...named, kid: 'key_2' }, 'UNKNOWN_KEY'],
    ['an empty kid', { ...named, kid: '' }, 'UNKNOWN_KEY'],
    ['a kid in other letters', { ...named, kid: signer.kid.toUpperCase() }, 'UNKNOWN_KEY'],
  ])('%s', async (_, header, code) => {
    expect(await codeOf(signer.sign(claims(), header))).toBe(code);
  });

  it.each<[string, object]>([
    ['typ JWT', { typ: 'JWT' }],
    ['typ in any case', { typ: 'jWt' }],
    ['typ at+jwt', { typ: 'at+jwt' }],
    ['typ with its prefix', { typ: 'Application/AT+JWT' }],
    ['b64 true', { b64: true }],
    ['members that nobody knows', { nonce: 1, cty: null, x5t: 5 }],
    ['keys of its own, which are not followed', { jku: 'http://127.0.0.1:1', jwk: {}, x5c: [] }],
  ])('%s is accepted', async (_, members) => {
    expect(await claimsOf(signer.sign(claims(), { ...named, ...members }))).toHaveProperty('sub');
  });

  it('a key that the token brings with it is not trusted', async () => {
    const forger = createSigner(signer.kid);
    const token = forger.sign(claims(), { ...named, jwk: forger.jwk });
    expect(await codeOf(token)).toBe('INVALID_SIGNATURE');
    expect(await codeOf(forge(signer.kid, { exp: 1 }))).toBe('INVALID_SIGNATURE');
  });
});
