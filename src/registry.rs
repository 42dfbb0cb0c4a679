//! What the whole process shares: one registry per loaded binary, for the main thread, every worker
//! and every copy of the JavaScript.

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use lru::LruCache;
use verify_workos_token_core::key_cache::{Clock, Entry, Fetcher, Source};
use verify_workos_token_core::token_cache::TokenCache;

use crate::http::{Network, SystemClock};

/// The most sources whose keys are kept for callers to come; a verifier keeps its own in any case.
const MAX_SOURCES: usize = 1_000;

pub(crate) static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);

pub(crate) struct Registry {
    pub(crate) network: Arc<Network>,
    pub(crate) token_cache: Arc<TokenCache>,
    clock: Arc<dyn Clock>,
    entries: Mutex<LruCache<Source, Arc<Entry>>>,
}

impl Registry {
    fn new() -> Self {
        let capacity = NonZeroUsize::new(MAX_SOURCES).unwrap_or(NonZeroUsize::MIN);
        Self {
            network: Arc::default(),
            token_cache: Arc::default(),
            clock: Arc::new(SystemClock::start()),
            entries: Mutex::new(LruCache::new(capacity)),
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
        let entry = entries.get_or_insert(source.clone(), || {
            let fetcher: Arc<dyn Fetcher> = Arc::<Network>::clone(&self.network);
            Arc::new(Entry::new(source, fetcher, Arc::clone(&self.clock)))
        });
        Arc::clone(entry)
    }
}
