import { describe, expect, it } from 'vitest';
import { type WorkosTokenOptions, verifyWorkosToken } from 'verify-workos-token';
import { CLIENT_ID, claims, createSigner, forge, ISSUER } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();
const good = signer.sign();
const member = signer.sign(claims({ org_id: 'org_1' }));
const errorOf = (token: string, options: WorkosTokenOptions = {}) =>
  refusal(() => verifyWorkosToken(token, { ...signer.options, ...options }));

const EMULATOR = /emulator/;
const PROVIDER = /identity provider's own token/;
const AUTHKIT = /Connect, MCP or machine-to-machine token.*access token of a user session/;
const MIXED_UP = /Production and Staging,? mixed up/;
const LEGACY = /legacy issuer.*issuer: 'https:\/\/api\.workos\.com'/;
const ANY_OTHER = /^Set `issuer` to the issuer of your WorkOS environment.*custom AuthKit domain/;

describe('the hint names the likely cause of an issuer', () => {
  it.each<[string, RegExp]>([
    ['https://api.workos.com/user_management/client_other', MIXED_UP],
    ['https://auth.example/user_management/client_other', MIXED_UP],
    ['https://api.workos.com', LEGACY],
    ['https://api.workos.com/', LEGACY],
    [`${ISSUER}/`, /slash at the end/],
    ['https://acme.authkit.app', AUTHKIT],
    ['https://acme-staging-1.authkit.app/', AUTHKIT],
    ['https://acme.okta.com', PROVIDER],
    ['https://acme.okta.com/oauth2/default', PROVIDER],
    ['https://acme.oktapreview.com', PROVIDER],
    ['https://login.microsoftonline.com/0-0/v2.0', PROVIDER],
    ['https://sts.windows.net/0-0/', PROVIDER],
    ['https://accounts.google.com', PROVIDER],
    ['accounts.google.com', PROVIDER],
    ['https://acme.auth0.com/', PROVIDER],
    ['https://acme.eu.auth0.com/', PROVIDER],
    ['http://localhost:4100', EMULATOR],
    ['http://127.0.0.1:4100', EMULATOR],
    ['http://[::1]:4100', EMULATOR],
    ['https://issuer.example', ANY_OTHER],
    ['https://notauthkit.app', ANY_OTHER],
    ['https://okta.com.issuer.example', ANY_OTHER],
    ['https://issuer.example/okta.com', ANY_OTHER],
    ['https://notokta.com', ANY_OTHER],
    ['', ANY_OTHER],
  ])('%s', async (iss, hint) => {
    const signed = await errorOf(signer.sign(claims({ iss })));
    expect(signed.code).toBe('INVALID_ISSUER');
    expect(signed.hint).toMatch(hint);
    // Another environment has another key as well: this is how it is met in production.
    const foreign = await errorOf(forge('key_2', { iss }));
    expect(foreign.code).toBe('INVALID_ISSUER');
    expect(foreign.hint).toMatch(hint);
    // A good signature says that the other client is one of the same environment.
    if (hint !== MIXED_UP) expect(foreign.hint).toBe(signed.hint);
  });

  it('none is given for an issuer that is missing or no string, but that it must be one', async () => {
    for (const iss of [undefined, 5, [ISSUER]]) {
      expect((await errorOf(signer.sign(claims({ iss })))).hint).toMatch(/names its issuer/);
      expect((await errorOf(forge('key_2', { iss }))).code).toBe('INVALID_ISSUER');
    }
  });
});

