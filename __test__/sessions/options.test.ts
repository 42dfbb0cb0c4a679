// The cookie password: what it may be, where it comes from, and that nothing shows or keeps it.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosSession,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { GOOD, isAccepted, optionsRefusal } from '../support/options.js';
import { refusal, refusalSync, textOf } from '../support/refusal.js';
import { PASSWORD, seal } from '../support/seal.js';

const issuer = createTestIssuer();
const sealed = seal({ accessToken: await issuer.sign() });
const { options } = issuer;
const VARIABLE = 'WORKOS_COOKIE_PASSWORD';

afterEach(() => vi.unstubAllEnvs());

describe('a cookie password', () => {
  it.each([
    ['of 32 characters', 'x'.repeat(32)],
    ['of 1,024 characters', 'x'.repeat(1_024)],
    ['of 32 characters of any script', '\u{1f511}'.repeat(16)],
    ['in an array', ['x'.repeat(32)]],
    ['in an array of four', Array(4).fill('x'.repeat(32))],
    ['that is undefined', undefined],
  ])('%s is taken', (_, cookiePassword) => isAccepted({ ...GOOD, cookiePassword }));

  it.each<[string, unknown, string]>([
    ['of 31 characters', 'x'.repeat(31), 'a string that is too short'],
    ['of 1,025 characters', 'x'.repeat(1_025), 'a string that is too long'],
    ['that is empty', '', 'an empty string'],
    ['with a lone surrogate', '\ud800'.repeat(40), 'a string with a lone surrogate'],
    ['that is null', null, 'null'],
    ['that is a number', 7, 'a number'],
    ['in bytes', Buffer.alloc(32, 'x'), 'a Buffer or typed array'],
    ['in a map', { 1: 'x'.repeat(32) }, 'an object'],
    ['in an empty array', [], 'an empty array'],
    ['in an array of five', Array(5).fill('x'.repeat(32)), 'an array of more'],
    ['in an array that is too short', ['x'.repeat(31)], 'an array with a string that is too short'],
    [
      'in an array with a hole',
      Object.assign(Array(2), { 1: 'x'.repeat(32) }),
      'an array with undefined',
    ],
  ])('%s is refused', async (_, cookiePassword, kind) => {
    const error = await optionsRefusal({ ...GOOD, cookiePassword });
    expect(error.message).toBe(
      `the option "cookiePassword" must be a string of 32 to 1024 characters, or an array of 1 to 4 of these, not ${kind}`,
    );
    const given = { ...GOOD, cookiePassword } as WorkosTokenOptions;
    expect(await refusal(() => verifyWorkosSession(sealed, given))).toMatchObject({
      code: 'INVALID_OPTIONS',
      status: 500,
    });
  });

  it('is tried along with the others', async () => {
    const other = 'another password, which is as long';
    for (const cookiePassword of [[PASSWORD], [other, PASSWORD], [PASSWORD, other]]) {
      const { claims } = await verifyWorkosSession(sealed, { ...options, cookiePassword });
      expect(claims.sub).toMatch(/^user_/);
    }
    const error = await refusal(() =>
      verifyWorkosSession(sealed, { ...options, cookiePassword: [other, other] }),
    );
    expect(error).toMatchObject({ code: 'INVALID_SESSION', reason: 'mismatch' });
  });

  it('that ends in white space is named when it opens nothing', async () => {
    const cookiePassword = `${PASSWORD}\n`;
    const { hint } = await refusal(() =>
      verifyWorkosSession(sealed, { ...options, cookiePassword }),
    );
    expect(hint).toContain('white space');
    const own = seal({ accessToken: await issuer.sign() }, { password: cookiePassword });
    await expect(verifyWorkosSession(own, { ...options, cookiePassword })).resolves.toBeDefined();
  });
});

