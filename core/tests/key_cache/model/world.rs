//! A clock and a network that keep a history of what happens.
//!
//! With a baton, every event is a moment at which another thread may go on: each reading of the
//! clock, each random number, each request that starts and each call that is settled. The exception
//! is a reading under the entry's lock ([`World::locked`]): whoever ran then would wait for that lock.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use verify_workos_token_core::key_cache::{
    Clock, Fetcher, Flight, Journal, KeyEvent, KeyEventKind, Moment,
};

use super::baton::Baton;
use super::chance::Chance;
use super::history::{
    Call, Deed, Event, Happened, History, Keys, Outcome, Request, Response, Snapshot, Told,
};
use crate::support::NOW;

/// The most time that passes at a reading of the clock, if any does.
const DRIFT: Duration = Duration::from_micros(2);

/// The deed of whoever is in the middle of none.
const NO_DEED: usize = usize::MAX;

thread_local! {
    static RUNNER: Cell<usize> = const { Cell::new(0) };
    static DEED: Cell<usize> = const { Cell::new(NO_DEED) };
    static LOCKED: Cell<bool> = const { Cell::new(false) };
}

pub(super) struct World {
    outside: Mutex<Outside>,
    baton: Option<Baton>,
}

struct Outside {
    now: Moment,
    chance: Chance,
    history: History,
    flights: Vec<Held>,
    alarms: Vec<Alarm>,
    /// Moments of monotonic time at which something may change.
    marks: Vec<Duration>,
    /// How many deeds have begun and not ended.
    under_way: usize,
    published: Keys,
}

/// A request that has not ended.
pub(super) struct Held {
    pub(super) request: usize,
    pub(super) flight: Flight,
}

pub(super) struct Alarm {
    at: Duration,
    pub(super) wake: Box<dyn FnOnce() + Send>,
}

impl World {
    pub(super) fn new(seed: u64, baton: Option<Baton>) -> Self {
        let now = Moment { monotonic: Duration::ZERO, wall: Duration::from_secs_f64(NOW) };
        let outside = Outside {
            now,
            chance: Chance::new(seed),
            history: History::default(),
            flights: Vec::new(),
            alarms: Vec::new(),
            marks: Vec::new(),
            under_way: 0,
            published: [Some(0), None, None],
        };
        Self { outside: Mutex::new(outside), baton }
    }

    /// Runs one of the threads, of which one at a time runs.
    pub(super) fn run(&self, number: usize, thread: impl FnOnce()) {
        let _runner = self.baton.as_ref().map(|baton| baton.enter(number));
        RUNNER.set(number);
        thread();
    }

    /// Lets another thread go on.
    pub(super) fn hand_over(&self) {
        if let Some(baton) = &self.baton {
            baton.hand_over(RUNNER.get());
        }
    }

    /// Does something, from its beginning to its end.
    pub(super) fn perform(&self, deed: Deed, action: impl FnOnce()) {
        let number = self.change(|outside| {
            outside.under_way += 1;
            outside.history.deeds.push(deed);
            outside.history.deeds.len() - 1
        });
        DEED.set(number);
        action();
        self.record(Happened::Ended);
        DEED.set(NO_DEED);
        self.change(|outside| outside.under_way -= 1);
        self.hand_over();
    }

    /// What reads the clock while it holds the entry's lock.
    pub(super) fn locked(action: impl FnOnce()) {
        LOCKED.set(true);
        action();
        LOCKED.set(false);
    }

    pub(super) fn record(&self, happened: Happened) {
        self.change(|outside| outside.record(happened));
    }

    pub(super) fn call(&self, call: Call) -> usize {
        self.change(|outside| {
            let end = outside.now.monotonic + call.policy.timeout;
            outside.mark([end]);
            outside.history.calls.push(call);
            outside.history.calls.len() - 1
        })
    }

    pub(super) fn snapshot(&self, snapshot: Snapshot) -> usize {
        self.change(|outside| {
            outside.history.snapshots.push(snapshot);
            outside.history.snapshots.len() - 1
        })
    }

    /// The call ended with its lookup.
    pub(super) fn told(&self, call: usize, outcome: Outcome) {
        self.change(|outside| outside.history.calls[call].at_once = Some(outcome));
    }

    /// The call ended after a wait.
    pub(super) fn settled(&self, call: usize, outcome: Outcome) {
        self.record(Happened::Settled(call, outcome));
        self.hand_over();
    }

    /// The moments after now at which something may change.
    pub(super) fn mark_after(&self, delays: impl IntoIterator<Item = Duration>) {
        self.change(|outside| {
            let now = outside.now.monotonic;
            outside.mark(delays.into_iter().map(|delay| now.saturating_add(delay)));
        });
    }

    /// How long until the next such moments, the nearest first.
    pub(super) fn marks(&self) -> Vec<Duration> {
        self.change(|outside| {
            let now = outside.now.monotonic;
            outside.marks.retain(|mark| *mark >= now);
            outside.marks.sort_unstable();
            outside.marks.dedup();
            outside.marks.iter().map(|mark| *mark - now).collect()
        })
    }

