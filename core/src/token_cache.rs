//! Tokens whose signature was verified before: their bytes, their claims and which key verified
//! them.
//!
//! No verdict is remembered. Whether that key may still be used, and every claim, is checked again
//! each time ([`crate::verifier`]). Nothing that a forger sends gets in.
//!
//! This cache knows neither tokens nor claims: it is handed [`NewEntry`], plain data, and a
//! function that reads the claims to check from a text.

mod key;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use lru::{DefaultHasher, LruCache};

use self::key::{Key, Keyed, Numbers};
use crate::algorithm::Algorithm;
use crate::json::Object;
use crate::key::Thumbprint;
use crate::lock::lock;

pub use self::key::TokenHash;

/// The most tokens that are remembered. Where users return as is usual (Zipf), four times as many
/// users find their tokens here as with 1,000.
pub const MAX_ENTRIES: usize = 4_000;
/// The longest token that is remembered, in bytes. WorkOS's tokens have up to 5.5 kB, with the
/// largest template.
pub const MAX_TOKEN_BYTES: usize = 8_192;
/// The most memory for tokens and claims together, in bytes: 4,000 tokens of 1.2 kB take 12 MB. What
/// the allocator adds is not counted.
pub const MAX_BYTES: usize = 16 * 1_024 * 1_024;

/// A remembered token: the signature of these exact bytes was verified with this key.
#[derive(Debug, PartialEq)]
pub struct Remembered {
    id: u64,
    key: Key,
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) thumbprint: Thumbprint,
    text: Arc<str>,
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
        &self.key.token
    }

    /// The claims as a text for JavaScript.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The claims to check.
    pub(crate) fn claims(&self) -> Option<&Object<'static>> {
        self.claims.get()
    }
}

/// What is to be remembered of a token.
pub(crate) struct NewEntry {
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    /// The thumbprint of the key that verified the signature.
    pub(crate) thumbprint: Thumbprint,
    /// The claims as a text for JavaScript.
    pub(crate) text: Arc<str>,
    /// The claims to check, if they can't be read from the text.
    pub(crate) claims: Option<Object<'static>>,
}

/// A bounded set of tokens. The least recently used one leaves first.
#[derive(Debug)]
pub struct TokenCache {
    /// Of this process, so that nobody can make tokens with equal hashes in advance.
    seed: DefaultHasher,
    contents: Mutex<Contents>,
    hits: AtomicU64,
}

#[derive(Debug)]
struct Contents {
    /// By number, the least recently used first to leave.
    tokens: LruCache<u64, Arc<Remembered>>,
    /// The numbers of exactly these tokens.
    numbers: Numbers,
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
        // It grows with what it holds. Full-size from the start, it would cost each process memory.
        let tokens = LruCache::unbounded();
        let contents = Contents { tokens, numbers: Numbers::default(), bytes: 0, last_id: 0 };
        let contents = Mutex::new(contents);
        Self { seed: DefaultHasher::default(), contents, hits: AtomicU64::new(0) }
    }
}

impl TokenCache {
    /// What a token is found by. `None` for one that is too long to be remembered.
    pub(crate) fn hash(&self, token: &str) -> Option<TokenHash> {
        (token.len() <= MAX_TOKEN_BYTES).then(|| TokenHash::of(token, &self.seed))
    }

    /// The remembered token of exactly these bytes, with its claims. `read` reads the claims to
    /// check from the text; it is called when a token is found for the first time.
    pub(crate) fn find(
        &self,
        token: &str,
        hash: TokenHash,
        read: impl FnOnce(&str) -> Option<Object<'static>>,
    ) -> Option<Arc<Remembered>> {
        let mut contents = lock(&self.contents);
        let key: &dyn Keyed = &(hash, token);
        let id = *contents.numbers.get(key)?;
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

    pub(crate) fn remember(&self, token: &str, hash: TokenHash, entry: NewEntry) {
        let NewEntry { key_id, algorithm, thumbprint, text, claims } = entry;
        // Copied before the lock is taken.
        let key = Key { token: Arc::from(token), hash };
        let claims = claims.map_or_else(OnceLock::new, OnceLock::from);
        let mut contents = lock(&self.contents);
        let id = contents.last_id.saturating_add(1);
        contents.last_id = id;
        contents.insert(Remembered { id, key, key_id, algorithm, thumbprint, text, claims });
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
        let (id, key) = (remembered.id, remembered.key.clone());
        self.bytes = self.bytes.saturating_add(cost(&remembered));
        // The same token may have been remembered meanwhile, on another thread.
        if let Some(replaced) = self.numbers.insert(key, id) {
            let replaced = self.tokens.pop(&replaced);
            self.bytes = self.bytes.saturating_sub(replaced.as_deref().map_or(0, cost));
        }
        self.tokens.put(id, Arc::new(remembered));
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.bytes > MAX_BYTES || self.tokens.len() > MAX_ENTRIES {
            let Some((_, evicted)) = self.tokens.pop_lru() else { break };
            self.numbers.remove(&evicted.key);
            self.bytes = self.bytes.saturating_sub(cost(&evicted));
        }
    }
}

fn cost(remembered: &Remembered) -> usize {
    let texts = [&*remembered.key.token, &*remembered.text, &*remembered.key_id];
    let claims = remembered.claims().map_or(0, Object::heap_size);
    texts.iter().fold(claims.saturating_add(size_of::<Remembered>()), |sum, text| {
        sum.saturating_add(text.len())
    })
}
