//! One request under way, and the callers who wait for it.
//!
//! Each caller brings its own timeout. The request lives as long as the most patient of them
//! allows: [`InFlight::extend`] prolongs it when a more patient caller joins. Less patient callers
//! leave earlier, when an alarm rings. There is one alarm per request, set for the earliest of them
//! ([`InFlight::alarm_for`]); after it has rung it is set for the next ([`InFlight::next_alarm`]).
//! Callers who allow exactly as much time as the request has need no alarm: its end is theirs.

use std::time::Duration;

use super::source::{KeysResult, Moment, Settle, Wanted};
use super::table::CachePolicy;
use crate::algorithm::Algorithm;
use crate::error::IssuerCause;
use crate::key_set::KeySet;

/// The most callers that can wait for one entry. Each may hold a token of 16 kB and what was read
/// from it, some 45 kB in all, so together they hold at most 45 MB.
pub const MAX_WAITERS: usize = 1_024;
/// How late a request may be before we conclude that the process stood still. Timers are usually
/// late by a millisecond or two, on a busy machine by about ten.
const OVERDUE: Duration = Duration::from_millis(100);
/// The same by the wall clock, which reveals that the machine was suspended. It is longer because
/// that clock can be set.
const SUSPENDED: Duration = Duration::from_secs(5);

/// What a request was started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// No set can be served, or the set is being renewed.
    Renewal,
    /// The set lacks a `kid`. Only such requests start the cooldown.
    UnknownKey,
}

/// A request under way, and the callers who wait for it.
pub(super) struct InFlight {
    pub(super) number: u64,
    pub(super) purpose: Purpose,
    pub(super) started_at: Moment,
    /// The longest timeout of its callers.
    timeout: Duration,
    pub(super) waiters: Vec<Waiter>,
    /// When the next alarm rings for a less patient caller, in monotonic time.
    alarm: Option<Duration>,
}

impl InFlight {
    pub(super) fn new(number: u64, purpose: Purpose, timeout: Duration, now: Moment) -> Self {
        Self { number, purpose, started_at: now, timeout, waiters: Vec::new(), alarm: None }
    }

    pub(super) fn time_left(&self, now: Moment) -> Duration {
        self.deadline().saturating_sub(now.monotonic)
    }

    fn deadline(&self) -> Duration {
        self.started_at.monotonic.saturating_add(self.timeout)
    }

    /// Whether the request should have ended long ago, so the process must have stood still.
    pub(super) fn is_overdue(&self, now: Moment) -> bool {
        let wall = now.wall.saturating_sub(self.started_at.wall);
        now.monotonic >= self.deadline().saturating_add(OVERDUE)
            || wall >= self.timeout.saturating_add(SUSPENDED)
    }

    /// Gives the request more time. Returns how soon an alarm must ring for the callers who allowed
    /// less.
    pub(super) fn extend(&mut self, timeout: Duration, now: Moment) -> Option<Duration> {
        if timeout <= self.timeout {
            return None;
        }
        self.timeout = timeout;
        self.next_alarm(now)
    }

    /// Removes the callers whose time is over.
    pub(super) fn dismiss(&mut self, now: Moment) -> Vec<Waiter> {
        self.alarm = None;
        let (leaving, staying) =
            self.waiters.drain(..).partition(|waiter: &Waiter| waiter.deadline <= now.monotonic);
        self.waiters = staying;
        leaving
    }

    /// How soon an alarm must ring for the next caller who leaves before the request ends.
    pub(super) fn next_alarm(&mut self, now: Moment) -> Option<Duration> {
        let first = self.waiters.iter().map(|waiter| waiter.deadline).min()?;
        self.alarm_for(first, now)
    }

    /// How soon an alarm must ring for this deadline. `None` if one rings by then anyway, or if the
    /// request ends by then.
    pub(super) fn alarm_for(&mut self, deadline: Duration, now: Moment) -> Option<Duration> {
        if deadline >= self.deadline() || self.alarm.is_some_and(|alarm| alarm <= deadline) {
            return None;
        }
        self.alarm = Some(deadline);
        Some(deadline.saturating_sub(now.monotonic))
    }
}

/// A caller who waits.
pub(super) struct Waiter {
    /// The key that the caller looks for; `None` if any set will do.
    wanted: Option<(String, Algorithm)>,
    /// Whether the token's unverified issuer is an accepted one. No request is made for another's.
    pub(super) issuer: Result<(), IssuerCause>,
    pub(super) policy: CachePolicy,
    /// When the caller leaves, in monotonic time.
    pub(super) deadline: Duration,
    /// The number of the last flight that had started before this call.
    last_flight: u64,
    settle: Settle,
}

impl Waiter {
    pub(super) fn new(
        (wanted, issuer): (Option<Wanted<'_>>, Result<(), IssuerCause>),
        policy: CachePolicy,
        settle: Settle,
        (last_flight, now): (u64, Moment),
    ) -> Self {
        let wanted = wanted.map(|wanted| (wanted.key_id.to_owned(), wanted.algorithm));
        let deadline = now.monotonic.saturating_add(policy.timeout);
        Self { wanted, issuer, policy, deadline, last_flight, settle }
    }

    pub(super) fn settle(self, result: KeysResult) {
        (self.settle)(result);
    }

    /// Whether the set from this flight ends the wait.
    ///
    /// A set with the key always does. A set without it proves the key unknown only if the flight
    /// began after the call: otherwise the server may have responded before the key was published.
    pub(super) fn is_answered_by(&self, keys: &KeySet, flight: u64) -> bool {
        let lacks = |wanted: Wanted<'_>| keys.find(wanted.key_id, wanted.algorithm).is_err();
        flight > self.last_flight || !self.wanted().is_some_and(lacks)
    }

    pub(super) fn wanted(&self) -> Option<Wanted<'_>> {
        let (key_id, algorithm) = self.wanted.as_ref()?;
        Some(Wanted { key_id, algorithm: *algorithm })
    }
}