    pub(super) fn published(&self) -> Keys {
        self.change(|outside| outside.published)
    }

    pub(super) fn publish(&self, keys: Keys) {
        self.change(|outside| outside.published = keys);
    }

    /// The numbers of the requests that have not ended.
    pub(super) fn under_way(&self) -> Vec<usize> {
        self.change(|outside| outside.flights.iter().map(|held| held.request).collect())
    }

    /// `None` if another thread has it.
    pub(super) fn take(&self, request: usize) -> Option<Held> {
        self.change(|outside| {
            let place = outside.flights.iter().position(|held| held.request == request)?;
            Some(outside.flights.remove(place))
        })
    }

    /// Gives back what was only looked at.
    pub(super) fn give_back(&self, held: Held) {
        self.change(|outside| outside.flights.push(held));
    }

    pub(super) fn request<R>(&self, request: usize, look: impl FnOnce(&mut Request) -> R) -> R {
        self.change(|outside| look(&mut outside.history.requests[request]))
    }

    /// What the server has said to a request, if it has spoken.
    pub(super) fn response(&self, request: usize) -> Option<Response> {
        self.request(request, |request| request.response.clone())
    }

    /// Whether nobody else is in the middle of anything.
    pub(super) fn is_quiet(&self) -> bool {
        self.change(|outside| outside.under_way == 0)
    }

    pub(super) fn moment(&self) -> Moment {
        self.change(|outside| outside.now)
    }

    /// When the next alarm rings.
    pub(super) fn next_alarm(&self) -> Option<Duration> {
        self.change(|outside| outside.alarms.iter().map(|alarm| alarm.at).min())
    }

    pub(super) fn due_alarm(&self) -> Option<Alarm> {
        self.change(|outside| {
            let now = outside.now.monotonic;
            let place = outside.alarms.iter().position(|alarm| alarm.at <= now)?;
            Some(outside.alarms.remove(place))
        })
    }

    /// Time passes on both clocks.
    pub(super) fn pass(&self, time: Duration) {
        self.change(|outside| {
            outside.now.monotonic += time;
            outside.now.wall += time;
        });
    }

    /// The machine is suspended: only the wall clock goes on.
    pub(super) fn suspend(&self, time: Duration) {
        self.change(|outside| outside.now.wall += time);
    }

    /// The wall clock is set back.
    pub(super) fn set_back(&self, time: Duration) {
        self.change(|outside| outside.now.wall -= time);
    }

    pub(super) fn into_history(self) -> History {
        self.outside.into_inner().unwrap().history
    }

    fn change<R>(&self, change: impl FnOnce(&mut Outside) -> R) -> R {
        let mut outside: MutexGuard<'_, Outside> =
            self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut outside)
    }
}

impl Outside {
    fn record(&mut self, happened: Happened) {
        self.history.events.push(Event { deed: DEED.get(), happened });
    }

    fn mark(&mut self, marks: impl IntoIterator<Item = Duration>) {
        self.marks.extend(marks);
    }
}

impl Clock for World {
    fn now(&self) -> Moment {
        let drifts = self.baton.is_some();
        let now = self.change(|outside| {
            let drift = if drifts { outside.chance.time(DRIFT) } else { Duration::ZERO };
            outside.now.monotonic += drift;
            outside.now.wall += drift;
            outside.now
        });
        if !LOCKED.get() {
            self.hand_over();
        }
        self.record(Happened::Read(now));
        now
    }

    fn fraction(&self) -> f64 {
        let fraction = self.change(|outside| {
            let fraction = outside.chance.fraction();
            outside.record(Happened::Drew(fraction));
            fraction
        });
        self.hand_over();
        fraction
    }
}

impl Journal for World {
    fn is_open(&self) -> bool {
        true
    }

    fn record(&self, event: KeyEvent) {
        let told = match event.kind {
            KeyEventKind::RequestStarted { for_unknown_key } => {
                Told::Started { for_unknown: for_unknown_key }
            }
            KeyEventKind::RequestEnded { for_unknown_key, result, .. } => {
                Told::Ended { for_unknown: for_unknown_key, is_good: result.is_ok() }
            }
            KeyEventKind::StaleServe { age } => Told::StaleServe { age },
            KeyEventKind::BackOff { pause, failures } => Told::BackOff { pause, failures },
            KeyEventKind::KeyAdded(_) | KeyEventKind::KeyRemoved(_) => return,
        };
        self.change(|outside| outside.history.told.push(told));
    }
}

impl Fetcher for World {
    fn start(&self, flight: Flight) {
        let tag = flight.etag();
        self.change(|outside| {
            outside.history.requests.push(Request { tag, response: None });
            let request = outside.history.requests.len() - 1;
            outside.record(Happened::Started(request));
            outside.flights.push(Held { request, flight });
        });
        self.hand_over();
    }

    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>) {
        self.change(|outside| {
            let at = outside.now.monotonic + delay;
            outside.alarms.push(Alarm { at, wake });
        });
    }
}
