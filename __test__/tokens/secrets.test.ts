import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  type WorkosTokenOptions,
  verifyWorkosToken,
} from 'verify-workos-token';
import {
  body,
  type FaultServer,
  keySet,
  startFaultServer,
  status,
} from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner, forge, ISSUER, type Part } from '../support/jws.js';
import { expectNone, refusal, refusalSync, textOf } from '../support/refusal.js';

const signer = createSigner('SECRET-kid');
const forger = createSigner('SECRET-kid');

/** A claim's value that must not turn up in any error. */
const secret = (claim: string) => `SECRET-${claim}`;
const person = {
  sub: secret('sub'),
  sid: secret('sid'),
  jti: secret('jti'),
  org_id: secret('org_id'),
  role: secret('role'),
  roles: [secret('roles')],
  permissions: [secret('permissions')],
  entitlements: [secret('entitlements')],
  feature_flags: [secret('feature_flags')],
  auth_time: 7_777_777,
  act: { sub: secret('act') },
  email: secret('email'),
  'https://example.com/SECRET-name': { deep: [secret('deep')] },
  number: 7_777_777_777,
};
const SECRETS = { claim: 'SECRET', escaped: 'U0VDUkVU', number: '7777777777' };

const sign = (changes: Record<string, unknown> = {}) =>
  signer.sign(claims({ ...person, ...changes }));
const raw = (payload: Part, header?: Part) => signer.sign(payload, header);
const good = sign();
const [header = '', payload = '', signature = ''] = good.split('.');

type Case = [code: string, token: unknown, options?: WorkosTokenOptions];

/** At least one refusal for each line of code that makes one. */
const CASES: Case[] = [
  ['MALFORMED_TOKEN', { token: good }],
  ['MALFORMED_TOKEN', Symbol(good)],
  ['MALFORMED_TOKEN', new String(good)],
  ['MALFORMED_TOKEN', ''],
  ['MALFORMED_TOKEN', `${good} `],
  ['MALFORMED_TOKEN', `${good}${'A'.repeat(17_000)}`],
  ['MALFORMED_TOKEN', `Bearer ${good}`],
  ['MALFORMED_TOKEN', `Fe26.2*SECRET*${good}`],
  ['MALFORMED_TOKEN', `sk_live_SECRET`],
  ['MALFORMED_TOKEN', `${header}.${payload}`],
  ['MALFORMED_TOKEN', `${good}.${payload}.${signature}`],
  ['MALFORMED_TOKEN', `${header}.${payload}=.${signature}`],
  ['MALFORMED_TOKEN', `SECRET.SECRET.SECRET`],
  ['MALFORMED_TOKEN', raw('"SECRET"')],
  ['MALFORMED_TOKEN', raw('{"SECRET":SECRET}')],
  ['MALFORMED_TOKEN', raw('{"SECRET":1,"SECRET":2}')],
  ['MALFORMED_TOKEN', raw(Buffer.from('SECRET \xff', 'latin1'))],
  ['MALFORMED_TOKEN', raw(`{"SECRET":${'['.repeat(40)}${']'.repeat(40)}}`)],
  ['MALFORMED_TOKEN', raw(claims(person), { alg: ['SECRET'], kid: 'SECRET' })],
  ['MALFORMED_TOKEN', raw(claims(person), { alg: 'RS256', kid: ['SECRET'] })],
  ['MALFORMED_TOKEN', raw(claims(person), { alg: 'RS256', kid: 'k', crit: ['SECRET'] })],
  ['MALFORMED_TOKEN', raw(claims(person), { alg: 'RS256', kid: 'k', b64: 'SECRET' })],
  ['MALFORMED_TOKEN', raw(claims(person), { alg: 'RS256', kid: 'k', typ: 'SECRET' })],
  ['UNSUPPORTED_ALGORITHM', raw(claims(person), { alg: 'SECRET', kid: 'SECRET' })],
  ['UNKNOWN_KEY', raw(claims(person), { alg: 'RS256', kid: 'SECRET-other' })],
  ['UNKNOWN_KEY', good, { jwks: { keys: [signer.jwk, forger.jwk] } }],
  ['UNKNOWN_KEY', good, { jwks: { keys: [{ ...signer.jwk, use: 'enc' }] } }],
  ['INVALID_ISSUER', raw(claims({ ...person, iss: 'https://SECRET' }), { alg: 'RS256', kid: 'x' })],
  ['INVALID_ISSUER', raw(claims({ ...person, iss: undefined }), { alg: 'RS256', kid: 'SECRET' })],
  ['INVALID_SIGNATURE', forger.sign(claims(person))],
  ['INVALID_SIGNATURE', forge(signer.kid, person)],
  ['TOKEN_EXPIRED', sign({ exp: 7_777_777_777 }), { now: 8_000_000_000 }],
  ['TOKEN_NOT_YET_VALID', sign({ exp: 7_777_777_777, nbf: 7_777_777_777 })],
  ['INVALID_CLAIM', sign({ exp: 'SECRET' })],
  ['INVALID_CLAIM', sign({ exp: undefined })],
  ['INVALID_CLAIM', sign({ nbf: ['SECRET'] })],
  ['INVALID_CLAIM', sign({ iat: { SECRET: 1 } })],
  ['INVALID_ISSUER', sign({ iss: undefined })],
  ['INVALID_ISSUER', sign({ iss: ['SECRET'] })],
  ['INVALID_ISSUER', sign({ iss: 'https://SECRET.authkit.app' })],
  ['INVALID_ISSUER', sign({ iss: `${ISSUER}SECRET` })],
  ['INVALID_AUDIENCE', sign({ aud: undefined })],
  ['INVALID_AUDIENCE', sign({ aud: 'SECRET' })],
  ['INVALID_AUDIENCE', sign({ aud: [CLIENT_ID, { SECRET: 'SECRET' }] })],
  ['INVALID_AUDIENCE', sign({ aud: ` SECRET` }), { audience: 'secret' }],
  ['INVALID_SUBJECT', sign({ sub: undefined })],
  ['INVALID_SUBJECT', sign({ sub: '' })],
  ['INVALID_SUBJECT', sign({ sub: ['SECRET'] })],
  ['INVALID_CLAIM', sign({ client_id: 'client_SECRET' })],
  ['INVALID_CLAIM', sign({ client_id: ['SECRET'] })],
  ['FORBIDDEN_ORGANIZATION', good, { organizationId: 'org_1' }],
  ['FORBIDDEN_ORGANIZATION', sign({ org_id: undefined }), { organizationId: 'org_1' }],
  ['INVALID_CLAIM', sign({ org_id: ['SECRET'] }), { organizationId: 'org_1' }],
  ['MISSING_PERMISSION', good, { permissions: ['posts:read'] }],
  ['INVALID_CLAIM', sign({ permissions: 'SECRET' }), { permissions: ['posts:read'] }],
  ['MISSING_PERMISSION', good, { entitlements: ['a'] }],
  ['INVALID_CLAIM', sign({ entitlements: 'SECRET' }), { entitlements: ['a'] }],
  ['MISSING_PERMISSION', good, { featureFlags: ['a'] }],
  ['INVALID_CLAIM', sign({ feature_flags: ['a', { SECRET: 1 }] }), { featureFlags: ['a'] }],
  ['REAUTHENTICATION_REQUIRED', good, { maxAuthAgeSeconds: 60 }],
  ['INVALID_CLAIM', sign({ auth_time: 'SECRET' }), { maxAuthAgeSeconds: 60 }],
  ['MISSING_PERMISSION', good, { roles: ['admin'] }],
  ['INVALID_CLAIM', sign({ role: ['SECRET'] }), { roles: ['admin'] }],
  ['IMPERSONATION_DENIED', good, { impersonation: 'deny' }],
  ['INVALID_CLAIM', sign({ act: 'SECRET' }), { impersonation: 'deny' }],
  ['INVALID_OPTIONS', good, { now: () => Number.NaN }],
];

