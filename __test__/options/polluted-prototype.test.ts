import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  explainWorkosToken,
  verifyWorkosToken,
  type WorkosTokenError,
  type WorkosTokenExplanation,
} from 'verify-workos-token';
import { CLIENT_ID } from '../support/jws.js';
import { CONNECT_NAMES, FULL, GOOD, MARK, signer, token, URL_OPTIONS } from '../support/options.js';
import { refusal } from '../support/refusal.js';

describe('a polluted prototype changes nothing', () => {
  const added: string[] = [];
  const pollute = (name: string, value: unknown) => {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    added.push(name);
  };
  const restore = () => {
    for (const name of added.splice(0)) delete (Object.prototype as Record<string, unknown>)[name];
  };
  afterEach(() => {
    restore();
    vi.unstubAllEnvs();
  });

  const ours = [...Object.keys(FULL), ...CONNECT_NAMES];
  const names = [...ours, 'jwks', 'maxAgeSeconds', 'timeoutMs', 'ca', 'keys', 'kty'];
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
  inside.push('MALFORMED_TOKEN', 'toJSON', 'inherited', 'then');
  inside.push('ok', 'verified', 'header', 'checks', 'remarks', 'check', 'sizeBytes');
  it.each(inside)('no part of an outcome comes from Object.prototype.%s', async (name) => {
    const before = await outcomes();
    for (const value of [MARK, 5, true, { x: 1 }, () => MARK]) {
      if (name === 'then' && typeof value === 'function') continue; // the language reads that
      pollute(name, value);
      const after = await outcomes();
      restore();
      expect(after).toEqual(before);
    }
  });

  async function outcomes(): Promise<unknown[]> {
    const verifier = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl: 'http://127.0.0.1:1' });
    const refusals = [
      await refusal(() => verifyWorkosToken('', GOOD)),
      await refusal(() => verifyWorkosToken(token, { ...GOOD, audience: 'other' })),
      await refusal(() => verifyWorkosToken(token, { clientId: 5 as unknown as string })),
      await refusal(() => verifier.verify(token)),
    ];
    const accepted = await verifyWorkosToken(token, GOOD);
    const explanations = [
      await explainWorkosToken(token, GOOD),
      await explainWorkosToken(token, { ...GOOD, audience: 'other' }),
      await explainWorkosToken(5 as unknown as string, GOOD),
    ];
    return [{ ...accepted }, ...refusals.map(describeOf), ...explanations.map(copyOf)];
  }

  function copyOf({ checks, ...explanation }: WorkosTokenExplanation): object {
    // The time is in them.
    const timeless = checks.filter(({ check }) => check !== 'exp' && check !== 'nbf');
    return { ...explanation, checks: timeless.map((check) => ({ ...check })) };
  }

  /** By copies, which have no property of the prototype's. */
  function describeOf(error: WorkosTokenError): object {
    const own = ['message', 'claims', 'expected', 'actual', 'cause'].filter((name) =>
      Object.hasOwn(error, name),
    );
    const values = own.map((name) => [name, Reflect.get(error, name)]);
    const cause = { ...(Object.hasOwn(error, 'cause') && error.cause) };
    // The back-off has chance in it.
    const timeless = { ...error, retryAfterSeconds: 0, headers: Object.keys(error.headers) };
    return { ...Object.fromEntries(values), ...timeless, cause };
  }
});
