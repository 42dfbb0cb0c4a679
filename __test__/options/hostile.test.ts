import { describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { CLIENT_ID } from '../support/jws.js';
import {
  CONNECT_NAMES,
  FULL,
  FULL_CONNECT,
  fullWith,
  MARK,
  optionsRefusal,
  signer,
  token,
} from '../support/options.js';
import { expectNone, textOf } from '../support/refusal.js';

const leak = () => {
  throw new Error(`leaked ${MARK}`);
};

async function quietRefusal(options: unknown): Promise<string> {
  const error = await optionsRefusal(options);
  expectNone(textOf(error), { secret: MARK });
  return error.message;
}

/** A proxy that counts how often each own property is read. */
function counting<T extends object>(target: T): { proxy: T; reads: Record<string, number> } {
  const reads: Record<string, number> = Object.create(null);
  const proxy = new Proxy(target, {
    get(object, name, receiver) {
      if (Object.hasOwn(object, name)) reads[String(name)] = (reads[String(name)] ?? 0) + 1;
      return Reflect.get(object, name, receiver);
    },
  });
  return { proxy, reads };
}

describe('each property is read once', () => {
  it.each([FULL, FULL_CONNECT])('of options by getters, case %#', (full) => {
    const reads: string[] = [];
    const options = {};
    for (const [name, value] of Object.entries(full)) {
      Object.defineProperty(options, name, {
        get: () => {
          reads.push(name);
          return value;
        },
      });
    }
    createWorkosVerifier(options);
    expect(reads.sort()).toEqual(Object.keys(full).sort());
  });

  it.each([FULL, FULL_CONNECT])('of everything inside, through a proxy, case %#', (full) => {
    const inner: [string, ReturnType<typeof counting<object>>][] = Object.entries(full)
      .filter((entry): entry is [string, object] => typeof entry[1] === 'object')
      .map(([name, value]) => [name, counting(value)]);
    const proxies = Object.fromEntries(inner.map(([name, { proxy }]) => [name, proxy]));
    const options = counting({ ...full, ...proxies });
    createWorkosVerifier(options.proxy);
    const counts = [options.reads, ...inner.map(([, { reads }]) => reads)].flatMap(Object.values);
    expect(counts.filter((count) => count !== 1)).toEqual([]);
    expect(Object.keys(options.reads).sort()).toEqual(Object.keys(full).sort());
    expect(inner.map(([, { reads }]) => Object.keys(reads).length)).not.toContain(0);
  });

  it('of a key set', async () => {
    const key = counting(signer.jwk);
    const keys = counting([key.proxy]);
    const jwks = counting({ keys: keys.proxy });
    await verifyWorkosToken(token, { clientId: CLIENT_ID, jwks: jwks.proxy });
    const counts = [jwks.reads, keys.reads, key.reads].map((reads) => Object.values(reads));
    expect(counts.flat().filter((count) => count !== 1)).toEqual([]);
    expect(key.reads).toHaveProperty('n', 1);
  });

  it('so that a value that changes between two readings is the first', async () => {
    let reads = 0;
    const options = {
      jwks: signer.jwks,
      get clientId() {
        reads += 1;
        return reads === 1 ? CLIENT_ID : 'client_other';
      },
    };
    await expect(verifyWorkosToken(token, options)).resolves.toHaveProperty('aud', CLIENT_ID);
  });
});

describe('what throws while it is read is refused by its name', () => {
  it.each([...Object.keys(FULL), ...CONNECT_NAMES])('a getter of %s', async (name) => {
    const options = Object.defineProperty({ ...fullWith(name) }, name, {
      get: leak,
      enumerable: true,
    });
    expect(await quietRefusal(options)).toBe(`the option "${name}" could not be read`);
  });

  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, leak]));
  const inPlaceOf = Object.keys({ ...FULL, ...FULL_CONNECT, jwks: 0 });
  const without = (name: string) =>
    name === 'jwks' ? { clientId: CLIENT_ID } : { ...fullWith(name), [name]: undefined };

  it('options as a proxy with throwing traps', async () => {
    expect(await quietRefusal(new Proxy({}, traps))).toContain('"options"');
  });

  // `now` may be a function: what it does is its own business, and shows at the call.
  it.each(inPlaceOf.filter((name) => name !== 'now'))('%s as such a proxy', async (name) => {
    for (const target of [{}, [], () => {}]) {
      const options = { ...without(name), [name]: new Proxy(target, traps) };
      expect(await quietRefusal(options)).toContain(`"${name}`);
    }
  });

  it.each(['options', ...inPlaceOf])('%s as a revoked proxy', async (name) => {
    for (const target of [{}, []]) {
      const { proxy, revoke } = Proxy.revocable(target, {});
      revoke();
      const options = name === 'options' ? proxy : { ...without(name), [name]: proxy };
      expect(await quietRefusal(options)).toContain(`"${name}`);
    }
  });

  it.each([
    [
      'jwksCache',
      {
        jwksCache: {
          get timeoutMs() {
            return leak();
          },
        },
      },
      '"jwksCache.timeoutMs"',
    ],
    [
      'workos',
      {
        workos: {
          get clientId() {
            return leak();
          },
        },
      },
      '"workos.clientId"',
    ],
    [
      'workos',
      {
        workos: {
          get baseURL() {
            return leak();
          },
        },
      },
      '"workos.baseURL"',
    ],
    ['a list', { roles: Object.defineProperty(['a'], 0, { get: leak }) }, '"roles"'],
    ['a URL', { jwksUrl: Object.create(URL.prototype) }, '"jwksUrl"'],
  ])('a getter inside %s', async (_, options, named) => {
    expect(await quietRefusal({ clientId: CLIENT_ID, ...options })).toContain(named);
  });

  it.each([
    [
      'keys',
      {
        get keys() {
          return leak();
        },
      },
    ],
    ['a key', { keys: Object.defineProperty([], 0, { get: leak }) }],
    [
      'a member',
      {
        keys: [
          {
            ...signer.jwk,
            get n() {
              return leak();
            },
          },
        ],
      },
    ],
    ['key_ops', { keys: [{ key_ops: Object.defineProperty([], 0, { get: leak }) }] }],
  ])('a getter of %s in a key set', async (_, jwks) => {
    expect(await quietRefusal({ clientId: CLIENT_ID, jwks })).toContain('"jwks');
  });
});

