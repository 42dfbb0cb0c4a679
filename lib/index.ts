// First: it says so if Node is too old for the rest.
import './node-version.ts';
import type { VerifiedClaims } from '../index.cjs';
import { bare } from './bare.ts';
import type { Binding } from './binding.d.ts';
import { readTestOptions, readToken } from './connection/options.ts';
import { WorkosTokenError } from './error.ts';
import { type Face, loadBinding } from './loader.ts';
import { readOptions } from './options/index.ts';
import { createCounters } from './stats.ts';
import { createVerifications, type Verification } from './verify.ts';

export { causes, hintOf } from './causes.ts';
export { shared, withoutPackage } from './loader.ts';
export { libraryIn, platform } from './platform.ts';

/** Where a binding holds the functions over it, by the kind of face that loaded them last. */
const APIS = Symbol.for('verify-workos-token.apis');

export type Api = ReturnType<typeof createApi>;
type Apis = { [Kind in Face['kind']]?: Api };

/**
 * The public functions over the binary that is loaded for one of the package's faces. `import` and
 * `require` give the same ones, although each has a build of its own. A face that is loaded once more,
 * as by a test runner that has reset its modules, gets new ones.
 */
export function connect(face: Face): Api {
  const binding = loadBinding(face);
  const apis = apisOf(binding);
  const other = apis[face.kind === 'import' ? 'require' : 'import'];
  const api = (apis[face.kind] === undefined ? other : undefined) ?? createApi(binding);
  apis[face.kind] = api;
  return api;
}

function apisOf(binding: Binding): Apis {
  const known: Apis | undefined = Object.getOwnPropertyDescriptor(binding, APIS)?.value;
  if (known !== undefined) return known;
  const apis: Apis = Object.create(null);
  // If the binding takes no properties, each copy of this file has functions of its own.
  Reflect.defineProperty(binding, APIS, bare({ value: apis }));
  return apis;
}

export function createApi(binding: Binding) {
  const verificationOf = createVerifications(binding);

  function createWorkosVerifier(options?: unknown) {
    const read = readOptions(options);
    return createVerifier(verificationOf(read), read.now);
  }

  async function verifyWorkosToken(token: unknown, options?: unknown) {
    const read = readOptions(options);
    return verificationOf(read).verify(token, read.now());
  }

  async function explainWorkosToken(token: unknown, options?: unknown) {
    const read = readOptions(options);
    return verificationOf(read).explain(token, read.now());
  }

  async function testWorkosConnection(options?: unknown) {
    const { sample, verification } = readTestOptions(options);
    const read = readOptions(verification);
    return verificationOf(read).testConnection(sample, read.now());
  }

  return Object.freeze({
    verifyWorkosToken,
    createWorkosVerifier,
    explainWorkosToken,
    testWorkosConnection,
    WorkosTokenError,
  });
}

function createVerifier(verification: Verification, now: () => number) {
  const counters = createCounters();

  return Object.freeze({
    async verify(token: unknown): Promise<VerifiedClaims> {
      try {
        const answer = verification.verify(token, now());
        const claims = answer instanceof Promise ? await answer : answer;
        counters.accepted();
        return claims;
      } catch (error) {
        counters.refused(error);
        throw error;
      }
    },

    verifySync(token: unknown): VerifiedClaims {
      try {
        const claims = verification.verifySync(token, now());
        counters.accepted();
        return claims;
      } catch (error) {
        counters.refused(error);
        throw error;
      }
    },

    explain: async (token: unknown) => verification.explain(token, now()),

    ready: () => verification.ready(),

    stats: () => counters.stats(verification.stats()),

    testConnection: async (options?: unknown) =>
      verification.testConnection(readToken(options), now()),
  });
}
