//! Who acts in an episode: callers with their policies, a key server, and time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{FetchFailure, Refusal};
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_cache::{Entry, SnapshotFault, Source};
use verify_workos_token_core::verifier::{KeySource, Refused, Resumable, Step, Verdict, Verifier};

use super::super::URL;
use super::history::{
    Ask, Call, Counts, Deed, Happened, History, Keys, Outcome, Response, Seen, Sight, Snapshot,
    Token,
};
use super::texts;
use super::world::{Held, World};
use crate::support::{NOW, policy};

/// The most time that passes while somebody is in the middle of a deed.
const NAP: Duration = Duration::from_micros(20);

/// More alarms than are ever due at one moment: a request has one at a time.
const MAX_RINGS: usize = 1_000;

#[derive(Clone)]
pub(super) struct Cast {
    pub(super) world: Arc<World>,
    entry: Arc<Entry>,
    callers: Vec<(CachePolicy, Arc<Verifier>)>,
}

impl Cast {
    pub(super) fn new(world: World, policies: &[CachePolicy]) -> Self {
        let world = Arc::new(world);
        let source = Source { url: URL.to_owned(), extra_roots: None, proxy: None };
        let entry = Entry::new(source, Arc::clone(&world) as _, Arc::clone(&world) as _);
        let entry = Arc::new(entry.told_to(Arc::clone(&world) as _, 1));
        let algorithms = AllowList::from_names(["EdDSA"]).unwrap();
        let caller = |cache_policy: &CachePolicy| {
            let policy = Policy { algorithms: algorithms.clone(), ..policy() };
            let keys = KeySource::Cached(Arc::clone(&entry), *cache_policy);
            (*cache_policy, Arc::new(Verifier { policy, keys, token_cache: None }))
        };
        let callers = policies.iter().map(caller).collect();
        Self { world, entry, callers }
    }

    /// The history, once everybody has finished.
    pub(super) fn into_history(self) -> History {
        let Self { world, entry, callers } = self;
        drop((entry, callers));
        Arc::into_inner(world).expect("nothing is left of the cast").into_history()
    }

    /// Makes a call with one of the policies.
    pub(super) fn call(&self, ask: Ask, caller: usize) {
        let (policy, verifier) = &self.callers[caller];
        let call = self.world.call(Call { ask, policy: *policy, at_once: None });
        self.world.perform(Deed::Call(call), || match ask {
            Ask::Ready => self.wait_until_ready(verifier, call),
            Ask::Token { token, can_wait: true } => self.verify(verifier, call, token),
            Ask::Token { token, can_wait: false } => {
                let verdict = verifier.verify_sync(texts::token(token), NOW);
                self.world.told(call, outcome(verdict));
            }
        });
    }

    fn wait_until_ready(&self, verifier: &Verifier, call: usize) {
        let world = Arc::clone(&self.world);
        let settle = move |result: Result<(), Refusal>| {
            let outcome = result.map_or_else(|refusal| refused(&refusal), |()| Outcome::Accepted);
            world.settled(call, outcome);
        };
        World::locked(|| verifier.ready(Box::new(settle)));
    }

    fn verify(&self, verifier: &Arc<Verifier>, call: usize, token: Token) {
        match verifier.verify(texts::token(token), NOW) {
            Step::Done(verdict) => self.world.told(call, outcome(verdict)),
            Step::Wait(pending) => {
                self.world.hand_over();
                let world = Arc::clone(&self.world);
                let settle = move |resumable: Result<Resumable, Refusal>| {
                    let verdict = resumable.map_err(Refused::from).and_then(Resumable::resume);
                    world.settled(call, outcome(verdict));
                };
                World::locked(|| verifier.wait_for(pending, Box::new(settle)));
            }
        }
    }

    /// Ends a request with this response.
    pub(super) fn land(&self, Held { request, flight }: Held, response: Response) {
        let received = response.as_received(texts::body);
        self.world.request(request, |request| request.response = Some(response));
        self.world.perform(Deed::Land(request), || {
            World::locked(|| match received {
                Some(received) => flight.finish(received),
                None => drop(flight),
            });
        });
    }

    /// Looks at the counters and the set in memory.
    pub(super) fn look(&self) {
        self.world.perform(Deed::Look(Sight::Snapshot), || {
            let snapshot = self.entry.snapshot();
            let counters = Counts {
                fetches: snapshot.counters.fetches,
                failures: snapshot.counters.fetch_failures,
                stale_serves: snapshot.counters.stale_serves,
                unknown_lookups: snapshot.counters.unknown_key_lookups,
                last_duration: snapshot.counters.last_duration,
                snapshots_used: snapshot.counters.snapshots_used,
                snapshots_ignored: snapshot.counters.snapshots_ignored,
                snapshot_fault: snapshot.counters.snapshot_fault,
            };
            let set = snapshot.set.map(|(keys, age)| (keys.usable_keys(), age));
            self.world.record(Happened::Saw(Seen::Snapshot { counters, set }));
        });
    }

