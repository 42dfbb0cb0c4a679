// First: it says so if Node is too old for the rest.
import './node-version.ts';
import type {
  VerifiedClaims,
  WorkosConnectionReport,
  WorkosEntriesConnectionReport,
  WorkosSession,
  WorkosVerifiedToken,
} from '../index.cjs';
import { bare } from './bare.ts';
import type { Binding } from './binding.d.ts';
import { testEntries } from './connection/entries.ts';
import { readTestOptions, readToken } from './connection/options.ts';
import { debugRefusal } from './debug.ts';
import { createSeveral, type Several } from './entries.ts';
import { isRefusal, WorkosTokenError } from './error.ts';
import { isWatched, type Tell, Watch } from './events.ts';
import { isSealed } from './explain.ts';
import { type Face, loadBinding } from './loader.ts';
import { areEntries, readEntries } from './options/entries.ts';
import { readOptions } from './options/index.ts';
import { refuse } from './options/refuse.ts';
import { NativePromise } from './promise.ts';
import { createSessions } from './session.ts';
import { type Counters, createCounters } from './stats.ts';
import { createVerifications, type Shape, type Verification } from './verify.ts';

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
  const sessionVerificationOf = createVerifications(binding);
  const sessionsOf = createSessions(binding, sessionVerificationOf);
  const severalOf = createSeveral(binding, verificationOf, sessionVerificationOf);
  const watch = new Watch(binding);

  function createWorkosVerifier(options?: unknown) {
    if (!areEntries(options)) return createAlone(options);
    try {
      return createEntriesVerifier(severalOf(readEntries(options)), watch);
    } catch (error) {
      debugRefusal(error);
      throw error;
    }
  }

  function createAlone(options: unknown) {
    try {
      const read = readOptions(options);
      const subject = {
        verification: verificationOf(read),
        sessions: sessionsOf(read),
        now: read.now,
        // Own, so that a polluted prototype gives no names.
        names: undefined,
      };
      return createVerifier(subject, watch);
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
    return createAlone(options).explain(token);
  }

  function testWorkosConnection(options?: unknown): Promise<WorkosConnectionReport> {
    return seen(async () => {
      const { sample, verification } = readTestOptions(options);
      const read = readOptions(verification);
      return verificationOf(read).testConnection(sample, read.now());
    });
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

/** What a verifier verifies with. */
type Subject = Pick<Several, 'verification' | 'sessions' | 'now'> & {
  readonly names: readonly string[] | undefined;
};

function createVerifier(subject: Subject, watch: Watch, unwatched = createUnwatched(subject)) {
  const { verification, sessions, now, names } = subject;

  return Object.freeze({
    verify(token: unknown): Promise<VerifiedClaims> {
      if (!isWatched()) return unwatched.verify(token);
      return watch.promise('verify', (tell) => unwatched.verify(token, tell), names);
    },

    verifyDetailed(token: unknown): Promise<WorkosVerifiedToken> {
      if (!isWatched()) return unwatched.verifyDetailed(token);
      return watch.promise(
        'verifyDetailed',
        (tell) => unwatched.verifyDetailed(token, tell),
        names,
      );
    },

    verifySync(token: unknown): VerifiedClaims {
      if (!isWatched()) return unwatched.verifySync(token);
      return watch.sync('verifySync', (tell) => unwatched.verifySync(token, tell), names);
    },

    verifySession(sealed: unknown): Promise<WorkosSession> {
      if (!isWatched()) return unwatched.verifySession(sealed);
      return watch.promise('verifySession', (tell) => unwatched.verifySession(sealed, tell), names);
    },

    verifySessionSync(sealed: unknown): WorkosSession {
      if (!isWatched()) return unwatched.verifySessionSync(sealed);
      return watch.sync(
        'verifySessionSync',
        (tell) => unwatched.verifySessionSync(sealed, tell),
        names,
      );
    },

    explain(token: unknown) {
      const explainSealed = isSealed(token) ? sessions.explain : undefined;
      return told(
        watch,
        () => explainSealed?.(token as string, now()) ?? verification.explain(token, now(), names),
      );
    },

    testConnection: (options?: unknown): Promise<WorkosConnectionReport> =>
      seen(async () => verification.testConnection(readToken(options), now())),

    ready: () => told(watch, () => verification.ready()),

    exportKeys: () => verification.exportKeys(),

    stats() {
      watch.tellKeyEvents();
      return unwatched.stats();
    },
  });
}

/** What says something of keys says it of each entry. */
function createEntriesVerifier(several: Several, watch: Watch) {
  const { names, now, alone } = several;
  const unwatched = createUnwatched(several);
  const verifier = createVerifier(several, watch, unwatched);
  const verifications: Verification[] = [];
  const entry = (index: number) => (verifications[index] ??= alone(index));

  return Object.freeze({
    ...verifier,

    testConnection: (options?: unknown): Promise<WorkosEntriesConnectionReport> =>
      seen(async () => {
        const sample = readToken(options);
        const entries = names.map((name, index) => ({ name, verification: entry(index) }));
        return testEntries(entries, sample, now());
      }),

    exportKeys(name?: unknown) {
      const index = names.indexOf(name as string);
      if (index >= 0) return entry(index).exportKeys();
      const refusal = refuse(
        '"exportKeys" of a verifier with several entries takes the name of one of them',
        'A snapshot belongs to one JWKS URL. Export the keys of each entry, and give each its own as `jwksCache.snapshot`.',
      );
      debugRefusal(refusal);
      throw refusal;
    },

    stats() {
      const entries = names.map((name, index) =>
        unwatched.entryStats(name, index, entry(index).stats()),
      );
      return { ...verifier.stats(), entries };
    },
  });
}

/** Tells listeners what happened to the keys before a call and during it, and developers of its refusal. */
async function told<T>(watch: Watch, call: () => Promise<T>): Promise<T> {
  watch.tellKeyEvents();
  try {
    return await seen(call);
  } finally {
    watch.tellKeyEvents();
  }
}

/** Tells developers of a call's refusal. */
async function seen<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    debugRefusal(error);
    throw error;
  }
}

