import { rootCertificates } from 'node:tls';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLIENT_ID, ISSUER } from '../support/jws.js';
import { GOOD, isAccepted, MARK, optionsRefusal, signer } from '../support/options.js';
import { verifyWorkosToken } from 'verify-workos-token';
import { refusal, textOf } from '../support/refusal.js';

const SECRET = `sk_live_${MARK}`;

/** A value of each kind, with a secret in it where there is room for one. */
const KINDS: Record<string, unknown> = {
  null: null,
  boolean: true,
  number: 7_777_777_777_777,
  NaN: Number.NaN,
  bigint: 7_777_777_777_777n,
  symbol: Symbol(SECRET),
  function: function SECRET() {},
  'empty string': '',
  string: SECRET,
  object: { member: SECRET },
  'empty object': {},
  'null-prototype object': Object.assign(Object.create(null), { member: SECRET }),
  'String object': new String(SECRET),
  date: new Date(7_777_777_777_777),
  'regular expression': /SECRET/,
  map: new Map([[MARK, SECRET]]),
  error: new Error(SECRET),
  promise: Promise.resolve(SECRET),
  'empty list': [],
  'list of strings': [SECRET],
  'list of numbers': [7_777_777_777_777],
  'list of empty strings': [''],
  'list with a hole': Object.assign(Array(2), { 1: 'y' }),
  'list in a list': [[SECRET]],
  'list of objects': [{ member: SECRET }],
  set: new Set([SECRET]),
  cyclic: cyclic(),
};

/** Options that only ever restrict: `undefined` is no option left out, but a check that is lost. */
const RESTRICTIONS = [
  'organizationId',
  'permissions',
  'roles',
  'entitlements',
  'featureFlags',
  'maxAuthAgeSeconds',
  'scopes',
  'subjects',
];

function cyclic(): object {
  const object: Record<string, unknown> = { member: SECRET };
  object.self = object;
  return object;
}

/** The kinds that an option takes. */
const TAKEN: Record<string, string[]> = {
  clientId: [],
  audience: ['null', 'string', 'list of strings'],
  issuer: ['string', 'list of strings'],
  jwksUrl: [],
  allowInsecureJwksUrl: ['boolean'],
  jwks: [],
  apiUrl: [],
  workos: [],
  algorithms: [],
  clockToleranceSeconds: [],
  organizationId: ['string', 'list of strings'],
  permissions: ['list of strings'],
  roles: ['list of strings'],
  entitlements: ['list of strings'],
  featureFlags: ['list of strings'],
  maxAuthAgeSeconds: [],
  cookiePassword: [],
  impersonation: [],
  profile: [],
  authkitDomain: [],
  resource: [],
  subjects: [],
  scopes: [],
  now: ['function'],
  verifiedTokenCache: ['boolean'],
  jwksCache: ['empty object'],
  'jwksCache.maxAgeSeconds': [],
  'jwksCache.staleIfErrorSeconds': [],
  'jwksCache.cooldownSeconds': [],
  'jwksCache.timeoutMs': [],
  'jwksCache.ca': [],
};

function hidden(options: object): object {
  const entries = Object.entries(options).map(([name, value]) => [name, { value }]);
  return Object.defineProperties({}, Object.fromEntries(entries));
}

/** Good options, with this one set by its path. */
function withOption(path: string, value: unknown): Record<string, unknown> {
  const [name = '', member] = path.split('.');
  const { jwks, ...derived } = GOOD;
  const rest = name === 'jwks' || name === 'jwksUrl' ? derived : { jwks, ...derived };
  return { ...rest, [name]: member === undefined ? value : { [member]: value } };
}

async function refusalOf(path: string, value: unknown): Promise<string> {
  const error = await optionsRefusal(withOption(path, value));
  expect(textOf(error)).not.toMatch(/SECRET|7777777777777/);
  expect(error.message).toContain(`"${path.split('.')[0]}`);
  expect(error.message).toMatch(/^[a-z].*[^.]$/);
  expect(error.hint).toMatch(/\.$/);
  return error.message;
}

