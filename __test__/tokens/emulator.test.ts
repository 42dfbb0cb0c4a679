import { WorkOS } from '@workos-inc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmulator, type Emulator } from 'workos/emulate';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { refusal } from '../support/refusal.js';

const CLIENT_ID = 'client_emulated';
const EMAIL = 'ada@example.com';
const PASSWORD = 'correct horse battery staple';
const REDIRECT = 'http://localhost:3000/callback';

let emulator: Emulator;
let workos: WorkOS;
let options: WorkosTokenOptions;

beforeAll(async () => {
  const seed = { users: [{ email: EMAIL, password: PASSWORD, email_verified: true }] };
  emulator = await createEmulator({ port: 0, seed });
  const { hostname, port } = new URL(emulator.url);
  workos = new WorkOS(emulator.apiKey, {
    clientId: CLIENT_ID,
    apiHostname: hostname,
    port: Number(port),
    https: false,
  });
  // The emulator is its own issuer, which is not derived from the client.
  options = { workos, issuer: emulator.url };
});

afterAll(() => emulator.close());

/** The way of a browser: to the login page, and back with a code. */
async function signIn(): Promise<string> {
  const url = workos.userManagement.getAuthorizationUrl({
    provider: 'authkit',
    clientId: CLIENT_ID,
    redirectUri: REDIRECT,
  });
  const response = await fetch(url, { redirect: 'manual' });
  const back = new URL(response.headers.get('location') ?? '');
  const code = back.searchParams.get('code') ?? '';
  const session = await workos.userManagement.authenticateWithCode({ clientId: CLIENT_ID, code });
  expect(session.user.email).toBe(EMAIL);
  return session.accessToken;
}

describe('a user who signs in with @workos-inc/node', () => {
  it('has an access token that is verified with the same client', async () => {
    const token = await signIn();
    const claims = await verifyWorkosToken(token, options);
    expect(claims).toMatchObject({ iss: emulator.url, aud: CLIENT_ID });
    expect(claims.sub).toMatch(/^user_/);
    expect(claims.sid).toMatch(/^session_/);
  });

  it('has one with a password too, and a verifier keeps the keys', async () => {
    const verifier = createWorkosVerifier(options);
    await verifier.ready();
    const { accessToken, user } = await workos.userManagement.authenticateWithPassword({
      clientId: CLIENT_ID,
      email: EMAIL,
      password: PASSWORD,
    });
    expect(verifier.verifySync(accessToken).sub).toBe(user.id);
  });

  it('is refused once the token is tampered with', async () => {
    const [header, payload = '', signature] = (await signIn()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'user_admin' }));
    const tampered = `${header}.${forged.toString('base64url')}.${signature}`;
    const error = await refusal(() => verifyWorkosToken(tampered, options));
    expect(error.code).toBe('INVALID_SIGNATURE');
  });

  it('is refused for another audience', async () => {
    const audience = 'client_other';
    const error = await refusal(async () =>
      verifyWorkosToken(await signIn(), { ...options, audience }),
    );
    expect(error).toMatchObject({
      code: 'INVALID_AUDIENCE',
      actual: CLIENT_ID,
      expected: audience,
    });
  });

  it('is refused where WorkOS itself is the issuer, with a hint about emulators', async () => {
    const error = await refusal(async () =>
      verifyWorkosToken(await signIn(), { ...options, issuer: undefined, apiUrl: emulator.url }),
    );
    expect(error).toMatchObject({ code: 'INVALID_ISSUER', actual: emulator.url });
    expect(error.hint).toContain('emulator');
  });
});