function createUnwatched({ verification, sessions, now, names }: Subject) {
  const counters = createCounters();

  /** Of several entries, the one that accepts is counted, and told to who watches. */
  function shaped<T>(shape: Shape<T>, tell: Tell | undefined): Shape<T> {
    if (names === undefined) return shape;
    const count = counted(tell);
    return (claims, entry) => {
      if (entry !== undefined) count(entry);
      return shape(claims, entry);
    };
  }

  function counted(tell: Tell | undefined): Tell {
    return (entry) => {
      counters.acceptedBy(entry);
      tell?.(entry);
    };
  }

  const claimsAlone = shaped((claims) => claims, undefined);
  const untold = counted(undefined);
  const shapeOfClaims = (tell?: Tell) =>
    tell === undefined ? claimsAlone : shaped((claims) => claims, tell);
  const detailed = (token: unknown, tell?: Tell) =>
    shaped(
      (claims, entry): WorkosVerifiedToken =>
        Object.freeze({
          claims,
          header: verification.header(token as string),
          name: entry === undefined ? undefined : names?.[entry],
        }) as WorkosVerifiedToken,
      tell,
    );

  return {
    verify(token: unknown, tell?: Tell): Promise<VerifiedClaims> {
      return promised(() => verification.verifyAs(token, now(), shapeOfClaims(tell)), counters);
    },

    verifyDetailed(token: unknown, tell?: Tell): Promise<WorkosVerifiedToken> {
      return promised(() => verification.verifyAs(token, now(), detailed(token, tell)), counters);
    },

    verifySync(token: unknown, tell?: Tell): VerifiedClaims {
      return countedNow(
        () => verification.verifySyncAs(token, now(), shapeOfClaims(tell)),
        counters,
      );
    },

    verifySession(sealed: unknown, tell?: Tell): Promise<WorkosSession> {
      const count = tell === undefined ? untold : counted(tell);
      return promised(() => sessions.verify(sealed, now(), count), counters);
    },

    verifySessionSync(sealed: unknown, tell?: Tell): WorkosSession {
      const count = tell === undefined ? untold : counted(tell);
      return countedNow(() => sessions.verifySync(sealed, now(), count), counters);
    },

    stats: () => counters.stats(verification.stats()),

    entryStats: counters.entryStats,
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
  if (said instanceof NativePromise) return counters ? countedLater(said, counters) : said;
  counters?.accepted();
  return accepted(said);
}

/** Quicker than `Promise.resolve`. */
async function accepted<T>(result: T): Promise<T> {
  return result;
}

function countedLater<T>(result: Promise<T>, counters: Counters): Promise<T> {
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
