//! Key sets in memory, fetched once for all who ask.
//!
//! An [`Entry`] keeps the keys of one source and what happened to the attempts to fetch them.
//! [`table`] decides; this file does what it says: one flight at a time, those who wait for it, and
//! what is remembered of how it ended. The network and the clock are the caller's
//! ([`Fetcher`], [`Clock`]).

mod flight;
mod state;
pub mod table;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::error::{FetchFailure, IssuerCause, Refusal, Unusable};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;
pub use flight::{Answer, Flight};
pub use state::Counters;

use flight::Fetched;
use state::{InFlight, Purpose, State, Waiter};
use table::{Decision, Limits};

/// The outside world: monotonic time, and chance for the jitter.
pub trait Clock: Send + Sync {
    /// Monotonic time since some fixed moment.
    fn now(&self) -> Duration;
    /// A random number from 0 to 1.
    fn fraction(&self) -> f64;
}

/// The outside world: the network.
pub trait Fetcher: Send + Sync {
    /// Starts one request and returns at once. The flight is finished from any thread; one that is
    /// dropped counts as failed.
    fn start(&self, flight: Flight);
    /// Calls `wake` after `delay`, from any thread.
    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>);
}

/// Where keys come from, and what they are fetched with: an entry never serves another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The normalised URL of the key set.
    pub url: String,
    /// Certificates in PEM that are trusted beside those that Node trusts.
    pub extra_roots: Option<String>,
    /// The proxy to fetch through.
    pub proxy: Option<String>,
}

/// The keys, or why they can't be had and when to try again.
pub type Outcome = Result<Arc<KeySet>, Unavailable>;

/// Why keys can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable {
    /// What the last attempt met.
    pub failure: FetchFailure,
    /// When another may be made.
    pub retry_after: Duration,
}

impl From<Unavailable> for Refusal {
    fn from(unavailable: Unavailable) -> Self {
        let Unavailable { failure, retry_after } = unavailable;
        Self::KeysUnavailable { failure, retry_after }
    }
}

/// The key that a caller looks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'token> {
    pub(crate) key_id: &'token str,
    pub(crate) algorithm: Algorithm,
}

/// What a lookup gives at once.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// The key, servable now.
    Key(Arc<VerifyingKey>),
    /// No key, and no reason to wait.
    Refused(Refusal),
    /// A fetch may bring it: see [`Entry::wait`].
    Wait,
}

/// Takes the outcome of a wait, exactly once.
pub type Settle = Box<dyn FnOnce(Outcome) + Send>;

/// The keys of one source.
pub struct Entry {
    source: Source,
    fetcher: Arc<dyn Fetcher>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// What a caller who joins a flight still has to do, without the lock.
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

