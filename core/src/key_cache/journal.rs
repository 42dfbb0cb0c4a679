//! What happens to the keys of an entry, told to whoever keeps a journal of it.
//!
//! Nothing is made for a journal that is closed. Events are told under the entry's lock, so that
//! their order is that of what happened.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::source::Moment;
use crate::error::FetchFailure;
use crate::key_set::KeySet;

/// The most keys of one response that are told of one by one: more than any real set has, and few
/// enough for a journal to hold many responses. The counts say how many there were.
pub const MAX_KEYS_TOLD: usize = 64;
/// The longest `kid` that is told whole, in bytes. A longer one is cut: a set of 1 MiB could be one
/// `kid`.
pub const MAX_KEY_ID_BYTES: usize = 256;

/// Takes events, from any thread.
pub trait Journal: Send + Sync {
    /// Whether anybody reads it. Otherwise no event is made.
    fn is_open(&self) -> bool;
    /// Takes an event. It is called under the entry's lock, and must not call the entry.
    fn record(&self, event: KeyEvent);
}

/// Something that happened to the keys of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyEvent {
    /// The entry's number in the process. Two entries with one URL differ in their trust or proxy.
    pub entry: u64,
    /// The URL of the keys.
    pub url: Arc<str>,
    /// When, since 1970.
    pub at: Duration,
    /// The number of the entry's last request; requests are numbered from 1.
    pub request: u64,
    /// What happened.
    pub kind: KeyEventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyEventKind {
    /// A request began.
    RequestStarted {
        /// Whether it was made for a `kid` that the set lacks.
        for_unknown_key: bool,
    },
    /// The request ended.
    RequestEnded {
        /// Whether it was made for a `kid` that the set lacks.
        for_unknown_key: bool,
        /// When it began, since 1970.
        started_at: Duration,
        /// How long it took.
        duration: Duration,
        /// What it brought.
        result: Result<Fetched, FetchFailure>,
    },
    /// A key that the set lacked came with a response.
    KeyAdded(KeyName),
    /// A key of the set was not in the response that replaced it.
    KeyRemoved(KeyName),
    /// Keys past their lifetime began to serve. It is told once, until a request has ended.
    StaleServe {
        /// Time since their fetch.
        age: Duration,
    },
    /// A request failed, and delays the next one.
    BackOff {
        /// For how long.
        pause: Duration,
        /// How many failed in a row.
        failures: u32,
    },
}

/// What a good response brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// Whether the server said that the set has not changed.
    pub not_modified: bool,
    /// The hash of the set ([`KeySet::digest`]).
    pub key_set: [u8; 32],
    /// How many usable keys are new.
    pub added: usize,
    /// How many usable keys are gone.
    pub removed: usize,
}

/// A usable key: its `kid`, cut at [`MAX_KEY_ID_BYTES`], and its thumbprint (RFC 7638) in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName {
    /// The `kid`.
    pub key_id: String,
    /// The thumbprint.
    pub thumbprint: String,
}

/// An entry's access to the journal. By default there is none.
#[derive(Default)]
pub(super) struct Scribe(Option<Inner>);

struct Inner {
    journal: Arc<dyn Journal>,
    entry: u64,
    url: Arc<str>,
}

impl Scribe {
    pub(super) fn new(journal: Arc<dyn Journal>, entry: u64, url: &str) -> Self {
        Self(Some(Inner { journal, entry, url: url.into() }))
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.journal.is_open())
    }

    pub(super) fn record(&self, request: u64, now: Moment, kind: KeyEventKind) {
        let Some(Inner { journal, entry, url }) = &self.0 else { return };
        if journal.is_open() {
            let (entry, url) = (*entry, Arc::clone(url));
            journal.record(KeyEvent { entry, url, at: now.wall, request, kind });
        }
    }
}

/// What differs between two sets.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) added: Vec<KeyName>,
    pub(super) removed: Vec<KeyName>,
}

impl Changes {
    pub(super) fn between(old: Option<&KeySet>, new: &KeySet) -> Self {
        let identities = |set: &KeySet| set.identities().collect::<BTreeSet<_>>();
        let (old, new) = (old.map(identities).unwrap_or_default(), identities(new));
        let names =
            |one: &BTreeSet<_>, other: &BTreeSet<_>| one.difference(other).map(key_name).collect();
        Self { added: names(&new, &old), removed: names(&old, &new) }
    }

    /// The events, up to the limit. What is gone comes first, as where a `kid` changes its key.
    pub(super) fn told(self) -> impl Iterator<Item = KeyEventKind> {
        let removed = self.removed.into_iter().map(KeyEventKind::KeyRemoved);
        removed.chain(self.added.into_iter().map(KeyEventKind::KeyAdded)).take(MAX_KEYS_TOLD)
    }
}

fn key_name((key_id, thumbprint): &(String, String)) -> KeyName {
    let end = (0..=MAX_KEY_ID_BYTES).rev().find(|end| key_id.is_char_boundary(*end));
    let cut = key_id.get(..end.unwrap_or_default()).unwrap_or_default();
    KeyName { key_id: cut.to_owned(), thumbprint: thumbprint.clone() }
}
