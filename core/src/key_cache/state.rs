//! What an entry keeps: its set, its last failure, its flight. Every change happens under one lock and
//! leaves a valid state.

use std::sync::Arc;
use std::time::Duration;

use super::answer::Fetched;
use super::source::{Failed, Moment, Outcome, Settle, Wanted};
use super::table::{self, Decision, Held, Limits, Presence, Situation};
use crate::algorithm::Algorithm;
use crate::error::{FetchFailure, Refusal, Unusable};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;

/// The status of a response to a conditional request (RFC 9110, section 15.4.5).
const NOT_MODIFIED: u16 = 304;
/// How far a request may be past its time before the process is taken to have stood still. Timers are
/// late by a millisecond or two; on a busy machine by some ten.
const OVERDUE: Duration = Duration::from_millis(100);
/// The same by the wall clock, which shows that the machine was suspended. More, since that clock can
/// be set.
const SUSPENDED: Duration = Duration::from_secs(5);

/// The most callers that wait for one entry: with tokens of 16 kB each these hold 16 MB.
pub const MAX_WAITERS: usize = 1_024;

#[derive(Default)]
pub(super) struct State {
    pub(super) set: Option<Stored>,
    pub(super) flight: Option<InFlight>,
    pub(super) counters: Counters,
    failure: Option<Failure>,
    /// When the last good fetch for an unknown `kid` began.
    cooling_since: Option<Moment>,
    /// See [`Situation::refresh_died`].
    refresh_died: bool,
    /// How many flights were started so far: the number of the last one.
    last_flight: u64,
}

pub(super) struct Stored {
    pub(super) keys: Arc<KeySet>,
    pub(super) fetched_at: Moment,
    pub(super) etag: Option<String>,
    refresh_share: f64,
    server_max_age: Option<Duration>,
}

/// The last failure, and for how long it puts off the next attempt.
struct Failure {
    in_a_row: u32,
    cause: FetchFailure,
    at: Moment,
    pause: Duration,
}

