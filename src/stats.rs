//! Counters as plain data.

use std::sync::Arc;
use std::time::Duration;

use napi_derive::napi;
use verify_workos_token_core::key_cache::{Counters, Snapshot, SnapshotFault};
use verify_workos_token_core::verifier::KeySource;

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
    pub(crate) fn of(keys: &KeySource) -> Self {
        let (counters, set) = match keys {
            KeySource::Fixed(set) => (Counters::default(), Some((Arc::clone(set), None))),
            KeySource::Cached(entry, _) => {
                let snapshot = entry.snapshot();
                (snapshot.counters, snapshot.set.map(|(set, age)| (set, Some(age))))
            }
        };
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        let usage = REGISTRY.token_cache.usage();
        Self {
            fetches: counters.fetches as f64,
            fetch_failures: counters.fetch_failures as f64,
            set_age_ms: set.as_ref().and_then(|(_, age)| age.map(milliseconds)),
            last_fetch_duration_ms: counters.last_duration.map(milliseconds),
            keys_in_memory: set.as_ref().map_or(0, |(set, _)| count(set.usable_keys())),
            key_set_hash: set.as_ref().map(|(set, _)| set.hash()),
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
