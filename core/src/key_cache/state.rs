//! What an entry keeps: its set, its last failure, its flight. Every change happens under one lock and
//! leaves a valid state.

use std::sync::Arc;
use std::time::Duration;

use super::flight::{Fetched, NOT_MODIFIED};
use super::table::{self, Decision, Held, Limits, Situation};
use super::{Settle, Unavailable, Wanted};
use crate::algorithm::Algorithm;
use crate::error::{FetchFailure, Unusable};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;

#[derive(Default)]
pub(super) struct State {
    pub(super) set: Option<Stored>,
    pub(super) failure: Option<Failed>,
    /// When the last good fetch for an unknown `kid` ended.
    pub(super) cooling_since: Option<Duration>,
    pub(super) flight: Option<InFlight>,
    pub(super) counters: Counters,
}

pub(super) struct Stored {
    pub(super) keys: Arc<KeySet>,
    pub(super) fetched_at: Duration,
    pub(super) refresh_share: f64,
    pub(super) server_max_age: Option<Duration>,
    /// The validator of the answer (RFC 9110, section 8.8.3).
    pub(super) etag: Option<String>,
}

pub(super) struct Failed {
    pub(super) in_a_row: u32,
    pub(super) last: FetchFailure,
    pub(super) retry_at: Duration,
}

pub(super) struct InFlight {
    pub(super) purpose: Purpose,
    pub(super) started_at: Duration,
    /// The most that any of its callers gives it.
    pub(super) timeout: Duration,
    pub(super) waiters: Vec<Waiter>,
    /// When the next alarm rings for callers who give it less time than it has.
    alarm: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Someone waits, and there is no set that serves.
    Needed,
    /// A set serves, and is being renewed behind it.
    Refresh,
    /// The set lacks a `kid`.
    UnknownKey,
}

impl Purpose {
    /// Of a fetch that a lookup asks for.
    pub(super) fn of(has_set: bool, has_key: bool) -> Self {
        if has_set && !has_key { Self::UnknownKey } else { Self::Needed }
    }
}

pub(super) struct Waiter {
    pub(super) wanted: Option<(String, Algorithm)>,
    pub(super) limits: Limits,
    pub(super) deadline: Duration,
    pub(super) settle: Settle,
}

/// What happened to an entry so far.
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
}

impl State {
    pub(super) fn find(&self, wanted: Wanted<'_>) -> Result<Arc<VerifyingKey>, Option<Unusable>> {
        let set = self.set.as_ref().ok_or(None)?;
        set.keys.find(wanted.key_id, wanted.algorithm).map(Arc::clone)
    }

    pub(super) fn situation(
        &self,
        has_key: bool,
        issuer_fits: bool,
        limits: &Limits,
        now: Duration,
    ) -> Situation {
        let left = |until: Duration| until.checked_sub(now).filter(|left| !left.is_zero());
        Situation {
            set: self.set.as_ref().map(|set| Held {
                has_key,
                issuer_fits,
                age: now.saturating_sub(set.fetched_at),
                server_max_age: set.server_max_age,
                refresh_share: set.refresh_share,
            }),
            backing_off: self.failure.as_ref().and_then(|failed| left(failed.retry_at)),
            cooling_down: self
                .cooling_since
                .and_then(|since| left(since.saturating_add(limits.cooldown))),
        }
    }

    /// Counts a lookup that is answered at once; one that waits is counted when it starts to.
    pub(super) fn count(
        &mut self,
        decision: &Decision,
        has_key: bool,
        limits: &Limits,
        now: Duration,
    ) {
        let Some(set) = &self.set else { return };
        let age = now.saturating_sub(set.fetched_at);
        match decision {
            Decision::Serve | Decision::ServeAndRefresh => {
                let stale = u64::from(age >= limits.lifetime(set.server_max_age));
                self.counters.stale_serves = self.counters.stale_serves.saturating_add(stale);
            }
            Decision::Fetch => {}
            _ => self.counters.count_lookup(!has_key),
        }
    }

