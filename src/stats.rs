//! Counters as plain data.

use std::sync::Arc;
use std::time::Duration;

use napi_derive::napi;
use verify_workos_token_core::key_cache::{Counters, Snapshot, SnapshotFault};
use verify_workos_token_core::verifier::{KeySource, Verifier};

use crate::registry::REGISTRY;

/// Counters at one moment. Numbers are exact up to 2^53.
#[napi(object, object_from_js = false)]
pub struct StatsRecord {
    /// Requests started.
    pub fetches: f64,
    /// Requests that brought no usable set.
    pub fetch_failures: f64,
    /// Milliseconds since the last good fetch ended.
    pub set_age_ms: Option<f64>,
    /// Milliseconds that the last finished request took.
    pub last_fetch_duration_ms: Option<f64>,
    /// Usable keys in memory.
    pub keys_in_memory: u32,
    /// A hash of the usable keys and their `kid`s.
    pub key_set_hash: Option<String>,
    /// Keys handed out past `maxAgeSeconds`.
    pub stale_serves: f64,
    /// Lookups of a `kid` that the set in memory lacked.
    pub unknown_kid_lookups: f64,
    /// Snapshots whose keys were taken.
    pub snapshots_used: f64,
    /// Snapshots that were ignored.
    pub snapshots_ignored: f64,
    /// Why the last of them was.
    pub snapshot_fault: Option<&'static str>,
    /// All sources of the process, together.
    pub registry: RegistryRecord,
    /// Tokens found in the verified-token cache.
    pub cache_hits: f64,
    /// Tokens in it.
    pub cache_entries: u32,
    /// Its memory, in bytes.
    pub cache_bytes: u32,
}

impl StatsRecord {
    #[allow(clippy::cast_precision_loss, reason = "counters stay far below 2^53")]
    pub(crate) fn of(verifiers: &[Arc<Verifier>]) -> Self {
        let Sum { counters, age, keys, hash } = Sum::of(verifiers);
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        let usage = REGISTRY.token_cache.usage();
        Self {
            fetches: counters.fetches as f64,
            fetch_failures: counters.fetch_failures as f64,
            set_age_ms: age.map(milliseconds),
            last_fetch_duration_ms: counters.last_duration.map(milliseconds),
            keys_in_memory: count(keys),
            key_set_hash: hash,
            stale_serves: counters.stale_serves as f64,
            unknown_kid_lookups: counters.unknown_key_lookups as f64,
            snapshots_used: counters.snapshots_used as f64,
            snapshots_ignored: counters.snapshots_ignored as f64,
            snapshot_fault: counters.snapshot_fault.map(SnapshotFault::as_str),
            registry: RegistryRecord::now(),
            cache_hits: usage.hits as f64,
            cache_entries: count(usage.entries),
            cache_bytes: count(usage.bytes),
        }
    }
}

/// What the key sources of some verifiers have counted, each source once.
#[derive(Default)]
struct Sum {
    counters: Counters,
    /// Of the set that was fetched last.
    age: Option<Duration>,
    keys: usize,
    /// Only if there is one set.
    hash: Option<String>,
}

impl Sum {
    fn of(verifiers: &[Arc<Verifier>]) -> Self {
        let mut sum = Self::default();
        let mut sets = 0_usize;
        let sources: Vec<&KeySource> = verifiers.iter().map(|verifier| &verifier.keys).collect();
        for (index, source) in sources.iter().enumerate() {
            if sources.iter().take(index).any(|earlier| is_same(earlier, source)) {
                continue;
            }
            let (counters, set) = match source {
                KeySource::Fixed(set) => (Counters::default(), Some((Arc::clone(set), None))),
                KeySource::Cached(entry, _) => {
                    let snapshot = entry.snapshot();
                    (snapshot.counters, snapshot.set.map(|(set, age)| (set, Some(age))))
                }
            };
            let age = set.as_ref().and_then(|(_, age)| *age);
            sum.add(counters, age);
            if let Some((set, _)) = set {
                sets = sets.saturating_add(1);
                sum.keys = sum.keys.saturating_add(set.usable_keys());
                sum.hash = (sets == 1).then(|| set.hash());
            }
        }
        sum
    }

    fn add(&mut self, other: Counters, age: Option<Duration>) {
        let counters = &mut self.counters;
        counters.fetches = counters.fetches.saturating_add(other.fetches);
        counters.fetch_failures = counters.fetch_failures.saturating_add(other.fetch_failures);
        counters.stale_serves = counters.stale_serves.saturating_add(other.stale_serves);
        counters.unknown_key_lookups =
            counters.unknown_key_lookups.saturating_add(other.unknown_key_lookups);
        counters.snapshots_used = counters.snapshots_used.saturating_add(other.snapshots_used);
        counters.snapshots_ignored =
            counters.snapshots_ignored.saturating_add(other.snapshots_ignored);
        counters.snapshot_fault = other.snapshot_fault.or(counters.snapshot_fault);
        let is_newer = age.is_some_and(|age| self.age.is_none_or(|newest| age < newest));
        if is_newer || counters.last_duration.is_none() {
            counters.last_duration = other.last_duration.or(counters.last_duration);
        }
        if is_newer {
            self.age = age;
        }
    }
}

fn is_same(one: &KeySource, other: &KeySource) -> bool {
    match (one, other) {
        (KeySource::Cached(one, _), KeySource::Cached(other, _)) => Arc::ptr_eq(one, other),
        // Each entry parses its own, so that the same keys in two entries are two sets.
        (KeySource::Fixed(one), KeySource::Fixed(other)) => one.digest() == other.digest(),
        (KeySource::Fixed(_), KeySource::Cached(..))
        | (KeySource::Cached(..), KeySource::Fixed(_)) => false,
    }
}

/// What happened to the keys of all sources that the process keeps.
#[napi(object, object_from_js = false)]
pub struct RegistryRecord {
    /// Sources whose keys are kept.
    pub sources: u32,
    /// Requests started.
    pub fetches: f64,
    /// Requests that brought no usable set.
    pub fetch_failures: f64,
    /// Usable keys in memory.
    pub keys_in_memory: u32,
}

impl RegistryRecord {
    #[allow(clippy::cast_precision_loss, reason = "counters stay far below 2^53")]
    fn now() -> Self {
        let mut record = Self { sources: 0, fetches: 0.0, fetch_failures: 0.0, keys_in_memory: 0 };
        for entry in REGISTRY.entries() {
            let Snapshot { counters, set } = entry.snapshot();
            record.sources = record.sources.saturating_add(1);
            record.fetches += counters.fetches as f64;
            record.fetch_failures += counters.fetch_failures as f64;
            let keys = set.map_or(0, |(set, _)| count(set.usable_keys()));
            record.keys_in_memory = record.keys_in_memory.saturating_add(keys);
        }
        record
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
