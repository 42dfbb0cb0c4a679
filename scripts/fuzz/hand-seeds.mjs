// Seeds that no vector has, and the words of each target's dictionary.

/** `Age`, then a field of `Cache-Control` on each line; or a value of `Retry-After`. */
export const FRESHNESS = [
  '\nmax-age=300',
  '100\nMax-Age=300, public',
  '400\npublic , max-age = "300"\nmax-age=60',
  '-1\nmax-age=300, no-cache="set-cookie"',
  '\nmax-age=99999999999999999999999\nno-store',
  '\nmax-age\nmax-age=-1\nmax-age=1.5\ns-maxage=10',
  '\n,,,\n=\n',
  '120',
  '"120"',
  '99999999999999999999',
  'Sun, 06 Nov 2094 08:49:37 GMT',
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
  'Fri, 31 Dec 9999 23:59:59 GMT',
];

export const JSON_TEXTS = [
  '{"a":"\\u0061","\\u0062":[{"\\u0063":-0}]}',
  '{"aud":1,"\\u0061ud":2}',
  '{"a":18446744073709551616,"b":9007199254740993,"c":1e-400,"d":1.7976931348623157e308}',
  '{"a":1e309}',
  '{"\\ud83d\\ude00":"\\ud83d"}',
  `${'{"a":'.repeat(31)}[]${'}'.repeat(31)}`,
  `${'{"a":'.repeat(32)}[]${'}'.repeat(32)}`,
  // Enough members for them to be sorted.
  `{${Array.from({ length: 20 }, (_, name) => `"${name}":0`)},"7":1}`,
  `{"a":[${'0,'.repeat(1_997)}0]}`,
  `{"a":[${'0,'.repeat(1_998)}0]}`,
];

/** @param {number} bytes @param {number} first @param {number} last */
function number(bytes, first, last) {
  const octets = Buffer.alloc(bytes, 0x5a);
  [octets[0], octets[bytes - 1]] = [first, last];
  return octets.toString('base64url');
}

/** A modulus and an exponent around each limit. */
const RSA = [
  [number(256, 0x80, 1), 'AQAB'],
  [number(256, 0x7f, 1), 'AQAB'],
  [number(256, 0x80, 2), 'AQAB'],
  [number(257, 0, 1), 'AAEAAQ'],
  [number(1_024, 0xff, 1), 'Aw'],
  [number(1_025, 1, 1), 'Aw'],
  [number(256, 0x80, 1), 'AQ'],
  [number(256, 0x80, 1), 'AQAA'],
  [number(256, 0x80, 1), 'Af____8'],
  [number(256, 0x80, 1), 'A_____8'],
].map(([n, e]) => ({ kty: 'RSA', kid: 'a', n, e }));

export const KEY_SETS = [
  ...RSA.map((key) => JSON.stringify({ keys: [key] })),
  JSON.stringify({ keys: RSA }),
  JSON.stringify({ keys: [{ ...RSA[0], alg: 'PS256' }, { ...RSA[3], alg: 'RS256' }, RSA[4]] }),
  '{"keys":[]}',
  '[{"kty":"RSA"}]',
  '{"keys":[],"keys":[]}',
  '<html></html>',
  '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
];

export const SESSIONS = [
  '{"accessToken":"a.b.c","refreshToken":"r","user":{"object":"user","id":"user_1"}}',
  '{"accessToken":"a.b.c","user":null,"impersonator":{"email":"a@b.c","reason":null}}',
  '{"accessToken":"a","us\\u0065r":{"id":"\\u0061"},"authenticationMethod":"Password"}',
  '{"accessToken":1}',
  '{"codeVerifier":"a"}',
];

/** @param {string} text */
const encode = (text) => Buffer.from(text).toString('base64url');
/** @param {object} header */
const token = (header) =>
  [JSON.stringify(header), '{"iss":"https://api.workos.com/user_management/client_A"}', 'unsigned']
    .map(encode)
    .join('.');
const known = { alg: 'RS256', kid: 'key_1' };

export const TOKENS = [
  known,
  { ...known, alg: 'ES384' },
  { ...known, alg: 'none' },
  { ...known, kid: 1 },
  { ...known, crit: ['exp'] },
  { ...known, b64: true },
  { ...known, b64: false },
  { ...known, typ: 'application/AT+JWT' },
  { ...known, typ: 'JWT2' },
].map(token);

/** Words that mutations of bytes rarely find. @type {Record<string, string[]>} */
export const WORDS = {
  freshness: ['max-age=', 'no-store', 'no-cache', 's-maxage=', ' GMT', 'Sun, ', ' Nov '],
  json: ['\\u0061', '\\ud83d', '\\ude00', 'null', 'true', 'false', '1e308', '-0', '":"'],
  key_cache: [],
  key_set: [
    ...['"kty"', '"kid"', '"alg"', '"use":"sig"', '"key_ops":["verify"]', '"crv"', '"n"', '"e"'],
    ...[
      '"RSA"',
      '"EC"',
      '"OKP"',
      '"P-256"',
      '"P-384"',
      '"Ed25519"',
      '"RS256"',
      '"ES256"',
      '"AQAB"',
    ],
  ],
  seal: ['Fe26.2*', '*', '~2', '"accessToken":"', '"user":{"id":"', '"codeVerifier":"'],
  token: ['"alg":"RS256"', '"kid":"key_1"', '"crit"', '"b64"', '"typ":"JWT"', 'at+jwt', '"iss":"'],
};