    /// A good answer replaces the set whole, so that a withdrawn key stops working at once; one that
    /// says "not modified" makes the set young again.
    pub(super) fn store(
        &mut self,
        fetched: Fetched,
        purpose: Purpose,
        now: Duration,
        fraction: f64,
    ) -> Result<Arc<KeySet>, FetchFailure> {
        let unchanged = fetched.content.is_none();
        let (keys, etag) = match (fetched.content, &self.set) {
            (Some((keys, etag)), _) => (Arc::new(keys), etag),
            // Only a request that named a tag can be answered so.
            (None, Some(set)) if set.etag.is_some() => (Arc::clone(&set.keys), set.etag.clone()),
            (None, _) => return Err(FetchFailure::Status(NOT_MODIFIED)),
        };
        let kept = self.set.as_ref().filter(|_| unchanged).and_then(|set| set.server_max_age);
        self.set = Some(Stored {
            keys: Arc::clone(&keys),
            fetched_at: now,
            refresh_share: table::refresh_share(fraction),
            // An answer that says "not modified" need not repeat the lifetime.
            server_max_age: fetched.max_age.or(kept),
            etag,
        });
        self.failure = None;
        if purpose == Purpose::UnknownKey {
            self.cooling_since = Some(now);
        }
        Ok(keys)
    }

    /// A bad answer never replaces a good set: it only puts off the next attempt, for as long as the
    /// server asks where that is longer, within the longest back-off.
    pub(super) fn remember(
        &mut self,
        failure: FetchFailure,
        pause: Duration,
        now: Duration,
        fraction: f64,
    ) -> Unavailable {
        let in_a_row = self.failure.as_ref().map_or(0, |failed| failed.in_a_row).saturating_add(1);
        let asked = pause.min(table::BACK_OFF_MAX);
        let retry_after = table::back_off(in_a_row, fraction).max(asked);
        let retry_at = now.saturating_add(retry_after);
        self.failure = Some(Failed { in_a_row, last: failure, retry_at });
        self.counters.fetch_failures = self.counters.fetch_failures.saturating_add(1);
        Unavailable { failure, retry_after }
    }

    pub(super) fn unavailable(&self, retry_after: Duration) -> Unavailable {
        let failure = self.failure.as_ref().map_or(FetchFailure::NotFetched, |failed| failed.last);
        Unavailable { failure, retry_after }
    }
}

impl Counters {
    /// A key was looked up, and the set in memory may have lacked it.
    pub(super) fn count_lookup(&mut self, lacks_key: bool) {
        let unknown = u64::from(lacks_key);
        self.unknown_key_lookups = self.unknown_key_lookups.saturating_add(unknown);
    }
}

impl Waiter {
    pub(super) fn wanted(&self) -> Option<Wanted<'_>> {
        let wanted = self.wanted.as_ref();
        wanted.map(|(key_id, algorithm)| Wanted { key_id, algorithm: *algorithm })
    }

    pub(super) fn time_out(self, retry_after: Duration) {
        let failure = FetchFailure::Timeout;
        (self.settle)(Err(Unavailable { failure, retry_after }));
    }

    pub(super) fn lacks(&self, keys: &KeySet) -> bool {
        self.wanted().is_some_and(|wanted| keys.find(wanted.key_id, wanted.algorithm).is_err())
    }
}

impl InFlight {
    pub(super) fn new(purpose: Purpose, timeout: Duration, now: Duration) -> Self {
        Self { purpose, started_at: now, timeout, waiters: Vec::new(), alarm: None }
    }

    pub(super) fn deadline(&self) -> Duration {
        self.started_at.saturating_add(self.timeout)
    }

    /// Gives the request more time, and says after how long the first leaves who gave it less.
    pub(super) fn extend(&mut self, timeout: Duration, now: Duration) -> Option<Duration> {
        if timeout <= self.timeout {
            return None;
        }
        self.timeout = timeout;
        self.next_alarm(now)
    }

    /// Those whose time has ended.
    pub(super) fn dismiss(&mut self, now: Duration) -> Vec<Waiter> {
        self.alarm = None;
        let (leaving, staying) =
            self.waiters.drain(..).partition(|waiter: &Waiter| waiter.deadline <= now);
        self.waiters = staying;
        leaving
    }

    /// After how long the next caller leaves whose time ends before the request's.
    pub(super) fn next_alarm(&mut self, now: Duration) -> Option<Duration> {
        let first = self.waiters.iter().map(|waiter| waiter.deadline).min()?;
        self.alarm_for(first, now)
    }

    /// After how long an alarm must ring for this deadline; `None` where one rings before it, or the
    /// request ends by then.
    pub(super) fn alarm_for(&mut self, deadline: Duration, now: Duration) -> Option<Duration> {
        if deadline >= self.deadline() || self.alarm.is_some_and(|alarm| alarm <= deadline) {
            return None;
        }
        self.alarm = Some(deadline);
        Some(deadline.saturating_sub(now))
    }
}
