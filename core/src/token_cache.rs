//! Tokens whose signature was good: the bytes, and the key that verified them.
//!
//! Nothing else is remembered. Whether the key still serves, and every claim, is checked anew each
//! time ([`crate::verifier`]). Nothing that a forger sends gets in.

use std::collections::hash_map::RandomState;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::algorithm::Algorithm;
use crate::key::Thumbprint;

/// The most tokens that are remembered.
pub const MAX_ENTRIES: usize = 1_000;
/// The longest token that is remembered, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4_096;
/// The most memory for tokens and claims together, in bytes.
pub const MAX_BYTES: usize = 4 * 1_024 * 1_024;

/// The signature of these exact bytes was good under this key.
#[derive(Debug)]
pub(crate) struct Remembered {
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) thumbprint: Thumbprint,
    pub(crate) claims: String,
}

/// A bounded set of tokens, the least recently used leaving first.
#[derive(Debug)]
pub struct TokenCache {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Keyed by the whole token: a hash alone could be made to collide. `RandomState` is keyed.
    tokens: LruCache<Box<str>, Arc<Remembered>, RandomState>,
    bytes: usize,
    hits: u64,
}

/// What the cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Tokens that were found while their key still served.
    pub hits: u64,
    /// Tokens remembered.
    pub entries: usize,
    /// Their memory, in bytes.
    pub bytes: usize,
}

impl Default for TokenCache {
    fn default() -> Self {
        let capacity = NonZeroUsize::new(MAX_ENTRIES).unwrap_or(NonZeroUsize::MIN);
        let tokens = LruCache::with_hasher(capacity, RandomState::new());
        Self { state: Mutex::new(State { tokens, bytes: 0, hits: 0 }) }
    }
}

impl TokenCache {
    pub(crate) fn find(&self, token: &str) -> Option<Arc<Remembered>> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        self.state().tokens.get(token).map(Arc::clone)
    }

    /// Counts a token that was found and whose key still serves.
    pub(crate) fn count_hit(&self) {
        let mut state = self.state();
        state.hits = state.hits.saturating_add(1);
    }

    pub(crate) fn remember(&self, token: &str, remembered: Remembered) {
        if token.len() > MAX_TOKEN_BYTES {
            return;
        }
        let mut state = self.state();
        let added = cost(token, &remembered);
        if let Some((token, replaced)) = state.tokens.push(token.into(), Arc::new(remembered)) {
            state.bytes = state.bytes.saturating_sub(cost(&token, &replaced));
        }
        state.bytes = state.bytes.saturating_add(added);
        while state.bytes > MAX_BYTES {
            let Some((token, evicted)) = state.tokens.pop_lru() else { break };
            state.bytes = state.bytes.saturating_sub(cost(&token, &evicted));
        }
    }

    /// What the cache holds now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let state = self.state();
        Usage { hits: state.hits, entries: state.tokens.len(), bytes: state.bytes }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cost(token: &str, remembered: &Remembered) -> usize {
    let texts = token.len().saturating_add(remembered.claims.len());
    texts.saturating_add(remembered.key_id.len()).saturating_add(size_of::<Remembered>())
}
