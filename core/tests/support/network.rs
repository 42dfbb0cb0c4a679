//! A world in which time passes and requests end only when a test says so.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::{
    Clock, Entry, Fetcher, Flight, KeySetResponse, Moment, Source,
};

/// A clock and a network. Clones are the same world.
#[derive(Clone)]
pub(crate) struct World(Arc<Mutex<State>>);

impl Default for World {
    /// At a time when the tests' tokens are valid, so that the wall clock can be set back.
    fn default() -> Self {
        let now = Moment { monotonic: Duration::ZERO, wall: Duration::from_secs_f64(super::NOW) };
        Self(Arc::new(Mutex::new(State { now, ..State::default() })))
    }
}

#[derive(Default)]
struct State {
    now: Moment,
    /// How much time passes at each reading of the clock.
    drift: Duration,
    fraction: f64,
    /// Requests that have not ended.
    flights: Vec<Flight>,
    started: usize,
    alarms: Vec<Alarm>,
}

struct Alarm {
    at: Duration,
    wake: Box<dyn FnOnce() + Send>,
}

impl Clock for World {
    fn now(&self) -> Moment {
        let mut state = self.state();
        let drift = state.drift;
        state.now.monotonic += drift;
        state.now.wall += drift;
        state.now
    }

    fn fraction(&self) -> f64 {
        self.state().fraction
    }
}

impl Fetcher for World {
    fn start(&self, flight: Flight) {
        let mut state = self.state();
        state.started += 1;
        state.flights.push(flight);
    }

    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>) {
        let mut state = self.state();
        let at = state.now.monotonic + delay;
        state.alarms.push(Alarm { at, wake });
    }
}

impl World {
    /// The keys of a source in this world.
    pub(crate) fn entry(&self, url: &str) -> Arc<Entry> {
        Arc::new(self.new_entry(url))
    }

    /// The same, not shared yet.
    pub(crate) fn new_entry(&self, url: &str) -> Entry {
        let source = Source { url: url.to_owned(), extra_roots: None, proxy: None };
        Entry::new(source, Arc::new(self.clone()), Arc::new(self.clone()))
    }

    /// Sets the random number from now on, from 0 to 1.
    pub(crate) fn roll(&self, fraction: f64) {
        self.state().fraction = fraction;
    }

    /// From now on, time passes between any two readings of the clock, as it does in reality.
    pub(crate) fn drift(&self) {
        self.state().drift = Duration::from_nanos(1);
    }

    /// How many requests were started so far.
    pub(crate) fn requests(&self) -> usize {
        self.state().started
    }

    /// Lets time pass. Alarms ring, then requests whose time is over fail, as the addon's do.
    pub(crate) fn advance(&self, time: Duration) {
        let ringing = {
            let mut state = self.state();
            state.now.monotonic += time;
            state.now.wall += time;
            let now = state.now.monotonic;
            let (ringing, later) = state.alarms.drain(..).partition(|alarm| alarm.at <= now);
            state.alarms = later;
            ringing
        };
        let ringing: Vec<Alarm> = ringing;
        for alarm in ringing {
            (alarm.wake)();
        }
        let flights = std::mem::take(&mut self.state().flights);
        let (late, on_time): (Vec<_>, Vec<_>) =
            flights.into_iter().partition(|flight| flight.time_left().is_zero());
        self.state().flights.extend(on_time);
        for flight in late {
            flight.finish(Err(FetchFailure::Timeout.into()));
        }
    }

    /// The process stands still, like a serverless function between calls or a stopped process.
    /// Nothing rings and no request ends, and all of it is late afterwards.
    pub(crate) fn freeze(&self, time: Duration) {
        let mut state = self.state();
        state.now.monotonic += time;
        state.now.wall += time;
    }

    /// The machine is suspended, so its monotonic clock stands still as well.
    pub(crate) fn suspend(&self, time: Duration) {
        self.state().now.wall += time;
    }

    /// The wall clock is set back.
    pub(crate) fn set_back(&self, time: Duration) {
        self.state().now.wall -= time;
    }

    /// The oldest request that has not ended.
    pub(crate) fn take_flight(&self) -> Flight {
        self.state().flights.remove(0)
    }

    /// Responds to the oldest request with this body.
    pub(crate) fn answer(&self, body: impl Into<Vec<u8>>) {
        self.take_flight().finish(Ok(KeySetResponse {
            body: Some(body.into()),
            etag: None,
            max_age: None,
        }));
    }

    /// Fails the oldest request.
    pub(crate) fn fail(&self, failure: FetchFailure) {
        self.take_flight().finish(Err(failure.into()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}
