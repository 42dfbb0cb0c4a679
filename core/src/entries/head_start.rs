//! The start that an entry which waits for its keys has over those after it. They begin to fetch when it
//! is over, so that endpoints which don't respond don't add up.

use std::sync::{Arc, Weak};

use super::Entries;
use crate::algorithm::Algorithm;
use crate::key_cache::table::CachePolicy;
use crate::key_cache::{Entry, Patience, Wanted};
use crate::token::Reading;
use crate::verifier::KeySource;

/// The part of its time limit for which an entry waits before those after it begin to fetch: long
/// enough for a server that responds, so that no entry fetches for a token that is not its own.
const HEAD_START_DIVISOR: u32 = 4;

/// The entries after one that waits, and the key that they are going to need.
pub(crate) struct Later {
    entries: Vec<usize>,
    key_id: String,
    algorithm: Algorithm,
}

/// Lives as long as a wait.
#[derive(Default)]
pub(crate) struct Wait(Arc<()>);

/// Tells whether a wait has ended.
pub(crate) struct UnderWay(Weak<()>);

impl Later {
    pub(crate) fn of(entries: &[usize], Reading { algorithm, key_id, .. }: &Reading) -> Self {
        Self { entries: entries.to_vec(), key_id: key_id.clone(), algorithm: *algorithm }
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

impl Entries {
    /// Lets the entries after the one that waits begin to fetch in a while, unless its wait has ended.
    pub(crate) fn start_later(
        self: &Arc<Self>,
        entry: &Entry,
        policy: &CachePolicy,
        later: Later,
        under_way: UnderWay,
    ) {
        if later.entries.is_empty() || under_way.has_ended() {
            return;
        }
        let entries = Arc::clone(self);
        let begin = move || {
            if !under_way.has_ended() {
                entries.begin_to_fetch(&later);
            }
        };
        let head_start = policy.timeout.checked_div(HEAD_START_DIVISOR);
        entry.call_after(head_start.unwrap_or(policy.timeout), Box::new(begin));
    }

    /// Starts the requests that these entries are going to wait for.
    fn begin_to_fetch(&self, Later { entries, key_id, algorithm }: &Later) {
        let wanted = Wanted { key_id, algorithm: *algorithm };
        for verifier in entries.iter().filter_map(|at| self.entries.get(*at)) {
            if let KeySource::Cached(entry, policy) = &verifier.keys
                && verifier.policy.algorithms.holds(*algorithm)
            {
                drop(entry.lookup(wanted, || Ok(()), policy, Patience::CannotWait));
            }
        }
    }
}
