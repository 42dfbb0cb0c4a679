//! The keys of one source. An [`Entry`] does what the table says.
//!
//! # A call
//!
//! A call starts with [`Entry::lookup`], which never blocks. Only if it returns [`Lookup::Wait`]
//! does the call go on to [`Entry::wait`].
//!
//! # A flight
//!
//! There is at most one request at a time, a flight. The first caller who needs it starts it
//! ([`Entry::join`]); everyone else joins it. A flight ends in one of three ways:
//!
//! - It lands ([`Entry::land`]), with a response or a failure.
//! - It is dropped, which counts as a failure. So a bug in the fetcher can't leave anyone waiting.
//! - Its time is over and nobody has ended it, because the process stood still. Then the next
//!   caller ends it ([`State::end_overdue`]) and starts another. If the old one lands after all,
//!   its number shows that it is no longer the current one, and it is ignored.
//!
//! # A waiter
//!
//! A waiter leaves in one of two ways. When a flight ends, it is admitted again ([`Entry::admit`]):
//! the table then has a result for it, or it waits for the next flight. When its own time is over,
//! an alarm dismisses it ([`Entry::time_out`]), and the flight goes on for the others. A token of
//! another issuer waits only until a set is in memory: no request is made for its key. Callbacks
//! are never called while the lock is held.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::journal::{Journal, Scribe};
use super::key_snapshot::KeySnapshot;
use super::outcome::{cannot_be_enqueued, carry_out};
use super::refusal;
use super::response::KeySetResponse;
use super::source::{
    Clock, Failed, KeysResult, Lookup, Moment, Patience, Served, Settle, Source, Wanted,
};
use super::state::State;
use super::table::{CachePolicy, Decision, Presence};
use super::waiting::{Purpose, Waiter};
use crate::error::{FetchFailure, IssuerCause, Refusal};
use crate::lock::lock;
use crate::witness::Origin;

/// The keys of one source.
pub struct Entry {
    pub(super) source: Source,
    fetcher: Arc<dyn Fetcher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) state: Mutex<State>,
}

/// The outside world: the network.
pub trait Fetcher: Send + Sync {
    /// Starts one request and returns at once. The flight may be finished from any thread; if it is
    /// dropped instead, it counts as failed.
    fn start(&self, flight: Flight);
    /// Calls `wake` after `delay`, from any thread.
    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>);
}

/// What remains to be done once the lock is released.
#[derive(Default)]
struct Launch {
    /// The flight to start, unless one was under way.
    flight: Option<Flight>,
    /// How soon an alarm must ring for a caller who leaves before the flight ends.
    alarm: Option<Duration>,
}

impl Entry {
    /// An entry with nothing in memory.
    #[must_use]
    pub fn new(source: Source, fetcher: Arc<dyn Fetcher>, clock: Arc<dyn Clock>) -> Self {
        Self { source, fetcher, clock, state: Mutex::default() }
    }

    /// The same entry, which tells a journal what happens to it. `number` is the entry's in the
    /// process.
    #[must_use]
    pub fn told_to(self, journal: Arc<dyn Journal>, number: u64) -> Self {
        lock(&self.state).scribe = Scribe::new(journal, number, &self.source.url);
        self
    }

    /// Takes the keys of a snapshot, if they are good for a caller with this policy and none were
    /// ever fetched. A snapshot that can't be used is counted.
    pub fn take_snapshot(&self, text: &str, policy: &CachePolicy) {
        let (now, fraction) = (self.clock.now(), self.clock.fraction());
        let snapshot = KeySnapshot::read(text, &self.source.url, policy, now);
        lock(&self.state).take(snapshot, now, fraction);
    }

