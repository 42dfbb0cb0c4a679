//! Which keys an answer is based on, for a call that somebody watches.
//!
//! The checks say where their keys came from while they run, on the thread on which they run. Nobody
//! listens to almost all calls, so what they pay is one look at [`WATCHED`], and no signature carries
//! what they don't need.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the keys behind an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A fixed set.
    Fixed,
    /// The set in memory, still fresh for this caller.
    Memory,
    /// The set in memory, past its lifetime and within the grace time.
    Stale,
    /// A response that this call waited for.
    Fetch,
    /// The signature was verified before, with a key that may still be used.
    TokenCache,
}

impl Origin {
    /// The name that users see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Memory => "memory",
            Self::Stale => "stale",
            Self::Fetch => "fetch",
            Self::TokenCache => "token cache",
        }
    }
}

/// What an answer is based on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Where the keys came from.
    pub origin: Origin,
    /// The hash of the key set, as [`crate::key_set::KeySet::digest`] gives it.
    pub key_set: [u8; 32],
}

/// Whether any call of the process was ever watched.
static WATCHED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The watched calls of this thread, the innermost last: JavaScript that runs during one may make
    /// others.
    static CALLS: RefCell<Vec<Option<Sighting>>> = const { RefCell::new(Vec::new()) };
}

/// Begins to watch what this thread does.
pub fn begin() {
    WATCHED.store(true, Ordering::Relaxed);
    CALLS.with_borrow_mut(|calls| calls.push(None));
}

/// Ends what [`begin`] began, and says what was seen. `None` if no key set had a part in it.
#[must_use]
pub fn end() -> Option<Sighting> {
    CALLS.with_borrow_mut(|calls| calls.pop().flatten())
}

/// Whether this thread is being watched.
#[must_use]
pub fn is_watching() -> bool {
    WATCHED.load(Ordering::Relaxed) && CALLS.with_borrow(|calls| !calls.is_empty())
}

/// Runs a call that must not panic, and says what was seen.
pub fn watch<R>(call: impl FnOnce() -> R) -> (R, Option<Sighting>) {
    begin();
    let result = call();
    (result, end())
}

/// Says what the answer under way is based on. What is said last holds.
pub(crate) fn note(sighting: impl FnOnce() -> Sighting) {
    if WATCHED.load(Ordering::Relaxed) {
        CALLS.with_borrow_mut(|calls| {
            if let Some(call) = calls.last_mut() {
                *call = Some(sighting());
            }
        });
    }
}

/// Says that the signature was not verified again: the keys stay those that were noted.
pub(crate) fn note_remembered() {
    if WATCHED.load(Ordering::Relaxed) {
        CALLS.with_borrow_mut(|calls| {
            if let Some(Some(sighting)) = calls.last_mut() {
                sighting.origin = Origin::TokenCache;
            }
        });
    }
}
