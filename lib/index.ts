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

  function verifySessionOnce(sealed: unknown, options: unknown): Promise<WorkosSession> {
    return promised(() => {
      const read = readOptions(options);
      return sessionsOf(read).verify(sealed, read.now());
    });
  }

  async function explainWorkosToken(token: unknown, options?: unknown) {
    return createWorkosVerifier(options).explain(token);
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

    explain(token: unknown) {
      const explainSealed = isSealed(token) ? sessions.explain : undefined;
      return told(
        watch,
        () => explainSealed?.(token as string, now()) ?? verification.explain(token, now()),
      );
    },

    testConnection: async (options?: unknown) =>
      verification.testConnection(readToken(options), now()),

    ready: () => told(watch, () => verification.ready()),

    exportKeys: () => verification.exportKeys(),

    stats() {
      watch.tellKeyEvents();
      return unwatched.stats();
    },
  });
}

/** Tells listeners what happened to the keys before a call and during it, and developers of its refusal. */
async function told<T>(watch: Watch, call: () => Promise<T>): Promise<T> {
  watch.tellKeyEvents();
  try {
    return await call();
  } catch (error) {
    debugRefusal(error);
    throw error;
  } finally {
    watch.tellKeyEvents();
  }
}

function createUnwatched(verification: Verification, sessions: Sessions, now: () => number) {
  const counters = createCounters();

  return {
    verify(token: unknown): Promise<VerifiedClaims> {
      return promised(() => verification.verify(token, now()), counters);
    },

    verifySync(token: unknown): VerifiedClaims {
      return countedNow(() => verification.verifySync(token, now()), counters);
    },

    verifySession(sealed: unknown): Promise<WorkosSession> {
      return promised(() => sessions.verify(sealed, now()), counters);
    },

    verifySessionSync(sealed: unknown): WorkosSession {
      return countedNow(() => sessions.verifySync(sealed, now()), counters);
    },

    stats: () => counters.stats(verification.stats()),
  };
}

// Bound now: a program may replace the methods.
const rejected: (error: unknown) => Promise<never> = NativePromise.reject.bind(NativePromise);
const { then } = NativePromise.prototype;

/** What a call says at once: a refusal is a value here, or thrown. */
type Said<T> = T | WorkosTokenError | Promise<T>;

/** An async function would throw a refusal once more, which costs a third of what the refusal does. */
function promised<T extends object>(call: () => Said<T>, counters?: Counters): Promise<T> {
  let said: Said<T>;
  try {
    said = call();
  } catch (error) {
    counters?.refused(error);
    return rejected(error);
  }
  if (isRefusal(said)) {
    counters?.refused(said);
    return rejected(said);
  }
  if (said instanceof NativePromise) return counters ? counted(said, counters) : said;
  counters?.accepted();
  return accepted(said);
}

/** Quicker than `Promise.resolve`. */
async function accepted<T>(result: T): Promise<T> {
  return result;
}

function counted<T>(result: Promise<T>, counters: Counters): Promise<T> {
  return new NativePromise((resolve, reject) => {
    const onAccepted = (result: T) => {
      counters.accepted();
      resolve(result);
    };
    const onRefused = (error: unknown) => {
      counters.refused(error);
      reject(error);
    };
    Reflect.apply(then, result, [onAccepted, onRefused]);
  });
}

function countedNow<T>(call: () => T, counters: Counters): T {
  try {
    const result = call();
    counters.accepted();
    return result;
  } catch (error) {
    counters.refused(error);
    throw error;
  }
}
