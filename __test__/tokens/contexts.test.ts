// Calls from contexts of `node:vm`, whose code can be stopped at any moment, and the package loaded in
// one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { claims, createSigner } from '../support/jws.js';

const signer = createSigner();
const subjects = Array.from({ length: 100 }, (_, index) => `user_${index}`);
const tokens = subjects.map((sub) => signer.sign(claims({ sub })));
/** Long enough for some hundred calls; each of these scripts would go on for ever. */
const TIMEOUT_MS = 10;
const STOPS = 4;

describe.each([
  ['remembers tokens', {}],
  ['does not', { verifiedTokenCache: false }],
])('a verifier that %s', (_, extra) => {
  const verifier = createWorkosVerifier({ ...signer.options, ...extra });

  async function everyTokenIsItsOwn() {
    expect(tokens.map((token) => verifier.verifySync(token).sub)).toEqual(subjects);
    const burst = await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(burst.map(({ sub }) => sub)).toEqual(subjects);
  }

  it.each([
    ['synchronous calls', 'for (;;) for (const token of tokens) verifySync(token);'],
    ['calls one by one', 'for (;;) for (const token of tokens) verify(token);'],
    ['calls of one token', 'for (;;) verify(tokens[0]);'],
    // Of promises nobody would be left to handle the last rejection.
    ['refusals', 'for (;;) try { verifySync("x") } catch {}'],
    ['explanations', 'for (;;) explain(tokens[0]);'],
  ])('is as before when a context is stopped in the middle of %s', async (_, code) => {
    const { verify, verifySync, explain } = verifier;
    const quiet = (call: (token: string) => Promise<unknown>) => (token: string) =>
      void call(token);
    const context = createContext({
      tokens,
      verify: quiet(verify),
      verifySync,
      explain: quiet(explain),
    });
    for (let stop = 0; stop < STOPS; stop += 1) {
      expect(() => runInContext(code, context, { timeout: TIMEOUT_MS })).toThrow(
        expect.objectContaining({ code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' }),
      );
      await everyTokenIsItsOwn();
    }
  });
});

it('a context whose microtasks are its own gets its answers', async () => {
  const context = createContext(
    { verify: verifyWorkosToken, options: signer.options, tokens, console },
    { microtaskMode: 'afterEvaluate' },
  );
  const code = 'var said = []; for (const token of tokens) said.push(verify(token, options)); said';
  const said: Promise<{ sub: string }>[] = runInContext(code, context, { timeout: 30_000 });
  const outcomes = await Promise.all(said);
  expect(outcomes.map(({ sub }) => sub)).toEqual(subjects);
});

it('the package that a context has loaded gives it objects of its own', async () => {
  const file = createRequire(import.meta.url).resolve('verify-workos-token');
  const load = `(readFileSync, createRequire, dirname, process) => function load(file) {
    const module = { exports: {} };
    const folder = dirname(file);
    const require = createRequire(file);
    const inside = (name) => (name.startsWith('.') ? load(require.resolve(name)) : require(name));
    new Function('module', 'exports', 'require', '__dirname', 'process', readFileSync(file, 'utf8'))(
      module, module.exports, inside, folder, process);
    return module.exports;
  }`;
  const contexts = Array.from({ length: 3 }, () => createContext({}));
  for (const context of contexts) {
    const api = runInContext(load, context)(readFileSync, createRequire, dirname, process)(file);
    const realm = runInContext('({ Object, Error, Promise })', context);
    const calls = tokens.map((token) => api.verifyWorkosToken(token, signer.options));
    expect(calls[0]).toBeInstanceOf(realm.Promise);
    const found = await Promise.all(calls);
    expect(found.map(({ sub }) => sub)).toEqual(subjects);
    expect(Object.getPrototypeOf(found[0])).toBe(realm.Object.prototype);
    const error = await api.verifyWorkosToken('x', signer.options).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(realm.Error);
    expect(error.code).toBe('MALFORMED_TOKEN');
  }
  expect((await verifyWorkosToken(tokens[0], signer.options)).sub).toBe('user_0');
});