    /// Looks for a key without waiting. `issuer` is called only if the key is missing.
    pub(crate) fn lookup(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        issuer: impl FnOnce() -> Result<(), IssuerCause>,
        policy: &CachePolicy,
        patience: Patience,
    ) -> Lookup {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let orphans = state.end_overdue(now);
        let key = state.find(wanted);
        let presence = match &key {
            Ok(_) => Presence::Present,
            Err(_) => issuer().map_or_else(Presence::Foreign, |()| Presence::Missing),
        };
        let decision = state.consult(presence, policy, now);
        let (lookup, fetch) = carry_out(decision, patience, key, (&state, presence));
        match &lookup {
            Lookup::Key(_) => {
                state.count_serve(policy, now);
                state.note(policy, now);
            }
            Lookup::Refused(refusal) => {
                state.count_unknown_key(presence);
                // No set had a part in it if there is none that may serve.
                if !matches!(refusal, Refusal::KeysUnavailable { .. }) {
                    state.note(policy, now);
                }
            }
            // Counted when the wait begins.
            Lookup::Wait => {}
        }
        let launch = fetch.map(|purpose| self.join(&mut state, purpose, policy.timeout, now));
        drop(state);
        self.launch(launch.unwrap_or_default());
        self.admit_all(orphans, now);
        lookup
    }

    /// Waits for the set that a lookup asked for. This joins the flight under way or starts one, or
    /// settles at once if the result is known by now. `issuer` is the result of what a lookup calls.
    /// `settle` is called exactly once, within `policy.timeout`.
    pub(crate) fn wait(
        self: &Arc<Self>,
        wanted: Option<Wanted<'_>>,
        issuer: Result<(), IssuerCause>,
        policy: &CachePolicy,
        settle: Settle,
    ) {
        let mut state = lock(&self.state);
        // The clock is read while the lock is held. So no flight has started since, and a caller
        // who allows as much time as the flight has never leaves before it ends.
        let now = self.clock.now();
        let orphans = state.end_overdue(now);
        let waiter = Waiter::new((wanted, issuer), *policy, settle, (state.last_flight, now));
        let presence = state.presence_for(&waiter);
        state.count_unknown_key(presence);
        self.admit(state, waiter, now);
        self.admit_all(orphans, now);
    }

