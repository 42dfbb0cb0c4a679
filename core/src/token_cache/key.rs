//! The key of a remembered token: its bytes, with their hash.
//!
//! Hashing a token costs as much as finding it. So it is hashed once, and that hash serves to find
//! it, to remember it and to let it go.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::ptr;
use std::sync::Arc;

use lru::DefaultHasher;

/// The hash of a token, by the seed of one cache. A hash of another cache finds nothing: the bytes
/// decide ([`Key`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(u64);

impl TokenHash {
    pub(super) fn of(token: &str, seed: &DefaultHasher) -> Self {
        Self(seed.hash_one(token))
    }
}

/// The numbers of tokens.
pub(super) type Numbers = HashMap<Key, u64, BuildHasherDefault<Ready>>;

/// A whole token, since hashes alone could be made to collide.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) token: Arc<str>,
    pub(super) hash: TokenHash,
}

/// A key, owned or borrowed.
pub(super) trait Keyed {
    fn parts(&self) -> (TokenHash, &str);
}

impl Keyed for Key {
    fn parts(&self) -> (TokenHash, &str) {
        (self.hash, &self.token)
    }
}

impl Keyed for (TokenHash, &str) {
    fn parts(&self) -> (TokenHash, &str) {
        *self
    }
}

impl<'key> Borrow<dyn Keyed + 'key> for Key {
    fn borrow(&self) -> &(dyn Keyed + 'key) {
        self
    }
}

impl Hash for dyn Keyed + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.parts().0.0);
    }
}

impl PartialEq for dyn Keyed + '_ {
    fn eq(&self, other: &Self) -> bool {
        let ((hash, token), (other_hash, other)) = (self.parts(), other.parts());
        // A token that leaves is the very one that is looked for.
        hash == other_hash && (ptr::eq(token, other) || token == other)
    }
}

impl Eq for dyn Keyed + '_ {}

// As `Borrow` asks: the same as for the borrowed form.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self as &dyn Keyed).hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        (self as &dyn Keyed) == (other as &dyn Keyed)
    }
}

impl Eq for Key {}

/// Hands on a hash that is ready.
#[derive(Debug, Default)]
pub(super) struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        // Only `write_u64` is used.
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
