// What is made from options keeps what it has read: nothing that is done to them later changes it.
import { type IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { requireWorkosToken } from 'verify-workos-token/express';
import { withWorkosToken } from 'verify-workos-token/next';
import { createTestIssuer } from 'verify-workos-token/testing';
import { CLIENT_ID, claims, createSigner, ISSUER } from '../support/jws.js';

const signer = createSigner();
const good = {
  sub: 'user_1',
  org_id: 'org_1',
  role: 'admin',
  permissions: ['a'],
  act: { sub: 'x' },
};
const token = signer.sign(claims(good));

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Options that can be changed all the way down, under which `token` is good. */
function changeable() {
  return {
    clientId: CLIENT_ID,
    audience: ['a', CLIENT_ID],
    issuer: [ISSUER],
    jwks: { keys: [{ ...signer.jwk, key_ops: ['verify'] }] },
    algorithms: ['RS256'] as 'RS256'[],
    clockToleranceSeconds: 5,
    organizationId: ['org_1'],
    permissions: ['a'],
    roles: ['admin'],
    impersonation: 'allow' as 'allow' | 'deny',
    workos: { clientId: CLIENT_ID, baseURL: 'https://api.workos.com' },
    optional: false,
  };
}
type Options = ReturnType<typeof changeable>;

/** What verifies a token with the options of then: each gives the code, or the user. */
const MADE: Record<string, (options: Options) => (token?: string) => Promise<string>> = {
  createWorkosVerifier: ({ optional: _, ...options }) => {
    const { verify } = createWorkosVerifier(options);
    return async (sent = '') =>
      verify(sent).then(
        ({ sub }) => sub,
        (error) => error.code,
      );
  },
  withWorkosToken: (options) => {
    const route = withWorkosToken(
      (_, auth) => Response.json(auth.claims?.sub ?? 'nobody'),
      options,
    );
    return async (sent) => {
      const headers = sent === undefined ? undefined : { authorization: `Bearer ${sent}` };
      const response = await route(new Request('http://localhost/', headers && { headers }));
      const body = await response.json();
      return response.ok ? (body as string) : (body as { code: string }).code;
    };
  },
  requireWorkosToken: (options) => {
    const middleware = requireWorkosToken(options);
    return async (sent) => {
      const headers = sent === undefined ? {} : { authorization: `Bearer ${sent}` };
      const request = { headers } as IncomingMessage & { workos?: { claims: { sub: string } } };
      const response = new ServerResponse(request);
      let body = '';
      response.end = ((text: string) => {
        body = text;
      }) as never;
      await middleware(request, response, () => {});
      return body === '' ? (request.workos?.claims.sub ?? 'nobody') : JSON.parse(body).code;
    };
  },
};

const CHANGES: [string, (options: Options) => unknown][] = [
  ['the client id', (options) => Object.assign(options, { clientId: 'client_other' })],
  ['an audience', ({ audience }) => audience.pop()],
  ['an issuer', ({ issuer }) => issuer.splice(0, 1, 'https://other.example')],
  ['the list of keys', ({ jwks }) => jwks.keys.pop()],
  ['the key set', ({ jwks }) => Object.assign(jwks, { keys: [] })],
  ['a key', ({ jwks }) => Object.assign(jwks.keys[0] ?? {}, { kid: 'key_2' })],
  ['what a key is for', ({ jwks }) => jwks.keys[0]?.key_ops.splice(0, 1, 'encrypt')],
  ['an algorithm', ({ algorithms }) => algorithms.splice(0, 1, 'ES256' as 'RS256')],
  ['an organization', ({ organizationId }) => organizationId.splice(0, 1, 'org_2')],
  ['a permission', ({ permissions }) => permissions.push('b')],
  ['all permissions', (options) => Object.assign(options, { permissions: undefined })],
  ['a role', ({ roles }) => roles.splice(0, 1, 'owner')],
  ['impersonation', (options) => Object.assign(options, { impersonation: 'deny' })],
  ['the client', ({ workos }) => Object.assign(workos, { clientId: 'client_other' })],
  ['its base', ({ workos }) => Object.assign(workos, { baseURL: 'ftp://other.example' })],
  ['a new option', (options) => Object.assign(options, { unknown: true })],
];

describe.each(Object.entries(MADE))('%s', (_, make) => {
  it.each(CHANGES)('does not see a change of %s', async (_name, change) => {
    const options = changeable();
    const verify = make(options);
    change(options);
    expect(await verify(token)).toBe('user_1');
  });

  it('does not see a check taken away', async () => {
    for (const name of ['organizationId', 'permissions', 'roles'] as const) {
      const options = changeable();
      options[name] = ['other'];
      const verify = make(options);
      delete (options as Partial<Options>)[name];
      expect(await verify(token)).toMatch(/^(FORBIDDEN_ORGANIZATION|MISSING_PERMISSION)$/);
    }
  });

  it('reads each property once, when it is made', async () => {
    const options = changeable();
    const reads: string[] = [];
    for (const [name, value] of Object.entries(options)) {
      const get = () => {
        reads.push(name);
        return value;
      };
      Object.defineProperty(options, name, { get, enumerable: true });
    }
    const verify = make(options);
    const expected = Object.keys(options).sort();
    expect([...reads].sort()).toEqual(expected);
    await verify(token);
    await verify(token);
    expect([...reads].sort()).toEqual(expected);
  });

  it('does not see a change of a URL, or of what is in jwksCache', async () => {
    const issuer = createTestIssuer();
    await issuer.listen();
    try {
      const jwksUrl = new URL(issuer.jwksUrl as string);
      const jwksCache = { timeoutMs: 5_000 };
      const options = { ...issuer.options, jwksUrl, jwksCache };
      const verify = make(options as never);
      jwksUrl.href = 'http://127.0.0.1:1/';
      jwksCache.timeoutMs = -1;
      expect(await verify(await issuer.sign())).toMatch(/^user_/);
    } finally {
      await issuer.close();
    }
  });
});

describe('withWorkosToken', () => {
  const request = () =>
    new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } });

  it('reads the environment at each request all the same', async () => {
    const route = withWorkosToken(() => new Response(), { jwks: signer.jwks });
    vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
    expect((await route(request())).status).toBe(200);
    vi.stubEnv('WORKOS_CLIENT_ID', 'client_other');
    expect((await route(request())).status).toBe(401);
  });

  it.each<[string, object]>([
    ['a value', { clientId: '' }],
    ['a variable that is not set', { organizationId: undefined }],
    ['something in jwksCache', { jwksCache: { timeoutMs: 1 } }],
    ['a key set', { jwks: Promise.resolve(signer.jwks) }],
    ['a time', { now: Date.now() }],
    ['options that contradict each other', { jwksUrl: 'https://keys.example' }],
  ])('tells of a mistake in %s at each request, and not when it is made', async (_, wrong) => {
    const handler = vi.fn(() => new Response());
    const route = withWorkosToken(handler, { ...signer.options, ...wrong });
    const errors = await Promise.all(
      [route, route].map((call) => call(request()).catch((error: unknown) => error)),
    );
    expect(errors).toMatchObject([{ code: 'INVALID_OPTIONS' }, { code: 'INVALID_OPTIONS' }]);
    expect(errors[0]).not.toBe(errors[1]);
    expect(handler).not.toHaveBeenCalled();
  });

  it('asks the function in "now" at each request', async () => {
    const now = vi.fn(() => 700);
    const signed = signer.sign(claims({ exp: 1_000 }));
    const headers = { authorization: `Bearer ${signed}` };
    const route = withWorkosToken(() => new Response(), { ...signer.options, now });
    expect(now).not.toHaveBeenCalled();
    expect((await route(new Request('http://localhost/', { headers }))).status).toBe(200);
    now.mockReturnValue(2_000);
    expect((await route(new Request('http://localhost/', { headers }))).status).toBe(401);
    now.mockReturnValue(Date.now());
    await expect(route(request())).rejects.toThrow(
      /"now" must give a number of seconds since 1970, not a number that is too large/,
    );
  });
});
