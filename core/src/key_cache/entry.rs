//! The keys of one source: an [`Entry`] does what the table says. One flight at a time, those who wait
//! for it, and what is remembered of how it ended.
//!
//! A call goes through [`Entry::lookup`], and if that says so through [`Entry::wait`]. A flight is
//! started by whoever needs it first ([`Entry::join`]), joined by all others, and ends in one of three
//! ways: it lands ([`Entry::land`]), it is dropped, which counts as a failure, or its time is over
//! without either, since the process stood still: then the next caller ends it
//! ([`State::end_overdue`]) and starts another. Whoever waits is admitted again after each flight
//! ([`Entry::admit`]) until the table has an answer, or their own time is over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::answer::Answer;
use super::source::{
    Clock, Failed, Fetcher, Lookup, Moment, Outcome, Patience, Settle, Source, Wanted,
};
use super::state::{Counters, Purpose, State, Waiter};
use super::table::{BACK_OFF_MIN, Decision, Limits, Presence};
use crate::error::{FetchFailure, IssuerCause, Refusal, Unusable};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;

/// When to try again after a fetch was started that nobody waited for.
const RETRY_AFTER_FETCH_BEHIND: Duration = Duration::from_secs(1);

/// The keys of one source.
pub struct Entry {
    source: Source,
    fetcher: Arc<dyn Fetcher>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// What a caller who joins a flight still has to do, without the lock.
#[derive(Default)]
struct Joined {
    /// The flight to start, unless one was under way.
    flight: Option<Flight>,
    /// After how long a caller leaves who gives it less time than it has.
    alarm: Option<Duration>,
}

/// An entry at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What happened so far.
    pub counters: Counters,
    /// The set in memory and its age.
    pub set: Option<(Arc<KeySet>, Duration)>,
}

impl Entry {
    /// An entry with nothing in memory.
    #[must_use]
    pub fn new(source: Source, fetcher: Arc<dyn Fetcher>, clock: Arc<dyn Clock>) -> Self {
        Self { source, fetcher, clock, state: Mutex::default() }
    }