describe('no error says what a token holds', () => {
  it('and the tokens are good but for what they are refused for', async () => {
    await expect(verifyWorkosToken(good, signer.options)).resolves.toMatchObject(person);
  });

  it.each(CASES)('%s, case %#', async (code, token, options = {}) => {
    const all = { ...signer.options, ...options };
    const verifier = createWorkosVerifier(all);
    const errors = [
      await refusal(() => verifyWorkosToken(token as string, all)),
      await refusal(() => verifier.verify(token as string)),
      refusalSync(() => verifier.verifySync(token as string)),
    ];
    for (const error of errors) {
      expect(error.code).toBe(code);
      expectSilence(error, String(token?.toString()));
      await expectSilentAnswer(error);
    }
  });
});

describe('nor does one about the keys', () => {
  const servers: FaultServer[] = [];
  const sources: [string, WorkosTokenOptions][] = [];

  beforeAll(async () => {
    const behaviours = { empty: keySet([]), failing: status(500), html: body('<p>SECRET</p>') };
    for (const [name, behaviour] of Object.entries(behaviours)) {
      const server = await startFaultServer(behaviour);
      servers.push(server);
      sources.push([name, { clientId: CLIENT_ID, jwksUrl: `${server.url}?key=SECRET` }]);
    }
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  it.each([0, 1, 2])('case %i: at the first call, and at the next', async (index) => {
    const verifier = createWorkosVerifier(sources[index]?.[1]);
    const errors = [
      refusalSync(() => verifier.verifySync(good)),
      await refusal(() => verifier.ready()),
      await refusal(() => verifier.verify(good)),
      refusalSync(() => verifier.verifySync(good)),
    ];
    for (const error of errors) {
      expect(error.code).toBe('JWKS_FETCH_FAILED');
      expectSilence(error, good);
      await expectSilentAnswer(error);
    }
  });
});

/** Nothing of the token, not even a piece of it, and nothing of what it says. */
function expectSilence(error: Error, token: string): void {
  const text = textOf(error);
  expectNone(text, SECRETS);
  const pieces = token.split('.').flatMap((part) => {
    const starts = part.length > 12 ? part.length - 12 : 0;
    return Array.from({ length: starts }, (_, start) => part.slice(start, start + 12));
  });
  expect(pieces.filter((piece) => text.includes(piece))).toEqual([]);
}

/** What goes out to a client. */
async function expectSilentAnswer(error: { getResponse(): Response; headers: object }) {
  const response = error.getResponse();
  const answer = [await response.text(), ...response.headers.keys(), ...response.headers.values()];
  expectNone([...answer, JSON.stringify(error.headers)].join('\n'), SECRETS);
}
