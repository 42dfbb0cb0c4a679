// How options of a call are recognized: by content and environment, with nothing lost on the way.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WorkosTokenOptions, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { createApi } from '../../lib/index.ts';
import { MAX_REMEMBERED } from '../../lib/options/index.ts';
import { binding } from '../support/binding.js';
import { claims, createSigner } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();
const token = signer.sign();
const polluted = Object.prototype as Record<string, unknown>;

afterEach(() => {
  vi.unstubAllEnvs();
  for (const name of ['WORKOS_CLIENT_ID', 'WORKOS_API_HOSTNAME', 'organizationId'])
    Reflect.deleteProperty(polluted, name);
});

const codeOf = async (options: unknown, text = token) =>
  verifyWorkosToken(text, options as WorkosTokenOptions).then(
    () => 'accepted',
    (error) => error.code,
  );

/** The functions over a binary whose verifiers are counted. */
function countingApi() {
  let made = 0;
  const createVerifier = (json: string) => {
    made += 1;
    return binding.createVerifier(json);
  };
  return { ...createApi({ ...binding, createVerifier }), made: () => made };
}

describe('verifiers for options of a call', () => {
  it.each<[string, () => unknown]>([
    ['the same object', () => signer.options],
    ['an equal one', () => ({ ...signer.options })],
    ['one without a prototype', () => Object.assign(Object.create(null), signer.options)],
    [
      'an equal one with equal arrays',
      () => structuredClone({ ...signer.options, audience: ['a'] }),
    ],
    ['a frozen one', () => Object.freeze({ ...signer.options })],
    ['one with another time', () => ({ ...signer.options, now: Date.now() / 1000 })],
  ])('are made once for %s', async (_, optionsOf) => {
    const { verifyWorkosToken, made } = countingApi();
    for (let times = 0; times < 3; times += 1)
      await verifyWorkosToken(token, optionsOf()).catch(() => undefined);
    expect(made()).toBe(1);
  });

  it('are made once for none at all, and for empty ones', async () => {
    vi.stubEnv('WORKOS_CLIENT_ID', 'client_test');
    const { verifyWorkosToken, made } = countingApi();
    for (const none of [[], [], [undefined], [{}], [{}]])
      await refusal(() => verifyWorkosToken('x', ...none));
    expect(made()).toBe(1);
    vi.stubEnv('WORKOS_CLIENT_ID', 'client_other');
    await refusal(() => verifyWorkosToken('x'));
    expect(made()).toBe(2);
  });

  it.each([
    [MAX_REMEMBERED, MAX_REMEMBERED],
    [MAX_REMEMBERED + 1, 2 * (MAX_REMEMBERED + 1)],
  ])('of %d options in turn, twice, are %d', async (count, expected) => {
    const { verifyWorkosToken, made } = countingApi();
    for (let index = 0; index < 2 * count; index += 1) {
      const organizationId = `org_${index % count}`;
      await refusal(() => verifyWorkosToken('x', { ...signer.options, organizationId }));
    }
    expect(made()).toBe(expected);
  });

  it('are each those of their own options, however many take turns', async () => {
    const [ours, good] = ['org_7', signer.sign(claims({ org_id: 'org_7' }))];
    for (let index = 0; index < 300; index += 1) {
      const organizationId = `org_${index % 100}`;
      const code = await codeOf({ ...signer.options, organizationId }, good);
      expect(code).toBe(organizationId === ours ? 'accepted' : 'FORBIDDEN_ORGANIZATION');
    }
  });

  it('are told apart by each character of a long text', async () => {
    const text = 'a'.repeat(300);
    for (const at of [0, 63, 64, 150, 235, 236, 299]) {
      const audience = `${text.slice(0, at)}b${text.slice(at + 1)}`;
      const good = signer.sign(claims({ aud: audience }));
      for (let times = 0; times < 2; times += 1) {
        expect(await codeOf({ ...signer.options, audience }, good)).toBe('accepted');
        expect(await codeOf({ ...signer.options, audience: text }, good)).toBe('INVALID_AUDIENCE');
      }
    }
  });
});