    /// Calls `wake` after `delay`, from any thread.
    pub(crate) fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>) {
        self.fetcher.call_after(delay, wake);
    }

    /// Settles a waiter, or lets it wait for the flight under way or the next.
    fn admit(self: &Arc<Self>, mut state: MutexGuard<'_, State>, waiter: Waiter, now: Moment) {
        let presence = state.presence_for(&waiter);
        let served = state.served(&waiter.policy, now);
        let result = match (state.consult(presence, &waiter.policy, now), served) {
            (Decision::Serve | Decision::ServeAndRefresh, Some(served)) => {
                state.count_serve(&waiter.policy, now);
                Ok(served)
            }
            (Decision::Fail { retry_after }, _) => Err(state.unavailable(retry_after)),
            (Decision::ForeignIssuer(cause), _) => Err(Refusal::ForeignIssuer(cause)),
            (Decision::UnknownKey { retry_after }, _) => {
                Err(refusal::unknown_key(state.unusable_for(&waiter), retry_after))
            }
            (Decision::RefreshThenServe | Decision::Fetch, _)
            | (Decision::Serve | Decision::ServeAndRefresh, None) => {
                return self.enqueue(state, waiter, presence, now);
            }
        };
        drop(state);
        waiter.settle(result);
    }

    fn admit_all(self: &Arc<Self>, waiters: Vec<Waiter>, now: Moment) {
        for waiter in waiters {
            self.admit(lock(&self.state), waiter, now);
        }
    }

    fn enqueue(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        waiter: Waiter,
        presence: Presence,
        now: Moment,
    ) {
        let purpose = state.purpose(presence);
        if let Some(refusal) = cannot_be_enqueued(&state, &waiter, purpose, now) {
            let result = state.result_now(&waiter, refusal, now);
            drop(state);
            return waiter.settle(result);
        }
        let mut launch = self.join(&mut state, purpose, waiter.policy.timeout, now);
        if let Some(flight) = &mut state.flight {
            launch.alarm = flight.alarm_for(waiter.deadline, now).or(launch.alarm);
            flight.waiters.push(waiter);
        }
        drop(state);
        self.launch(launch);
    }

    /// Joins the flight under way, or prepares a new one. Launching it is left to the caller, once
    /// the lock is released.
    fn join(
        self: &Arc<Self>,
        state: &mut State,
        purpose: Purpose,
        timeout: Duration,
        now: Moment,
    ) -> Launch {
        if let Some(flight) = &mut state.flight {
            return Launch { flight: None, alarm: flight.extend(timeout, now) };
        }
        let number = state.start(purpose, timeout, now);
        Launch { flight: Some(Flight { entry: Some(Arc::clone(self)), number }), alarm: None }
    }

    fn launch(self: &Arc<Self>, launch: Launch) {
        if let Some(flight) = launch.flight {
            self.fetcher.start(flight);
        }
        if let Some(delay) = launch.alarm {
            let entry = Arc::clone(self);
            self.fetcher.call_after(delay, Box::new(move || entry.time_out()));
        }
    }

    /// Dismisses the callers whose time is over. The flight goes on for the others.
    fn time_out(self: &Arc<Self>) {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let Some(flight) = &mut state.flight else { return };
        let retry_after = flight.time_left(now);
        let leaving = flight.dismiss(now);
        let alarm = flight.next_alarm(now);
        let settled: Vec<(Waiter, KeysResult)> = leaving
            .into_iter()
            .map(|waiter| {
                let result = state.result_now(&waiter, refusal::timed_out(retry_after), now);
                (waiter, result)
            })
            .collect();
        drop(state);
        self.launch(Launch { flight: None, alarm });
        for (waiter, result) in settled {
            waiter.settle(result);
        }
    }

    /// Takes the end of a flight, and settles or readmits everyone who waits for it.
    fn land(self: &Arc<Self>, number: u64, response: Result<KeySetResponse, Failed>) {
        let response = response.and_then(|response| response.read().map_err(Failed::from));
        let fraction = self.clock.fraction();
        let mut state = lock(&self.state);
        // Read while the lock is held: whoever asks after this moment sees what the flight brought.
        let now = self.clock.now();
        // A flight that was ended before it landed has no callers left.
        let Some(flight) = state.flight.take_if(|flight| flight.number == number) else { return };
        let keys = state.conclude(&flight, response, now, fraction);
        drop(state);
        for waiter in flight.waiters {
            match &keys {
                Some(keys) if waiter.is_answered_by(keys, number) => {
                    let keys = Arc::clone(keys);
                    waiter.settle(Ok(Served { keys, origin: Origin::Fetch }));
                }
                Some(_) | None => self.admit(lock(&self.state), waiter, now),
            }
        }
    }
}

/// One request under way. Dropping it counts as a failure, so nobody waits forever.
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

    /// The time left for the request. It grows if a more patient caller joins while the request is
    /// under way, and it is zero for a flight that was ended.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        let Some(entry) = &self.entry else { return Duration::ZERO };
        let now = entry.clock.now();
        let state = lock(&entry.state);
        let flight = state.flight.as_ref().filter(|flight| flight.number == self.number);
        flight.map_or(Duration::ZERO, |flight| flight.time_left(now))
    }

    /// The entity tag of the set in memory, for a conditional request.
    #[must_use]
    pub fn etag(&self) -> Option<String> {
        lock(&self.entry.as_ref()?.state).set.as_ref()?.etag.clone()
    }

    /// Ends the flight, with the response or with what went wrong.
    pub fn finish(mut self, response: Result<KeySetResponse, Failed>) {
        if let Some(entry) = self.entry.take() {
            entry.land(self.number, response);
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