describe(VARIABLE, () => {
  it('is read at each call of the function', async () => {
    vi.stubEnv(VARIABLE, PASSWORD);
    await expect(verifyWorkosSession(sealed, options)).resolves.toBeDefined();
    vi.stubEnv(VARIABLE, 'another password, which is as long');
    expect(await refusal(() => verifyWorkosSession(sealed, options))).toMatchObject({
      code: 'INVALID_SESSION',
    });
  });

  it('is read once for a verifier, when its first session comes', async () => {
    const [verifier, without] = [createWorkosVerifier(options), createWorkosVerifier(options)];
    vi.stubEnv(VARIABLE, PASSWORD);
    await expect(verifier.verifySession(sealed)).resolves.toBeDefined();
    vi.stubEnv(VARIABLE, undefined);
    expect(refusalSync(() => without.verifySessionSync(sealed)).code).toBe('INVALID_OPTIONS');
    expect(verifier.verifySessionSync(sealed).claims.sub).toMatch(/^user_/);
    vi.stubEnv(VARIABLE, PASSWORD);
    expect(refusalSync(() => without.verifySessionSync(sealed)).code).toBe('INVALID_OPTIONS');
  });

  it('plays no part where a password is given', async () => {
    vi.stubEnv(VARIABLE, 'short');
    const given = { ...options, cookiePassword: PASSWORD };
    await expect(verifyWorkosSession(sealed, given)).resolves.toBeDefined();
  });

  it.each([
    ['missing', undefined, /"cookiePassword" is missing, and so is WORKOS_COOKIE_PASSWORD/],
    ['empty', '', /"cookiePassword" is missing, and so is WORKOS_COOKIE_PASSWORD/],
    [
      'short',
      'x'.repeat(31),
      /the variable WORKOS_COOKIE_PASSWORD must be .* not a string that is too short/,
    ],
    [
      'long',
      'x'.repeat(1_025),
      /the variable WORKOS_COOKIE_PASSWORD must be .* not a string that is too long/,
    ],
  ])('%s stops sessions alone', async (_, value, message) => {
    vi.stubEnv(VARIABLE, value);
    const verifier = createWorkosVerifier(options);
    const errors = [
      await refusal(() => verifyWorkosSession(sealed, options)),
      await refusal(() => verifyWorkosSession(undefined as unknown as string, options)),
      await refusal(() => verifier.verifySession(sealed)),
      refusalSync(() => verifier.verifySessionSync(sealed)),
    ];
    for (const error of errors) {
      expect(error.code).toBe('INVALID_OPTIONS');
      expect(error.message).toMatch(message);
    }
    const token = await issuer.sign();
    await expect(verifyWorkosToken(token, options)).resolves.toBeDefined();
    await expect(verifier.verify(token)).resolves.toBeDefined();
  });

  it('counts only as an own property of the environment', async () => {
    vi.stubEnv(VARIABLE, undefined);
    Reflect.set(Object.prototype, VARIABLE, PASSWORD);
    try {
      expect((await refusal(() => verifyWorkosSession(sealed, options))).code).toBe(
        'INVALID_OPTIONS',
      );
    } finally {
      Reflect.deleteProperty(Object.prototype, VARIABLE);
    }
  });
});

describe('options that were seen before', () => {
  it('are told apart by their password', async () => {
    const other = 'another password, which is as long';
    const otherSealed = seal({ accessToken: await issuer.sign() }, { password: other });
    for (let round = 0; round < 3; round += 1) {
      for (const [cookiePassword, mine, theirs] of [
        [PASSWORD, sealed, otherSealed],
        [other, otherSealed, sealed],
      ] as const) {
        const given = { ...options, cookiePassword };
        await expect(verifyWorkosSession(mine, given)).resolves.toBeDefined();
        expect((await refusal(() => verifyWorkosSession(theirs, given))).code).toBe(
          'INVALID_SESSION',
        );
      }
    }
  });

  it('have a password that is no longer right refused', async () => {
    await expect(
      verifyWorkosSession(sealed, { ...options, cookiePassword: PASSWORD }),
    ).resolves.toBeDefined();
    const error = await refusal(() =>
      verifyWorkosSession(sealed, { ...options, cookiePassword: 'short' }),
    );
    expect(error.code).toBe('INVALID_OPTIONS');
  });

  it('have their password read once', async () => {
    let reads = 0;
    const given = Object.defineProperty({ ...options }, 'cookiePassword', {
      enumerable: true,
      get: () => {
        reads += 1;
        return PASSWORD;
      },
    });
    await verifyWorkosSession(sealed, given);
    await verifyWorkosSession(sealed, given);
    expect(reads).toBe(2);
  });
});

describe('nothing shows the password', () => {
  const secret = 'SECRET-SECRET-SECRET-SECRET-SECRET';

  it.each<[string, unknown, object]>([
    ['a wrong password', sealed, { cookiePassword: secret }],
    ['a wrong value', 7, { cookiePassword: secret }],
    ['a password that is too long', sealed, { cookiePassword: secret.repeat(40) }],
    ['a password that is too short', sealed, { cookiePassword: 'SECRET' }],
    ['a wrong option', sealed, { cookiePassword: secret, clockToleranceSeconds: -1 }],
    ['an unknown option', sealed, { cookiePassword: secret, x: 1 }],
  ])('in the error about %s', async (_, value, given) => {
    const error = await refusal(() =>
      verifyWorkosSession(value as string, { ...options, ...given }),
    );
    expect(textOf(error)).not.toContain('SECRET');
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('SECRET');
  });

  it('in the memory of the process, once its own copies are gone', {
    timeout: 60_000,
  }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      fileURLToPath(new URL('../support/password-in-memory.mjs', import.meta.url)),
    ]);
    expect(JSON.parse(stdout)).toEqual({ whileHeld: true, afterwards: false });
  });

  it('in a verifier', () => {
    const verifier = createWorkosVerifier({ ...options, cookiePassword: secret });
    const shown = [inspect(verifier, { showHidden: true, depth: 9 }), JSON.stringify(verifier)];
    expect(`${shown} ${JSON.stringify(verifier.stats())}`).not.toContain('SECRET');
  });
});