    /// Whether there is a set in memory, of whatever age.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.state().set.is_some()
    }

    /// Whether the entry could be forgotten without a request too many: nothing is under way, and
    /// nothing puts off the next attempt.
    #[must_use]
    pub fn is_resting(&self, cooldown: Duration) -> bool {
        let now = self.clock.now();
        self.state().is_resting(cooldown, now)
    }

    /// What is known of the entry now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let now = self.clock.now();
        let state = self.state();
        let set = state.set.as_ref();
        Snapshot {
            counters: state.counters,
            set: set.map(|set| (Arc::clone(&set.keys), now.since(set.fetched_at))),
        }
    }

    /// Looks a key up without waiting. The issuer is compared only where the key is not there.
    pub(crate) fn lookup(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        issuer: impl FnOnce() -> Result<(), IssuerCause>,
        limits: &Limits,
        patience: Patience,
    ) -> Lookup {
        let now = self.clock.now();
        let mut state = self.state();
        let orphans = state.end_overdue(now);
        let key = state.find(wanted);
        let presence = match &key {
            Ok(_) => Presence::Present,
            Err(_) => issuer().map_or_else(Presence::Foreign, |()| Presence::Missing),
        };
        let decision = state.consult(presence, limits, now);
        let (lookup, fetch) = carry_out(decision, patience, key, (&state, presence));
        match &lookup {
            Lookup::Key(_) => state.count_serve(limits, now),
            Lookup::Refused(_) => state.count_unknown_key(presence),
            // Counted when the wait begins.
            Lookup::Wait => {}
        }
        let joined = fetch.map(|purpose| self.join(&mut state, purpose, limits.timeout, now));
        drop(state);
        self.launch(joined.unwrap_or_default());
        self.admit_all(orphans, now);
        lookup
    }

    /// Waits for the set that a lookup asked for: joins the flight under way or starts one, and
    /// calls `settle` with its outcome, at once where the answer is known by now. `settle` is called
    /// exactly once, within `limits.timeout`.
    pub(crate) fn wait(
        self: &Arc<Self>,
        wanted: Option<Wanted<'_>>,
        limits: &Limits,
        settle: Settle,
    ) {
        let wanted = wanted.map(|wanted| (wanted.key_id.to_owned(), wanted.algorithm));
        let mut state = self.state();
        // Read with the lock held: no flight has started since, so that a caller who gives it as much
        // time as it has never leaves before it ends.
        let now = self.clock.now();
        let orphans = state.end_overdue(now);
        let waiter = Waiter::new(wanted, *limits, settle, (&state, now));
        let presence = waiter.presence_in(&state);
        state.count_unknown_key(presence);
        self.admit(state, waiter, now);
        self.admit_all(orphans, now);
    }

    /// Answers a waiter, or has them wait for the flight under way or the next.
    fn admit(self: &Arc<Self>, mut state: MutexGuard<'_, State>, waiter: Waiter, now: Moment) {
        let presence = waiter.presence_in(&state);
        let outcome = match (state.consult(presence, &waiter.limits, now), &state.set) {
            (Decision::Serve | Decision::ServeAndRefresh, Some(set)) => {
                let keys = Arc::clone(&set.keys);
                state.count_serve(&waiter.limits, now);
                Ok(keys)
            }
            (Decision::Fail { retry_after }, _) => Err(state.unavailable(retry_after)),
            (Decision::ForeignIssuer(cause), _) => Err(Refusal::ForeignIssuer(cause)),
            (Decision::UnknownKey { retry_after }, _) => {
                Err(unknown_key(waiter.unusable_in(&state), retry_after))
            }
            (Decision::RefreshThenServe | Decision::Fetch, _)
            | (Decision::Serve | Decision::ServeAndRefresh, None) => {
                return self.enqueue(state, waiter, presence, now);
            }
        };
        drop(state);
        waiter.settle(outcome);
    }

    fn admit_all(self: &Arc<Self>, waiters: Vec<Waiter>, now: Moment) {
        for waiter in waiters {
            self.admit(self.state(), waiter, now);
        }
    }

    fn enqueue(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        waiter: Waiter,
        presence: Presence,
        now: Moment,
    ) {
        if waiter.deadline <= now.monotonic {
            let outcome = state.answer_now(&waiter, timed_out(Duration::ZERO), now);
            drop(state);
            return waiter.settle(outcome);
        }
        let purpose = purpose(&state, presence);
        if let Some(retry_after) = state.crowded(now) {
            let refusal = one_too_many(&waiter, &state, purpose, retry_after.max(BACK_OFF_MIN));
            let outcome = state.answer_now(&waiter, refusal, now);
            drop(state);
            return waiter.settle(outcome);
        }
        let mut joined = self.join(&mut state, purpose, waiter.limits.timeout, now);
        if let Some(flight) = &mut state.flight {
            joined.alarm = flight.alarm_for(waiter.deadline, now).or(joined.alarm);
            flight.waiters.push(waiter);
        }
        drop(state);
        self.launch(joined);
    }

    /// Joins the flight under way, or prepares one, which must then be launched without the lock.
    fn join(
        self: &Arc<Self>,
        state: &mut State,
        purpose: Purpose,
        timeout: Duration,
        now: Moment,
    ) -> Joined {
        if let Some(flight) = &mut state.flight {
            return Joined { flight: None, alarm: flight.extend(timeout, now) };
        }
        let number = state.start(purpose, timeout, now);
        Joined { flight: Some(Flight { entry: Some(Arc::clone(self)), number }), alarm: None }
    }

    fn launch(self: &Arc<Self>, joined: Joined) {
        if let Some(flight) = joined.flight {
            self.fetcher.start(flight);
        }
        if let Some(delay) = joined.alarm {
            let entry = Arc::clone(self);
            self.fetcher.call_after(delay, Box::new(move || entry.time_out()));
        }
    }

    /// Callers whose time has ended leave; the flight goes on for the others.
    fn time_out(self: &Arc<Self>) {
        let now = self.clock.now();
        let mut state = self.state();
        let Some(flight) = &mut state.flight else { return };
        let retry_after = flight.time_left(now);
        let leaving = flight.dismiss(now);
        let alarm = flight.next_alarm(now);
        let answered: Vec<(Waiter, Outcome)> = leaving
            .into_iter()
            .map(|waiter| {
                let outcome = state.answer_now(&waiter, timed_out(retry_after), now);
                (waiter, outcome)
            })
            .collect();
        drop(state);
        self.launch(Joined { flight: None, alarm });
        for (waiter, outcome) in answered {
            waiter.settle(outcome);
        }
    }

    /// What a flight brought, for everyone who waits for it.
    fn land(self: &Arc<Self>, number: u64, answer: Result<Answer, Failed>) {
        let answer = answer.and_then(|answer| answer.read().map_err(Failed::from));
        let now = self.clock.now();
        let fraction = self.clock.fraction();
        let mut state = self.state();
        // One that was ended before it landed has nobody left who waits for it.
        let Some(flight) = state.flight.take_if(|flight| flight.number == number) else { return };
        let keys = state.conclude(&flight, answer, now, fraction);
        drop(state);
        for waiter in flight.waiters {
            match &keys {
                Some(keys) if waiter.is_answered_by(keys, number) => {
                    waiter.settle(Ok(Arc::clone(keys)));
                }
                _ => self.admit(self.state(), waiter, now),
            }
        }
    }

    /// A panic elsewhere must not close the keys to everyone: the state is valid between any two
    /// statements that hold the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request under way. Dropping it counts as a failure, so that nobody waits forever.
