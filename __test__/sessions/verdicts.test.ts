// The inputs on which `authenticate()` of @workos-inc/node 11 was tried, and what it says to each: it
// accepts a session, refuses it, or throws an error of a library.
import { WorkOS } from '@workos-inc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyWorkosSession, type WorkosTokenOptions } from 'verify-workos-token';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { refusal } from '../support/refusal.js';
import { type Form, PASSWORD, seal } from '../support/seal.js';

type Sdk = 'accepts' | 'refuses' | 'throws';
type Changes = Record<string, unknown>;

const issuer = createTestIssuer({ audience: null, cookiePassword: PASSWORD });
const stranger = createTestIssuer({ audience: null, cookiePassword: PASSWORD });
let workos: WorkOS;
let options: WorkosTokenOptions;

beforeAll(async () => {
  await issuer.listen();
  workos = clientOf(issuer);
  // As for a caller who passes a client id and a password alone: no audience is named.
  options = { ...issuer.options, audience: undefined };
});
afterAll(() => issuer.close());

function clientOf({ clientId, jwksUrl }: TestIssuer): WorkOS {
  const { hostname, port } = new URL(jwksUrl ?? '');
  return new WorkOS('sk_test', {
    clientId,
    apiHostname: hostname,
    port: Number(port),
    https: false,
  });
}

async function verdictOfSdk(sealed: string): Promise<Sdk> {
  try {
    const session = workos.userManagement.loadSealedSession({
      sessionData: sealed,
      cookiePassword: PASSWORD,
    });
    return (await session.authenticate()).authenticated ? 'accepts' : 'refuses';
  } catch {
    return 'throws';
  }
}

/** A session with these claims and these members, in this form. */
async function sealed(claims: Changes = {}, members: Changes = {}, form: Form = {}) {
  const accessToken = await issuer.sign({ sub: 'user_1', ...claims });
  const user = { object: 'user', id: 'user_1', email: 'ada@example.com' };
  return seal({ accessToken, refreshToken: 'r', user, ...members }, form);
}

const changed = (change: (sealed: string) => string) => async () => change(await sealed());
const part = (index: number, change: (part: string) => string) =>
  changed((text) => {
    const parts = text.slice(0, -2).split('*');
    parts[index] = change(parts[index] as string);
    return `${parts.join('*')}~2`;
  });

