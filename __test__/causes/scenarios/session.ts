// A session cookie in place of which something else was passed, or that is not what it should be.
import { verifyWorkosSession, type WorkosTokenOptions } from 'verify-workos-token';
import { authenticateRequest } from 'verify-workos-token/web';
import { PASSWORD, seal } from '../../support/seal.js';
import { type Attempt, claims, good, production, type Scenario } from './world.js';

type Row = [mistake: string, cause: string, session: unknown, options?: WorkosTokenOptions];

const other = 'another password, which is as long';
const session = seal({ accessToken: good, user: { id: 'user_1' } });
const wrapped = Buffer.from(JSON.stringify({ jwt: session })).toString('base64');

const SESSIONS: Row[] = [
  ['a request without the cookie', 'absent-session', undefined],
  ['the cookie as an object', 'value-as-session', { name: 'wos-session', value: session }],
  ['a cookie that was cleared', 'empty-session', ''],
  ['all cookies of a large site', 'session-too-long', 'x'.repeat(32_769)],
  ['a cookie in quotes', 'quoted-session', `"${session}"`],
  ['a cookie that was encoded twice', 'encoded-session', session.replaceAll('*', '%2A')],
  ['a cookie that was cut at 4,096 bytes', 'cut-off-session', session.slice(0, -60)],
  ['a cookie with a line break', 'damaged-session', `${session}\n`],
  ['the Cookie header', 'session-not-alone', `theme=dark; wos-session=${session}`],
  ['the cookie of authkit-remix', 'signed-session', `${wrapped}.c2lnbmF0dXJl`],
  ['the access token in the cookie', 'token-as-session', good],
  ['the cookie of a Python service', 'session-of-other-sdk', 'gAAAAABn1a2b3c4d5e6f'],
  ['the cookie of a Go service', 'session-of-other-sdk', 'q7Rk'.repeat(300)],
  ['the cookie of something else', 'not-a-session', 'dark'],
  ['a seal of last year', 'expired-seal', seal({ accessToken: good }, { expiry: 1 })],
  ['the password of Staging', 'other-cookie-password', session, { cookiePassword: other }],
  [
    'a password from a file',
    'cookie-password-white-space',
    session,
    { cookiePassword: `${PASSWORD}\n` },
  ],
  ['the cookie of a sign-in', 'sign-in-state', seal({ nonce: 'n', codeVerifier: 'v' })],
  ['the cookie of another library', 'other-sealed-content', seal({ cart: [] })],
  [
    'a user of another session',
    'other-sealed-user',
    seal({ accessToken: good, user: { id: 'x' } }),
  ],
];

const EXPIRED: Row = [
  'a session that nobody refreshes',
  'expired-session',
  seal({ accessToken: production.sign(claims({ exp: 1 })) }),
];

const PASSWORDS: Row[] = [
  ['no password at all', 'cookie-password', session, { cookiePassword: undefined }],
  ['a password that was typed', 'cookie-password', session, { cookiePassword: 'correct horse' }],
];

export const sessionScenarios: Scenario[] = [
  ...of('INVALID_SESSION', SESSIONS),
  ...of('TOKEN_EXPIRED', [EXPIRED]),
  ...of('INVALID_OPTIONS', PASSWORDS),
  {
    mistake: 'a request without the cookie',
    cause: 'no-session-cookie',
    code: 'INVALID_SESSION',
    make: () => request({}),
  },
  {
    mistake: 'a form on another site',
    cause: 'cross-site-request',
    code: 'CROSS_SITE_REQUEST',
    make: () => request({ cookie: `wos-session=${session}`, 'sec-fetch-site': 'cross-site' }),
  },
];

/** What posts this to a server whose adapter asks for sessions. */
function request(headers: Record<string, string>): Attempt {
  return {
    token: undefined,
    options: { ...production.options, cookiePassword: PASSWORD },
    call: (_, options) =>
      authenticateRequest(new Request('http://localhost/', { method: 'POST', headers }), {
        ...options,
        credentials: ['session'],
      }),
  };
}

function of(code: Scenario['code'], rows: Row[]): Scenario[] {
  return rows.map(([mistake, cause, value, options]) => ({
    mistake,
    cause,
    code,
    make: (): Attempt => ({
      // Read as a session, not as a token.
      token: value,
      options: { ...production.options, cookiePassword: PASSWORD, ...options },
      call: (token, all) => verifyWorkosSession(token as string, all),
    }),
  }));
}
