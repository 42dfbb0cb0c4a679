//! What an entry remembers: its set, its last failure and the request under way.
//!
//! Every change is made under the entry's lock and leaves a valid state. Nothing here waits, calls
//! back or reads a clock: `now` is a parameter.

use std::sync::Arc;
use std::time::Duration;

use super::journal::{KeyEventKind, Scribe};
use super::key_snapshot::{KeySnapshot, SnapshotFault};
use super::source::{KeysResult, Moment, Served, Wanted};
use super::stored::Stored;
use super::table::{self, CachePolicy, Decision, Held, Presence, Situation};
use super::waiting::{InFlight, MAX_WAITERS, Purpose, Waiter};
use crate::error::{FetchFailure, Refusal, Unusable};
use crate::key::VerifyingKey;
use crate::witness::{self, Sighting};

#[derive(Default)]
pub(super) struct State {
    pub(super) set: Option<Stored>,
    pub(super) flight: Option<InFlight>,
    pub(super) counters: Counters,
    /// The number of the last flight that was started; flights are numbered from 1.
    pub(super) last_flight: u64,
    pub(super) failure: Option<Failure>,
    /// When the last successful fetch for an unknown `kid` began.
    pub(super) cooling_since: Option<Moment>,
    /// See [`Situation::refresh_died`].
    pub(super) refresh_died: bool,
    pub(super) scribe: Scribe,
    /// Whether the journal was told, since the last request, that stale keys serve.
    pub(super) stale_serve_told: bool,
}

/// The last failure, and how long it delays the next attempt.
pub(super) struct Failure {
    pub(super) in_a_row: u32,
    pub(super) cause: FetchFailure,
    pub(super) at: Moment,
    pub(super) pause: Duration,
}

/// Counts of what has happened to an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests started.
    pub fetches: u64,
    /// Requests that brought no usable set.
    pub fetch_failures: u64,
    /// How long the last finished request took.
    pub last_duration: Option<Duration>,
    /// Keys handed out past their `max_age`.
    pub stale_serves: u64,
    /// Lookups of a `kid` that the set in memory lacked.
    pub unknown_key_lookups: u64,
    /// Snapshots whose keys were taken.
    pub snapshots_used: u64,
    /// Snapshots that were ignored.
    pub snapshots_ignored: u64,
    /// Why the last of them was.
    pub snapshot_fault: Option<SnapshotFault>,
}

// What callers ask.
impl State {
    pub(super) fn find(&self, wanted: Wanted<'_>) -> Result<Arc<VerifyingKey>, Option<Unusable>> {
        let set = self.set.as_ref().ok_or(None)?;
        set.keys.find(wanted.key_id, wanted.algorithm).map(Arc::clone)
    }

    /// Asks the table. No other place does.
    pub(super) fn consult(&self, key: Presence, policy: &CachePolicy, now: Moment) -> Decision {
        let left = |since: Moment, time: Duration| {
            time.checked_sub(now.since(since)).filter(|left| !left.is_zero())
        };
        let set = self.set.as_ref().map(|set| Held {
            key,
            age: set.age(now),
            server_max_age: set.server_max_age,
            refresh_share: set.refresh_share,
        });
        let backing_off = self.failure.as_ref().and_then(|failure| left(failure.at, failure.pause));
        let cooling_down = self.cooling_since.and_then(|since| left(since, policy.cooldown));
        let refresh_died = self.refresh_died;
        table::decide(&Situation { set, backing_off, cooling_down, refresh_died }, policy)
    }

    /// Whether the set has what the waiter looks for.
    pub(super) fn presence_for(&self, waiter: &Waiter) -> Presence {
        let is_present = match waiter.wanted() {
            Some(wanted) => self.find(wanted).is_ok(),
            None => self.set.is_some(),
        };
        match (is_present, waiter.issuer) {
            (true, _) => Presence::Present,
            (false, Ok(())) => Presence::Missing,
            (false, Err(cause)) => Presence::Foreign(cause),
        }
    }

    /// What is wrong with the key that the waiter looks for, if the set has one that can't be used.
    pub(super) fn unusable_for(&self, waiter: &Waiter) -> Option<Unusable> {
        self.find(waiter.wanted()?).err().flatten()
    }

    /// What a fetch would be for, given whether the set has the key.
    pub(super) fn purpose(&self, key: Presence) -> Purpose {
        match key {
            Presence::Missing | Presence::Foreign(_) if self.set.is_some() => Purpose::UnknownKey,
            Presence::Present | Presence::Missing | Presence::Foreign(_) => Purpose::Renewal,
        }
    }