/// What a request was started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// There is no set that serves, or it is being renewed.
    Renewal,
    /// The set lacks a `kid`: such requests alone start the cooldown.
    UnknownKey,
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

    /// The one reading of the table.
    pub(super) fn consult(&self, key: Presence, limits: &Limits, now: Moment) -> Decision {
        let left = |since: Moment, time: Duration| {
            time.checked_sub(now.since(since)).filter(|left| !left.is_zero())
        };
        let set = self.set.as_ref().map(|set| Held {
            key,
            age: now.since(set.fetched_at),
            server_max_age: set.server_max_age,
            refresh_share: set.refresh_share,
        });
        let backing_off = self.failure.as_ref().and_then(|failure| left(failure.at, failure.pause));
        let cooling_down = self.cooling_since.and_then(|since| left(since, limits.cooldown));
        let refresh_died = self.refresh_died;
        table::decide(&Situation { set, backing_off, cooling_down, refresh_died }, limits)
    }

    /// Whether nothing is remembered but, perhaps, keys.
    pub(super) fn is_resting(&self, cooldown: Duration, now: Moment) -> bool {
        let cools_down = |since| now.since(since) < cooldown;
        let backs_off = |failure: &Failure| now.since(failure.at) < failure.pause;
        self.flight.is_none()
            && !self.cooling_since.is_some_and(cools_down)
            && !self.failure.as_ref().is_some_and(backs_off)
    }

    /// A new flight, which takes the place of the one before.
    pub(super) fn start(&mut self, purpose: Purpose, timeout: Duration, now: Moment) -> u64 {
        let number = self.last_flight.saturating_add(1);
        self.last_flight = number;
        self.counters.fetches = self.counters.fetches.saturating_add(1);
        let waiters = Vec::new();
        self.flight =
            Some(InFlight { number, purpose, started_at: now, timeout, waiters, alarm: None });
        number
    }

    /// Whether as many wait for the flight under way as can; if so, how long it may still take.
    pub(super) fn crowded(&self, now: Moment) -> Option<Duration> {
        let flight = self.flight.as_ref().filter(|flight| flight.waiters.len() >= MAX_WAITERS)?;
        Some(flight.time_left(now))
    }

    /// Ends a flight whose time is over and which nobody has ended: the process stood still. It is
    /// held against nobody, and those who wait for it are handed back.
    pub(super) fn end_overdue(&mut self, now: Moment) -> Vec<Waiter> {
        let Some(overdue) = self.flight.take_if(|flight| flight.is_overdue(now)) else {
            return Vec::new();
        };
        self.remember(Failed::stood_still(), now, 0.0);
        overdue.waiters
    }

    /// What a flight brought: the new set, or nothing.
    pub(super) fn conclude(
        &mut self,
        flight: &InFlight,
        answer: Result<Fetched, Failed>,
        now: Moment,
        fraction: f64,
    ) -> Option<Arc<KeySet>> {
        self.counters.last_duration = Some(now.since(flight.started_at));
        // A response that lay in a socket while the machine was suspended says nothing of today.
        let answer = if flight.is_overdue(now) { Err(Failed::stood_still()) } else { answer };
        match answer.and_then(|fetched| self.store(fetched, flight, now, fraction)) {
            Ok(keys) => Some(keys),
            Err(failed) => {
                self.remember(failed, now, fraction);
                None
            }
        }
    }

    /// A good response replaces the set whole, so that a withdrawn key stops working at once; one that
    /// says "not modified" makes the set young again.
    fn store(
        &mut self,
        fetched: Fetched,
        flight: &InFlight,
        now: Moment,
        fraction: f64,
    ) -> Result<Arc<KeySet>, Failed> {
        let unchanged = fetched.content.is_none();
        let (keys, etag) = match (fetched.content, &self.set) {
            (Some((keys, etag)), _) => (Arc::new(keys), etag),
            // Only a request that named a tag can be answered so.
            (None, Some(set)) if set.etag.is_some() => (Arc::clone(&set.keys), set.etag.clone()),
            (None, _) => return Err(FetchFailure::Status(NOT_MODIFIED).into()),
        };
        let kept = self.set.as_ref().filter(|_| unchanged).and_then(|set| set.server_max_age);
        self.set = Some(Stored {
            keys: Arc::clone(&keys),
            fetched_at: now,
            refresh_share: table::refresh_share(fraction),
            // A response that says "not modified" need not repeat the lifetime.
            server_max_age: fetched.max_age.or(kept),
            etag,
        });
        self.failure = None;
        self.refresh_died = false;
        if flight.purpose == Purpose::UnknownKey {
            // From its start: a key that was published since is found one cooldown later at most.
            self.cooling_since = Some(flight.started_at);
        }
        Ok(keys)
    }

    /// A bad response never replaces a good set: it only puts off the next attempt, for as long as the
    /// server asks where that is longer, within the longest back-off.
    fn remember(&mut self, failed: Failed, now: Moment, fraction: f64) {
        self.counters.fetch_failures = self.counters.fetch_failures.saturating_add(1);
        self.refresh_died = failed.stood_still && self.set.is_some();
        if failed.stood_still {
            return;
        }
        let before = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);
        let in_a_row = before.saturating_add(1);
        let asked = failed.retry_after.unwrap_or_default().min(table::BACK_OFF_MAX);
        let pause = table::back_off(in_a_row, fraction).max(asked);
        self.failure = Some(Failure { in_a_row, cause: failed.cause, at: now, pause });
    }

    pub(super) fn unavailable(&self, retry_after: Duration) -> Refusal {
        let failure =
            self.failure.as_ref().map_or(FetchFailure::NotFetched, |failure| failure.cause);
        Refusal::KeysUnavailable { failure, retry_after }
    }

    /// The answer to a caller who can wait no longer: keys that may still serve, else this refusal.
    pub(super) fn answer_now(&self, waiter: &Waiter, refusal: Refusal, now: Moment) -> Outcome {
        let decision = self.consult(waiter.presence_in(self), &waiter.limits, now);
        match (decision, &self.set) {
            (
                Decision::Serve | Decision::ServeAndRefresh | Decision::RefreshThenServe,
                Some(set),
            ) => Ok(Arc::clone(&set.keys)),
            _ => Err(refusal),
        }
    }

    pub(super) fn count_unknown_key(&mut self, key: Presence) {
        let unknown = u64::from(self.set.is_some() && key != Presence::Present);
        self.counters.unknown_key_lookups =
            self.counters.unknown_key_lookups.saturating_add(unknown);
    }

    pub(super) fn count_serve(&mut self, limits: &Limits, now: Moment) {
        let Some(set) = &self.set else { return };
        let stale = now.since(set.fetched_at) >= limits.lifetime(set.server_max_age);
        self.counters.stale_serves = self.counters.stale_serves.saturating_add(u64::from(stale));
    }
}

