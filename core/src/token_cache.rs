//! Tokens whose signature was verified before: their bytes, their claims and which key verified
//! them.
//!
//! No verdict is remembered. Whether that key may still be used, and every claim, is checked again
//! each time ([`crate::verifier`]). Nothing that a forger sends gets in.
//!
//! This cache knows neither tokens nor claims: it is handed [`NewEntry`], plain data, and a
//! function that reads the claims to check from a text.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use lru::{DefaultHasher, LruCache};

use crate::algorithm::Algorithm;
use crate::json::Object;
use crate::key::Thumbprint;
use crate::lock::lock;

/// The most tokens that are remembered.
pub const MAX_ENTRIES: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
/// The longest token that is remembered, in bytes: twice the usual length of WorkOS's tokens.
pub const MAX_TOKEN_BYTES: usize = 4_096;
/// The most memory for tokens and claims together, in bytes. What the allocator adds is not
/// counted.
pub const MAX_BYTES: usize = 4 * 1_024 * 1_024;

/// A remembered token: the signature of these exact bytes was verified with this key.
#[derive(Debug, PartialEq)]
pub struct Remembered {
    id: u64,
    token: Arc<str>,
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) thumbprint: Thumbprint,
    text: String,
    /// The claims that are checked each time. They are read when the token comes for the second
    /// time, since most tokens never do. Set only under the cache's lock, so that they are counted
    /// once.
    claims: OnceLock<Object<'static>>,
}

impl Remembered {
    /// A different number for each token that is remembered, even if the same token was remembered
    /// and forgotten before. So what a caller keeps under this number can't belong to another
    /// token.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The token itself.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The claims as a text for JavaScript.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The claims to check.
    pub(crate) fn claims(&self) -> Option<&Object<'static>> {
        self.claims.get()
    }
}

/// What is to be remembered of a token.
pub(crate) struct NewEntry<'text> {
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    /// The thumbprint of the key that verified the signature.
    pub(crate) thumbprint: Thumbprint,
    /// The claims as a text for JavaScript.
    pub(crate) text: &'text str,
    /// The claims to check, if they can't be read from the text.
    pub(crate) claims: Option<Object<'static>>,
}

/// A bounded set of tokens. The least recently used one leaves first.
#[derive(Debug)]
pub struct TokenCache {
    contents: Mutex<Contents>,
    hits: AtomicU64,
}

#[derive(Debug)]
struct Contents {
    /// Keyed by the token's number.
    tokens: LruCache<u64, Arc<Remembered>>,
    /// The numbers of exactly these tokens. Keyed by the whole token, since hashes alone could be
    /// made to collide. Only someone who can sign tokens could fill the table with equal hashes,
    /// and the hash is seeded per process.
    ids: HashMap<Arc<str>, u64, DefaultHasher>,
    bytes: usize,
    last_id: u64,
}

/// What the cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How many tokens were found while their key could still be used.
    pub hits: u64,
    /// How many tokens are remembered.
    pub entries: usize,
    /// Their memory, in bytes.
    pub bytes: usize,
}

impl Default for TokenCache {
    fn default() -> Self {
        let tokens = LruCache::new(MAX_ENTRIES);
        let contents = Contents { tokens, ids: HashMap::default(), bytes: 0, last_id: 0 };
        Self { contents: Mutex::new(contents), hits: AtomicU64::new(0) }
    }
}

impl TokenCache {
    /// The remembered token of exactly these bytes, with its claims. `read` reads the claims to
    /// check from the text; it is called when a token is found for the first time.
    pub(crate) fn find(
        &self,
        token: &str,
        read: impl FnOnce(&str) -> Option<Object<'static>>,
    ) -> Option<Arc<Remembered>> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let mut contents = lock(&self.contents);
        let id = *contents.ids.get(token)?;
        let remembered = contents.tokens.get(&id).map(Arc::clone)?;
        if remembered.claims().is_none() {
            let claims = read(&remembered.text)?;
            contents.bytes = contents.bytes.saturating_add(claims.heap_size());
            let _ = remembered.claims.set(claims);
            contents.make_room();
        }
        Some(remembered)
    }

    /// The remembered token of this number, which becomes the most recently used one.
    pub(crate) fn find_numbered(&self, id: u64) -> Option<Arc<Remembered>> {
        lock(&self.contents).tokens.get(&id).map(Arc::clone)
    }

    /// Counts a token that was found while its key could still be used.
    pub(crate) fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remember(&self, token: &str, entry: NewEntry<'_>) {
        if token.len() > MAX_TOKEN_BYTES {
            return;
        }
        let NewEntry { key_id, algorithm, thumbprint, text, claims } = entry;
        // Copied before the lock is taken.
        let (token, text) = (Arc::from(token), text.to_owned());
        let claims = claims.map_or_else(OnceLock::new, OnceLock::from);
        let mut contents = lock(&self.contents);
        let id = contents.last_id.saturating_add(1);
        contents.last_id = id;
        contents.insert(Remembered { id, token, key_id, algorithm, thumbprint, text, claims });
    }

    /// What the cache holds now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let contents = lock(&self.contents);
        let hits = self.hits.load(Ordering::Relaxed);
        Usage { hits, entries: contents.tokens.len(), bytes: contents.bytes }
    }
}

impl Contents {
    fn insert(&mut self, remembered: Remembered) {
        let (id, token) = (remembered.id, Arc::clone(&remembered.token));
        self.bytes = self.bytes.saturating_add(cost(&remembered));
        // Threads may have verified the same token at the same time.
        if let Some(replaced) = self.ids.insert(token, id) {
            let replaced = self.tokens.pop(&replaced);
            self.bytes = self.bytes.saturating_sub(replaced.as_deref().map_or(0, cost));
        }
        if let Some((_, evicted)) = self.tokens.push(id, Arc::new(remembered)) {
            self.forget(&evicted);
        }
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.bytes > MAX_BYTES {
            let Some((_, evicted)) = self.tokens.pop_lru() else { break };
            self.forget(&evicted);
        }
    }

    fn forget(&mut self, evicted: &Remembered) {
        self.ids.remove(&evicted.token);
        self.bytes = self.bytes.saturating_sub(cost(evicted));
    }
}

fn cost(remembered: &Remembered) -> usize {
    let texts = [&*remembered.token, &*remembered.text, &*remembered.key_id];
    let claims = remembered.claims().map_or(0, Object::heap_size);
    texts.iter().fold(claims.saturating_add(size_of::<Remembered>()), |sum, text| {
        sum.saturating_add(text.len())
    })
}
