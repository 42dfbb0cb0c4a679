import type { WorkosClaimName, WorkosFetchError, WorkosTokenErrorCode } from '../index.cjs';

export type ErrorCode = WorkosTokenErrorCode;

/** What the addon exports, for type-checking `lib/`. Not part of the public surface. */
export interface Binding {
  errorCodes(): string[];
  allowableAlgorithms(): string[];
  verifiedPerBurst(): number;
  needsTrustRoots(): boolean;
  setTrustRoots(roots: string[]): void;
  NativeVerifier: new (options: string) => NativeVerifier;
}

/** The claims' JSON text, or a refusal. */
export type Outcome = string | RefusalRecord;

export interface NativeVerifier {
  /**
   * What is returned says what comes next:
   *
   * | form | meaning |
   * |---|---|
   * | `string` | the claims' JSON text |
   * | `RefusalRecord` | the token is refused |
   * | `number` | the token is in the verified-token cache under this number: `foundClaims` |
   * | `true`, `false` | `verifyLater` must be called, with or without a fetch |
   * | `undefined` | the callback will be called |
   *
   * `inBurst` is how many new tokens came just before.
   */
  verify(
    token: unknown,
    now: number,
    inBurst: number,
    callback?: (outcome: Outcome) => void,
  ): Outcome | number | boolean | undefined;
  /** The claims' JSON text of the token that was found last, if it has this number. */
  foundClaims(number: number): string | null;
  verifySync(token: unknown, now: number): Outcome;
  verifyLater(
    token: unknown,
    now: number,
    needsFetch: boolean,
    callback: (outcome: Outcome) => void,
  ): void;
  ready(callback: (outcome: Outcome) => void): void;
  stats(): StatsRecord;
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
  retryAfterSeconds?: number;
  cause?: CauseRecord;
  /** Of a request, not of a token: set only in `lib/adapters/bearer.ts`. */
  credentials?: 'missing' | 'malformed';
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
