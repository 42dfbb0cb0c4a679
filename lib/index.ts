// First: it says so if Node is too old for the rest.
import './node-version.ts';
import type { VerifiedClaims, WorkosSession } from '../index.cjs';
import { bare } from './bare.ts';
import type { Binding } from './binding.d.ts';
import { readTestOptions, readToken } from './connection/options.ts';
import { debugRefusal } from './debug.ts';
import { isRefusal, WorkosTokenError } from './error.ts';
import { isWatched, Watch } from './events.ts';
import { isSealed } from './explain.ts';
import { type Face, loadBinding } from './loader.ts';
import { readOptions } from './options/index.ts';
import { NativePromise } from './promise.ts';
import { createSessions, type Sessions } from './session.ts';
import { type Counters, createCounters } from './stats.ts';
import { createVerifications, type Verdict, type Verification } from './verify.ts';

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
  // With verifications of their own: the same options ask something else of a session's token.
  const sessionsOf = createSessions(binding, createVerifications(binding));
  const watch = new Watch(binding);

  function createWorkosVerifier(options?: unknown) {
    try {
      const read = readOptions(options);
      return createVerifier(verificationOf(read), sessionsOf(read), read.now, watch);
    } catch (error) {
      debugRefusal(error);
      throw error;
    }
  }

  function verifyWorkosToken(token: unknown, options?: unknown) {
    if (!isWatched()) return verifyOnce(token, options);
    return watch.promise('verifyWorkosToken', () => verifyOnce(token, options));
  }

  function verifyOnce(token: unknown, options: unknown): Promise<VerifiedClaims> {
    return promised(() => {
      const read = readOptions(options);
      return verificationOf(read).verify(token, read.now());
    });
  }

  function verifyWorkosSession(sealed: unknown, options?: unknown) {
    if (!isWatched()) return verifySessionOnce(sealed, options);
    return watch.promise('verifyWorkosSession', () => verifySessionOnce(sealed, options));
  }

  async function verifySessionOnce(sealed: unknown, options: unknown) {
    const read = readOptions(options);
    return sessionsOf(read).verify(sealed, read.now());
  }

  async function explainWorkosToken(token: unknown, options?: unknown) {
    try {
      watch.tellKeyEvents();
      const read = readOptions(options);
      if (isSealed(token)) return await sessionsOf(read).explain(token, read.now());
      return await verificationOf(read).explain(token, read.now());
    } catch (error) {
      debugRefusal(error);
      throw error;
    } finally {
      watch.tellKeyEvents();
    }
  }

  async function testWorkosConnection(options?: unknown) {
    const { sample, verification } = readTestOptions(options);
    const read = readOptions(verification);
    return verificationOf(read).testConnection(sample, read.now());
  }

  return Object.freeze({
    verifyWorkosToken,
    verifyWorkosSession,
    createWorkosVerifier,
    explainWorkosToken,
    testWorkosConnection,
    WorkosTokenError,
  });
}

function createVerifier(
  verification: Verification,
  sessions: Sessions,
  now: () => number,
  watch: Watch,
) {
  const unwatched = createUnwatched(verification, sessions, now);

  return Object.freeze({
    verify(token: unknown): Promise<VerifiedClaims> {
      if (!isWatched()) return unwatched.verify(token);
      return watch.promise('verify', () => unwatched.verify(token));
    },

    verifySync(token: unknown): VerifiedClaims {
      if (!isWatched()) return unwatched.verifySync(token);
      return watch.sync('verifySync', () => unwatched.verifySync(token));
    },

    verifySession(sealed: unknown): Promise<WorkosSession> {
      if (!isWatched()) return unwatched.verifySession(sealed);
      return watch.promise('verifySession', () => unwatched.verifySession(sealed));
    },

    verifySessionSync(sealed: unknown): WorkosSession {
      if (!isWatched()) return unwatched.verifySessionSync(sealed);
      return watch.sync('verifySessionSync', () => unwatched.verifySessionSync(sealed));
    },

    async explain(token: unknown) {
      watch.tellKeyEvents();
      try {
        const explainer = isSealed(token) ? sessions : verification;
        return await explainer.explain(token as string, now());
      } finally {
        watch.tellKeyEvents();
      }
    },

    testConnection: async (options?: unknown) =>
      verification.testConnection(readToken(options), now()),

    async ready(): Promise<void> {
      watch.tellKeyEvents();
      try {
        await verification.ready();
      } catch (error) {
        debugRefusal(error);
        throw error;
      } finally {
        watch.tellKeyEvents();
      }
    },

    exportKeys: () => verification.exportKeys(),

    stats() {
      watch.tellKeyEvents();
      return unwatched.stats();
    },
  });
}

function createUnwatched(verification: Verification, sessions: Sessions, now: () => number) {
  const counters = createCounters();

  return {
    verify(token: unknown): Promise<VerifiedClaims> {
      return promised(() => verification.verify(token, now()), counters);
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

    async verifySession(sealed: unknown): Promise<WorkosSession> {
      try {
        const session = await sessions.verify(sealed, now());
        counters.accepted();
        return session;
      } catch (error) {
        counters.refused(error);
        throw error;
      }
    },

    verifySessionSync(sealed: unknown): WorkosSession {
      try {
        const session = sessions.verifySync(sealed, now());
        counters.accepted();
        return session;
      } catch (error) {
        counters.refused(error);
        throw error;
      }
    },

    stats: () => counters.stats(verification.stats()),
  };
}

// Bound now: a program may replace the methods.
const rejected: (error: unknown) => Promise<never> = NativePromise.reject.bind(NativePromise);
const { then } = NativePromise.prototype;

/** An async function would throw a refusal once more, which costs a third of what the refusal does. */
function promised(verify: () => Verdict, counters?: Counters): Promise<VerifiedClaims> {
  let verdict: Verdict;
  try {
    verdict = verify();
  } catch (error) {
    counters?.refused(error);
    return rejected(error);
  }
  if (isRefusal(verdict)) {
    counters?.refused(verdict);
    return rejected(verdict);
  }
  if (verdict instanceof NativePromise) return counters ? counted(verdict, counters) : verdict;
  counters?.accepted();
  return accepted(verdict);
}

/** Quicker than `Promise.resolve`. */
async function accepted(claims: VerifiedClaims): Promise<VerifiedClaims> {
  return claims;
}

function counted(claims: Promise<VerifiedClaims>, counters: Counters): Promise<VerifiedClaims> {
  return new NativePromise((resolve, reject) => {
    const onAccepted = (claims: VerifiedClaims) => {
      counters.accepted();
      resolve(claims);
    };
    const onRefused = (error: unknown) => {
      counters.refused(error);
      reject(error);
    };
    Reflect.apply(then, claims, [onAccepted, onRefused]);
  });
}