pub struct Flight {
    entry: Option<Arc<Entry>>,
    number: u64,
}

impl Flight {
    /// What to fetch.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.entry.as_ref().map(|entry| &entry.source)
    }

    /// The time that is left for the request. It can grow while the request is under way, when a
    /// caller joins who gives it more; it is none for one that was ended.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        let Some(entry) = &self.entry else { return Duration::ZERO };
        let now = entry.clock.now();
        let state = entry.state();
        let flight = state.flight.as_ref().filter(|flight| flight.number == self.number);
        flight.map_or(Duration::ZERO, |flight| flight.time_left(now))
    }

    /// The entity tag of the set in memory, to ask whether it has changed.
    #[must_use]
    pub fn etag(&self) -> Option<String> {
        self.entry.as_ref()?.state().set.as_ref()?.etag.clone()
    }

    /// Ends the flight: with the response, or with what went wrong.
    pub fn finish(mut self, answer: Result<Answer, Failed>) {
        if let Some(entry) = self.entry.take() {
            entry.land(self.number, answer);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.land(self.number, Err(FetchFailure::Internal.into()));
        }
    }
}

/// What a decision means for a lookup, and the fetch to have under way behind it.
fn carry_out(
    decision: Decision,
    patience: Patience,
    key: Result<Arc<VerifyingKey>, Option<Unusable>>,
    (state, presence): (&State, Presence),
) -> (Lookup, Option<Purpose>) {
    // The table serves only a key that is there.
    let serve = |key: Result<_, _>| key.map_or(Lookup::Wait, Lookup::Key);
    let refuse = |refusal| (Lookup::Refused(refusal), None);
    match (decision, patience) {
        (Decision::Serve, _) => (serve(key), None),
        (Decision::ServeAndRefresh, _) | (Decision::RefreshThenServe, Patience::CannotWait) => {
            (serve(key), Some(Purpose::Renewal))
        }
        (Decision::RefreshThenServe | Decision::Fetch, Patience::CanWait) => (Lookup::Wait, None),
        (Decision::Fetch, Patience::CannotWait) => {
            let purpose = purpose(state, presence);
            let refusal = not_waited_for(purpose, key.err().flatten(), state.set.is_some());
            (Lookup::Refused(refusal), Some(purpose))
        }
        (Decision::Fail { retry_after }, _) => refuse(state.unavailable(retry_after)),
        (Decision::ForeignIssuer(cause), _) => refuse(Refusal::ForeignIssuer(cause)),
        (Decision::UnknownKey { retry_after }, _) => {
            refuse(unknown_key(key.err().flatten(), retry_after))
        }
    }
}

fn purpose(state: &State, presence: Presence) -> Purpose {
    match presence {
        Presence::Missing | Presence::Foreign(_) if state.set.is_some() => Purpose::UnknownKey,
        Presence::Present | Presence::Missing | Presence::Foreign(_) => Purpose::Renewal,
    }
}

fn unknown_key(unusable: Option<Unusable>, retry_after: Duration) -> Refusal {
    Refusal::UnknownKey { unusable, retry_after: Some(retry_after) }
}

fn timed_out(retry_after: Duration) -> Refusal {
    Refusal::KeysUnavailable { failure: FetchFailure::Timeout, retry_after }
}

/// For a caller who is one too many.
fn one_too_many(
    waiter: &Waiter,
    state: &State,
    purpose: Purpose,
    retry_after: Duration,
) -> Refusal {
    match purpose {
        Purpose::UnknownKey => unknown_key(waiter.unusable_in(state), retry_after),
        Purpose::Renewal => {
            Refusal::KeysUnavailable { failure: FetchFailure::TooManyWaiting, retry_after }
        }
    }
}

/// For a call that can't wait, and behind which a fetch was started.
fn not_waited_for(purpose: Purpose, unusable: Option<Unusable>, has_set: bool) -> Refusal {
    let retry_after = RETRY_AFTER_FETCH_BEHIND;
    match (purpose, has_set) {
        (Purpose::UnknownKey, _) => unknown_key(unusable, retry_after),
        (Purpose::Renewal, true) => {
            Refusal::KeysUnavailable { failure: FetchFailure::Outdated, retry_after }
        }
        (Purpose::Renewal, false) => {
            Refusal::KeysUnavailable { failure: FetchFailure::NotFetched, retry_after }
        }
    }
}
