//! Events, one after the other, and what the oracle says to each.

use std::sync::Arc;
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::{
    Clock, Entry, Failed, Flight, KeyEventKind, KeySetResponse,
};
use verify_workos_token_core::verifier::{KeySource, Verifier};

use super::call::{Call, End};
use super::oracle::{Landed, Oracle, Told};
use super::server::{KEYS, document, landed, token};
use crate::policy::{cache_policies, policy};
use crate::world::{Started, World};

/// The most events of one input.
const MAX_EVENTS: usize = 300;
/// Longer than any call may take.
const LONG: Duration = Duration::from_secs(60);
/// By how much the wall clock must jump for a request to be taken for dead.
const SUSPENDED: Duration = Duration::from_secs(5);

/// Around each limit of time: in milliseconds.
const TIMES: [u64; 16] = [
    0, 1, 99, 100, 249, 250, 1_000, 4_999, 5_000, 9_999, 10_000, 30_000, 300_000, 500_000, 600_000,
    4_200_000,
];

struct Play {
    world: World,
    entry: Arc<Entry>,
    callers: [Arc<Verifier>; 3],
    oracle: Oracle,
    calls: Vec<Call>,
    fraction: f64,
    snapshot: Option<(String, Landed)>,
}

/// Plays the events that these bytes stand for. All calls have ended afterwards.
pub fn play(bytes: &[u8]) {
    let world = World::default();
    let entry = world.entry();
    let callers = cache_policies().map(|cache_policy| {
        let keys = KeySource::Cached(Arc::clone(&entry), cache_policy);
        Arc::new(Verifier { policy: policy(), keys, token_cache: None })
    });
    let (oracle, calls, fraction) = (Oracle::default(), Vec::new(), 0.0);
    let mut play = Play { world, entry, callers, oracle, calls, fraction, snapshot: None };
    let mut choices = Unstructured::new(bytes);
    for _ in 0..MAX_EVENTS {
        if choices.is_empty() || play.event(&mut choices).is_err() {
            break;
        }
        play.judge();
    }
    play.pass(LONG);
    assert!(play.calls.is_empty(), "every call ends");
}

impl Play {
    fn event(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        match choices.int_in_range(0..=11)? {
            0..=2 => self.call(choices)?,
            3 | 4 => self.respond(choices)?,
            5 => self.fail(choices)?,
            6 | 7 => self.pass(time(choices)?),
            8 => self.freeze(time(choices)?),
            9 => match choices.arbitrary()? {
                true => self.world.suspend(time(choices)?),
                false => self.world.set_back(time(choices)?),
            },
            10 => {
                self.fraction = f64::from(choices.arbitrary::<u8>()?) / 255.0;
                self.world.roll(self.fraction);
            }
            _ => self.snapshot(choices)?,
        }
        Ok(())
    }

    fn call(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let caller = choices.choose_index(self.callers.len())?;
        let key = choices.choose_index(KEYS + 2)?;
        let (is_foreign, can_wait) = (choices.ratio(1, 4)?, choices.ratio(3, 4)?);
        let (policy, now) = (cache_policies()[caller], self.world.now());
        let mut call = Call {
            key: (key <= KEYS).then_some(key),
            policy,
            is_foreign,
            can_wait,
            waited: false,
            last_request: self.world.started(),
            deadline: Some(now.monotonic + policy.timeout),
            end: End::default(),
        };
        let verifier = Arc::clone(&self.callers[caller]);
        match (call.key, can_wait) {
            (None, _) => call.ready(&self.world, &verifier),
            (Some(key), true) => call.verify(&self.world, &verifier, &token(key, is_foreign)),
            (Some(key), false) => call.verify_sync(&self.world, &verifier, &token(key, is_foreign)),
        }
        if call.end.lock().expect("not poisoned").is_none() {
            self.oracle.check_waiting(&call, now);
        }
        self.calls.push(call);
        Ok(())
    }

    /// The server answers, with a set or that nothing has changed.
    fn respond(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let Some((started, flight)) = self.world.take_flight(choices.arbitrary()?) else {
            return Ok(());
        };
        let max_age = match choices.arbitrary()? {
            true => Some(time(choices)?),
            false => None,
        };
        let (has_tag, is_new): (bool, bool) = (choices.arbitrary()?, choices.ratio(3, 4)?);
        let keys = choices.int_in_range(0..=(1_u8 << KEYS) - 1)?;
        let etag = has_tag.then(|| "\"tag\"".to_owned());
        let set = match is_new {
            true => Some(keys).filter(|keys| *keys != 0).map(|keys| (keys, has_tag, max_age)),
            false => self
                .oracle
                .set
                .filter(|set| set.has_tag)
                .map(|set| (set.keys, true, max_age.or(set.server_max_age))),
        };
        let body = is_new.then(|| document(keys).into_bytes());
        self.land((started, flight), Ok(KeySetResponse { body, etag, max_age }), set);
        Ok(())
    }

    fn fail(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let Some((started, flight)) = self.world.take_flight(choices.arbitrary()?) else {
            return Ok(());
        };
        let retry_after = match choices.arbitrary()? {
            true => Some(time(choices)?),
            false => None,
        };
        let (cause, stood_still) = (FetchFailure::Status(503), choices.ratio(1, 8)?);
        if choices.ratio(1, 8)? {
            // A bug in the fetcher.
            drop(flight);
            self.hear(started, None, None);
        } else {
            let failed = Failed { cause, retry_after, stood_still };
            self.land((started, flight), Err(failed), None);
        }
        Ok(())
    }