describe('the hint for an audience', () => {
  const hintOf = async (aud: unknown, options?: WorkosTokenOptions) => {
    const error = await errorOf(signer.sign(claims({ aud })), options);
    expect(error.code).toBe('INVALID_AUDIENCE');
    return error.hint;
  };

  it('that is missing says how to add it, and that users must sign in again', async () => {
    const hint = await hintOf(undefined);
    expect(hint).toMatch(/dashboard.*JWT claims.*Configure JWT Template.*"aud"/);
    expect(hint).toMatch(/sign in again/);
    expect(hint).toMatch(/audience: null/);
  });

  it.each([CLIENT_ID.toUpperCase(), ` ${CLIENT_ID}`, `${CLIENT_ID}\n`, 'client _test'])(
    'that is %j says that only case or white space differ',
    async (aud) => {
      expect(await hintOf(aud)).toMatch(/case or white space/);
      expect(await hintOf(['x', aud])).toMatch(/case or white space/);
    },
  );

  it('is another for each way to be wrong', async () => {
    const hints = await Promise.all(
      [undefined, 'other', 5, CLIENT_ID.toUpperCase()].map((aud) => hintOf(aud)),
    );
    expect(new Set(hints).size).toBe(4);
  });
});

describe('the hint for something else than an access token', () => {
  it.each<[string, string, RegExp]>([
    ['a sealed session', 'Fe26.2*1*0a*b*c*d~2', /sealed session cookie.*verifyWorkosSession/],
    ['a sealed session with dots', `Fe26.2**${good}`, /sealed session cookie/],
    ['a sealed session that is long', `Fe26.2*${'x'.repeat(20_000)}`, /sealed session cookie/],
    ['an API key', 'sk_live_1234', /API key, a secret/],
    ['a test API key', 'sk_test_1234', /API key, a secret/],
    ['five segments', 'a.b.c.d.e', /encrypted token/],
    ['Bearer in front', `Bearer ${good}`, /Remove 'Bearer '/],
    ['bearer in front', `bearer ${good}`, /Remove 'Bearer '/],
    ['nothing', '', /no Authorization header/],
    ['a refresh token', 'a1b2c3', /refresh token/],
    ['two segments', 'a.b', /three parts/],
    ['a quoted token', `"${good}"`, /without quotes/],
    ['a token that is too long', 'x'.repeat(16_385), /one to six thousand bytes/],
  ])('%s', async (_, token, hint) => {
    const error = await errorOf(token);
    expect(error.code).toBe('MALFORMED_TOKEN');
    expect(error.hint).toMatch(hint);
  });
});

describe('the hint for what is refused after that', () => {
  it.each<[string, string, WorkosTokenOptions, RegExp]>([
    ['UNSUPPORTED_ALGORITHM', signer.sign(claims(), { alg: 'HS256' }), {}, /HS\* can never/],
    ['UNKNOWN_KEY', forge('key_2'), {}, /Staging and Production have different keys/],
    ['INVALID_SIGNATURE', forge(signer.kid), {}, /forged/],
    ['TOKEN_EXPIRED', signer.sign(claims({ exp: 1 })), {}, /Refresh the session/],
    ['TOKEN_NOT_YET_VALID', signer.sign(claims({ nbf: 9e9 })), {}, /clock/],
    ['INVALID_SUBJECT', signer.sign(claims({ sub: '' })), {}, /user session/],
    ['INVALID_SUBJECT', signer.sign(claims({ sub: CLIENT_ID })), {}, /machine-to-machine token/],
    ['INVALID_CLAIM', signer.sign(claims({ client_id: 'x' })), {}, /another WorkOS client id/],
    ['INVALID_CLAIM', signer.sign(claims({ client_id: 'x' })), {}, /Connect or MCP token/],
    ['FORBIDDEN_ORGANIZATION', good, { organizationId: 'o' }, /selected no organization/],
    ['MISSING_PERMISSION', good, { permissions: ['a'] }, /selected none.*in `expected`/],
    ['MISSING_PERMISSION', member, { permissions: ['a'] }, /permissions in `expected`/],
    ['MISSING_PERMISSION', good, { roles: ['a'] }, /selected none.*in `expected`/],
    ['MISSING_PERMISSION', member, { roles: ['a'] }, /roles in `expected`/],
    ['IMPERSONATION_DENIED', signer.sign(claims({ act: {} })), { impersonation: 'deny' }, /acting/],
  ])('%s', async (code, token, options, hint) => {
    const error = await errorOf(token, options);
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(hint);
  });
});
