//! What an entry remembers: its set, its last failure and the request under way.
//!
//! Every change is made under the entry's lock and leaves a valid state. Nothing here waits, calls
//! back or reads a clock: `now` is a parameter.

use std::sync::Arc;
use std::time::Duration;

use super::journal::{KeyEventKind, Scribe};
use super::key_snapshot::{KeySnapshot, SnapshotFault};
use super::response::UsableResponse;
use super::source::{Failed, KeysResult, Moment, Served, Wanted};
use super::stored::Stored;
use super::table::{self, CachePolicy, Decision, Held, Presence, Situation};
use super::waiting::{InFlight, MAX_WAITERS, Purpose, Waiter};
use crate::error::{FetchFailure, Refusal, Unusable};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;
use crate::witness::{self, Sighting};

/// The status of the response "not modified" to a conditional request (RFC 9110, section 15.4.5).
const NOT_MODIFIED: u16 = 304;

#[derive(Default)]
pub(super) struct State {
    pub(super) set: Option<Stored>,
    pub(super) flight: Option<InFlight>,
    pub(super) counters: Counters,
    /// The number of the last flight that was started; flights are numbered from 1.
    pub(super) last_flight: u64,
    failure: Option<Failure>,
    /// When the last successful fetch for an unknown `kid` began.
    cooling_since: Option<Moment>,
    /// See [`Situation::refresh_died`].
    refresh_died: bool,
    pub(super) scribe: Scribe,
    /// Whether the journal was told, since the last request, that stale keys serve.
    stale_serve_told: bool,
}

/// The last failure, and how long it delays the next attempt.
struct Failure {
    in_a_row: u32,
    cause: FetchFailure,
    at: Moment,
    pause: Duration,
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
        // By the time that they say, not by their age: a clock that was set back since makes none younger.
        let fetched_at = now.wall.saturating_sub(age);
        let is_better = |set: &Stored| set.snapshot_from().is_some_and(|from| from < fetched_at);
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

// What flights change.
impl State {
    /// Records a new flight, which replaces the one before it.
    pub(super) fn start(&mut self, purpose: Purpose, timeout: Duration, now: Moment) -> u64 {
        let number = self.last_flight.saturating_add(1);
        self.last_flight = number;
        self.counters.fetches = self.counters.fetches.saturating_add(1);
        self.flight = Some(InFlight::new(number, purpose, timeout, now));
        let for_unknown_key = purpose == Purpose::UnknownKey;
        self.scribe.record(number, now, KeyEventKind::RequestStarted { for_unknown_key });
        number
    }

    /// Ends a flight whose time was over long ago but which nobody has ended: the process stood
    /// still. This delays no further attempt. The callers who waited for it are returned.
    pub(super) fn end_overdue(&mut self, now: Moment) -> Vec<Waiter> {
        let Some(overdue) = self.flight.take_if(|flight| flight.is_overdue(now)) else {
            return Vec::new();
        };
        self.stale_serve_told = false;
        let failed = Failed::stood_still();
        self.tell_end(&overdue, Err(failed.cause), now);
        self.record_failure(failed, now, 0.0);
        overdue.waiters
    }

    /// Records the end of a flight. Returns the set that it brought or confirmed, if any.
    pub(super) fn conclude(
        &mut self,
        flight: &InFlight,
        response: Result<UsableResponse, Failed>,
        now: Moment,
        fraction: f64,
    ) -> Option<Arc<KeySet>> {
        self.counters.last_duration = Some(now.since(flight.started_at));
        self.stale_serve_told = false;
        // A response that lay in a socket while the machine was suspended says nothing about today.
        let response = if flight.is_overdue(now) { Err(Failed::stood_still()) } else { response };
        match response.and_then(|response| self.store(response, flight, now, fraction)) {
            Ok(keys) => Some(keys),
            Err(failed) => {
                self.tell_end(flight, Err(failed.cause), now);
                self.record_failure(failed, now, fraction);
                None
            }
        }
    }

    /// A good response replaces the whole set, so a withdrawn key stops working at once. The
    /// response "not modified" makes the set fresh again.
    fn store(
        &mut self,
        response: UsableResponse,
        flight: &InFlight,
        now: Moment,
        fraction: f64,
    ) -> Result<Arc<KeySet>, Failed> {
        let not_modified = response.content.is_none();
        let stored = self.stored(response, now, fraction)?;
        let keys = Arc::clone(&stored.keys);
        let before = self.set.replace(stored);
        self.tell_set(flight, before.as_ref().map(|set| &*set.keys), not_modified, now);
        self.failure = None;
        self.refresh_died = false;
        if flight.purpose == Purpose::UnknownKey {
            // Counted from its start: a key that is published later is found at most one cooldown
            // after that.
            self.cooling_since = Some(flight.started_at);
        }
        Ok(keys)
    }

    fn stored(
        &self,
        response: UsableResponse,
        now: Moment,
        fraction: f64,
    ) -> Result<Stored, Failed> {
        let UsableResponse { content, max_age } = response;
        let (keys, etag, server_max_age) = match (content, &self.set) {
            (Some((keys, etag)), _) => (Arc::new(keys), etag, max_age),
            // "Not modified" need not repeat the lifetime. It is valid only in response to a
            // request that named a tag.
            (None, Some(set)) if set.etag.is_some() => {
                (Arc::clone(&set.keys), set.etag.clone(), max_age.or(set.server_max_age))
            }
            (None, _) => return Err(FetchFailure::Status(NOT_MODIFIED).into()),
        };
        let refresh_share = table::refresh_share(fraction);
        let snapshot_age = None;
        Ok(Stored { keys, since: now, snapshot_age, etag, refresh_share, server_max_age })
    }

    /// A failure never replaces a good set. It only delays the next attempt: by the back-off, or by
    /// the server's own `Retry-After` if that is longer, up to the longest back-off.
    fn record_failure(&mut self, failed: Failed, now: Moment, fraction: f64) {
        self.counters.fetch_failures = self.counters.fetch_failures.saturating_add(1);
        self.refresh_died = failed.stood_still && self.set.is_some();
        if failed.stood_still {
            return;
        }
        let before = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);
        let in_a_row = before.saturating_add(1);
        let requested = failed.retry_after.unwrap_or_default().min(table::BACK_OFF_MAX);
        let pause = table::back_off(in_a_row, fraction).max(requested);
        self.failure = Some(Failure { in_a_row, cause: failed.cause, at: now, pause });
        let back_off = KeyEventKind::BackOff { pause, failures: in_a_row };
        self.scribe.record(self.last_flight, now, back_off);
    }
}