impl Failed {
    /// A request that was under way while the process stood still.
    const fn stood_still() -> Self {
        Self { cause: FetchFailure::Timeout, retry_after: None, stood_still: true }
    }
}

/// A request under way, and those who wait for it.
pub(super) struct InFlight {
    pub(super) number: u64,
    purpose: Purpose,
    started_at: Moment,
    /// The most that any of its callers gives it.
    timeout: Duration,
    pub(super) waiters: Vec<Waiter>,
    /// When the next alarm rings for callers who give it less time than it has, in monotonic time.
    alarm: Option<Duration>,
}

impl InFlight {
    pub(super) fn time_left(&self, now: Moment) -> Duration {
        self.deadline().saturating_sub(now.monotonic)
    }

    fn deadline(&self) -> Duration {
        self.started_at.monotonic.saturating_add(self.timeout)
    }

    fn is_overdue(&self, now: Moment) -> bool {
        let wall = now.wall.saturating_sub(self.started_at.wall);
        now.monotonic >= self.deadline().saturating_add(OVERDUE)
            || wall >= self.timeout.saturating_add(SUSPENDED)
    }

    /// Gives the request more time, and says after how long the first leaves who gave it less.
    pub(super) fn extend(&mut self, timeout: Duration, now: Moment) -> Option<Duration> {
        if timeout <= self.timeout {
            return None;
        }
        self.timeout = timeout;
        self.next_alarm(now)
    }

    /// Those whose time has ended.
    pub(super) fn dismiss(&mut self, now: Moment) -> Vec<Waiter> {
        self.alarm = None;
        let (leaving, staying) =
            self.waiters.drain(..).partition(|waiter: &Waiter| waiter.deadline <= now.monotonic);
        self.waiters = staying;
        leaving
    }

    /// After how long the next caller leaves whose time ends before the request's.
    pub(super) fn next_alarm(&mut self, now: Moment) -> Option<Duration> {
        let first = self.waiters.iter().map(|waiter| waiter.deadline).min()?;
        self.alarm_for(first, now)
    }

    /// After how long an alarm must ring for this deadline; `None` where one rings before it, or the
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
    /// The key that is looked for; `None` where any set does.
    pub(super) wanted: Option<(String, Algorithm)>,
    pub(super) limits: Limits,
    /// In monotonic time.
    pub(super) deadline: Duration,
    /// The last flight before this call.
    last_flight: u64,
    settle: Settle,
}

impl Waiter {
    pub(super) fn new(
        wanted: Option<(String, Algorithm)>,
        limits: Limits,
        settle: Settle,
        (state, now): (&State, Moment),
    ) -> Self {
        let deadline = now.monotonic.saturating_add(limits.timeout);
        Self { wanted, limits, deadline, last_flight: state.last_flight, settle }
    }

    pub(super) fn settle(self, outcome: Outcome) {
        (self.settle)(outcome);
    }

    pub(super) fn presence_in(&self, state: &State) -> Presence {
        let found = match self.wanted() {
            Some(wanted) => state.find(wanted).is_ok(),
            None => state.set.is_some(),
        };
        if found { Presence::Present } else { Presence::Missing }
    }

    pub(super) fn unusable_in(&self, state: &State) -> Option<Unusable> {
        state.find(self.wanted()?).err().flatten()
    }

    /// Whether the set that this flight brought ends the wait. One that lacks the key proves it unknown
    /// only if the flight began after the call: otherwise the server may have answered before the key
    /// was published.
    pub(super) fn is_answered_by(&self, keys: &KeySet, flight: u64) -> bool {
        let lacks = |wanted: Wanted<'_>| keys.find(wanted.key_id, wanted.algorithm).is_err();
        flight > self.last_flight || !self.wanted().is_some_and(lacks)
    }

    fn wanted(&self) -> Option<Wanted<'_>> {
        let (key_id, algorithm) = self.wanted.as_ref()?;
        Some(Wanted { key_id, algorithm: *algorithm })
    }
}
