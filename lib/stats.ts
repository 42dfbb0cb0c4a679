import type { WorkosEntryStats, WorkosVerifierStats } from '../index.cjs';
import { bare } from './bare.ts';
import type { ErrorCode, StatsRecord } from './binding.d.ts';
import { WorkosTokenError } from './error.ts';

/** What one verifier has accepted and refused. */
export interface Counters {
  accepted(): void;
  /** Of several entries, which one it was; `accepted` is called too. */
  acceptedBy(entry: number): void;
  refused(error: unknown): void;
  /** Along with what the native side has counted. */
  stats(record: StatsRecord): WorkosVerifierStats;
  /** Those of one of several entries. */
  entryStats(name: string, entry: number, record: StatsRecord): WorkosEntryStats;
}

export function createCounters(): Counters {
  let verified = 0;
  const byEntry: (number | undefined)[] = [];
  const rejected: Partial<Record<ErrorCode, number>> = Object.create(null);
  return {
    accepted() {
      verified += 1;
    },
    acceptedBy(entry) {
      byEntry[entry] = (byEntry[entry] ?? 0) + 1;
    },
    refused(error) {
      if (error instanceof WorkosTokenError) rejected[error.code] = (rejected[error.code] ?? 0) + 1;
    },
    stats: (record) => ({ ...publicStats(record), verified, rejected: { ...rejected } }),
    entryStats(name, entry, record) {
      // The process's are the same for all.
      const { registry: _, verifiedTokenCache: __, ...own } = publicStats(record);
      return { name, ...own, verified: byEntry[entry] ?? 0 };
    },
  };
}

function publicStats(record: StatsRecord): Omit<WorkosVerifierStats, 'verified' | 'rejected'> {
  const { setAgeMs, cacheHits, cacheEntries, cacheBytes, ...others } = bare(record);
  const { snapshotsUsed, snapshotsIgnored, snapshotFault, ...counted } = others;
  return {
    ...counted,
    keySetHash: counted.keySetHash ?? null,
    lastFetchAt: setAgeMs === undefined ? null : Math.round(Date.now() - setAgeMs),
    lastFetchDurationMs: counted.lastFetchDurationMs ?? null,
    snapshots: {
      used: snapshotsUsed,
      ignored: snapshotsIgnored,
      lastFault: snapshotFault ?? null,
    },
    verifiedTokenCache: { hits: cacheHits, entries: cacheEntries, bytes: cacheBytes },
  };
}