const LATER = 9_999_999_999;
const CASES: [name: string, sdk: Sdk, ours: string, make: () => string | Promise<string>][] = [
  ['a good session', 'accepts', 'ok', () => sealed()],
  ['a session without a user', 'accepts', 'ok', () => sealed({}, { user: undefined })],
  ['an audience that is the client id', 'accepts', 'ok', () => sealed({ aud: 'client_test' })],
  ['no version', 'accepts', 'ok', () => sealed({}, {}, { suffix: '' })],
  ['another version', 'accepts', 'ok', () => sealed({}, {}, { suffix: '~3' })],
  ['version 1', 'accepts', 'ok', () => sealed({}, {}, { suffix: '~1' })],
  ['an expiry that is to come', 'accepts', 'ok', () => sealed({}, {}, { expiry: 9e12 })],
  [
    'an old form of the content, which version 1 selects',
    'accepts',
    'INVALID_SESSION invalid',
    async () => seal({ persistent: { accessToken: await issuer.sign() } }, { suffix: '~1' }),
  ],
  ['two versions', 'accepts', 'INVALID_SESSION invalid', () => sealed({}, {}, { suffix: '~2~2' })],
  [
    'a version of letters',
    'accepts',
    'INVALID_SESSION invalid',
    () => sealed({}, {}, { suffix: '~x' }),
  ],
  [
    'another user',
    'accepts',
    'INVALID_SESSION mismatch',
    () => sealed({}, { user: { id: 'user_2' } }),
  ],
  ['a user without an id', 'accepts', 'INVALID_SESSION mismatch', () => sealed({}, { user: {} })],
  [
    'a user that is a string',
    'accepts',
    'INVALID_SESSION invalid',
    () => sealed({}, { user: 'user_1' }),
  ],
  ['another issuer', 'accepts', 'INVALID_ISSUER', () => sealed({ iss: 'https://example.com' })],
  ['no issuer', 'accepts', 'INVALID_ISSUER', () => sealed({ iss: undefined })],
  [
    'a Connect token',
    'accepts',
    'INVALID_ISSUER',
    () => sealed({ iss: 'https://acme.authkit.app' }),
  ],
  ['another audience', 'accepts', 'INVALID_AUDIENCE', () => sealed({ aud: 'client_other' })],
  ['another client id', 'accepts', 'INVALID_CLAIM', () => sealed({ client_id: 'client_other' })],
  ['no expiry in the token', 'accepts', 'INVALID_CLAIM', () => sealed({ exp: undefined })],
  ['no subject', 'accepts', 'INVALID_SUBJECT', () => sealed({ sub: undefined })],
  ['an expired token', 'refuses', 'TOKEN_EXPIRED', () => sealed({ exp: 1 })],
  ['a token that is not valid yet', 'refuses', 'TOKEN_NOT_YET_VALID', () => sealed({ nbf: LATER })],
  [
    'a forged token',
    'refuses',
    'INVALID_SIGNATURE',
    async () => seal({ accessToken: await issuer.wrongKey() }),
  ],
  [
    "a token of a stranger's key",
    'throws',
    'UNKNOWN_KEY',
    async () => seal({ accessToken: await stranger.sign() }),
  ],
  ['a token that is none', 'refuses', 'MALFORMED_TOKEN', () => seal({ accessToken: 'x' })],
  [
    'a token that is a number',
    'refuses',
    'INVALID_SESSION invalid',
    () => seal({ accessToken: 7 }),
  ],
  ['an empty value', 'refuses', 'INVALID_SESSION missing', () => ''],
  ['another text', 'refuses', 'INVALID_SESSION invalid', () => 'x'],
  ['an expired seal', 'refuses', 'INVALID_SESSION invalid', () => sealed({}, {}, { expiry: 1 })],
  [
    'another password',
    'refuses',
    'INVALID_SESSION mismatch',
    () => sealed({}, {}, { password: 'y'.repeat(40) }),
  ],
  ['another id', 'refuses', 'ok', () => sealed({}, {}, { id: '2' })],
  [
    'a changed MAC',
    'refuses',
    'INVALID_SESSION mismatch',
    part(7, (mac) => `${'A'.repeat(42)}${mac.at(-1)}`),
  ],
  ['padding behind the MAC', 'accepts', 'INVALID_SESSION invalid', part(7, (mac) => `${mac}=`)],
  ['a MAC that is no base64', 'throws', 'INVALID_SESSION invalid', part(7, () => '!'.repeat(43))],
  [
    'a changed text',
    'refuses',
    'INVALID_SESSION mismatch',
    part(4, (text) => `AAAA${text.slice(4)}`),
  ],
  ['text that is no JSON', 'throws', 'INVALID_SESSION mismatch', () => seal('{"accessToken"')],
  ['a part too few', 'refuses', 'INVALID_SESSION invalid', changed((text) => text.slice(0, 200))],
  [
    'another format',
    'refuses',
    'INVALID_SESSION invalid',
    changed((text) => text.replace('.2', '.3')),
  ],
];

describe('authenticate() of @workos-inc/node', () => {
  it.each(CASES)('%s', async (_, sdk, ours, make) => {
    const value = await make();
    expect(await verdictOfSdk(value)).toBe(sdk);
    if (ours === 'ok') {
      expect((await verifyWorkosSession(value, options)).claims.sub).toBe('user_1');
      return;
    }
    const { code, reason } = await refusal(() => verifyWorkosSession(value, options));
    expect(code === 'INVALID_SESSION' ? `${code} ${reason}` : code).toBe(ours);
  });

  it('throws in an outage, which is 503 here', async () => {
    const down = createTestIssuer({ audience: null });
    await down.listen();
    workos = clientOf(down);
    await down.outage('status-500');
    const value = seal({ accessToken: await down.sign() });
    expect(await verdictOfSdk(value)).toBe('throws');
    const error = await refusal(() =>
      verifyWorkosSession(value, { ...down.options, cookiePassword: PASSWORD }),
    );
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', status: 503, retryable: true });
    await down.close();
    workos = clientOf(issuer);
  });

  it('drops custom claims, which are kept here', async () => {
    const value = await sealed({ plan: 'paid' });
    const session = await verifyWorkosSession<{ plan: string }>(value, options);
    expect(session.claims.plan).toBe('paid');
  });
});