    /// What is known of the entry now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let now = self.clock.now();
        let state = self.state();
        let set = state.set.as_ref();
        Snapshot {
            counters: state.counters,
            set: set.map(|set| (Arc::clone(&set.keys), now.saturating_sub(set.fetched_at))),
        }
    }

    /// Looks a key up without waiting. The issuer is compared only where the key is not there.
    pub(crate) fn lookup(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        issuer: impl FnOnce() -> Result<(), IssuerCause>,
        limits: &Limits,
    ) -> Lookup {
        let now = self.clock.now();
        let mut state = self.state();
        let key = state.find(wanted);
        let issuer = if key.is_ok() { Ok(()) } else { issuer() };
        let decision =
            table::decide(&state.situation(key.is_ok(), issuer.is_ok(), limits, now), limits);
        state.count(&decision, key.is_ok(), limits, now);
        match (decision, key) {
            (Decision::Serve, Ok(key)) => Lookup::Key(key),
            (Decision::ServeAndRefresh, Ok(key)) => {
                let joined = self.join(&mut state, Purpose::Refresh, limits.timeout, now);
                drop(state);
                self.launch(joined);
                Lookup::Key(key)
            }
            (Decision::UnknownKey { retry_after }, Err(unusable)) => {
                Lookup::Refused(Refusal::UnknownKey { unusable, retry_after: Some(retry_after) })
            }
            (Decision::Fail { retry_after }, _) => {
                Lookup::Refused(state.unavailable(retry_after).into())
            }
            (Decision::ForeignIssuer, _) => {
                Lookup::Refused(Refusal::ForeignIssuer(issuer.err().unwrap_or(IssuerCause::Other)))
            }
            _ => Lookup::Wait,
        }
    }

    /// For a call that can't wait: starts the fetch that would bring the key, and says what to
    /// answer until then; `None` where the key has come meanwhile.
    pub(crate) fn fetch_behind(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        limits: &Limits,
    ) -> Option<Refusal> {
        let now = self.clock.now();
        let mut state = self.state();
        let key = state.find(wanted);
        let has_set = state.set.is_some();
        let situation = state.situation(key.is_ok(), true, limits, now);
        let decision = table::decide(&situation, limits);
        state.counters.count_lookup(has_set && key.is_err());
        match (decision, key) {
            (Decision::Fail { retry_after }, _) => Some(state.unavailable(retry_after).into()),
            (Decision::UnknownKey { retry_after }, Err(unusable)) => {
                Some(Refusal::UnknownKey { unusable, retry_after: Some(retry_after) })
            }
            (Decision::Fetch, key) => {
                let purpose = Purpose::of(has_set, key.is_ok());
                let joined = self.join(&mut state, purpose, limits.timeout, now);
                drop(state);
                self.launch(joined);
                Some(not_waited_for(key.err().flatten(), has_set, purpose))
            }
            _ => None,
        }
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
        let state = self.state();
        // Read with the lock held: no flight has started since, so that a caller who gives it as much
        // time as it has never leaves before it ends.
        let now = self.clock.now();
        let deadline = now.saturating_add(limits.timeout);
        self.admit(state, Waiter { wanted, limits: *limits, deadline, settle }, now);
    }

    fn admit(self: &Arc<Self>, mut state: MutexGuard<'_, State>, waiter: Waiter, now: Duration) {
        let has_key = match waiter.wanted() {
            Some(wanted) => state.find(wanted).is_ok(),
            None => state.set.is_some(),
        };
        let has_set = state.set.is_some();
        state.counters.count_lookup(has_set && !has_key);
        let situation = state.situation(has_key, true, &waiter.limits, now);
        let outcome = match (table::decide(&situation, &waiter.limits), &state.set) {
            (Decision::Fail { retry_after }, _) => Err(state.unavailable(retry_after)),
            (Decision::Fetch | Decision::ForeignIssuer, _) | (_, None) => {
                return self.enqueue(state, waiter, Purpose::of(has_set, has_key), now);
            }
            (_, Some(set)) => Ok(Arc::clone(&set.keys)),
        };
        drop(state);
        (waiter.settle)(outcome);
    }

    fn enqueue(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        waiter: Waiter,
        purpose: Purpose,
        now: Duration,
    ) {
        let mut joined = self.join(&mut state, purpose, waiter.limits.timeout, now);
        if let Some(in_flight) = &mut state.flight {
            let alarm = in_flight.alarm_for(waiter.deadline, now);
            joined.alarm = alarm.or(joined.alarm);
            in_flight.waiters.push(waiter);
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
        now: Duration,
    ) -> Joined {
        if let Some(in_flight) = &mut state.flight {
            return Joined { flight: None, alarm: in_flight.extend(timeout, now) };
        }
        state.flight = Some(InFlight::new(purpose, timeout, now));
        state.counters.fetches = state.counters.fetches.saturating_add(1);
        Joined { flight: Some(Flight { entry: Some(Arc::clone(self)) }), alarm: None }
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
        let Some(in_flight) = &mut state.flight else { return };
        let retry_after = in_flight.deadline().saturating_sub(now);
        let leaving = in_flight.dismiss(now);
        let alarm = in_flight.next_alarm(now);
        drop(state);
        self.launch(Joined { flight: None, alarm });
        for waiter in leaving {
            waiter.time_out(retry_after);
        }
    }

    /// What a flight brought, for everyone who waits for it.
    fn land(self: &Arc<Self>, answer: Result<Answer, FetchFailure>, pause: Duration) {
        let parsed = answer.and_then(Fetched::read);
        let now = self.clock.now();
        let fraction = self.clock.fraction();
        let mut state = self.state();
        let Some(in_flight) = state.flight.take() else { return };
        state.counters.last_duration = Some(now.saturating_sub(in_flight.started_at));
        let outcome = match parsed {
            Ok(fetched) => state.store(fetched, in_flight.purpose, now, fraction),
            Err(failure) => Err(failure),
        };
        let outcome = outcome.map_err(|failure| state.remember(failure, pause, now, fraction));
        drop(state);
        for waiter in in_flight.waiters {
            match &outcome {
                Ok(keys) if in_flight.purpose == Purpose::Refresh && waiter.lacks(keys) => {
                    self.wait_again(waiter, now);
                }
                _ => (waiter.settle)(outcome.clone()),
            }
        }
    }

    /// A refresh that was under way before a `kid` was asked for may have been answered before the
    /// key was published: it does not prove the `kid` unknown. Who asks again keeps to the first
    /// deadline; the new request has its whole time.
    fn wait_again(self: &Arc<Self>, waiter: Waiter, now: Duration) {
        match waiter.deadline <= now {
            true => waiter.time_out(Duration::ZERO),
            false => self.admit(self.state(), waiter, now),
        }
    }

    /// A panic elsewhere must not close the keys to everyone: the state is valid between any two
    /// statements that hold the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When to try again after a fetch was started that nobody waited for.
const RETRY_AFTER_FETCH_BEHIND: Duration = Duration::from_secs(1);

fn not_waited_for(unusable: Option<Unusable>, has_set: bool, purpose: Purpose) -> Refusal {
    let retry_after = RETRY_AFTER_FETCH_BEHIND;
    if purpose == Purpose::UnknownKey {
        return Refusal::UnknownKey { unusable, retry_after: Some(retry_after) };
    }
    let failure = if has_set { FetchFailure::Outdated } else { FetchFailure::NotFetched };
    Refusal::KeysUnavailable { failure, retry_after }
}
