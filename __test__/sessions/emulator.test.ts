// A session as WorkOS's SDK seals it after a sign-in, at an emulator of WorkOS.
import { WorkOS } from '@workos-inc/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEmulator, type Emulator } from 'workos/emulate';
import { createWorkosVerifier, verifyWorkosSession } from 'verify-workos-token';
import { refusal } from '../support/refusal.js';
import { PASSWORD } from '../support/seal.js';

const CLIENT_ID = 'client_emulated';
const USER = { email: 'ada@example.com', password: 'correct horse battery staple' };

let emulator: Emulator;
let workos: WorkOS;

beforeAll(async () => {
  emulator = await createEmulator({
    port: 0,
    seed: { users: [{ ...USER, email_verified: true }] },
  });
  const { hostname, port } = new URL(emulator.url);
  workos = new WorkOS(emulator.apiKey, {
    clientId: CLIENT_ID,
    apiHostname: hostname,
    port: Number(port),
    https: false,
  });
});

afterAll(() => emulator.close());

it('is opened and verified, before and after the SDK has refreshed it', async () => {
  const { sealedSession: first = '', user } = await workos.userManagement.authenticateWithPassword({
    clientId: CLIENT_ID,
    ...USER,
    session: { sealSession: true, cookiePassword: PASSWORD },
  });
  const options = { workos, issuer: emulator.url, cookiePassword: PASSWORD };
  const session = await verifyWorkosSession(first, options);
  expect(session.user).toEqual(user);
  expect(session.claims.sub).toBe(user.id);
  expect(session.authenticationMethod).toBe('Password');

  const loaded = workos.userManagement.loadSealedSession({
    sessionData: first,
    cookiePassword: PASSWORD,
  });
  const refreshed = await loaded.refresh();
  if (!refreshed.authenticated) throw new Error('not refreshed');
  const verifier = createWorkosVerifier(options);
  await verifier.ready();
  const next = verifier.verifySessionSync(refreshed.sealedSession as string);
  expect(next.claims).toMatchObject({ sub: user.id, iss: emulator.url });

  const other = { ...options, cookiePassword: 'another password, which is as long' };
  expect(await refusal(() => verifyWorkosSession(first, other))).toMatchObject({
    code: 'INVALID_SESSION',
    reason: 'mismatch',
  });
});
