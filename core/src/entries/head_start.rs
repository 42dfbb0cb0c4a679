//! The start that an entry which waits for its keys has over those after it. They begin to fetch when it
//! is over, so that endpoints which don't respond don't add up.

use std::sync::{Arc, Weak};

use crate::algorithm::Algorithm;
use crate::key_cache::table::CachePolicy;
use crate::key_cache::{Entry, Patience, Wanted};
use crate::token::Reading;
use crate::verifier::{KeySource, Verifier};

/// The part of its time limit for which an entry waits before those after it begin to fetch: long
/// enough for a server that responds, so that no entry fetches for a token that is not its own.
const HEAD_START_DIVISOR: u32 = 4;

/// The entries after one that waits, and the key that they are going to need.
pub(crate) struct Later {
    entries: Vec<Arc<Verifier>>,
    key_id: String,
    algorithm: Algorithm,
}

/// Lives as long as a wait.
#[derive(Default)]
pub(crate) struct Wait(Arc<()>);

/// Tells whether a wait has ended.
pub(crate) struct UnderWay(Weak<()>);

impl Later {
    /// Those of the entries that are at these places.
    pub(crate) fn of(entries: &[Arc<Verifier>], places: &[usize], reading: &Reading) -> Self {
        let entries = places.iter().filter_map(|at| entries.get(*at)).map(Arc::clone).collect();
        Self { entries, key_id: reading.key_id.clone(), algorithm: reading.algorithm }
    }

    /// Lets them begin to fetch in a while, unless the wait of the entry before them has ended.
    pub(crate) fn start(self, entry: &Entry, policy: &CachePolicy, under_way: UnderWay) {
        if self.entries.is_empty() || under_way.has_ended() {
            return;
        }
        let begin = move || {
            if !under_way.has_ended() {
                self.begin_to_fetch();
            }
        };
        let head_start = policy.timeout.checked_div(HEAD_START_DIVISOR);
        entry.call_after(head_start.unwrap_or(policy.timeout), Box::new(begin));
    }

    fn begin_to_fetch(&self) {
        let wanted = Wanted { key_id: &self.key_id, algorithm: self.algorithm };
        for verifier in &self.entries {
            if let KeySource::Cached(entry, policy) = &verifier.keys
                && verifier.policy.algorithms.holds(self.algorithm)
            {
                drop(entry.lookup(wanted, || Ok(()), policy, Patience::CannotWait));
            }
        }
    }
}

impl Wait {
    pub(crate) fn under_way(&self) -> UnderWay {
        UnderWay(Arc::downgrade(&self.0))
    }
}

impl UnderWay {
    fn has_ended(&self) -> bool {
        self.0.strong_count() == 0
    }
}
