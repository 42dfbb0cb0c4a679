import type {
  WorkosClaimName,
  WorkosFetchError,
  WorkosTokenErrorCode,
  WorkosTokenExplanation,
} from '../index.cjs';

export type ErrorCode = WorkosTokenErrorCode;

/**
 * What the addon exports, for type-checking `lib/`. Not part of the public surface.
 *
 * Plain functions over a handle: a class's method would cost three times as much per call.
 */
export interface Binding extends WatchBinding {
  errorCodes(): string[];
  /** The table of causes in the core, for the documentation and the tests. */
  causes(): CauseRow[];
  allowableAlgorithms(): string[];
  verifiedPerBurst(): number;
  /** Lets bursts have this many threads, 1 to 16: for tests and the benchmark. */
  limitPoolThreads(threads: number): void;
  /** Whether a request expects them. `null` once they are set. */
  wantsTrustRoots(): boolean | null;
  setTrustRoots(roots: string[]): void;
  /** Says that they could not be read: the requests that wait for them fail. */
  missTrustRoots(): void;
  /**
   * Takes the function that outcomes are handed to, if this thread has none, and gives the one that
   * it has. Before the first call that may wait.
   */
  dispatcher(candidate: Dispatcher): Dispatcher;
  /** From options as `lib/` has checked them, in JSON: an object, or an array for several entries. */
  createVerifier(options: string): NativeVerifier;
  /** One of several entries, as a verifier alone that has the same keys. */
  entryOf(verifier: NativeVerifier, index: number): NativeVerifier;
  /**
   * Verifies with what is in memory, where that can be done at once. `inBurst` is how many new tokens
   * came just before; the number is that of the call, if it may wait.
   */
  verify(
    verifier: NativeVerifier,
    token: unknown,
    now: number,
    inBurst: number,
    number?: number,
  ): Answer;
  /** The token that `verify` has found last, if it has this number. */
  found(number: FoundNumber): FoundRecord | null;
  /**
   * Verifies a token by the number under which it was found: `true` if it is accepted (of several
   * entries, the place of the one that accepts it), `false` if this verifier knows no such token.
   */
  recheck(
    verifier: NativeVerifier,
    number: FoundNumber,
    now: number,
  ): boolean | number | RefusalRecord;
  /** The header of a token that was verified, as a text for `parseFrozen`. */
  header(token: string): string | null;
  /** Verifies with what is in memory, and refuses where that does not do. */
  verifySync(verifier: NativeVerifier, token: unknown, now: number): Outcome;
  /** Verifies a token that `verify` could not answer for; `needsFetch` is what it said. */
  verifyLater(
    verifier: NativeVerifier,
    token: unknown,
    now: number,
    needsFetch: NeedsFetch,
    number: number,
  ): void;
  /** Opens a sealed session; `sealed` is cut off shortly after its greatest length. */
  openSession(
    passwords: readonly string[],
    sealed: string,
    now: number,
  ): OpenedRecord | RefusalRecord;
  /** Whether the sealed user is the token's subject: a refusal, if not. */
  checkSessionUser(userId: string | undefined, subject: string): RefusalRecord | null;
  /** Waits for keys; the outcome is an empty text or a refusal. */
  ready(verifier: NativeVerifier, number: number): void;
  /** The keys in memory of a verifier alone as a snapshot; `null` if there are none. */
  exportKeys(verifier: NativeVerifier): string | null;
  /**
   * The explanation of a token as a text for `parseFrozen`, which gives an `ExplanationRecord`. If the
   * token's key must be fetched first, a handle: an outcome is dispatched later, once, and `explainAwaited`
   * then has the text.
   */
  explain(
    verifier: NativeVerifier,
    token: unknown,
    now: number,
    number: number,
  ): string | AwaitedExplanation;
  /** The same of a sealed session; without passwords, its check `seal` is not made. `sealed` is cut off like `openSession`'s. */
  explainSession(
    verifier: NativeVerifier,
    passwords: readonly string[],
    sealed: string,
    now: number,
    number: number,
  ): string | AwaitedExplanation;
  /** Goes on once the outcome is there. Another of several entries may have to wait too. */
  explainAwaited(awaited: AwaitedExplanation, number: number): string | AwaitedExplanation;
  /** Of several entries the sum, in which keys that they share are counted once. */
  stats(verifier: NativeVerifier): StatsRecord;
  /**
   * Tests where the keys of a verifier alone come from; the outcome is a `KeysRecord` of `lib/connection/record.ts` in
   * JSON. `fixedKeys` is the key set of a verifier that has a fixed one, in JSON too.
   */
  testKeys(
    verifier: NativeVerifier,
    fixedKeys: string | undefined,
    token: string | undefined,
    now: number,
    number: number,
  ): void;
  /** Asks for a document as the keys are asked for; the outcome is a `DiscoveryRecord` in JSON. */
  testDiscovery(
    verifier: NativeVerifier,
    url: string,
    proxy: string | undefined,
    number: number,
  ): void;
}

/** A token whose explanation waits for its key: an external value. */
export type AwaitedExplanation = { readonly __native: 'awaited' };

/** `WorkosTokenExplanation` without what `lib/explain.ts` adds. */
export type ExplanationRecord = Pick<
  WorkosTokenExplanation,
  'code' | 'message' | 'hint' | 'verified' | 'header' | 'claims' | 'checks' | 'remarks'
