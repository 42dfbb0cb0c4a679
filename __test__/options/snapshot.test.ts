import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  type WorkosTokenOptions,
  verifyWorkosToken,
} from 'verify-workos-token';
import { CLIENT_ID, claims, createSigner, ISSUER } from '../support/jws.js';
import { GOOD, optionsRefusal, signer, token } from '../support/options.js';
import { expectNone, refusal, refusalSync, textOf } from '../support/refusal.js';

const NAMES = ['CLIENT_ID', 'API_HOSTNAME', 'API_PORT', 'API_HTTPS'].map(
  (name) => `WORKOS_${name}`,
);

beforeEach(() => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

type Mutable = { -readonly [Name in keyof WorkosTokenOptions]: WorkosTokenOptions[Name] };

/** Options that can be changed all the way down, under which `rich` is good. */
function mutable() {
  return {
    clientId: CLIENT_ID,
    audience: ['a', CLIENT_ID],
    issuer: [ISSUER],
    jwks: { keys: [{ ...signer.jwk }] },
    algorithms: ['RS256'] as const as unknown as 'RS256'[],
    clockToleranceSeconds: 0,
    organizationId: ['org_1'],
    permissions: ['a'],
    roles: ['admin'],
    impersonation: 'allow' as Mutable['impersonation'],
  };
}
const rich = signer.sign(
  claims({ org_id: 'org_1', role: 'admin', permissions: ['a'], act: { sub: 'x' } }),
);

const CHANGES: [string, (options: ReturnType<typeof mutable>) => unknown, string][] = [
  ['an audience', ({ audience }) => audience.pop(), 'INVALID_AUDIENCE'],
  ['an issuer', ({ issuer }) => issuer.splice(0, 1, 'https://x.example'), 'INVALID_ISSUER'],
  ['the key set', ({ jwks }) => jwks.keys.pop(), 'UNKNOWN_KEY'],
  ['a key', ({ jwks }) => Object.assign(jwks.keys[0] ?? {}, { kid: 'key_2' }), 'UNKNOWN_KEY'],
  [
    'an algorithm',
    ({ algorithms }) => algorithms.splice(0, 1, 'ES256' as 'RS256'),
    'UNSUPPORTED_ALGORITHM',
  ],
  [
    'an organization',
    ({ organizationId }) => organizationId.splice(0, 1, 'org_2'),
    'FORBIDDEN_ORGANIZATION',
  ],
  ['a permission', ({ permissions }) => permissions.push('b'), 'MISSING_PERMISSION'],
  ['a role', ({ roles }) => roles.splice(0, 1, 'owner'), 'MISSING_PERMISSION'],
  [
    'impersonation',
    (options) => Object.assign(options, { impersonation: 'deny' }),
    'IMPERSONATION_DENIED',
  ],
  [
    'the tolerance',
    (options) => Object.assign(options, { clockToleranceSeconds: -1 }),
    'INVALID_OPTIONS',
  ],
  ['the client id', (options) => Object.assign(options, { clientId: 'sk_1' }), 'INVALID_OPTIONS'],
];

describe('a later change is seen by the next call, and never by a verifier that is made', () => {
  it.each(CHANGES)('of %s', async (_, change, code) => {
    const options = mutable();
    const verifier = createWorkosVerifier(options);
    await verifyWorkosToken(rich, options);
    change(options);
    expect((await refusal(() => verifyWorkosToken(rich, options))).code).toBe(code);
    expect(verifier.verifySync(rich).sub).toBe('user_1');
    await expect(verifier.verify(rich)).resolves.toHaveProperty('sub', 'user_1');
  });

  it('of a URL object', async () => {
    const jwksUrl = new URL('https://keys.example/jwks');
    const verifier = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl });
    jwksUrl.protocol = 'http:';
    expect((await optionsRefusal({ clientId: CLIENT_ID, jwksUrl })).message).toContain('"jwksUrl"');
    expect(verifier.stats().fetches).toBe(0);
  });

  it('and a change during the call is not seen by it', async () => {
    const options = mutable();
    const call = verifyWorkosToken(rich, options);
    options.roles = ['owner'];
    options.jwks.keys.pop();
    await expect(call).resolves.toHaveProperty('sub', 'user_1');
  });

  it('nor is the key set of another call with options that are alike', async () => {
    const other = createSigner(signer.kid);
    await verifyWorkosToken(token, GOOD);
    const forged = await refusal(() => verifyWorkosToken(token, { ...GOOD, jwks: other.jwks }));
    expect(forged.code).toBe('INVALID_SIGNATURE');
    await verifyWorkosToken(token, GOOD);
  });

  it('hundreds of different options in turn are each what they say', async () => {
    for (let index = 0; index < 300; index += 1) {
      const options = { ...GOOD, organizationId: `org_${index % 150}` };
      const signed = signer.sign(claims({ org_id: `org_${index % 150}` }));
      await verifyWorkosToken(signed, options);
      expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe(
        'FORBIDDEN_ORGANIZATION',
      );
    }
  });
});

