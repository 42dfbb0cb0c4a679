// What a variable, a header or an iterator is must never come from a polluted prototype.
import { type IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken, type WorkosEntry } from 'verify-workos-token';
import { variable } from '../../lib/options/environment.ts';
import { requireWorkosToken } from 'verify-workos-token/express';
import { withWorkosToken } from 'verify-workos-token/next';
import { proxyOf } from '../../lib/options/proxy.ts';
import { createTestIssuer } from 'verify-workos-token/testing';
import { authenticateRequest } from 'verify-workos-token/web';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const restores: (() => void)[] = [];

/** Puts something on a prototype that all others inherit from. */
function pollute(prototype: object, name: PropertyKey, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  restores.push(() => {
    Reflect.deleteProperty(prototype, name);
    if (before !== undefined) Object.defineProperty(prototype, name, before);
  });
}

function restore(): void {
  // Without an iterator: these may be what is polluted.
  while (restores.length > 0) restores.pop()?.();
}

/** What a call comes to, told once the prototypes are what they were: assertions need them. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  } finally {
    restore();
  }
}

afterEach(() => {
  restore();
  vi.unstubAllEnvs();
});

const VARIABLES = [
  'WORKOS_CLIENT_ID',
  'WORKOS_API_HOSTNAME',
  'WORKOS_API_PORT',
  'WORKOS_API_HTTPS',
  'WORKOS_AUTHKIT_DOMAIN',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
];

describe('a variable that is not set is not read from Object.prototype', () => {
  beforeEach(() => {
    for (const name of VARIABLES) vi.stubEnv(name, undefined);
  });

  it.each(VARIABLES)('%s', (name) => {
    pollute(Object.prototype, name, 'evil.example');
    const [inherited, own] = [process.env[name], variable(name)];
    restore();
    expect([inherited, own]).toEqual(['evil.example', undefined]);
  });

  it('the proxy', () => {
    for (const name of ['HTTPS_PROXY', 'https_proxy'])
      pollute(Object.prototype, name, 'http://evil.example:8080');
    const proxy = proxyOf(new URL('https://api.workos.com/sso/jwks/client_test'));
    restore();
    expect(proxy).toBeUndefined();
  });

  describe('the host of the keys', () => {
    const attacker = createTestIssuer();
    let evil: string;
    beforeAll(async () => {
      await attacker.listen();
      const { origin } = new URL(attacker.jwksUrl as string);
      evil = await attacker.sign({ iss: `${origin}/user_management/${CLIENT_ID}` });
    });
    afterAll(() => attacker.close());

    function polluteHost(): void {
      const { hostname, port } = new URL(attacker.jwksUrl as string);
      pollute(Object.prototype, 'WORKOS_API_HOSTNAME', hostname);
      pollute(Object.prototype, 'WORKOS_API_PORT', port);
      pollute(Object.prototype, 'WORKOS_API_HTTPS', 'false');
    }

    /** A proxy that nobody answers at: no request leaves this machine, and none reaches WorkOS. */
    const nowhere = () => vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');

    it.each<[string, () => unknown]>([
      [
        'verifyWorkosToken with a client id',
        () => verifyWorkosToken(evil, { clientId: CLIENT_ID }),
      ],
      ['a verifier', () => createWorkosVerifier({ clientId: CLIENT_ID }).verify(evil)],
    ])('%s', async (_, call) => {
      nowhere();
      polluteHost();
      expect(await outcome(call)).toMatchObject({ code: 'JWKS_FETCH_FAILED' });
      expect(attacker.requests()).toBe(0);
    });

    it('verifyWorkosToken without options, and a route made before', async () => {
      vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
      nowhere();
      const route = withWorkosToken((_request, { claims }) => Response.json(claims));
      const request = new Request('http://localhost/', {
        headers: { authorization: `Bearer ${evil}` },
      });
      polluteHost();
      expect(await outcome(() => verifyWorkosToken(evil))).toMatchObject({
        code: 'JWKS_FETCH_FAILED',
      });
      polluteHost();
      expect(await outcome(() => route(request))).toMatchObject({ status: 503 });
      expect(attacker.requests()).toBe(0);
    });

    it('also not for options that were seen while it was polluted', async () => {
      nowhere();
      polluteHost();
      await outcome(() => verifyWorkosToken(evil, { clientId: CLIENT_ID }));
      expect(await refusal(() => verifyWorkosToken(evil, { clientId: CLIENT_ID }))).toMatchObject({
        code: 'JWKS_FETCH_FAILED',
      });
    });
  });

  it('the client id', async () => {
    pollute(Object.prototype, 'WORKOS_CLIENT_ID', CLIENT_ID);
    const { jwks } = createSigner();
    expect(await outcome(() => verifyWorkosToken('x', { jwks }))).toMatchObject({
      code: 'INVALID_OPTIONS',
    });
  });
});

