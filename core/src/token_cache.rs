//! Tokens whose signature was good: the bytes, and the key that verified them.
//!
//! Nothing else is remembered. Whether the key still serves, and every claim, is checked anew each
//! time ([`crate::verifier`]). Nothing that a forger sends gets in.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use lru::LruCache;

use crate::algorithm::Algorithm;
use crate::claims;
use crate::json::Object;
use crate::key::Thumbprint;
use crate::token::{Header, SignedClaims};

/// The most tokens that are remembered.
pub const MAX_ENTRIES: usize = 1_000;
/// The longest token that is remembered, in bytes: twice what WorkOS's tokens usually have.
pub const MAX_TOKEN_BYTES: usize = 4_096;
/// The most memory for tokens and claims together, in bytes; what the allocator adds is not counted.
pub const MAX_BYTES: usize = 4 * 1_024 * 1_024;

/// The signature of these exact bytes was good under this key.
#[derive(Debug, PartialEq)]
pub struct Remembered {
    id: u64,
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) thumbprint: Thumbprint,
    text: String,
    /// Those of its claims that are checked each time, read when it comes for the second time: most
    /// never do. Set under the cache's lock alone.
    claims: OnceLock<Object<'static>>,
}

impl Remembered {
    /// Another number for each token that is remembered, also for one that was forgotten before:
    /// what a caller keeps under it can't be another token's.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The claims as a text for JavaScript.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Those of its claims that are checked.
    pub(crate) fn claims(&self) -> Option<&Object<'static>> {
        self.claims.get()
    }

    /// Reads the claims. They were read before as strictly, so that nothing can fail.
    fn read_claims(&self) {
        if let Ok(claims) = Object::parse(self.text.as_bytes()) {
            let _ = self.claims.set(claims.only(claims::checked));
        }
    }
}

/// A bounded set of tokens, the least recently used leaving first.
#[derive(Debug)]
pub struct TokenCache {
    state: Mutex<State>,
    hits: AtomicU64,
}

#[derive(Debug)]
struct State {
    /// Keyed by the whole token: a hash alone could be made to collide. Only who signs tokens could
    /// fill it with tokens of one hash, and hashing seeds itself anew in each process.
    tokens: LruCache<Box<str>, Arc<Remembered>>,
    bytes: usize,
    last_id: u64,
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
        let tokens = LruCache::new(capacity);
        Self { state: Mutex::new(State { tokens, bytes: 0, last_id: 0 }), hits: AtomicU64::new(0) }
    }
}

impl TokenCache {
    pub(crate) fn find(&self, token: &str) -> Option<Arc<Remembered>> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let mut state = self.state();
        let found = state.tokens.get(token).map(Arc::clone)?;
        if found.claims().is_none() {
            found.read_claims();
            let added = found.claims().map_or(0, Object::heap_size);
            state.bytes = state.bytes.saturating_add(added);
            state.make_room();
        }
        Some(found)
    }

    /// Counts a token that was found and whose key still serves.
    pub(crate) fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remember(
        &self,
        token: &str,
        Header { algorithm, key_id }: Header,
        thumbprint: Thumbprint,
        signed: &SignedClaims<'_>,
    ) {
        if token.len() > MAX_TOKEN_BYTES {
            return;
        }
        // Copied before the lock is taken.
        let text = signed.javascript_text();
        let claims = match signed.claims().has_escaped_name() {
            // They can't be read from the text, which is not the payload's own.
            true => OnceLock::from(signed.claims().only(claims::checked)),
            false => OnceLock::new(),
        };
        let mut state = self.state();
        let id = state.last_id.saturating_add(1);
        state.last_id = id;
        let remembered = Remembered { id, key_id, algorithm, thumbprint, text, claims };
        let added = cost(token, &remembered);
        if let Some((token, replaced)) = state.tokens.push(token.into(), Arc::new(remembered)) {
            state.bytes = state.bytes.saturating_sub(cost(&token, &replaced));
        }
        state.bytes = state.bytes.saturating_add(added);
        state.make_room();
    }

    /// What the cache holds now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let state = self.state();
        let hits = self.hits.load(Ordering::Relaxed);
        Usage { hits, entries: state.tokens.len(), bytes: state.bytes }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn make_room(&mut self) {
        while self.bytes > MAX_BYTES {
            let Some((token, evicted)) = self.tokens.pop_lru() else { break };
            self.bytes = self.bytes.saturating_sub(cost(&token, &evicted));
        }
    }
}

fn cost(token: &str, remembered: &Remembered) -> usize {
    let texts = [token.len(), remembered.text.len(), remembered.key_id.len()];
    let claims = remembered.claims().map_or(0, Object::heap_size);
    texts.iter().fold(claims.saturating_add(size_of::<Remembered>()), |sum, length| {
        sum.saturating_add(*length)
    })
}
