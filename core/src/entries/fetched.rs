//! The keys that an entry has waited for, which are final for its token.
//!
//! Entries after it may have the same source. Looked for there again, what the set lacks would be unknown
//! until the cooldown ends, which the fetch for this very token has started.

use std::sync::Arc;

use crate::key_cache::{Entry, Served};
use crate::verifier::{KeySource, Keys, Verifier};
use crate::witness::Origin;

/// A set that was fetched for a token, and its source.
pub(crate) struct Fetched {
    entry: Arc<Entry>,
    served: Served,
}

impl Fetched {
    /// `None` if the keys were in memory: whether these may serve is each entry's to say.
    pub(crate) fn of(verifier: &Verifier, served: &Served) -> Option<Self> {
        match (&verifier.keys, served.origin) {
            (KeySource::Cached(entry, _), Origin::Fetch) => {
                Some(Self { entry: Arc::clone(entry), served: served.clone() })
            }
            _ => None,
        }
    }

    /// The keys for a verifier that has the same source.
    pub(crate) fn keys_for(&self, verifier: &Verifier) -> Option<Keys<'_>> {
        match &verifier.keys {
            KeySource::Cached(entry, _) if Arc::ptr_eq(entry, &self.entry) => {
                Some(Keys::Final(&self.served))
            }
            _ => None,
        }
    }
}