    pub(super) fn look_whether_resting(&self, cooldown: Duration) {
        self.world.perform(Deed::Look(Sight::Resting(cooldown)), || {
            let is_resting = self.entry.is_resting(cooldown);
            self.world.record(Happened::Saw(Seen::Resting(is_resting)));
        });
    }

    /// Writes the keys in memory as a snapshot.
    pub(super) fn export(&self) {
        self.world.perform(Deed::Look(Sight::Export), || {
            let text = self.entry.write_snapshot();
            let export = text.map(|text| {
                let snapshot: Value = serde_json::from_str(&text).unwrap();
                let fetched_at = Duration::from_millis(snapshot["fetchedAt"].as_u64().unwrap());
                (snapshot["keys"].as_array().unwrap().len(), fetched_at)
            });
            self.world.record(Happened::Saw(Seen::Export(export)));
        });
    }

    /// Gives the entry these keys as a snapshot of another process, which fetched them this long
    /// before now, or after it.
    pub(super) fn give(
        &self,
        keys: Keys,
        (before, after): (Duration, Duration),
        fault: Option<SnapshotFault>,
        caller: usize,
    ) {
        let fetched_at = (self.world.moment().wall + after).saturating_sub(before);
        let fetched_at = Duration::from_millis(u64::try_from(fetched_at.as_millis()).unwrap());
        let is_foreign = fault == Some(SnapshotFault::Foreign);
        let mut text = texts::snapshot(&keys, fetched_at, is_foreign);
        if fault == Some(SnapshotFault::Damaged) {
            text = text.replacen("key_", "key-", 1);
        }
        let policy = self.callers[caller].0;
        let number = self.world.snapshot(Snapshot { keys, fetched_at, fault, policy });
        self.world.perform(Deed::Give(number), || self.entry.take_snapshot(&text, &policy));
    }

    /// How much time a request has left. `None` if another thread has it.
    pub(super) fn time_left(&self, request: usize) -> Option<Duration> {
        let held = self.world.take(request)?;
        let mut left = Duration::ZERO;
        self.world.perform(Deed::Look(Sight::TimeLeft(request)), || {
            left = held.flight.time_left();
            self.world.record(Happened::Saw(Seen::TimeLeft(left)));
            self.world.give_back(held);
        });
        Some(left)
    }

    /// Lets time pass. Alarms ring and requests end when they are due, as in the addon.
    pub(super) fn pass(&self, time: Duration) {
        let end = self.world.moment().monotonic + time;
        loop {
            let mut rings = 0;
            while let Some(alarm) = self.world.due_alarm() {
                rings += 1;
                assert!(rings < MAX_RINGS, "alarms ring without an end");
                self.world.perform(Deed::Ring, || (alarm.wake)());
            }
            let next_request = self.end_requests();
            let now = self.world.moment().monotonic;
            if now >= end {
                break;
            }
            if !self.world.is_quiet() {
                // No thread sleeps for long in the middle of a deed.
                self.world.pass((end - now).min(NAP));
                break;
            }
            let next = self.world.next_alarm().into_iter().chain(next_request).min();
            self.world.pass(next.unwrap_or(end).clamp(now, end) - now);
        }
        if self.world.is_quiet() {
            self.world.record(Happened::Quiet(self.world.moment()));
        }
    }

    /// Ends the requests whose time is over. Returns when the next one's is.
    fn end_requests(&self) -> Option<Duration> {
        let mut next: Option<Duration> = None;
        for request in self.world.under_way() {
            match self.time_left(request) {
                Some(Duration::ZERO) => {
                    let timeout = Response::Failed(FetchFailure::Timeout.into());
                    if let Some(held) = self.world.take(request) {
                        self.land(held, timeout);
                    }
                }
                Some(left) => {
                    let end = self.world.moment().monotonic + left;
                    next = Some(next.map_or(end, |next| next.min(end)));
                }
                None => {}
            }
        }
        next
    }
}

fn outcome(verdict: Verdict) -> Outcome {
    verdict.map_or_else(|refused| self::refused(&refused.refusal), |_| Outcome::Accepted)
}

fn refused(refusal: &Refusal) -> Outcome {
    match refusal {
        Refusal::InvalidSignature => Outcome::WrongSigner,
        // The issuer, once the signature is verified.
        Refusal::Claim(_) => Outcome::Accepted,
        Refusal::ForeignIssuer(_) => Outcome::Foreign,
        Refusal::UnknownKey { retry_after, .. } => Outcome::Unknown(*retry_after),
        Refusal::KeysUnavailable { failure, retry_after } => {
            Outcome::Unavailable(*failure, *retry_after)
        }
        other => panic!("no refusal of keys: {other:?}"),
    }
}