    /// A request ends. `set` is what it brings if it is still waited for: its keys, whether it has a
    /// tag, and its lifetime.
    fn land(
        &mut self,
        (started, flight): (Started, Flight),
        response: core::result::Result<KeySetResponse, Failed>,
        set: Option<(u8, bool, Option<Duration>)>,
    ) {
        let now = self.world.now();
        let wall = now.wall.saturating_sub(started.at.wall);
        let is_alive = !flight.time_left().is_zero() && wall < SUSPENDED;
        let asked = response.as_ref().err().and_then(|failed| failed.retry_after);
        let fails = response.is_err() || set.is_none();
        flight.finish(response);
        let result = self.hear(started, set, asked);
        if is_alive {
            assert_eq!(result, Some(!fails), "what comes in time counts");
        }
    }

    /// Takes what the journal was told of the end of a request: whether it brought a set, if it counted.
    fn hear(
        &mut self,
        started: Started,
        set: Option<(u8, bool, Option<Duration>)>,
        asked: Option<Duration>,
    ) -> Option<bool> {
        let (now, mut counted) = (self.world.now(), None);
        for event in self.world.take_events() {
            match &event.kind {
                KeyEventKind::RequestEnded { result, for_unknown_key, .. } => {
                    assert_eq!(event.request, started.number);
                    counted = Some(result.is_ok());
                    if result.is_ok() {
                        let landed = landed(set.expect("a set"), started.number, now);
                        self.oracle.landed(landed, for_unknown_key.then_some(started.at));
                    }
                }
                KeyEventKind::BackOff { .. } => {
                    let told = Told::of(&event).expect("a back-off");
                    self.oracle.failed(now, self.fraction, asked, told);
                }
                KeyEventKind::RequestStarted { for_unknown_key } => {
                    let number = event.request;
                    self.oracle.began(Started { number, at: now }, *for_unknown_key);
                }
                _ => {}
            }
        }
        counted
    }

    /// Time passes, and everything that rings rings in time.
    fn pass(&mut self, time: Duration) {
        let mut left = time;
        loop {
            let step = self.world.next().unwrap_or(left).min(left);
            self.world.pass(step);
            left -= step;
            self.ring();
            if left.is_zero() {
                break;
            }
        }
    }

    fn ring(&mut self) {
        while let Some(wake) = self.world.take_alarm() {
            wake();
            self.judge();
        }
        while let Some(late) = self.world.take_late() {
            self.land(late, Err(FetchFailure::Timeout.into()), None);
            self.judge();
        }
    }

    /// Time passes, and nobody is called: the process stands still.
    fn freeze(&mut self, time: Duration) {
        self.world.pass(time);
        for call in &mut self.calls {
            call.deadline = None;
        }
    }

    /// The keys go into a snapshot, or come from one.
    fn snapshot(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        if choices.arbitrary()? {
            let set = self.oracle.set;
            self.snapshot = self.entry.write_snapshot().zip(set).or(self.snapshot.take());
            return Ok(());
        }
        let fresh = self.world.entry();
        let (Some((text, set)), policy) = (&self.snapshot, cache_policies()[0]) else {
            return Ok(());
        };
        fresh.take_snapshot(text, &policy);
        let Some((keys, age)) = fresh.snapshot().set else { return Ok(()) };
        assert_eq!(keys.digest(), set.digest);
        let before = self.entry.snapshot().counters.snapshots_used;
        self.entry.take_snapshot(text, &policy);
        if self.entry.snapshot().counters.snapshots_used > before {
            let replaced = self.oracle.set;
            assert!(replaced.is_none_or(|set| set.age_then.is_some()), "what was fetched stays");
            let (at, age_then, server_max_age) = (self.world.now(), Some(age), None);
            let (has_tag, request) = (false, 0);
            let taken = Landed { at, age_then, server_max_age, has_tag, request, ..*set };
            self.oracle.set = Some(taken);
        }
        Ok(())
    }

    /// Judges what has ended.
    fn judge(&mut self) {
        self.hear_others();
        let (oracle, now) = (&self.oracle, self.world.now());
        self.calls.retain(|call| {
            let Some((outcome, at)) = *call.end.lock().expect("not poisoned") else { return true };
            assert_eq!(at, now);
            oracle.check(call, &outcome, now);
            if let Some(deadline) = call.deadline {
                assert!(now.monotonic <= deadline, "every call ends within its time");
            }
            false
        });
    }

    /// What a lookup has begun, or has ended because its time was over long ago.
    fn hear_others(&mut self) {
        let now = self.world.now();
        for event in self.world.take_events() {
            match event.kind {
                KeyEventKind::RequestStarted { for_unknown_key } => {
                    self.oracle.began(Started { number: event.request, at: now }, for_unknown_key);
                }
                KeyEventKind::RequestEnded { result, .. } => assert!(result.is_err()),
                KeyEventKind::BackOff { .. } => panic!("a dead request delays nothing"),
                _ => {}
            }
        }
    }
}

fn time(choices: &mut Unstructured<'_>) -> Result<Duration> {
    choices.choose(&TIMES).copied().map(Duration::from_millis)
}
