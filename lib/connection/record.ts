// What the native side reports of a test, as binding.d.ts describes it: JSON, each member present.

import type { ErrorCode, Outcome, RefusalRecord } from '../binding.d.ts';
import type { WorkosClaimName, WorkosFetchError } from '../../index.cjs';
import { bare } from '../bare.ts';

/** A request and its response. All but the latency is `null` if no response came. */
export interface ExchangeRecord {
  latencyMs: number;
  /** When the head of the response had arrived. */
  headAfterMs: number | null;
  /** The server's clock by then, in whole Unix seconds. */
  date: number | null;
  etag: string | null;
  maxAgeSeconds: number | null;
}

export interface FailureRecord {
  code: WorkosFetchError['code'];
  message: string;
  status: number | null;
}

export interface ErrorRecord {
  code: ErrorCode;
  message: string;
  hint: string;
  cause: FailureRecord | null;
}

export interface KeyRecord {
  kid: string | null;
  kty: string | null;
  alg: string | null;
  sizeBits: number | null;
  use: string | null;
  usable: boolean;
  reason: string | null;
}

export interface KeysRecord {
  /** `null` if no request was made. */
  exchange: ExchangeRecord | null;
  keys: KeyRecord[];
  /** How many keys the document lists, of which `keys` has the first. */
  listed: number;
  /** Why no token can be verified. */
  error: ErrorRecord | null;
  token: TokenRecord | null;
}

export interface TokenRecord {
  error: ErrorRecord | null;
  claim: WorkosClaimName | null;
  reason: 'missing' | 'invalid' | 'mismatch' | null;
}

export interface DiscoveryRecord {
  exchange: ExchangeRecord;
  issuer: string | null;
  jwksUri: string | null;
  /** Why there is no document. */
  failure: FailureRecord | null;
}

/** A call that was dropped says why, in place of its report. */
export function readKeysRecord(outcome: Outcome): KeysRecord {
  if (typeof outcome === 'string') return JSON.parse(outcome);
  return { exchange: null, keys: [], listed: 0, error: errorRecord(outcome), token: null };
}

export function readDiscoveryRecord(outcome: Outcome): DiscoveryRecord {
  if (typeof outcome === 'string') return JSON.parse(outcome);
  const { cause, message } = errorRecord(outcome);
  const exchange = { latencyMs: 0, headAfterMs: null, date: null, etag: null, maxAgeSeconds: null };
  const failure = cause ?? { code: 'INTERNAL', message, status: null };
  return { exchange, issuer: null, jwksUri: null, failure };
}

/** An error or a record of one, as plain data. */
export function errorRecord(refusal: RefusalRecord): ErrorRecord {
  const { code, message, hint, cause } = bare(refusal);
  if (cause === undefined) return { code, message, hint, cause: null };
  const { status = null, ...fact } = bare(cause);
  return { code, message, hint, cause: { ...fact, status } };
}