describe('options that look like those of the last call', () => {
  const options = () => ({ ...signer.options });

  it.each<[string, () => unknown, string]>([
    [
      'one more that is not enumerable',
      () => Object.defineProperty(options(), 'organizationId', { value: 'org_1' }),
      'FORBIDDEN_ORGANIZATION',
    ],
    ['a symbol', () => ({ ...options(), [Symbol('x')]: 1 }), 'INVALID_OPTIONS'],
    [
      'a symbol that is not enumerable',
      () => Object.defineProperty(options(), Symbol('x'), { value: 1 }),
      'INVALID_OPTIONS',
    ],
    ['one more that is undefined', () => ({ ...options(), roles: undefined }), 'INVALID_OPTIONS'],
    ['one more that is unknown', () => ({ ...options(), organisation: 'x' }), 'INVALID_OPTIONS'],
    [
      'one that is inherited',
      () => Object.setPrototypeOf(options(), { organizationId: 'org_1' }),
      'INVALID_OPTIONS',
    ],
    [
      'a proxy that hides one',
      () =>
        new Proxy(Object.assign(options(), { organizationId: 'org_1' }), {
          ownKeys: () => ['clientId', 'jwks'],
        }),
      'INVALID_OPTIONS',
    ],
    [
      'a number that is a text',
      () => ({ ...options(), clientId: ['client_test'] }),
      'INVALID_OPTIONS',
    ],
  ])('are not taken for them: %s', async (_, odd, code) => {
    for (let times = 0; times < 2; times += 1) {
      expect(await codeOf(options())).toBe('accepted');
      expect(await codeOf(odd())).toBe(code);
    }
  });

  it('are read once, also by getters', async () => {
    const reads: string[] = [];
    const watched = Object.defineProperties({} as WorkosTokenOptions, {
      clientId: { get: () => reads.push('clientId') && 'client_test', enumerable: true },
      jwks: { get: () => reads.push('jwks') && signer.jwks, enumerable: true },
    });
    for (let times = 1; times <= 3; times += 1) {
      expect(await codeOf(watched)).toBe('accepted');
      expect(reads.splice(0)).toEqual(['clientId', 'jwks']);
    }
  });

  it('are noticed when a getter gives something else', async () => {
    let clientId = 'client_test';
    const watched = {
      get clientId() {
        return clientId;
      },
      jwks: signer.jwks,
    };
    expect(await codeOf(watched)).toBe('accepted');
    clientId = 'client_other';
    expect(await codeOf(watched)).toBe('INVALID_ISSUER');
  });

  it('are not added to by a polluted prototype', async () => {
    expect(await codeOf(options())).toBe('accepted');
    polluted.organizationId = 'org_1';
    expect(await codeOf(options())).toBe('accepted');
  });
});

describe('the environment', () => {
  const derived = { jwks: signer.jwks };

  it('is read at each call, without a pause between a change and the call', async () => {
    const outcomes = ['client_test', 'client_other', 'client_test', ''].map((clientId) => {
      vi.stubEnv('WORKOS_CLIENT_ID', clientId);
      return codeOf(derived);
    });
    const expected = ['accepted', 'INVALID_ISSUER', 'accepted', 'INVALID_OPTIONS'];
    expect(await Promise.all(outcomes)).toEqual(expected);
  });

  it.each(['WORKOS_API_HOSTNAME', 'WORKOS_API_PORT', 'WORKOS_API_HTTPS'])(
    'is noticed in %s as it comes and goes',
    async (name) => {
      const options = { ...derived, clientId: 'client_test' };
      for (let times = 0; times < 2; times += 1) {
        expect(await codeOf(options)).toBe('accepted');
        vi.stubEnv(name, { WORKOS_API_PORT: '8443' }[name] ?? 'false');
        expect(await codeOf(options)).toBe('INVALID_ISSUER');
        vi.stubEnv(name, undefined);
      }
    },
  );

  it('is not that of a polluted prototype, before or after', async () => {
    const options = { ...derived, clientId: 'client_test' };
    expect(await codeOf(options)).toBe('accepted');
    polluted.WORKOS_API_HOSTNAME = 'evil.example';
    expect(await codeOf(options)).toBe('accepted');
    vi.stubEnv('WORKOS_CLIENT_ID', 'client_test');
    expect(await codeOf(derived)).toBe('accepted');
    vi.stubEnv('WORKOS_CLIENT_ID', undefined);
    polluted.WORKOS_CLIENT_ID = 'client_test';
    expect(await codeOf(derived)).toBe('INVALID_OPTIONS');
  });

  it('plays no part where nothing is derived from it', async () => {
    const { issuer, audience, jwks } = createTestIssuer().options as Record<string, unknown>;
    const explicit = { issuer: issuer ?? 'https://x.example', audience: audience ?? null, jwks };
    const outcome = await codeOf(explicit);
    vi.stubEnv('WORKOS_API_HOSTNAME', 'not a host');
    vi.stubEnv('WORKOS_CLIENT_ID', 'not an id');
    expect(await codeOf(explicit)).toBe(outcome);
  });
});
