import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from '../index.js';
import { CLIENT_ID } from './support/jws.js';
import { FULL, GOOD, MARK, optionsRefusal, signer, token, URL_OPTIONS } from './support/options.js';
import { refusal } from './support/refusal.js';

describe('a polluted prototype changes nothing', () => {
  const added: string[] = [];
  const pollute = (name: string, value: unknown) => {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    added.push(name);
  };
  afterEach(() => {
    for (const name of added.splice(0)) delete (Object.prototype as Record<string, unknown>)[name];
    vi.unstubAllEnvs();
  });

  const names = [...Object.keys(FULL), 'jwks', 'maxAgeSeconds', 'timeoutMs', 'ca', 'keys', 'kty'];
  it.each(names)('no option comes from Object.prototype.%s', async (name) => {
    for (const value of [MARK, 5, null, ['x'], { x: 1 }, () => 1]) {
      pollute(name, value);
      await expect(verifyWorkosToken(token, GOOD)).resolves.toHaveProperty('sub', 'user_1');
      createWorkosVerifier({ ...URL_OPTIONS, jwksCache: {} });
    }
  });

  it('no client id comes from it, through a client that has none', async () => {
    vi.stubEnv('WORKOS_CLIENT_ID', undefined);
    pollute('clientId', CLIENT_ID);
    const workos = { baseURL: 'http://127.0.0.1:1' };
    expect((await refusal(() => verifyWorkosToken(token, { jwks: signer.jwks }))).code).toBe(
      'INVALID_OPTIONS',
    );
    expect((await refusal(() => verifyWorkosToken(token, { workos }))).code).toBe(
      'INVALID_OPTIONS',
    );
  });

  // What an outcome or an error is made from inside.
  const inside = ['code', 'message', 'hint', 'claim', 'reason', 'expected', 'actual', 'claims'];
  inside.push('retryAfterSeconds', 'cause', 'status', 'fetched', 'fixed', 'INVALID_OPTIONS');
  inside.push('MALFORMED_TOKEN', 'toJSON', 'then');
  it.each(inside)('no part of an outcome comes from Object.prototype.%s', async (name) => {
    const before = await Promise.all([
      refusal(() => verifyWorkosToken('', GOOD)),
      optionsRefusal({ clientId: 5 }),
    ]);
    for (const value of [MARK, 5, { x: 1 }, () => MARK]) {
      if (name === 'then' && typeof value === 'function') continue; // the language reads that
      pollute(name, value);
      const claims = await verifyWorkosToken(token, GOOD);
      const after = await Promise.all([
        refusal(() => verifyWorkosToken('', GOOD)),
        optionsRefusal({ clientId: 5 }),
      ]);
      const { sub, aud } = claims;
      delete (Object.prototype as Record<string, unknown>)[name];
      expect({ sub, aud }).toEqual({ sub: 'user_1', aud: CLIENT_ID });
      expect(after.map(describeOf)).toEqual(before.map(describeOf));
    }
  });

  function describeOf(error: object): unknown {
    const { code, message, hint, status, headers, retryable, retryAfterSeconds, claims, cause } =
      error as Record<string, unknown>;
    return { code, message, hint, status, headers, retryable, retryAfterSeconds, claims, cause };
  }
});
