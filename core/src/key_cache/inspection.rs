//! What can be seen of an entry. Nothing here counts, fetches or waits.

use std::sync::Arc;
use std::time::Duration;

use super::entry::Entry;
use super::key_snapshot;
use super::source::{Source, Wanted};
use super::state::Counters;
use super::table::{CachePolicy, Decision, Presence};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;
use crate::lock::lock;

/// An entry at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Counts of what has happened so far.
    pub counters: Counters,
    /// The set in memory and its age.
    pub set: Option<(Arc<KeySet>, Duration)>,
}

impl Entry {
    /// Where the keys come from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether a set is in memory, whatever its age.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        lock(&self.state).set.is_some()
    }

    /// Whether the entry can be forgotten without causing an extra request: nothing is under way,
    /// and nothing delays the next attempt.
    #[must_use]
    pub fn is_resting(&self, cooldown: Duration) -> bool {
        let now = self.clock.now();
        lock(&self.state).is_resting(cooldown, now)
    }

    /// The counters and the set at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let now = self.clock.now();
        let state = lock(&self.state);
        let set = state.set.as_ref();
        Snapshot {
            counters: state.counters,
            set: set.map(|set| (Arc::clone(&set.keys), set.age(now))),
        }
    }

    /// The keys in memory as a snapshot. `None` if there are none, or too many for one.
    #[must_use]
    pub fn write_snapshot(&self) -> Option<String> {
        let now = self.clock.now();
        let state = lock(&self.state);
        let set = state.set.as_ref()?;
        let (keys, fetched_at) = (Arc::clone(&set.keys), set.fetched_at(now));
        drop(state);
        key_snapshot::write(&self.source.url, fetched_at, &keys)
    }

    /// The key, if it is in memory and may be used now. Unlike [`Self::lookup`] this counts nothing
    /// and fetches nothing.
    pub(crate) fn peek(
        &self,
        wanted: Wanted<'_>,
        policy: &CachePolicy,
    ) -> Option<Arc<VerifyingKey>> {
        let now = self.clock.now();
        let state = lock(&self.state);
        let key = state.find(wanted).ok()?;
        match state.consult(Presence::Present, policy, now) {
            Decision::Serve | Decision::ServeAndRefresh | Decision::RefreshThenServe => Some(key),
            Decision::Fetch
            | Decision::Fail { .. }
            | Decision::ForeignIssuer(_)
            | Decision::UnknownKey { .. } => None,
        }
    }

    /// The age of the set in memory and its lifetime for this caller, if the set has outlived it.
    pub(crate) fn outlived(&self, policy: &CachePolicy) -> Option<(Duration, Duration)> {
        let now = self.clock.now();
        lock(&self.state).outlived(policy, now)
    }
}
