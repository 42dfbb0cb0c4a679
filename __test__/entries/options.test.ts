// What arrays of entries may hold, and that each is read once.
import { describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  explainWorkosToken,
  verifyWorkosToken,
  type WorkosEntry,
} from 'verify-workos-token';
import { requireWorkosToken } from 'verify-workos-token/express';
import { claims, createSigner } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const signer = createSigner();
const token = signer.sign();
const entry = (name: string, more: object = {}): WorkosEntry => ({
  name,
  ...signer.options,
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, index) => entry(`e${index}`));
const messageOf = (entries: unknown) => {
  const error = refusalSync(() => createWorkosVerifier(entries as WorkosEntry[]));
  expect(error.code).toBe('INVALID_OPTIONS');
  return error.message;
};

describe('an array of entries', () => {
  it('has 1 to 32 of them', async () => {
    const { verifyDetailed } = createWorkosVerifier(
      many(32).map((one, index) => (index < 31 ? { ...one, audience: 'x' } : one)),
    );
    for (let call = 0; call < 4; call += 1) expect((await verifyDetailed(token)).name).toBe('e31');
    const message = 'the option "entries" must be an array of 1 to 32 entries, not';
    expect(messageOf(many(33))).toBe(`${message} an array of more`);
    expect(messageOf([])).toBe(`${message} an empty array`);
    expect(createWorkosVerifier(many(1)).verifySync(token).sub).toBe('user_1');
  });

  const NAME = 'must be a string of 1 to 64 characters without control characters, not';
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [1, 'a number'],
    ['', 'an empty string'],
    [' ', 'a string of white space'],
    ['a\nb', 'one with a control character'],
    ['a\u2028', 'one with a control character'],
    ['\ud800', 'a string with a lone surrogate'],
    ['n'.repeat(65), 'a longer one'],
  ])('refuses the name %j', (name, kind) => {
    expect(messageOf([entry('first'), { ...entry(''), name }])).toBe(
      `the option "entries[1].name" ${NAME} ${kind}`,
    );
  });

  it('takes a name of 64 characters, and any other text', async () => {
    for (const name of ['n'.repeat(64), '__proto__', 'Produktion (EU) 🇪🇺']) {
      const { verifyDetailed, stats } = createWorkosVerifier([entry(name)]);
      expect((await verifyDetailed(token)).name).toBe(name);
      expect(stats().entries.map((one) => one.name)).toEqual([name]);
    }
  });

  it.each([
    [
      'two of one name',
      [entry('a'), entry('b'), entry('a')],
      'there are two entries with the name "a"',
    ],
    [
      'no object',
      [entry('a'), 'client_1'],
      'the option "entries[1]" must be an object, not a string',
    ],
    [
      'nothing',
      [undefined, entry('a')],
      'the option "entries[0]" must be an object, not undefined',
    ],
    ['an array', [[entry('a')]], 'the option "entries[0]" must be an object, not an array'],
    [
      'an unknown option',
      [entry('a', { clientID: 1 })],
      'there is no option "entries[0].clientID"',
    ],
    [
      "an adapter's option",
      [entry('a', { optional: true })],
      'there is no option "entries[0].optional"',
    ],
    [
      'a wrong option',
      [entry('a'), entry('b', { audience: 1 })],
      'in the entry "b", the option "audience" must be a non-empty string, a non-empty array of these, or null, not a number',
    ],
    [
      'a check that is lost',
      [entry('a', { permissions: undefined })],
      'in the entry "a", the option "permissions" must be a non-empty array of non-empty strings, not undefined',
    ],
    [
      'another time',
      [entry('a'), entry('b', { now: 1 })],
      'the option "now" of the entry "b" is not that of the first entry',
    ],
    [
      'two key sources',
      [entry('a', { jwksUrl: 'https://x.invalid' })],
      'in the entry "a", the options "jwks" and "jwksUrl" are mutually exclusive',
    ],
    [
      'a map',
      [new Map([['name', 'a']])],
      'the option "entries[0]" must be a plain object, not a Map',
    ],
  ])('refuses %s', (_, entries, message) => {
    expect(messageOf(entries)).toBe(message);
  });

  it('takes one time for all entries', () => {
    const now = 1;
    const past = [entry('a', { now }), entry('b', { now })];
    expect(createWorkosVerifier(past).verifySync(signer.sign(claims({ exp: 100 }))).exp).toBe(100);
    const clock = () => 1_000;
    const entries = [entry('a', { now: clock }), entry('b', { now: clock })];
    const late = signer.sign(claims({ exp: 100 }));
    expect(refusalSync(() => createWorkosVerifier(entries).verifySync(late)).code).toBe(
      'TOKEN_EXPIRED',
    );
  });

  it('is for no other function', async () => {
    for (const call of [verifyWorkosToken, explainWorkosToken])
      expect((await refusal(() => call(token, [entry('a')] as never))).code).toBe(
        'INVALID_OPTIONS',
      );
    const error = refusalSync(() => createWorkosVerifier({ entries: [entry('a')] } as never));
    expect(error.hint).toContain('an array in place of the options');
  });

  it.each([
    ['clientId', { clientId: undefined, jwks: signer.jwks }],
    ['clientId', { clientId: undefined, issuer: 'https://x.example.com', jwks: signer.jwks }],
    ['clientId', { clientId: undefined, issuer: 'https://x.example.com', audience: 'x' }],
    ['authkitDomain', { profile: 'connect', authkitDomain: undefined, audience: 'x' }],
  ])('refuses an undefined %s, which the environment would stand in for', (name, options) => {
    vi.stubEnv('WORKOS_CLIENT_ID', signer.options.clientId);
    vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', 'acme.authkit.app');
    expect(messageOf([entry('a'), { name: 'b', ...options }])).toBe(
      `the option "entries[1].${name}" is undefined`,
    );
    vi.unstubAllEnvs();
  });

  it.each([
    [{ clientId: undefined, issuer: 'https://x.example.com', audience: 'x', jwks: signer.jwks }],
    [{ authkitDomain: undefined, ...signer.options }],
    [{ clientId: undefined, workos: { clientId: 'client_1', baseURL: 'https://api.workos.com' } }],
  ])('takes an undefined option that nothing derives from: %j', (options) => {
    expect(() => createWorkosVerifier([{ name: 'a', ...options }])).not.toThrow();
  });

  it('reads the environment for each entry that needs it', async () => {
    vi.stubEnv('WORKOS_CLIENT_ID', signer.options.clientId);
    const { jwks } = signer;
    const { verifyDetailed } = createWorkosVerifier([{ name: 'a', jwks }]);
    vi.unstubAllEnvs();
    expect((await verifyDetailed(token)).name).toBe('a');
    vi.stubEnv('WORKOS_CLIENT_ID', '');
    expect(messageOf([entry('a'), { name: 'b', jwks }])).toBe(
      'in the entry "b", the option "clientId" is missing, and so is WORKOS_CLIENT_ID',
    );
    vi.unstubAllEnvs();
  });

  it('is read once, and never again', async () => {
    const reads: string[] = [];
    const watched = (one: WorkosEntry) =>
      new Proxy(one, {
        get(target, name) {
          reads.push(String(name));
          return Reflect.get(target, name);
        },
      });
    const audience = ['client_test'];
    const entries = [watched(entry('a', { audience: 'x' })), watched(entry('b', { audience }))];
    const { verifyDetailed } = createWorkosVerifier(entries);
    expect(reads.toSorted()).toEqual(
      ['audience', 'audience', 'clientId', 'clientId', 'jwks', 'jwks', 'name', 'name'].toSorted(),
    );
    audience[0] = 'y';
    entries.length = 0;
    expect((await verifyDetailed(token)).name).toBe('b');
  });

  it('keeps to its own properties', () => {
    const inherited = Object.assign(Object.create({ audience: null }), entry('a'));
    expect(messageOf([inherited])).toBe(
      'the option "entries[0].audience" is inherited, and only own properties count',
    );
  });
});

describe('exportKeys', () => {
  it('takes the name of an entry', () => {
    const { exportKeys } = createWorkosVerifier([entry('a')]);
    // Fixed keys belong to no URL.
    expect(exportKeys('a')).toBe(undefined);
    for (const name of [undefined, 'b', 0])
      expect(refusalSync(() => exportKeys(name as string)).code).toBe('INVALID_OPTIONS');
  });
});

describe('an adapter', () => {
  it.each([
    [
      { entries: undefined },
      'the option "entries" must be an array of 1 to 32 entries, not undefined',
    ],
    [
      { entries: entry('a') },
      'the option "entries" must be an array of 1 to 32 entries, not an object',
    ],
    [
      { entries: [] },
      'the option "entries" must be an array of 1 to 32 entries, not an empty array',
    ],
    [
      { entries: [entry('a')], clientId: 'client_1' },
      'the options "entries" and "clientId" are mutually exclusive',
    ],
  ])('refuses %j', (options, message) => {
    expect(refusalSync(() => requireWorkosToken(options as never)).message).toBe(message);
  });
});
