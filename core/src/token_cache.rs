//! Tokens whose signature was verified before: their bytes, their claims and which key verified
//! them.
//!
//! No verdict is remembered. Whether that key may still be used, and every claim, is checked again
//! each time ([`crate::verifier`]). Nothing that a forger sends gets in.
//!
//! This cache knows neither tokens nor claims: it is handed plain data, and a function that reads a
//! token again. Most tokens never come a second time, so the first time no more is kept than that
//! function needs.

mod key;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

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
/// The most memory for tokens and claims together, in bytes: 4,000 tokens of 1.2 kB take 5 MB, and
/// 12 MB if all of them come again. What the allocator adds is not counted.
pub const MAX_BYTES: usize = 16 * 1_024 * 1_024;

/// A remembered token that came again: the signature of these exact bytes was verified with this key.
#[derive(Debug, PartialEq)]
pub struct Remembered {
    id: u64,
    key: Key,
    signed: Signed,
    content: Content,
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
    pub fn text(&self) -> &str {
        &self.content.text
    }

    /// The claims to check.
    pub(crate) fn claims(&self) -> &Object<'static> {
        &self.content.claims
    }

    /// Which key verified it.
    pub(crate) fn signed(&self) -> &Signed {
        &self.signed
    }
}

/// Which key verified the signature of a token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signed {
    pub(crate) key_id: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) thumbprint: Thumbprint,
}

/// What a remembered token says.
#[derive(Debug, PartialEq)]
pub(crate) struct Content {
    /// The claims as a text for JavaScript.
    pub(crate) text: String,
    /// The claims to check.
    pub(crate) claims: Object<'static>,
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
    tokens: LruCache<u64, Sighted>,
    /// The numbers of exactly these tokens.
    numbers: Numbers,
    bytes: usize,
    last_id: u64,
}

/// A token, by how often it came.
#[derive(Debug)]
enum Sighted {
    Once(Key, Signed),
    Again(Arc<Remembered>),
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

    /// The remembered token of exactly these bytes. `read` reads it again; it is called when the token
    /// comes for the second time.
    pub(crate) fn find(
        &self,
        token: &str,
        hash: TokenHash,
        read: impl FnOnce(&str) -> Option<Content>,
    ) -> Option<Arc<Remembered>> {
        let mut contents = lock(&self.contents);
        let key: &dyn Keyed = &(hash, token);
        let id = *contents.numbers.get(key)?;
        let sighted = contents.tokens.get_mut(&id)?;
        let (key, signed) = match sighted {
            Sighted::Again(remembered) => return Some(Arc::clone(remembered)),
            Sighted::Once(key, signed) => (key.clone(), signed.clone()),
        };
        let content = read(token)?;
        let remembered = Arc::new(Remembered { id, key, signed, content });
        *sighted = Sighted::Again(Arc::clone(&remembered));
        contents.bytes = contents.bytes.saturating_add(cost_of_content(&remembered));
        contents.make_room();
        Some(remembered)
    }

    /// The remembered token of this number, which becomes the most recently used one. Only tokens that
    /// came again are known by their number.
    pub(crate) fn find_numbered(&self, id: u64) -> Option<Arc<Remembered>> {
        match lock(&self.contents).tokens.get(&id)? {
            Sighted::Again(remembered) => Some(Arc::clone(remembered)),
            Sighted::Once(..) => None,
        }
    }

    /// Counts a token that was found while its key could still be used.
    pub(crate) fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remember(&self, token: &str, hash: TokenHash, signed: Signed) {
        // Copied before the lock is taken.
        let key = Key { token: Arc::from(token), hash };
        lock(&self.contents).insert(key, signed);
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
    fn insert(&mut self, key: Key, signed: Signed) {
        let id = self.last_id.saturating_add(1);
        self.last_id = id;
        let sighted = Sighted::Once(key.clone(), signed);
        self.bytes = self.bytes.saturating_add(cost(&sighted));
        // The same token may have been remembered meanwhile, on another thread.
        if let Some(replaced) = self.numbers.insert(key, id) {
            let replaced = self.tokens.pop(&replaced);
            self.bytes = self.bytes.saturating_sub(replaced.as_ref().map_or(0, cost));
        }
        self.tokens.put(id, sighted);
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.bytes > MAX_BYTES || self.tokens.len() > MAX_ENTRIES {
            let Some((_, evicted)) = self.tokens.pop_lru() else { break };
            self.numbers.remove(evicted.key());
            self.bytes = self.bytes.saturating_sub(cost(&evicted));
        }
    }
}

impl Sighted {
    fn key(&self) -> &Key {
        match self {
            Self::Once(key, _) => key,
            Self::Again(remembered) => &remembered.key,
        }
    }
}

fn cost(sighted: &Sighted) -> usize {
    let (token, signed, content) = match sighted {
        Sighted::Once(key, signed) => (&key.token, signed, 0),
        Sighted::Again(again) => (&again.key.token, &again.signed, cost_of_content(again)),
    };
    size_of::<Sighted>()
        .saturating_add(token.len())
        .saturating_add(signed.key_id.len())
        .saturating_add(content)
}

/// What a token costs more from its second time on.
fn cost_of_content(remembered: &Remembered) -> usize {
    size_of::<Remembered>()
        .saturating_add(remembered.content.text.len())
        .saturating_add(remembered.content.claims.heap_size())
}
