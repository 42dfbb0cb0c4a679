// `keys --snapshot`: a text for a file, that another process verifies with.
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { command, removeFolder, trust } from '../support/command.js';

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = createTestIssuer();
  await issuer.listen();
});
afterAll(async () => {
  await issuer.close();
  removeFolder();
});

/** Without the issuer, which keys don't need. */
const where = () => trust(issuer).filter((text) => text !== '--issuer' && text !== issuer.issuer);

test('prints the snapshot and nothing else', async () => {
  const { status, stdout, stderr } = await command(['keys', '--snapshot', ...where()]);
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({
    v: 1,
    jwksUrl: issuer.jwksUrl,
    keys: [{ kid: issuer.jwks.keys[0].kid }],
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  // A URL whose keys this process has not fetched: the snapshot is for it, and is enough.
  const jwksCache = { snapshot: stdout };
  const verifier = createWorkosVerifier({ ...issuer.options, jwksCache });
  const before = issuer.requests();
  await verifier.verify(await issuer.sign());
  expect(issuer.requests()).toBe(before);
});

test.each([
  ['with keys from a file', ['--jwks', 'keys.json'], 2],
  ['with JSON of its own', ['--json'], 2],
])('is wrong use %s', async (_, more, expected) => {
  const given = more[0] === '--jwks' ? more : [...where(), ...more];
  const { status, stdout } = await command(['keys', '--snapshot', ...given]);
  expect([status, stdout.includes('sha256')]).toEqual([expected, false]);
});

test('ends in 3 while the keys are unreachable', async () => {
  issuer.outage('status-500');
  const { status, stdout, stderr } = await command(['keys', '--snapshot', ...where()]);
  issuer.outage(null);
  expect([status, stdout]).toEqual([3, '']);
  expect(stderr).toContain('JWKS_FETCH_FAILED');
});
