//! What the whole process shares: one registry per loaded binary, for the main thread, every worker
//! and every copy of the JavaScript.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use verify_workos_token_core::key_cache::{Clock, Entry, Fetcher, Journal, Source};
use verify_workos_token_core::token_cache::TokenCache;

use crate::clock::SystemClock;
use crate::events::ring::Ring;
use crate::http::Network;

/// How many sources are kept for later callers. Above this number those are removed that no verifier
/// holds and that nothing puts off: a source that is forgotten during its back-off would be asked
/// again at once.
const USUAL_SOURCES: usize = 1_000;
/// The most sources, whatever happened to them. An entry without keys takes about 1 kB.
const MAX_SOURCES: usize = 10_000;
/// The longest cooldown that a caller can ask for.
const MAX_COOLDOWN: Duration = Duration::from_secs(300);

pub(crate) static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);

pub(crate) struct Registry {
    pub(crate) network: Arc<Network>,
    pub(crate) token_cache: Arc<TokenCache>,
    pub(crate) key_events: Arc<Ring>,
    /// How many entries were made so far.
    made: AtomicU64,
    clock: Arc<dyn Clock>,
    entries: Mutex<LruCache<Source, Arc<Entry>>>,
}

impl Registry {
    fn new() -> Self {
        Self {
            network: Arc::default(),
            token_cache: Arc::default(),
            key_events: Arc::default(),
            made: AtomicU64::new(0),
            clock: Arc::new(SystemClock::start()),
            entries: Mutex::new(LruCache::unbounded()),
        }
    }

    /// Every source's keys.
    pub(crate) fn entries(&self) -> Vec<Arc<Entry>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(|(_, entry)| Arc::clone(entry)).collect()
    }

    /// The one entry of this source.
    pub(crate) fn entry(&self, source: Source) -> Arc<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Arc::clone(entries.get_or_insert(source.clone(), || {
            let fetcher: Arc<dyn Fetcher> = Arc::<Network>::clone(&self.network);
            let journal: Arc<dyn Journal> = Arc::<Ring>::clone(&self.key_events);
            let number = self.made.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            let entry = Entry::new(source, fetcher, Arc::clone(&self.clock));
            Arc::new(entry.told_to(journal, number))
        }));
        make_room(&mut entries);
        entry
    }
}

fn make_room(entries: &mut LruCache<Source, Arc<Entry>>) {
    if entries.len() <= USUAL_SOURCES {
        return;
    }
    let can_leave =
        |entry: &Arc<Entry>| Arc::strong_count(entry) == 1 && entry.is_resting(MAX_COOLDOWN);
    let leaving = entries.iter().rev().find(|(_, entry)| can_leave(entry));
    if let Some(source) = leaving.map(|(source, _)| source.clone()) {
        entries.pop(&source);
    } else if entries.len() > MAX_SOURCES {
        entries.pop_lru();
    }
}