it('a changed variable is noticed while arrays have no iterator', async () => {
  const issuer = createTestIssuer();
  const token = await issuer.sign();
  const options = { jwks: issuer.jwks };
  vi.stubEnv('WORKOS_CLIENT_ID', issuer.clientId);
  await verifyWorkosToken(token, options);
  vi.stubEnv('WORKOS_CLIENT_ID', 'client_other');
  pollute(Array.prototype, Symbol.iterator, () => ({ next: () => ({ done: true }) }));
  const verdict = verifyWorkosToken(token, options);
  restore();
  expect(await refusal(() => verdict)).toHaveProperty('code', 'INVALID_ISSUER');
});

describe('a request without credentials has none from Object.prototype', () => {
  const signer = createSigner();
  const authorization = `Bearer ${signer.sign()}`;
  const missing = { code: 'MALFORMED_TOKEN', reason: 'missing' };

  it.each<[string, Record<string, unknown>]>([
    ['authorization', { authorization }],
    ['headers', { headers: { authorization } }],
    ['get', { get: () => authorization }],
    ['rawHeaders', { rawHeaders: ['Authorization', 'x', 'Authorization', 'y'] }],
  ])('%s', async (name, polluted) => {
    const node = { headers: {} };
    const fetched = new Request('http://localhost/');
    pollute(Object.prototype, name, polluted[name]);
    const ofNode = await outcome(() => authenticateRequest(node as never, signer.options));
    pollute(Object.prototype, name, polluted[name]);
    const ofFetch = await outcome(() => authenticateRequest(fetched, signer.options));
    expect([ofNode, ofFetch]).toMatchObject([missing, missing]);
  });

  it('and one with credentials keeps them, also where a framework hands out proxies', async () => {
    const headers = new Proxy(new Headers({ authorization }), {
      get: (target, name) => Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name),
    });
    class Framework {
      get headers() {
        return headers;
      }
    }
    // A handler with a prototype would have the trap that is polluted.
    const request = new Proxy(new Framework(), Object.create(null));
    for (const name of ['headers', 'get']) {
      pollute(Object.prototype, name, () => undefined);
      const result = await outcome(() => authenticateRequest(request as never, signer.options));
      expect(result).toMatchObject({ claims: { sub: 'user_1' } });
    }
  });

  it('nor does something that has no headers at all', async () => {
    pollute(Object.prototype, 'headers', { authorization });
    const result = await outcome(() => authenticateRequest({} as never, signer.options));
    expect(result).toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  it('in Express', async () => {
    const middleware = requireWorkosToken(signer.options);
    const request = { headers: {} } as IncomingMessage;
    const response = new ServerResponse(request);
    const next = vi.fn();
    pollute(Object.prototype, 'authorization', authorization);
    await outcome(() => middleware(request, response, next));
    expect([response.statusCode, next.mock.calls]).toEqual([401, []]);
  });
});

describe('no check is lost with an iterator that gives nothing', () => {
  const signer = createSigner();
  const token = signer.sign();
  const empty = function* () {};
  const prototypes = {
    Object: Object.prototype,
    Array: Array.prototype,
    Map: Map.prototype,
    String: String.prototype,
  };

  const strict: [string, object, string][] = [
    ['permissions', { permissions: ['posts:write'] }, 'MISSING_PERMISSION'],
    ['roles', { roles: ['admin'] }, 'MISSING_PERMISSION'],
    ['organizationId', { organizationId: ['org_1'] }, 'FORBIDDEN_ORGANIZATION'],
    ['audience', { audience: ['other'] }, 'INVALID_AUDIENCE'],
    ['issuer', { issuer: ['https://other.example'] }, 'INVALID_ISSUER'],
    ['algorithms', { algorithms: ['ES256'] }, 'UNSUPPORTED_ALGORITHM'],
  ];
  const owners = Object.keys(prototypes) as (keyof typeof prototypes)[];
  const cases = owners.flatMap((owner) =>
    strict.map(([option, more, code]) => ({ owner, option, more, code })),
  );

  /** Restored before anything is awaited: options are read by then, and Node needs its iterators. */
  async function under(prototype: object, call: () => Promise<unknown>): Promise<unknown> {
    pollute(prototype, Symbol.iterator, empty);
    let promise: Promise<unknown>;
    try {
      promise = call();
    } finally {
      restore();
    }
    return promise.catch((error: unknown) => error);
  }

  it.each(cases)('$option under $owner', async ({ owner, more, code }) => {
    const prototype = prototypes[owner];
    const options = { ...signer.options, ...more };
    const headers = { authorization: `Bearer ${token}` };
    const verify = async () => createWorkosVerifier(options).verify(token);
    const authenticate = () => authenticateRequest({ headers } as never, options);
    const route = withWorkosToken(() => new Response(), options);
    const request = new Request('http://localhost/', { headers });
    const entries = [{ name: 'a', ...options }];
    const several = async () => createWorkosVerifier(entries as WorkosEntry[]).verify(token);
    const byEntry = () => authenticateRequest({ headers } as never, entries as WorkosEntry[]);
    const once = () => verifyWorkosToken(token, options);
    for (const call of [once, verify, authenticate, several, byEntry])
      expect(await under(prototype, call)).toMatchObject({ code });
    const response = (await under(prototype, () => route(request))) as Response;
    expect(await response.json()).toMatchObject({ code });
  });
});
