// A program, a polyfill or a library may replace the classes that are global. None of them may make a
// refusal look like claims.
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosSession, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { authenticateRequest } from 'verify-workos-token/web';
import { closeIssuers, listeningIssuer } from '../support/issuer.js';
import { PASSWORD } from '../support/seal.js';

const issuer = createTestIssuer({ cookiePassword: PASSWORD });
const { Error: NativeError, Promise: NativePromise } = globalThis;

afterEach(closeIssuers);

function replaceError(): void {
  globalThis.Error = class extends NativeError {} as ErrorConstructor;
}

function denyErrors(): void {
  const value = () => false;
  Object.defineProperty(NativeError, Symbol.hasInstance, { value, configurable: true });
}

/** By one that has promises of its own, as Bluebird and zone.js do. */
function replacePromise(): void {
  globalThis.Promise = class Thenable {
    readonly #promise: Promise<unknown>;
    constructor(executor: ConstructorParameters<typeof NativePromise>[0]) {
      this.#promise = new NativePromise(executor);
    }
    // biome-ignore lint/suspicious/noThenProperty: that is what it is for
    then(...reactions: Parameters<Promise<unknown>['then']>) {
      return this.#promise.then(...reactions);
    }
  } as unknown as PromiseConstructor;
}

/** By one whose promises are native, and not its instances. */
function wrapPromise(): void {
  const wrapped = (executor: ConstructorParameters<typeof NativePromise>[0]) =>
    new NativePromise(executor);
  globalThis.Promise = wrapped as unknown as PromiseConstructor;
}

function restore(): void {
  globalThis.Error = NativeError;
  globalThis.Promise = NativePromise;
  Reflect.deleteProperty(NativeError, Symbol.hasInstance);
}

/** What a call comes to that begins while globals are replaced: the test's own tools need them. */
async function codeAmid(replace: () => void, call: () => Promise<unknown>): Promise<string> {
  replace();
  let verdict: Promise<unknown>;
  try {
    verdict = call();
  } finally {
    restore();
  }
  return verdict.then(
    () => 'accepted',
    (error) => String(Reflect.get(Object(error), 'code')),
  );
}

describe.each([
  ['a replaced Error', replaceError],
  ['an Error that has no instances', denyErrors],
])('%s', (_, replace) => {
  it('leaves refusals what they are', async () => {
    const { options } = issuer;
    const forged = await issuer.wrongKey();
    const expired = await issuer.seal({}, { user: null, expiresInSeconds: -100 });
    const { verify, verifySync } = createWorkosVerifier(options);
    const calls = [
      () => verifyWorkosToken(forged, options),
      () => verify(forged),
      async () => verifySync(forged),
      () => verifyWorkosSession(expired, options),
    ];
    const codes: string[] = [];
    for (const call of calls) codes.push(await codeAmid(replace, call));

    const forgery = 'INVALID_SIGNATURE';
    expect(codes).toEqual([forgery, forgery, forgery, 'TOKEN_EXPIRED']);
  });
});

describe.each([
  ['a replaced Promise', replacePromise],
  ['a wrapped Promise', wrapPromise],
])('%s', (_, replace) => {
  it('does not hand out a session before its token is verified', async () => {
    const listening = await listeningIssuer({ cookiePassword: PASSWORD });
    const expired = await listening.seal({}, { user: null, expiresInSeconds: -100 });
    const call = () => verifyWorkosSession(expired, listening.options);

    expect(await codeAmid(replace, call)).toBe('TOKEN_EXPIRED');
  });

  it('leaves the promises of a verifier to be awaited', async () => {
    const listening = await listeningIssuer();
    const token = await listening.sign();
    const { verify } = createWorkosVerifier(listening.options);

    expect(await codeAmid(replace, () => verify(token))).toBe('accepted');
  });

  it('leaves what getToken promises to be awaited', async () => {
    const token = await issuer.sign();
    const request = new Request('https://app.example.com');
    const options = { ...issuer.options, getToken: async () => token };
    const call = () => authenticateRequest(request, options);

    expect(await codeAmid(replace, call)).toBe('accepted');
  });
});
