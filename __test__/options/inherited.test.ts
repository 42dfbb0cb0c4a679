import querystring from 'node:querystring';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer, type TestClaims } from 'verify-workos-token/testing';
import * as namespace from '../support/defaults.js';
import { CLIENT_ID, ISSUER } from '../support/jws.js';
import { GOOD, optionsRefusal, signer } from '../support/options.js';
import { refusal } from '../support/refusal.js';
import { ADAPTERS } from '../support/requests.js';

const issuer = createTestIssuer();
const { clientId } = issuer;

class WithGetter {
  get organizationId(): string {
    return 'org_good';
  }
}

class WithField {
  readonly organizationId = 'org_good';
}

/** So many objects, each of which inherits from the next, and the last from nothing. */
function chain(length: number, last: object): object {
  let object = Object.assign(Object.create(null), last);
  for (let depth = 0; depth < length; depth += 1) object = Object.create(object);
  return object;
}

/** Says that it is a plain object, and is none. */
const liar = (target: object) =>
  new Proxy(target, { getPrototypeOf: () => Object.prototype, ownKeys: () => [] });

/** Objects that hold `organizationId` and do not have it themselves, or are no options at all. */
const LOST: [string, unknown][] = [
  ['a promise, its await forgotten', Promise.resolve({ organizationId: 'org_good' })],
  ['a map', new Map([['organizationId', 'org_good']])],
  ['a set', new Set(['organizationId'])],
  ['a URL', new URL('https://example.com/?organizationId=org_good')],
  ['search parameters', new URLSearchParams({ organizationId: 'org_good' })],
  ['a date', new Date()],
  ['an instance whose class has getters', new WithGetter()],
  ['an instance that has its options itself', new WithField()],
  ['an object that inherits its options', Object.create({ organizationId: 'org_good' })],
  [
    'one that has some and inherits others',
    Object.assign(new WithGetter(), { audience: clientId }),
  ],
  ['one that inherits from a module', Object.create(namespace)],
  ['one that inherits from a query', Object.create(querystring.parse('organizationId=org_good'))],
  ['one that inherits from nothing but that', chain(1, { organizationId: 'org_good' })],
  ['a chain of eleven', chain(11, { organizationId: 'org_good' })],
  ['a chain of two thousand', chain(2_000, { organizationId: 'org_good' })],
  [
    'one whose prototype looks like that of all objects',
    Object.create(
      Object.assign(Object.create(null), { constructor: Object, organizationId: 'org_good' }),
    ),
  ],
  [
    'one whose prototype has all that the prototype of all objects has',
    Object.create(
      Object.create(null, {
        ...Object.getOwnPropertyDescriptors(Object.prototype),
        organizationId: { value: 'org_good' },
      }),
    ),
  ],
  [
    'an instance of another realm',
    runInNewContext('new (class { organizationId = "org_good" })()'),
  ],
  ['a proxy of an instance', new Proxy(new WithGetter(), {})],
  ['a proxy that lies about its prototype', liar(new WithGetter())],
  [
    'a proxy that does not list what it has',
    new Proxy({ organizationId: 'org_good' }, { ownKeys: () => [] }),
  ],
  ['a proxy as a prototype', Object.create(new Proxy({ organizationId: 'org_good' }, {}))],
];

describe('a check is never lost with the object that was to bring it', () => {
  beforeEach(async () => {
    await issuer.listen();
    const { hostname, port } = new URL(issuer.jwksUrl as string);
    vi.stubEnv('WORKOS_CLIENT_ID', clientId);
    vi.stubEnv('WORKOS_API_HOSTNAME', hostname);
    vi.stubEnv('WORKOS_API_PORT', port);
    vi.stubEnv('WORKOS_API_HTTPS', 'false');
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await issuer.close();
  });

  async function tokenOfAnotherOrganization(): Promise<string> {
    const { origin } = new URL(issuer.jwksUrl as string);
    return issuer.sign({ iss: `${origin}/user_management/${clientId}`, org_id: 'org_evil' });
  }

  it.each(LOST)('%s is refused', async (_, options) => {
    const token = await tokenOfAnotherOrganization();
    const error = await refusal(() => verifyWorkosToken(token, options as object));
    expect(error.code).toBe('INVALID_OPTIONS');
    expect(error.message).toMatch(/"options"|"organizationId"/);
  });

  it.each(LOST)('%s is refused by every adapter', async (_, options) => {
    const token = await tokenOfAnotherOrganization();
    for (const send of Object.values(ADAPTERS)) {
      const sent = async () => {
        const { body } = await send(options, [`Bearer ${token}`]);
        throw body;
      };
      await expect(sent()).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    }
  });

  it('a module as a whole is refused for its symbol, and read as a copy', async () => {
    expect((await optionsRefusal(namespace)).hint).toContain('pass `{ ...options }`');
    const call = () => verifyWorkosToken(signer.sign(), { ...GOOD, issuer: ISSUER, ...namespace });
    expect((await refusal(call)).code).toBe('FORBIDDEN_ORGANIZATION');
  });

  it('what inherits a check in "jwksCache" is refused too', async () => {
    class Cache {
      get timeoutMs(): number {
        return 100;
      }
    }
    const caches = [new Cache(), chain(12, { timeoutMs: 100 }), liar(new Cache()), new Map()];
    for (const jwksCache of caches)
      expect((await optionsRefusal({ clientId, jwksCache })).message).toContain('"jwksCache');
  });
});

