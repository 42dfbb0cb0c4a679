// Which errors have a stack trace, and what is read from an error only when somebody asks.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenError,
} from 'verify-workos-token';
import { claims, createSigner } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

const TRACED = 10;
const signer = createSigner();
const verify = (token: string, options = {}) =>
  verifyWorkosToken(token, { ...signer.options, ...options });
const refuse = (token = 'x') => refusal(() => verify(token));
/** Nothing listens there. */
const unreachable = createWorkosVerifier({
  clientId: 'client_test',
  jwksUrl: 'http://127.0.0.1:1/jwks',
});

async function refuseMany(count: number): Promise<WorkosTokenError[]> {
  const errors: WorkosTokenError[] = [];
  for (let made = 0; made < count; made += 1) errors.push(await refuse());
  return errors;
}

function hasFrames({ stack }: Error): boolean {
  expect(stack).toMatch(/^WorkosTokenError: [a-z]/);
  return /\n +at /.test(stack as string);
}

/** So that no refusal of the last second counts. */
const quiet = () => pause(1_050);

describe('stack traces of refusals', () => {
  beforeEach(quiet);

  it('are those of the first ten within a second', async () => {
    const errors = await refuseMany(TRACED + 5);
    expect(errors.map(hasFrames)).toEqual(errors.map((_, index) => index < TRACED));
    await quiet();
    expect(hasFrames(await refuse())).toBe(true);
  });

  it('are missing for 403 as for 401', async () => {
    await refuseMany(TRACED);
    const forbidden = await refusal(() => verify(signer.sign(), { permissions: ['a'] }));
    expect([forbidden.status, hasFrames(forbidden)]).toEqual([403, false]);
  });

  it('come back ten at a time, not all at once, while a flood goes on', async () => {
    await refuseMany(TRACED - 5);
    await pause(600);
    expect((await refuseMany(6)).map(hasFrames)).toEqual([...Array(5).fill(true), false]);
    await pause(500);
    // The first five are a second old, the last six are not.
    expect((await refuseMany(5)).map(hasFrames)).toEqual([...Array(4).fill(true), false]);
  });

  it('are always there for mistakes and outages', async () => {
    await refuseMany(TRACED + 1);
    const mistake = await refusal(() => verify('x', { audience: '' }));
    const outage = refusalSync(() => unreachable.verifySync(signer.sign()));
    expect([mistake.code, outage.code]).toEqual(['INVALID_OPTIONS', 'JWKS_FETCH_FAILED']);
    expect([mistake, outage, outage.cause as Error].map(({ stack }) => stack)).toEqual(
      Array(3).fill(expect.stringMatching(/\n +at /)),
    );
  });

  it('do not wait for fake timers', async () => {
    vi.useFakeTimers();
    const errors = await refuseMany(TRACED + 1);
    vi.useRealTimers();
    expect(hasFrames(errors.at(-1) as Error)).toBe(false);
  });
});

describe('Error.stackTraceLimit', () => {
  const original = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor;

  beforeEach(async () => {
    await refuseMany(TRACED);
  });

  afterEach(() => {
    Object.defineProperty(Error, 'stackTraceLimit', original);
  });

  it.each([[0], [7], [Number.POSITIVE_INFINITY], ['many'], [undefined]])(
    'is put back to %s',
    async (limit) => {
      Object.defineProperty(Error, 'stackTraceLimit', { ...original, value: limit });
      expect(hasFrames(await refuse())).toBe(false);
      expect(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')).toEqual({
        ...original,
        value: limit,
      });
    },
  );

  it('stays absent', async () => {
    Reflect.deleteProperty(Error, 'stackTraceLimit');
    await refuse();
    expect(Object.hasOwn(Error, 'stackTraceLimit')).toBe(false);
  });

  it('that cannot be written counts', async () => {
    Object.defineProperty(Error, 'stackTraceLimit', { value: 3, writable: false });
    expect(hasFrames(await refuse())).toBe(true);
    expect(Error.stackTraceLimit).toBe(3);
  });

  it('that is an accessor is not called', async () => {
    const [get, set] = [vi.fn(() => 3), vi.fn()];
    Object.defineProperty(Error, 'stackTraceLimit', { get, set, configurable: true });
    Object.defineProperty(Object.prototype, 'writable', { value: true, configurable: true });
    await refuse();
    Reflect.deleteProperty(Object.prototype, 'writable');
    expect(set).not.toHaveBeenCalled();
  });

  it('is put back when the error cannot be made', async () => {
    const broken = {
      get: () => {
        throw new Error('no cause');
      },
      configurable: true,
    };
    Object.defineProperty(Error, 'stackTraceLimit', { ...original, value: 7 });
    Object.defineProperty(Error.prototype, 'message', broken);
    await refuse().catch(() => undefined);
    Object.defineProperty(Error.prototype, 'message', {
      value: '',
      writable: true,
      configurable: true,
    });
    expect(Error.stackTraceLimit).toBe(7);
  });
});

describe('what an error hides', () => {
  const names = ['expected', 'actual', 'claims'] as const;
  const wrong = () => refuse(signer.sign(claims({ aud: ['x'], list: [1, { a: 1 }] })));

  it('is parsed when it is read, once', async () => {
    const token = signer.sign(claims({ aud: ['x'] }));
    const parse = vi.spyOn(JSON, 'parse');
    const error = await refuse(token);
    expect(parse).not.toHaveBeenCalled();
    for (const name of names) {
      const value = error[name];
      expect(error[name]).toBe(value);
    }
    expect(parse).toHaveBeenCalledTimes(3);
    parse.mockRestore();
    expect([error.expected, error.actual]).toEqual(['client_test', ['x']]);
  });

  it('is own, not enumerable, frozen and can be removed', async () => {
    const error = await wrong();
    for (const name of names) {
      expect(Object.hasOwn(error, name)).toBe(true);
      expect(Object.prototype.propertyIsEnumerable.call(error, name)).toBe(false);
      expect(Object.isFrozen(error[name])).toBe(true);
      expect(Reflect.deleteProperty(error, name)).toBe(true);
      expect(error).not.toHaveProperty(name);
    }
  });

  it('can be assigned, and stays hidden', async () => {
    const error = (await wrong()) as { claims: unknown };
    error.claims = 'redacted';
    expect(Object.getOwnPropertyDescriptor(error, 'claims')).toEqual({
      value: 'redacted',
      writable: true,
      enumerable: false,
      configurable: true,
    });
  });

  it('is read and assigned through an object that inherits from the error', async () => {
    const error = await wrong();
    const heir = Object.create(error);
    expect(heir.claims).toBe(error.claims);
    heir.claims = 'own';
    expect([heir.claims, Object.keys(heir)]).toEqual(['own', ['claims']]);
    expect(error.claims).toMatchObject({ list: [1, { a: 1 }] });
  });

  it('can be read of a frozen error', async () => {
    const error = Object.freeze(await wrong());
    expect(error.claims).toBe(error.claims);
  });
});
