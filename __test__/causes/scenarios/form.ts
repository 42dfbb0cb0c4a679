// Something other than a whole access token was passed.
import { good, header, passed, payload, production, type Scenario, signature } from './world.js';
import { claims, segment } from '../../support/jws.js';

type Row = [mistake: string, cause: string, token: string];

const kid = production.kid;
const duplicate = production.sign(JSON.stringify(claims()).replace('{', '{"sub":"user_2",'));

const ROWS: Row[] = [
  ['the request had no header, and an empty text was passed', 'empty-token', ''],
  ['the value is a line break', 'empty-token', '\n'],
  ['a file was read in place of a token', 'token-too-long', 'x'.repeat(16_385)],
  ['the whole header was passed', 'bearer-prefix', `Bearer ${good}`],
  ['the header in lower case', 'bearer-prefix', `bearer ${good}`],
  ['the header with its name', 'bearer-prefix', `Authorization: Bearer ${good}`],
  ['the header, URL-encoded', 'bearer-prefix', `Bearer%20${good}`],
  ['two schemes, since the client has added one', 'bearer-prefix', `Bearer Bearer ${good}`],
  ['the session cookie', 'sealed-session', `Fe26.2*1*0a*b*c*d*e*f~2`],
  ['the session cookie with its name', 'sealed-session', 'wos-session=Fe26.2*1*0a*b*c~2'],
  ['the session cookie of the Python SDK', 'sealed-session', 'gAAAAABn1a2b3c4d5e6f'],
  ['the API key', 'api-key-as-token', 'sk_test_a2V5XzAxSA'],
  ['an encrypted token', 'encrypted-token', 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn'],
  ['dots in the wrong number', 'wrong-segment-count', 'a.b.c.d.e.f'],
  ['an umlaut in the header', 'damaged-token', `ü${good}`],
  ['the variable with its quotes', 'quoted-token', `"${good}"`],
  ['single quotes of a shell', 'quoted-token', `'${good}'`],
  ['the curly quotes of an editor', 'quoted-token', `\u201c${good}\u201d`],
  ['only the quote at the end', 'quoted-token', `${good}"`],
  ['a line break of a file', 'white-space', `${good}\n`],
  ['a space in front', 'white-space', ` ${good}`],
  ['a token that a mail has wrapped', 'white-space', `${good.slice(0, 76)}\r\n${good.slice(76)}`],
  ['a byte order mark of a file', 'white-space', `\ufeff${good}`],
  ['a value of a query', 'url-encoded-token', good.replaceAll('.', '%2E')],
  ['base64 in place of base64url', 'standard-base64', `${header}.${payload}.a+/${signature}`],
  ['padding', 'padded-token', `${header}.${payload}==.${signature}`],
  ['a secret that is encoded in base64', 'encoded-twice', Buffer.from(good).toString('base64')],
  ['the response of a token endpoint', 'json-around-token', JSON.stringify({ access_token: good })],
  ['an array of tokens, as text', 'json-around-token', JSON.stringify([good])],
  ['an undefined token in a template', 'stringified-value', `${undefined}`],
  ['a null in a template', 'stringified-value', `${null}`],
  ['a promise in a template', 'stringified-value', `${Promise.resolve(good)}`],
  ['an object in a template', 'stringified-value', `${{ accessToken: good }}`],
  ['the token as a log shows it', 'shortened-token', `${good.slice(0, 20)}...${good.slice(-6)}`],
  ['the example of the documentation', 'shortened-token', 'eyJhbGciOi...'],
  ['two headers that were joined', 'several-tokens', `${good},${good}`],
  ['the Set-Cookie header', 'cookie-as-token', `token=${good}; Path=/; HttpOnly`],
  ['the cookie with its name', 'cookie-as-token', `access_token=${good}`],
  ['the URL that sign-in returned to', 'url-as-token', 'https://app.example/callback?code=01'],
  ['the id of the session', 'id-as-token', 'session_01HXYZ'],
  ['the client id', 'id-as-token', 'client_01HXYZ'],
  ['the private key', 'key-as-token', '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n'],
  ['the refresh token', 'refresh-token', 'yAjhKk123NLIjdrBdGZPf8pLIDvK'],
  ['the code of the redirect', 'refresh-token', '01HXYZABCDEFGHJKMNPQRSTVWX'],
  ['the token of Google’s API', 'provider-access-token', 'ya29.a0AfH6SMBx-7'],
  ['the token of GitHub’s API', 'provider-access-token', 'gho_16C7e42F292c6912E7710c838347Ae17'],
  ['a column of 100 characters', 'cut-off-in-payload', good.slice(0, 100)],
  ['a token cut off in its header', 'cut-off-in-payload', good.slice(0, 20)],
  ['header and payload alone', 'missing-signature', `${header}.${payload}`],
  ['the last character was not copied', 'cut-off-in-signature', good.slice(0, -1)],
  [
    'a character of the payload is lost',
    'broken-payload',
    `${header}.${payload.slice(2)}.${signature}`,
  ],
  ['a payload that was cut', 'broken-payload', `${header}.${payload.slice(0, -7)}.${signature}`],
  ['a claim twice', 'ambiguous-json', duplicate],
  ['deep nesting', 'ambiguous-json', production.sign(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`)],
  ['no key id', 'no-algorithm-or-key-id', production.sign(claims(), { alg: 'RS256' })],
  [
    'an extension',
    'unknown-extension',
    production.sign(claims(), { alg: 'RS256', kid, crit: ['x'] }),
  ],
];

export const form: Scenario[] = ROWS.map(([mistake, cause, token]) => ({
  mistake,
  cause,
  code: 'MALFORMED_TOKEN',
  make: () => passed(token),
}));

export const damagedSignatures: Scenario[] = [
  {
    mistake: 'the last two characters were not copied',
    cause: 'cut-off-in-signature',
    code: 'INVALID_SIGNATURE',
    make: () => passed(good.slice(0, -2)),
  },
  {
    mistake: 'the signature is empty',
    cause: 'cut-off-in-signature',
    code: 'INVALID_SIGNATURE',
    make: () => passed(`${header}.${payload}.`),
  },
  {
    mistake: 'a claim was edited in a debugger',
    cause: 'altered-or-forged',
    code: 'INVALID_SIGNATURE',
    make: () => passed(`${header}.${segment(claims({ sub: 'user_admin' }))}.${signature}`),
  },
  {
    mistake: 'the payload was printed prettily and encoded again',
    cause: 'edited-token',
    code: 'INVALID_SIGNATURE',
    make: () => passed(`${header}.${segment(JSON.stringify(claims(), null, 2))}.${signature}`),
  },
  {
    mistake: 'the expiry was set to a time that is far away',
    cause: 'edited-token',
    code: 'INVALID_SIGNATURE',
    make: () => passed(`${header}.${segment(claims({ exp: 9_999_999_999 }))}.${signature}`),
  },
  {
    mistake: 'a member was added to the header, with a space',
    cause: 'edited-token',
    code: 'INVALID_SIGNATURE',
    make: () => passed(`${segment(`{"alg": "RS256","kid":"${kid}"}`)}.${payload}.${signature}`),
  },
];