describe('an option that only restricts is never lost for having no value', () => {
  const unset: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['an empty array', []],
  ];
  const lists = ['permissions', 'roles', 'entitlements', 'featureFlags'];
  const cases = ['organizationId', ...lists, 'maxAuthAgeSeconds'].flatMap((option) =>
    unset.map(([kind, value]) => ({ option, kind, value })),
  );

  it.each(cases)('$option: $kind', async ({ option, kind, value }) => {
    const error = await optionsRefusal({ ...GOOD, [option]: value });
    expect(error.message).toMatch(new RegExp(`^the option "${option}" must be .*, not ${kind}$`));
    expect(error.hint).toMatch(/in silence.*a variable that is not set/);
  });

  it.each(cases)('$option: $kind, in every adapter', async ({ option, value }) => {
    for (const send of Object.values(ADAPTERS)) {
      const sent = async () => {
        const { body } = await send({ ...GOOD, [option]: value }, [`Bearer ${signer.sign()}`]);
        throw body;
      };
      await expect(sent()).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    }
  });

  it('nor after options of the same names were remembered', async () => {
    const token = signer.sign();
    for (const value of ['org_1', undefined, 'org_1', undefined]) {
      const call = () => verifyWorkosToken(token, { ...GOOD, organizationId: value as string });
      const code = value === undefined ? 'INVALID_OPTIONS' : 'FORBIDDEN_ORGANIZATION';
      expect((await refusal(call)).code).toBe(code);
    }
  });

  it('an audience that is undefined is the client id, and an empty array of them is refused', async () => {
    await verifyWorkosToken(signer.sign(), { ...GOOD, audience: undefined });
    const error = await optionsRefusal({ ...GOOD, audience: [] });
    expect(error.message).toMatch(/"audience".* not an empty array$/);
  });
});

describe('what limits the use of a key is never lost with its object', () => {
  const { use: _use, ...plain } = signer.jwk as Record<string, unknown>;
  const withGetter = (name: string, value: unknown) => {
    const { [name]: _member, ...others } = plain;
    const prototype = Object.create(Object.prototype, { [name]: { get: () => value } });
    return Object.assign(Object.create(prototype), others);
  };
  class Inherited {
    get use(): string {
      return 'enc';
    }
  }

  it.each<[string, object]>([
    ['use of a class', Object.assign(new Inherited(), plain)],
    ['use of a prototype', withGetter('use', 'enc')],
    ['alg', withGetter('alg', 'ES256')],
    ['key_ops', withGetter('key_ops', ['encrypt'])],
    ['use at the end of a long chain', Object.assign(chain(12, { use: 'enc' }), plain)],
    [
      'use, behind a proxy that lies',
      new Proxy(Object.assign(new Inherited(), plain), {
        getPrototypeOf: () => Object.prototype,
      }),
    ],
  ])('%s', async (_, key) => {
    const error = await optionsRefusal({ clientId: CLIENT_ID, jwks: { keys: [key] } });
    expect(error.message).toContain('"jwks.keys"');
  });

  it('nor is the list of keys', async () => {
    class Keys {
      get keys(): unknown[] {
        return [signer.jwk];
      }
    }
    for (const jwks of [new Keys(), chain(2, { keys: [signer.jwk] })]) {
      const error = await optionsRefusal({ clientId: CLIENT_ID, jwks });
      expect(error.message).toContain('"jwks.keys"');
    }
  });

  it('what Object.prototype has counts for nothing', async () => {
    Object.defineProperty(Object.prototype, 'use', { value: 'enc', configurable: true });
    try {
      const { verifySync } = createWorkosVerifier({ clientId: CLIENT_ID, jwks: { keys: [plain] } });
      expect(verifySync(signer.sign()).sub).toBe('user_1');
    } finally {
      delete (Object.prototype as { use?: string }).use;
    }
  });
});

describe('a client of WorkOS alone may be an instance of a class', () => {
  it('and what it inherits is read, whatever it inherits from', () => {
    const client = chain(12, { clientId: CLIENT_ID, baseURL: 'https://api.workos.com' });
    const { verifySync } = createWorkosVerifier({ workos: client as never, jwks: signer.jwks });
    expect(verifySync(signer.sign()).sub).toBe('user_1');
  });
});

describe('the test issuer loses nothing either', () => {
  class Options {
    get audience(): string {
      return 'other';
    }
  }
  it.each<[string, unknown]>([
    ['a class', new Options()],
    ['a prototype', Object.create({ audience: 'other' })],
    ['a map', new Map([['audience', 'other']])],
    ['a promise', Promise.resolve({})],
  ])('%s', async (_, options) => {
    expect(() => createTestIssuer(options as object)).toThrow(TypeError);
    await expect(createTestIssuer().sign(options as TestClaims)).rejects.toThrow(
      /^claims must be a plain/,
    );
    await expect(createTestIssuer().sign({}, options as object)).rejects.toThrow(TypeError);
  });

  it('and reads what is not enumerable', () => {
    const hidden = Object.defineProperty({}, 'audience', { value: 'other' });
    expect(createTestIssuer(hidden).audience).toBe('other');
  });

  it('asks whether another name was meant', () => {
    expect(() => createTestIssuer({ algorithms: ['RS256'] } as object)).toThrow(
      'unknown option "algorithms"; Did you mean "algorithm"?',
    );
  });
});