describe('the environment', () => {
  it('is read at each call, and once for a verifier', async () => {
    const options = { jwks: signer.jwks };
    vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
    const verifier = createWorkosVerifier(options);
    await verifyWorkosToken(token, options);
    vi.stubEnv('WORKOS_CLIENT_ID', 'client_other');
    expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe('INVALID_ISSUER');
    vi.stubEnv('WORKOS_CLIENT_ID', undefined);
    expect((await refusal(() => verifyWorkosToken(token, options))).code).toBe('INVALID_OPTIONS');
    expect(verifier.verifySync(token).sub).toBe('user_1');
  });

  const [ID, ...API] = NAMES;
  const jwksUrl = 'https://keys.example';
  const workos = { clientId: CLIENT_ID, baseURL: 'https://api.workos.com' };
  it.each<[string, WorkosTokenOptions, (string | undefined)[]]>([
    ['nothing', {}, [ID, ...API]],
    ['the client id', { clientId: CLIENT_ID }, API],
    ['the client id and keys', GOOD, API],
    ['the client id and an API URL', { clientId: CLIENT_ID, apiUrl: 'https://a.example' }, []],
    ['a client', { workos }, []],
    ['a client without a client id', { workos: { ...workos, clientId: undefined } }, [ID]],
    ['issuer, audience and keys', { issuer: 'i', audience: 'a', jwks: signer.jwks }, []],
    ['issuer, no audience and a URL', { issuer: 'i', audience: null, jwksUrl }, []],
    ['issuer and keys', { issuer: 'i', jwks: signer.jwks }, [ID]],
    ['audience and keys', { audience: null, jwks: signer.jwks }, [ID, ...API]],
    ['issuer and audience', { issuer: 'i', audience: 'a' }, [ID, ...API]],
  ])('with %s given, only what must be derived is read', (_, options, expected) => {
    vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
    const environment = process.env;
    const read = new Set<string>();
    process.env = new Proxy(environment, {
      get(target, name, receiver) {
        if (String(name).startsWith('WORKOS_')) read.add(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
    try {
      const verifier = createWorkosVerifier(options);
      expect([...read].sort()).toEqual([...expected].sort());
      read.clear();
      if (options.jwks) refusalSync(() => verifier.verifySync(''));
      verifier.stats();
      expect([...read]).toEqual([]);
    } finally {
      process.env = environment;
    }
  });

  it('does not bring the client id in where it plays no part', async () => {
    vi.stubEnv('WORKOS_CLIENT_ID', 'client_other');
    const options = { issuer: ISSUER, audience: CLIENT_ID, jwks: signer.jwks };
    const signed = signer.sign(claims({ client_id: CLIENT_ID }));
    await expect(verifyWorkosToken(signed, options)).resolves.toHaveProperty('client_id');
    vi.stubEnv('WORKOS_CLIENT_ID', 'sk_live_SECRET');
    await expect(verifyWorkosToken(signed, options)).resolves.toHaveProperty('client_id');
  });
});

describe('now', () => {
  const signed = signer.sign(claims({ exp: 1_000, nbf: 500 }));
  const at = (now: unknown) => verifyWorkosToken(signed, { ...GOOD, now: now as number });

  it.each([
    ['a number', 700],
    ['a fraction', 999.5],
    ['a function', () => 700],
    ['the last moment of the tolerance', 1_004.999],
    ['the first', 495],
  ])('may be %s', async (_, now) => {
    await expect(at(now)).resolves.toHaveProperty('exp', 1_000);
  });

  it('decides about exp and nbf', async () => {
    expect((await refusal(() => at(1_005))).code).toBe('TOKEN_EXPIRED');
    expect((await refusal(() => at(494.999))).code).toBe('TOKEN_NOT_YET_VALID');
    expect((await refusal(() => at(() => 1_005))).code).toBe('TOKEN_EXPIRED');
  });

  it('as a function is asked at each call, once, and not before', async () => {
    const now = vi.fn(() => 700);
    const verifier = createWorkosVerifier({ ...GOOD, now });
    expect(now).toHaveBeenCalledTimes(0);
    verifier.verifySync(signed);
    await verifier.verify(signed);
    expect(now.mock.calls).toEqual([[], []]);
    now.mockReturnValue(2_000);
    expect(refusalSync(() => verifier.verifySync(signed)).code).toBe('TOKEN_EXPIRED');
  });

  it.each<[string, unknown]>([
    ['milliseconds', () => Date.now()],
    ['NaN', () => Number.NaN],
    ['infinite', () => Number.POSITIVE_INFINITY],
    ['negative', () => -1],
    ['nothing', () => undefined],
    ['text', () => 'SECRET'],
    ['a bigint', () => 700n],
    ['a date', () => new Date()],
    ['a promise', async () => 700],
    [
      'an exception',
      () => {
        throw new Error('SECRET');
      },
    ],
  ])('as a function that gives %s is refused at the call', async (_, now) => {
    const verifier = createWorkosVerifier({ ...GOOD, now: now as () => number });
    const errors = [
      await refusal(() => at(now)),
      await refusal(() => verifier.verify(signed)),
      refusalSync(() => verifier.verifySync(signed)),
    ];
    for (const error of errors) {
      expect(error.code).toBe('INVALID_OPTIONS');
      expect(error.message).toContain('"now"');
      expectNone(textOf(error), { secret: 'SECRET' });
    }
  });

  it('is the system time of each call otherwise, so that fake timers decide', async () => {
    const verifier = createWorkosVerifier(GOOD);
    vi.useFakeTimers({ now: 700_000 });
    expect(verifier.verifySync(signed).exp).toBe(1_000);
    await expect(verifyWorkosToken(signed, GOOD)).resolves.toHaveProperty('exp', 1_000);
    vi.setSystemTime(1_004_999);
    expect(verifier.verifySync(signed).exp).toBe(1_000);
    vi.advanceTimersByTime(1);
    expect(refusalSync(() => verifier.verifySync(signed)).code).toBe('TOKEN_EXPIRED');
    expect((await refusal(() => verifyWorkosToken(signed, GOOD))).code).toBe('TOKEN_EXPIRED');
  });
});