    /// The result for a caller who can wait no longer: keys that may still serve, or this refusal.
    pub(super) fn result_now(
        &mut self,
        waiter: &Waiter,
        refusal: Refusal,
        now: Moment,
    ) -> KeysResult {
        match self.consult(self.presence_for(waiter), &waiter.policy, now) {
            Decision::Serve | Decision::ServeAndRefresh | Decision::RefreshThenServe => {
                self.count_serve(&waiter.policy, now);
                self.served(&waiter.policy, now).ok_or(refusal)
            }
            Decision::Fetch
            | Decision::Fail { .. }
            | Decision::ForeignIssuer(_)
            | Decision::UnknownKey { .. } => Err(refusal),
        }
    }

    pub(super) fn unavailable(&self, retry_after: Duration) -> Refusal {
        let failure =
            self.failure.as_ref().map_or(FetchFailure::NotFetched, |failure| failure.cause);
        Refusal::KeysUnavailable { failure, retry_after }
    }

    /// If no more callers can wait for the flight under way: how long it may still take.
    pub(super) fn crowded(&self, now: Moment) -> Option<Duration> {
        let flight = self.flight.as_ref().filter(|flight| flight.waiters.len() >= MAX_WAITERS)?;
        Some(flight.time_left(now))
    }

    /// Whether there is nothing to remember except, perhaps, keys.
    pub(super) fn is_resting(&self, cooldown: Duration, now: Moment) -> bool {
        let cools_down = |since| now.since(since) < cooldown;
        let backs_off = |failure: &Failure| now.since(failure.at) < failure.pause;
        self.flight.is_none()
            && !self.cooling_since.is_some_and(cools_down)
            && !self.failure.as_ref().is_some_and(backs_off)
    }

    pub(super) fn count_unknown_key(&mut self, key: Presence) {
        let unknown = u64::from(self.set.is_some() && key != Presence::Present);
        self.counters.unknown_key_lookups =
            self.counters.unknown_key_lookups.saturating_add(unknown);
    }

    /// The age of the set and its lifetime for a caller, if the set has outlived it.
    pub(super) fn outlived(
        &self,
        policy: &CachePolicy,
        now: Moment,
    ) -> Option<(Duration, Duration)> {
        let set = self.set.as_ref()?;
        let (age, lifetime) = (set.age(now), policy.lifetime(set.server_max_age));
        (age >= lifetime).then_some((age, lifetime))
    }

    pub(super) fn count_serve(&mut self, policy: &CachePolicy, now: Moment) {
        let Some((age, _)) = self.outlived(policy, now) else { return };
        self.counters.stale_serves = self.counters.stale_serves.saturating_add(1);
        if !self.stale_serve_told && self.scribe.is_open() {
            self.stale_serve_told = true;
            self.scribe.record(self.last_flight, now, KeyEventKind::StaleServe { age });
        }
    }

    /// The set for a caller who has waited, if there is one.
    pub(super) fn served(&self, policy: &CachePolicy, now: Moment) -> Option<Served> {
        let set = self.set.as_ref()?;
        Some(Served { keys: Arc::clone(&set.keys), origin: set.origin(policy, now) })
    }

    /// Says that an answer is based on the set in memory.
    pub(super) fn note(&self, policy: &CachePolicy, now: Moment) {
        if let Some(set) = &self.set {
            witness::note(|| Sighting {
                origin: set.origin(policy, now),
                key_set: set.keys.digest(),
            });
        }
    }
}

// What snapshots change.
impl State {
    /// Takes the keys of a snapshot if none were ever fetched. Of two snapshots the younger counts.
    /// No cooldown starts with it: the set may lack a key that was published since.
    pub(super) fn take(
        &mut self,
        snapshot: Result<KeySnapshot, SnapshotFault>,
        now: Moment,
        fraction: f64,
    ) {
        let KeySnapshot { keys, age } = match snapshot {
            Ok(snapshot) => snapshot,
            Err(fault) => {
                let ignored = &mut self.counters.snapshots_ignored;
                *ignored = ignored.saturating_add(1);
                self.counters.snapshot_fault = Some(fault);
                return;
            }
        };
        let is_better = |set: &Stored| set.snapshot_age.is_some() && age < set.age(now);
        if !self.set.as_ref().is_none_or(is_better) {
            return;
        }
        self.counters.snapshots_used = self.counters.snapshots_used.saturating_add(1);
        self.set = Some(Stored {
            keys: Arc::new(keys),
            since: now,
            snapshot_age: Some(age),
            etag: None,
            refresh_share: table::refresh_share(fraction),
            server_max_age: None,
        });
    }
}
