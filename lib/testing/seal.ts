// Sealed sessions, as WorkOS's SDKs for JavaScript put them into the cookie `wos-session`. The form is
// described in core/src/seal.rs, which opens it.

import type { TestClaims, TestCookieOptions, TestSealOptions } from '../../entries/testing.cjs';
import { ownOptions, requireObject, requireText } from './options.ts';

const { createCipheriv, createHmac, pbkdf2Sync, randomBytes } =
  process.getBuiltinModule('node:crypto');

const SALT_BYTES = 32;
const KEY_BYTES = 32;
const IV_BYTES = 16;
const COOKIE_NAME = 'wos-session';
/** What is sealed, in the order in which `@workos-inc/node` writes it; the others are of the token. */
const SEALED = ['user', 'refreshToken', 'authenticationMethod', 'impersonator'] as const;
const SIGNED = ['header', 'expiresInSeconds', 'now'] as const;

type Given = Partial<Record<keyof TestSealOptions, unknown>>;
type Sign = (claims?: TestClaims, options?: object) => Promise<string>;

/** The issuer's functions that seal; they need a password. */
export function createSeals(cookiePassword: string | undefined, sign: Sign) {
  async function seal(claims: TestClaims = {}, options: TestSealOptions = {}): Promise<string> {
    const given = ownOptions(options, [...SEALED, ...SIGNED]);
    const accessToken = await sign(claims, pick(given, SIGNED));
    return sealText(JSON.stringify(sessionOf(accessToken, given)), requirePassword(cookiePassword));
  }

  async function cookie(claims: TestClaims = {}, options: TestCookieOptions = {}): Promise<string> {
    const { cookieName = COOKIE_NAME, ...others } = ownOptions(options, [
      'cookieName',
      ...SEALED,
      ...SIGNED,
    ]);
    requireText('cookieName', cookieName);
    return `${cookieName}=${await seal(claims, others as TestSealOptions)}`;
  }

  return { seal, cookie };
}

function requirePassword(cookiePassword: string | undefined): string {
  if (cookiePassword !== undefined) return cookiePassword;
  throw new TypeError('seal() and cookie() need createTestIssuer({ cookiePassword })');
}

function sessionOf(accessToken: string, given: Given): object {
  const { sub, org_id: organizationId } = payloadOf(accessToken);
  const { user = {}, refreshToken = randomBytes(18).toString('base64url') } = given;
  if (user !== null) requireObject('user', user);
  return {
    organizationId,
    user: user === null ? undefined : { ...defaultUser(sub), ...user },
    accessToken,
    refreshToken,
    authenticationMethod: 'authenticationMethod' in given ? given.authenticationMethod : 'Password',
    impersonator: given.impersonator,
  };
}

function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

/** As `@workos-inc/node` deserializes one. */
function defaultUser(id: unknown) {
  const time = '2026-01-01T00:00:00.000Z';
  return {
    object: 'user',
    id,
    email: 'user@example.com',
    emailVerified: true,
    profilePictureUrl: null,
    name: 'Test User',
    firstName: 'Test',
    lastName: 'User',
    lastSignInAt: time,
    locale: null,
    createdAt: time,
    updatedAt: time,
    externalId: null,
    metadata: {},
  };
}

function sealText(text: string, password: string): string {
  const salt = randomBytes(SALT_BYTES).toString('hex');
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', derive(password, salt), iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const body = `Fe26.2*1*${salt}*${iv.toString('base64url')}*${ciphertext.toString('base64url')}*`;
  const macSalt = randomBytes(SALT_BYTES).toString('hex');
  const mac = createHmac('sha256', derive(password, macSalt)).update(body).digest('base64url');
  return `${body}*${macSalt}*${mac}~2`;
}

/** One iteration, and a salt that is used as text: that is the format. */
function derive(password: string, salt: string): Buffer {
  return pbkdf2Sync(password, salt, 1, KEY_BYTES, 'sha1');
}

function pick(given: Record<string, unknown>, names: readonly string[]): object {
  const picked = Object.create(null);
  names.forEach((name) => {
    if (given[name] !== undefined) picked[name] = given[name];
  });
  return picked;
}
