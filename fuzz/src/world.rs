//! A clock and a network that do what a target says.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use verify_workos_token_core::key_cache::{
    Clock, Entry, Fetcher, Flight, Journal, KeyEvent, Moment, Source,
};

/// When a world begins, in time since 1970.
pub const START: Duration = Duration::from_secs(1_750_000_000);

/// Clones are the same world.
#[derive(Clone)]
pub struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Moment,
    fraction: f64,
    started: u64,
    /// Requests that have not ended.
    flights: Vec<(Started, Flight)>,
    alarms: Vec<(Duration, Box<dyn FnOnce() + Send>)>,
    events: Vec<KeyEvent>,
}

/// A request: its number and when it began.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    pub number: u64,
    pub at: Moment,
}

impl Default for World {
    fn default() -> Self {
        let now = Moment { monotonic: Duration::ZERO, wall: START };
        Self(Arc::new(Mutex::new(State { now, ..State::default() })))
    }
}

impl Clock for World {
    fn now(&self) -> Moment {
        self.state().now
    }

    fn fraction(&self) -> f64 {
        self.state().fraction
    }
}

impl Fetcher for World {
    fn start(&self, flight: Flight) {
        let others = std::mem::take(&mut self.state().flights);
        let is_under_way = |(_, other): &(Started, Flight)| !other.time_left().is_zero();
        assert!(!others.iter().any(is_under_way), "one request at a time");
        let mut state = self.state();
        state.started += 1;
        let started = Started { number: state.started, at: state.now };
        state.flights = others;
        state.flights.push((started, flight));
    }

    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>) {
        let mut state = self.state();
        let at = state.now.monotonic + delay;
        state.alarms.push((at, wake));
    }
}

impl Journal for World {
    fn is_open(&self) -> bool {
        true
    }

    fn record(&self, event: KeyEvent) {
        self.state().events.push(event);
    }
}

impl World {
    /// The keys of a source in this world, which tells its journal.
    pub fn entry(&self) -> Arc<Entry> {
        let url = "https://keys.invalid".to_owned();
        let source = Source { url, extra_roots: None, proxy: None };
        let entry = Entry::new(source, Arc::new(self.clone()), Arc::new(self.clone()));
        Arc::new(entry.told_to(Arc::new(self.clone()), 1))
    }

    /// The random number from now on, from 0 to 1.
    pub fn roll(&self, fraction: f64) {
        self.state().fraction = fraction;
    }

    /// How many requests were started.
    pub fn started(&self) -> u64 {
        self.state().started
    }

    /// Both clocks go on, and nothing rings.
    pub fn pass(&self, time: Duration) {
        let mut state = self.state();
        state.now.monotonic += time;
        state.now.wall += time;
    }

    /// The machine is suspended: its monotonic clock stands still.
    pub fn suspend(&self, time: Duration) {
        self.state().now.wall += time;
    }

    /// The wall clock is set back.
    pub fn set_back(&self, time: Duration) {
        let mut state = self.state();
        state.now.wall = state.now.wall.saturating_sub(time);
    }

    /// How long it takes until an alarm rings or a request's time is over.
    pub fn next(&self) -> Option<Duration> {
        let flights = std::mem::take(&mut self.state().flights);
        let left = flights.iter().map(|(_, flight)| flight.time_left()).min();
        let mut state = self.state();
        state.flights = flights;
        let now = state.now.monotonic;
        let alarms = state.alarms.iter().map(|(at, _)| at.saturating_sub(now));
        alarms.chain(left).min()
    }

    /// An alarm that has to ring by now.
    pub fn take_alarm(&self) -> Option<Box<dyn FnOnce() + Send>> {
        let mut state = self.state();
        let now = state.now.monotonic;
        let at = state.alarms.iter().position(|(at, _)| *at <= now)?;
        Some(state.alarms.remove(at).1)
    }

    /// A request whose time is over.
    pub fn take_late(&self) -> Option<(Started, Flight)> {
        let mut flights = std::mem::take(&mut self.state().flights);
        let at = flights.iter().position(|(_, flight)| flight.time_left().is_zero());
        let late = at.map(|at| flights.remove(at));
        self.state().flights = flights;
        late
    }

    /// One of the requests that have not ended.
    pub fn take_flight(&self, choice: usize) -> Option<(Started, Flight)> {
        let mut state = self.state();
        let count = state.flights.len();
        (count > 0).then(|| state.flights.remove(choice % count))
    }

    /// What the journal was told since the last time.
    pub fn take_events(&self) -> Vec<KeyEvent> {
        std::mem::take(&mut self.state().events)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("not poisoned")
    }
}
