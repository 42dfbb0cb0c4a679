// A verifier: its methods, over one entry or several, watched or not.

import type {
  VerifiedClaims,
  WorkosConnectionReport,
  WorkosEntriesConnectionReport,
  WorkosSession,
  WorkosVerifiedToken,
} from '../index.cjs';
import { testEntries } from './connection/entries.ts';
import { readToken } from './connection/options.ts';
import { debugRefusal } from './debug.ts';
import type { Several } from './entries.ts';
import { isWatched, type Tell, type Watch } from './events.ts';
import { isSealed } from './explain.ts';
import { refuse } from './options/refuse.ts';
import { countedNow, promised } from './settling.ts';
import { type Counters, createCounters } from './stats.ts';
import type { Shape, Verification } from './verify.ts';

/** What a verifier verifies with. */
type Subject = Pick<Several, 'verification' | 'sessions' | 'now'> & {
  readonly names: readonly string[] | undefined;
};

export function createVerifier(
  subject: Subject,
  watch: Watch,
  unwatched = createUnwatched(subject),
) {
  const { verification, sessions, now, names } = subject;

  return Object.freeze({
    ...createWatched(unwatched, watch, names),

    explain(token: unknown) {
      const explainSealed = isSealed(token) ? sessions.explain : undefined;
      return told(
        watch,
        () => explainSealed?.(token as string, now()) ?? verification.explain(token, now(), names),
      );
    },

    testConnection: (options?: unknown): Promise<WorkosConnectionReport> =>
      debugged(async () => verification.testConnection(readToken(options), now())),

    ready: () => told(watch, () => verification.ready()),

    exportKeys: () => verification.exportKeys(),

    stats() {
      watch.tellKeyEvents();
      return unwatched.stats();
    },
  });
}

type Unwatched = ReturnType<typeof createUnwatched>;

/** The methods that verify. Listeners are told of their calls, if there are any. */
function createWatched(unwatched: Unwatched, watch: Watch, names: Subject['names']) {
  return {
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
  };
}

/** What says something of keys says it of each entry. */
export function createEntriesVerifier(several: Several, watch: Watch) {
  const { names, now, alone } = several;
  const unwatched = createUnwatched(several);
  const verifier = createVerifier(several, watch, unwatched);
  const verifications: Verification[] = [];
  const entry = (index: number) => (verifications[index] ??= alone(index));

  return Object.freeze({
    ...verifier,

    testConnection: (options?: unknown): Promise<WorkosEntriesConnectionReport> =>
      debugged(async () => {
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
    return await debugged(call);
  } finally {
    watch.tellKeyEvents();
  }
}

/** Tells developers of a call's refusal. */
export async function debugged<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    debugRefusal(error);
    throw error;
  }
}

function createUnwatched(subject: Subject) {
  const { verification, sessions, now } = subject;
  const counters = createCounters();
  const { counted, untold, claimsAlone, detailed } = createShapes(subject, counters);

  return {
    verify(token: unknown, tell?: Tell): Promise<VerifiedClaims> {
      return promised(() => verification.verifyAs(token, now(), claimsAlone(tell)), counters);
    },

    verifyDetailed(token: unknown, tell?: Tell): Promise<WorkosVerifiedToken> {
      return promised(() => verification.verifyAs(token, now(), detailed(token, tell)), counters);
    },

    verifySync(token: unknown, tell?: Tell): VerifiedClaims {
      return countedNow(() => verification.verifySyncAs(token, now(), claimsAlone(tell)), counters);
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

/** What a call results in. Of several entries, the one that accepts is counted, and told to who watches. */
function createShapes({ verification, names }: Subject, counters: Counters) {
  function counted(tell: Tell | undefined): Tell {
    return (entry) => {
      counters.acceptedBy(entry);
      tell?.(entry);
    };
  }

  function shaped<T>(shape: Shape<T>, tell: Tell | undefined): Shape<T> {
    if (names === undefined) return shape;
    const count = counted(tell);
    return (claims, entry) => {
      if (entry !== undefined) count(entry);
      return shape(claims, entry);
    };
  }

  const unshaped: Shape<VerifiedClaims> = (claims) => claims;
  const untold = shaped(unshaped, undefined);

  return {
    counted,
    untold: counted(undefined),

    claimsAlone: (tell?: Tell) => (tell === undefined ? untold : shaped(unshaped, tell)),

    detailed: (token: unknown, tell?: Tell) =>
      shaped(
        (claims, entry): WorkosVerifiedToken =>
          Object.freeze({
            claims,
            header: verification.header(token as string),
            name: entry === undefined ? undefined : names?.[entry],
          }) as WorkosVerifiedToken,
        tell,
      ),
  };
}