> & { retryAfterSeconds?: number; cause?: CauseRecord; entry?: number };

/** Options and the keys that they name: an external value, which JavaScript only hands back. */
export type NativeVerifier = { readonly __native: 'verifier' };

/**
 * What `verify` says at once. An object per call would be slow, so the type of the value says
 * which it is:
 *
 * | value | kind | what it means |
 * |---|---|---|
 * | a string | `ClaimsText` | accepted, a token seen for the first time |
 * | a number | `FoundNumber` | accepted, a token seen before: claims may be kept under this number |
 * | an object | `RefusalRecord` | refused |
 * | `true` | `NeedsFetch` | nothing yet: call `verifyLater`, which fetches the token's key |
 * | `false` | `NeedsFetch` | nothing yet: call `verifyLater`, since it is one too many for this turn |
 * | `undefined` | | nothing yet: the outcome is going to be dispatched under the call's number, once |
 */
export type Answer = ClaimsText | FoundNumber | RefusalRecord | NeedsFetch | undefined;

/** Takes the outcome of a call. It must not throw. */
export type Settle = (outcome: Outcome) => void;

/** The calls that wait in one thread. */
export interface WaitingCalls {
  /** A number for a call that may have to wait. */
  number(): number;
  /** Has the outcome of the call with this number handed to `settle`, once. */
  wait(number: number, settle: Settle): void;
}

/** Takes the numbers of calls and their outcomes in turn. */
export interface Dispatcher {
  (...batch: (number | Outcome)[]): void;
  /** The calls that it knows. */
  readonly calls: WaitingCalls;
}

/** What a call ends with. */
export type Outcome = ClaimsText | RefusalRecord;

/**
 * The claims as a text for `parseFrozen`. Of several entries there is one character before it: `0` if the
 * first of them accepted the token, and so on in the order of ASCII.
 */
export type ClaimsText = string;

/** The number of a token in the verified-token cache, never given again to another. */
export type FoundNumber = number;

export interface FoundRecord {
  /** A text of its own, which is no part of a longer one. */
  token: string;
  /** Without a character before it. */
  claims: string;
  /** The place of the entry that accepted it, of several. */
  entry?: number;
}

export type NeedsFetch = boolean;

/** A session that was opened. Its token has not been verified. */
export interface OpenedRecord {
  accessToken: string;
  userId?: string;
  /** `[user, impersonator, authenticationMethod]` as a text for `parseFrozen`. */
  details: string;
}

export interface RefusalRecord {
  code: ErrorCode;
  message: string;
  hint: string;
  claim?: WorkosClaimName;
  reason?: 'missing' | 'invalid' | 'mismatch';
  /** JSON */
  expected?: string;
  /** JSON */
  actual?: string;
  /** JSON */
  claims?: string;
  /** Of a user who must sign in again (RFC 9470). */
  maxAgeSeconds?: number;
  retryAfterSeconds?: number;
  cause?: CauseRecord;
  /** Of a request, not of a token: set only in `lib/adapters/bearer.ts`. */
  credentials?: 'missing' | 'malformed';
}

/** A row of the table of causes. */
export interface CauseRow {
  id: string;
  recognized: string;
  codes: ErrorCode[];
  hint: string;
}

export interface CauseRecord {
  code: WorkosFetchError['code'];
  message: string;
  status?: number;
}

export interface StatsRecord {
  fetches: number;
  fetchFailures: number;
  setAgeMs?: number;
  lastFetchDurationMs?: number;
  keysInMemory: number;
  keySetHash?: string;
  staleServes: number;
  unknownKidLookups: number;
  snapshotsUsed: number;
  snapshotsIgnored: number;
  snapshotFault?: 'damaged' | 'foreign' | 'future' | 'expired';
  registry: RegistryRecord;
  cacheHits: number;
  cacheEntries: number;
  cacheBytes: number;
}

export interface RegistryRecord {
  sources: number;
  fetches: number;
  fetchFailures: number;
  keysInMemory: number;
}

// What is asked for when somebody listens: src/events.rs.

export interface WatchBinding {
  /** Watches what this thread does until `endWatch`. Calls within calls are told apart. */
  beginWatch(): void;
  /**
   * What the answer is based on; a number to ask `sighting` with once the answer is there; or `null`
   * if no key set had a part in it.
   */
  endWatch(): SightingRecord | number | null;
  sighting(number: number): SightingRecord | null;
  /** What happened since the last time; nothing the first time, with which listening begins. */
  keyEvents(): KeyEventRecord[] | null;
  /** Whether no notice of this code has been printed in this process. Another name stands for itself. */
  firstNotice(code: string): boolean;
}

export interface SightingRecord {
  source: 'fixed' | 'memory' | 'stale' | 'fetch' | 'token cache';
  keySetHash: string;
}

export interface KeyEventRecord {
  sequence: number;
  kind: 'request' | 'request ended' | 'key added' | 'key removed' | 'stale serve' | 'back-off';
  entry: number;
  jwksUrl: string;
  request: number;
  at: number;
  reason?: 'renewal' | 'unknown kid';
  startedAt?: number;
  durationMs?: number;
  outcome?: 'fetched' | 'not modified' | 'failed';
  cause?: CauseRecord;
  keySetHash?: string;
  keysAdded?: number;
  keysRemoved?: number;
  kid?: string;
  thumbprint?: string;
  ageMs?: number;
  pauseMs?: number;
  failures?: number;
}