beforeEach(() => {
  vi.stubEnv('WORKOS_CLIENT_ID', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('an option of the wrong type is refused by its name, never by its value', () => {
  it.each(Object.entries(TAKEN))('%s', async (option, taken) => {
    for (const [kind, value] of Object.entries(KINDS)) {
      if (taken.includes(kind)) isAccepted(withOption(option, value));
      else expect.soft(await refusalOf(option, value).catch(String), kind).toContain(`"${option}`);
    }
  });

  const others = Object.keys(TAKEN).filter((option) => !RESTRICTIONS.includes(option));
  it.each(others)('%s that is undefined counts as absent', (option) => {
    vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
    isAccepted({ ...GOOD, ...withOption(option, undefined), jwks: signer.jwks });
  });

  it.each<[string, object]>([
    ['frozen', Object.freeze({ ...GOOD })],
    ['without a prototype', Object.assign(Object.create(null), GOOD)],
    ['of another realm', runInNewContext('Object.assign({}, given)', { given: GOOD })],
    ['a proxy of a plain object', new Proxy({ ...GOOD }, {})],
    ['with properties that are not enumerable', hidden(GOOD)],
  ])('options that are %s are read like any other', (_, options) => {
    isAccepted(options);
  });

  it('options that are inherited do not count', async () => {
    expect((await optionsRefusal(Object.create(GOOD))).message).toContain('"clientId"');
  });

  it('options that are an instance of a class are refused, also with their own members', async () => {
    const options = Object.assign(new (class Options {})(), GOOD);
    expect((await optionsRefusal(options)).message).toBe(
      'the option "options" must be a plain object, not an instance of a class',
    );
  });

  it('options that are no object', async () => {
    const objects = ['object', 'empty object', 'null-prototype object', 'String object', 'date'];
    objects.push('regular expression', 'map', 'error', 'promise', 'set', 'cyclic');
    for (const [kind, value] of Object.entries(KINDS)) {
      if (objects.includes(kind)) continue;
      // For `createWorkosVerifier` an array holds entries.
      const error = Array.isArray(value)
        ? await refusal(() => verifyWorkosToken('a.b.c', value as never))
        : await optionsRefusal(value);
      expect.soft(error.message, kind).toMatch(/^the option "options" must be an object, not /);
      expect.soft(textOf(error), kind).not.toMatch(/SECRET|7777777777777/);
    }
  });
});

describe('a number is tested in a pair: just in, and just out', () => {
  const URLS = { https: 'https://keys.example', loopback: 'http://127.0.0.1:1' };
  const { jwks: _, ...derived } = GOOD;
  const on = (url: string, jwksCache: object) => ({ ...derived, jwksUrl: url, jwksCache });

  it.each<[string, number, number]>([
    ['maxAgeSeconds', 30, 29.999],
    ['maxAgeSeconds', 86_400, 86_400.001],
    ['staleIfErrorSeconds', 0, -0.001],
    ['staleIfErrorSeconds', 604_800, 604_800.001],
    ['cooldownSeconds', 1, 0.999],
    ['cooldownSeconds', 300, 300.001],
    ['timeoutMs', 100, 99.999],
    ['timeoutMs', 30_000, 30_000.001],
    ['timeoutMs', 100, Number.POSITIVE_INFINITY],
    ['timeoutMs', 100, Number.NEGATIVE_INFINITY],
  ])('jwksCache.%s: %d, and not %d', async (name, taken, refused) => {
    isAccepted(on(URLS.https, { [name]: taken }));
    const { message } = await optionsRefusal(on(URLS.https, { [name]: refused }));
    expect(message).toContain(`"jwksCache.${name}"`);
  });

  it('jwksCache.maxAgeSeconds may be 1, and not less, for a loopback URL', async () => {
    isAccepted(on(URLS.loopback, { maxAgeSeconds: 1 }));
    isAccepted({ clientId: CLIENT_ID, apiUrl: URLS.loopback, jwksCache: { maxAgeSeconds: 1 } });
    await optionsRefusal(on(URLS.loopback, { maxAgeSeconds: 0.999 }));
    const insecure = { ...on('http://keys:80', { maxAgeSeconds: 29 }), allowInsecureJwksUrl: true };
    expect((await optionsRefusal(insecure)).message).toContain('"jwksCache.maxAgeSeconds"');
  });

  it.each<[string, number, number]>([
    ['clockToleranceSeconds', 0, -1],
    ['clockToleranceSeconds', 300, 301],
    ['clockToleranceSeconds', 5, 5.5],
    ['now', 253_402_300_799, 253_402_300_800],
    ['now', 0, Number.NaN],
    ['now', 0, Number.POSITIVE_INFINITY],
  ])('%s: %d, and not %d', async (option, taken, refused) => {
    isAccepted({ ...GOOD, [option]: taken });
    expect((await optionsRefusal({ ...GOOD, [option]: refused })).message).toContain(`"${option}"`);
  });
});

describe('a string is of the right form', () => {
  it.each([
    ['an API key', 'sk_live_SECRET'],
    ['a test API key', 'sk_test_SECRET'],
    ['an API key with a line break', 'sk_live_SECRET\n'],
    ['white space around it', ' client_SECRET '],
    ['a line break behind', 'client_SECRET\n'],
    ['a slash', 'client/SECRET'],
    ['a query', 'client_SECRET?x'],
    ['a fragment', 'client_SECRET#x'],
    ['percent', 'client%2FSECRET'],
    ['a surrogate alone', '\ud800SECRET'],
    ['a hundred thousand letters', 'SECRET'.repeat(20_000)],
  ])('a client id with %s is refused', async (_, clientId) => {
    await refusalOf('clientId', clientId);
  });

  it('an API key as the client id is called one, and the hint says that it is a secret', async () => {
    const error = await optionsRefusal({ clientId: SECRET });
    expect(error.message).toBe(
      'the option "clientId" must be a WorkOS client id (client_...), not an API key',
    );
    expect(error.hint).toMatch(/secret/);
  });

  it.each(['none', 'None', 'HS256', 'HS384', 'HS512', 'rs256', 'RS1', 'ES512', 'ES256K', 'SECRET'])(
    'the algorithm %s can never be allowed, not even beside RS256',
    async (algorithm) => {
      await refusalOf('algorithms', [algorithm]);
      await refusalOf('algorithms', ['RS256', algorithm]);
    },
  );

  it.each(['', 'Allow', 'ALLOW', 'denied', 'SECRET'])('impersonation %j', async (impersonation) => {
    await refusalOf('impersonation', impersonation);
  });

  const lists = ['permissions', 'roles', 'entitlements', 'featureFlags'];
  it.each(['audience', 'issuer', 'organizationId', ...lists])(
    '%s with a surrogate alone, which no token can hold',
    async (option) => {
      const value = [`SECRET\ud800`];
      expect(await refusalOf(option, value)).toContain(option);
    },
  );
});

describe('certificates', () => {
  const [one = '', two = ''] = rootCertificates;
  const PRIVATE = `-----BEGIN PRIVATE KEY-----\n${'SECRET00'.repeat(8)}\n-----END PRIVATE KEY-----`;

  it.each<[string, unknown]>([
    ['one', one],
    ['two in one text', `${one}\n${two}`],
    ['a list', [one, two]],
    ['text around it', `# an authority\r\n${one}\r\n`],
  ])('in PEM are taken: %s', (_, ca) => {
    isAccepted(withOption('jwksCache.ca', ca));
    isAccepted({ clientId: CLIENT_ID, jwksUrl: 'https://keys.example', jwksCache: { ca } });
  });

  it.each<[string, unknown]>([
    ['none', 'SECRET'],
    ['a private key', PRIVATE],
    ['an empty one', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'],
    ['one that does not parse', one.replace(/MII/, 'MIJ')],
    ['one that is cut off', one.slice(0, -40)],
    ['one in DER', Buffer.from(one)],
    ['a list with one that is none', [one, 'SECRET']],
    ['a list with one that is cut off', [one, two.slice(0, -40)]],
    ['a good one before one that is cut off', `${one}\n${two.slice(0, -40)}`],
  ])('that cannot be used are refused: %s', async (_, ca) => {
    expect(await refusalOf('jwksCache.ca', ca)).toContain('"jwksCache.ca"');
  });
});

describe('options that nobody knows, and options that contradict one another', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown name', { ...GOOD, SECRETLESS: SECRET }, /no option "SECRETLESS"/],
    ['a name in other letters', { ...GOOD, clientid: SECRET }, /no option "clientid"/],
    ['a name of the prototype', { ...GOOD, toString: SECRET }, /no option "toString"/],
    ['a symbol', { ...GOOD, [Symbol('x')]: SECRET }, /no option of another form/],
    ['an own __proto__', JSON.parse('{"__proto__":{"clientId":"SECRET"}}'), /"__proto__"/],
    ['one in jwksCache', { ...GOOD, jwksCache: { maxAge: 1 } }, /no option "jwksCache.maxAge"/],
    ['a symbol in jwksCache', { ...GOOD, jwksCache: { [Symbol('x')]: 1 } }, /"jwksCache"/],
    ['one that is undefined', { ...GOOD, unknown: undefined }, /no option "unknown"/],
    ['jwks and jwksUrl', { ...GOOD, jwksUrl: 'https://keys.example' }, /"jwks" and "jwksUrl"/],
    ['no client id', {}, /"clientId"/],
    ['no client id, no issuer', { audience: null, jwks: signer.jwks }, /"clientId"/],
    ['no client id, no audience', { issuer: ISSUER, jwks: signer.jwks }, /"clientId"/],
    ['no client id, no keys', { issuer: ISSUER, audience: null }, /"clientId"/],
    [
      'two client ids',
      { ...GOOD, workos: { clientId: 'client_2', baseURL: 'https://api.workos.com' } },
      /"clientId".*"workos"/,
    ],
  ])('%s', async (_, options, message) => {
    const error = await optionsRefusal(options);
    expect(error.message).toMatch(message);
    expect(textOf(error)).not.toMatch(/SECRET(?!LESS)/);
  });

  it('the hint for a name in other letters gives the right one', async () => {
    expect((await optionsRefusal({ ...GOOD, jwksURL: SECRET })).hint).toContain('"jwksUrl"');
  });

  it('no client id is needed with issuer, audience and a source of keys', () => {
    isAccepted({ issuer: ISSUER, audience: null, jwks: signer.jwks });
    isAccepted({ issuer: ISSUER, audience: 'a', jwksUrl: 'https://keys.example' });
  });
});
