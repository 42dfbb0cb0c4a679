import { describe, expect, it } from 'vitest';
import { verifyWorkosToken, WorkosTokenError } from 'verify-workos-token';
import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';
import { claims, createSigner } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();
const token = signer.sign();
const request = (authorization: string) =>
  new Request('http://localhost/', { headers: { authorization } });

describe('authenticateRequest', () => {
  it('resolves with the claims and the token, frozen', async () => {
    const identity = await authenticateRequest(request(`Bearer ${token}`), signer.options);
    expect(identity).toEqual({ claims: await verifyWorkosToken(token, signer.options), token });
    expect([Object.isFrozen(identity), Object.isFrozen(identity.claims)]).toEqual([true, true]);
  });

  it('takes anything with headers', async () => {
    const headers = new Headers({ authorization: `Bearer ${token}` });
    await expect(authenticateRequest({ headers }, signer.options)).resolves.toHaveProperty('token');
  });

  it('gives null for a request without credentials where that is allowed', async () => {
    const options = { ...signer.options, optional: true };
    expect(await authenticateRequest(new Request('http://localhost/'), options)).toBe(null);
  });

  it.each([
    [undefined],
    [null],
    ['Bearer x'],
    [{}],
    [{ headers: null }],
    [{ headers: 'authorization' }],
  ])('rejects %j in place of a request', async (odd) => {
    const error = await refusal(() => authenticateRequest(odd as never, signer.options));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS', status: 500 });
  });

  it('lets through what getToken throws', async () => {
    const thrown = new Error('no cookie jar');
    const getToken = () => {
      throw thrown;
    };
    const options = { ...signer.options, getToken };
    await expect(authenticateRequest(request('Bearer x'), options)).rejects.toBe(thrown);
  });

  it('reads each option once, and none that is inherited', async () => {
    const reads: string[] = [];
    const options = new Proxy(
      { ...signer.options, optional: false, getToken: () => token },
      {
        get(target, name) {
          reads.push(String(name));
          return Reflect.get(target, name);
        },
      },
    );
    await authenticateRequest(request('Bearer x'), options);
    expect(reads.sort()).toEqual(['clientId', 'getToken', 'jwks', 'optional']);
  });

  it('is not changed by a polluted prototype', async () => {
    // Made before: `Request` itself looks at a polluted prototype.
    const [lone, bare] = [request('Bearer'), new Request('http://localhost/')];
    const polluted = Object.prototype as Record<string, unknown>;
    polluted.optional = true;
    polluted.getToken = () => token;
    polluted.credentials = 'missing';
    try {
      const error = await refusal(() => authenticateRequest(lone, signer.options));
      expect(error).toMatchObject({ status: 400, reason: 'invalid' });
      await expect(authenticateRequest(bare, signer.options)).rejects.toThrow(/no bearer token/);
    } finally {
      for (const name of ['optional', 'getToken', 'credentials']) delete polluted[name];
    }
  });
});

describe('the errors of a request', () => {
  const refused = (authorization?: string) =>
    refusal(() =>
      authenticateRequest(
        authorization === undefined ? new Request('http://localhost/') : request(authorization),
        signer.options,
      ),
    );

  it.each<[string, string | undefined, object]>([
    ['missing', undefined, { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }],
    ['invalid', 'Bearer', { status: 400, statusCode: 400 }],
  ])('have the reason %s, a fact and a hint', async (reason, authorization, expected) => {
    const error = await refused(authorization);
    expect(error).toMatchObject({ code: 'MALFORMED_TOKEN', reason, retryable: false, ...expected });
    expect(error.message).toMatch(/^[a-z][^\n]*[^.\s]$/);
    expect(error.hint).toMatch(/^[A-Z][^\n]*\.$/);
  });

  it('repeat nothing of the header', async () => {
    const error = await refused('Bearer SECRET SECRET');
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(
      'SECRET',
    );
  });
});

describe('errorToResponse', () => {
  it('answers with what the error says', async () => {
    const options = { ...signer.options, permissions: ['a'] };
    const error = await refusal(() => authenticateRequest(request(`Bearer ${token}`), options));
    const response = errorToResponse(error);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      error: 'insufficient_scope',
      code: 'MISSING_PERMISSION',
    });
  });

  it('answers with no more of a token than the code', async () => {
    const marked = signer.sign(claims({ aud: 'SECRET', iss: 'SECRET' }));
    const error = await refusal(() =>
      authenticateRequest(request(`Bearer ${marked}`), signer.options),
    );
    const response = errorToResponse(error);
    expect(JSON.stringify([...response.headers]) + (await response.text())).not.toContain('SECRET');
  });

  it.each([[new Error('x')], ['x'], [undefined], [{ status: 401 }]])('throws %s on', (other) => {
    expect(() => errorToResponse(other)).toThrow(other instanceof Error ? other : undefined);
    let thrown: unknown = 'nothing';
    try {
      errorToResponse(other);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBe(other);
  });

  it('knows our error from any copy of the package', () => {
    const branded = { [Symbol.for('verify-workos-token.error')]: true };
    const response = new Response();
    expect(errorToResponse({ ...branded, getResponse: () => response })).toBe(response);
    expect(branded instanceof WorkosTokenError).toBe(true);
  });
});