describe('lists', () => {
  const LISTS = [
    'audience',
    'issuer',
    'algorithms',
    'organizationId',
    'permissions',
    'roles',
    'entitlements',
    'featureFlags',
    'cookiePassword',
    'subjects',
    'scopes',
  ];

  /** A list whose length is what the test says. */
  const withLength = (length: unknown) =>
    new Proxy(['RS256'], {
      get: (list, name) => (name === 'length' ? length : Reflect.get(list, name)),
    });
  let calls = 0;

  it.each<[string, unknown]>([
    ['huge', 4_294_967_295],
    ['infinite', Number.POSITIVE_INFINITY],
    ['NaN', Number.NaN],
    ['a bigint', 1n],
    ['a symbol', Symbol(MARK)],
    ['an object that throws when it is compared', { valueOf: leak }],
    ['an object that grows', { valueOf: () => (calls++ % 2 === 0 ? 1 : 50_000_000) }],
    ['a text', MARK],
  ])('a length that is %s', async (_, length) => {
    for (const name of LISTS) {
      const start = performance.now();
      const options = { ...fullWith(name), [name]: withLength(length) };
      expect.soft(await quietRefusal(options).catch(String), name).toContain(`"${name}"`);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });

  it('a list with holes only, as long as can be', async () => {
    const holes: string[] = [];
    holes.length = 4_294_967_295;
    for (const name of LISTS) await quietRefusal({ ...fullWith(name), [name]: holes });
    await quietRefusal({ clientId: CLIENT_ID, jwks: { keys: holes } });
    await quietRefusal({ ...FULL, jwksCache: { ca: holes } });
  });

  it('an element that is read from the prototype is none of the list', async () => {
    const list = Object.setPrototypeOf([], { 0: 'admin', length: 1, __proto__: Array.prototype });
    await quietRefusal({ ...FULL, roles: list });
  });

  it('a list in a list in itself', async () => {
    const list: unknown[] = [];
    list.push(list);
    for (const name of LISTS) await quietRefusal({ ...fullWith(name), [name]: list });
  });

  it('a list that calls itself one by its prototype alone is none', async () => {
    const list = Object.setPrototypeOf({ 0: MARK, length: 1 }, Array.prototype);
    for (const name of LISTS) await quietRefusal({ ...fullWith(name), [name]: list });
  });
});
