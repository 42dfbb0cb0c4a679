//! Reads the history of an episode from its beginning to its end, keeps what was served when, and
//! holds every end of a call, every request and every look at the entry to the rules.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::{Failed, Moment, SnapshotFault};

use super::history::{
    Ask, Call, Counts, Deed, Event, Happened, History, Outcome, Response, Seen, Sight, Snapshot,
};
use super::rules::{Facts, Live, Point, Ruling, Set, Setback, Way, allow, lifetime, since};

/// By how much time may pass between an alarm's delay and its start, where time passes at each
/// reading of the clock.
pub(super) const SLACK: Duration = Duration::from_millis(5);

/// What is wrong with an episode, and the number of the event that shows it.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) event: usize,
    pub(super) rule: Cow<'static, str>,
}

pub(super) struct Oracle<'history> {
    history: &'history History,
    facts: Facts,
    counts: Counts,
    waits: HashMap<usize, Wait>,
    /// How far each deed has come.
    progress: Vec<Progress>,
    slack: Duration,
}

/// A call that waits.
struct Wait {
    deadline: Duration,
    /// How many requests had started when the wait began.
    requests_before: usize,
}

/// How far a deed has come.
#[derive(Default)]
struct Progress {
    now: Moment,
    fraction: f64,
    /// Whether the next reading of a call is that of its wait.
    looked_up: bool,
    /// Calls whose turn comes before the deed ends: each is settled, or waits for a request.
    pending: VecDeque<usize>,
    /// Calls that an alarm dismisses.
    leaving: Vec<usize>,
    /// What was known when the alarm rang.
    known: Facts,
    /// Whether a lookup wants a request that has not started yet, and whether for an unknown `kid`.
    wants: Option<bool>,
    /// The set of a response, if the deed brought one.
    brought: Option<Set>,
    expected: Option<Seen>,
}

impl<'history> Oracle<'history> {
    /// Judges an episode. With `drifts`, time passed at each reading of the clock.
    pub(super) fn judge(history: &'history History, drifts: bool) -> Result<(), Violation> {
        let mut oracle = Self {
            history,
            facts: Facts::default(),
            counts: Counts::default(),
            waits: HashMap::new(),
            progress: history.deeds.iter().map(|_| Progress::default()).collect(),
            slack: if drifts { SLACK } else { Duration::ZERO },
        };
        for (number, event) in history.events.iter().enumerate() {
            oracle.take(event).map_err(|rule| Violation { event: number, rule })?;
        }
        let end = Violation { event: history.events.len(), rule: "a call is never settled".into() };
        if oracle.waits.is_empty() { Ok(()) } else { Err(end) }
    }

    fn take(&mut self, event: &Event) -> Ruling {
        let deed = event.deed;
        if let Happened::Quiet(now) = event.happened {
            return self.is_punctual(now);
        }
        self.catch_up(deed, &event.happened)?;
        match &event.happened {
            Happened::Read(now) => self.read(deed, *now),
            Happened::Drew(fraction) => {
                self.progress[deed].fraction = *fraction;
                Ok(())
            }
            Happened::Started(request) => self.start(deed, *request),
            Happened::Settled(call, outcome) => self.settle(deed, *call, *outcome),
            Happened::Saw(seen) => self.saw(deed, seen),
            Happened::Ended => {
                let Progress { now, fraction, .. } = self.progress[deed];
                if let Deed::Give(number) = self.history.deeds[deed] {
                    self.give(number, now, fraction);
                }
                allow(self.progress[deed].leaving.is_empty(), "an alarm dismisses too few")
            }
            Happened::Quiet(_) => Ok(()),
        }
    }

    /// Whoever's turn came since the deed's last event, without one of their own, has joined the
    /// request under way.
    fn catch_up(&mut self, deed: usize, happened: &Happened) -> Ruling {
        let is_start = matches!(happened, Happened::Started(_));
        allow(is_start || self.progress[deed].wants.is_none(), "no request, though one is due")?;
        let settled = match happened {
            Happened::Settled(call, _) => Some(*call),
            Happened::Started(_) | Happened::Drew(_) => return Ok(()),
            _ => None,
        };
        while let Some(call) = self.progress[deed].pending.front().copied() {
            if Some(call) == settled {
                break;
            }
            self.progress[deed].pending.pop_front();
            self.join(deed, call)?;
        }
        Ok(())
    }

    fn join(&mut self, deed: usize, call: usize) -> Ruling {
        allow(self.facts.live.is_some(), "a wait for nothing")?;
        self.point(deed, call).may_wait()?;
        let timeout = self.history.calls[call].policy.timeout;
        let Some(live) = &mut self.facts.live else { return Ok(()) };
        live.timeout = live.timeout.max(timeout);
        live.waiters.push(call);
        Ok(())
    }

    fn read(&mut self, deed: usize, now: Moment) -> Ruling {
        self.progress[deed].now = now;
        match self.history.deeds[deed] {
            Deed::Call(call) => self.ask(deed, call, now),
            Deed::Land(request) => {
                self.land(deed, request, now);
                Ok(())
            }
            Deed::Ring => {
                self.ring(deed, now);
                Ok(())
            }
            Deed::Look(sight) => {
                self.progress[deed].expected = self.sight(sight, now);
                Ok(())
            }
            Deed::Give(_) => Ok(()),
        }
    }

    /// A call looks for its key, or begins to wait.
    fn ask(&mut self, deed: usize, call: usize, now: Moment) -> Ruling {
        let orphans = self.end_overdue(now);
        let is_lookup =
            self.history.calls[call].ask != Ask::Ready && !self.progress[deed].looked_up;
        let ruling = if is_lookup {
            self.progress[deed].looked_up = true;
            self.look_up(deed, call)
        } else {
            let lacks_key = self.point(deed, call).lacks_key();
            self.counts.unknown_lookups += u64::from(lacks_key);
            let deadline = now.monotonic + self.history.calls[call].policy.timeout;
            let requests_before = usize::try_from(self.counts.fetches).unwrap();
            self.waits.insert(call, Wait { deadline, requests_before });
            self.progress[deed].pending.push_back(call);
            Ok(())
        };
        self.progress[deed].pending.extend(orphans);
        ruling
    }

    fn look_up(&mut self, deed: usize, call: usize) -> Ruling {
        let Call { ask, policy, at_once } = &self.history.calls[call];
        let can_wait = matches!(ask, Ask::Token { can_wait: true, .. });
        let facts = &self.facts;
        let (now, way) = (self.progress[deed].now, Way::Lookup { can_wait });
        let point = Point { facts, now, call: &self.history.calls[call], way };
        let Some(outcome) = at_once else { return point.may_wait() };
        point.rule(*outcome)?;
        let used_key = matches!(outcome, Outcome::Accepted | Outcome::WrongSigner);
        let wants = match used_key {
            true => point.is_refresh_due(),
            false => point.needs_request().is_ok(),
        };
        let lacks_key = point.lacks_key();
        self.counts.stale_serves += u64::from(used_key && point.is_stale());
        self.counts.unknown_lookups += u64::from(lacks_key);
        match &mut self.facts.live {
            Some(live) if wants => live.timeout = live.timeout.max(policy.timeout),
            None if wants => self.progress[deed].wants = Some(lacks_key),
            Some(_) | None => {}
        }
        Ok(())
    }

    fn start(&mut self, deed: usize, request: usize) -> Ruling {
        allow(self.facts.live.is_none(), "two requests at a time")?;
        let began = self.progress[deed].now;
        self.counts.fetches += 1;
        let (for_unknown, starter) = match self.progress[deed].wants.take() {
            Some(for_unknown) => (for_unknown, None),
            None => {
                let call = self.progress[deed].pending.pop_front().ok_or("a request of nobody")?;
                self.point(deed, call).may_wait()?;
                (self.point(deed, call).lacks_key(), Some(call))
            }
        };
        let asker = match (starter, self.history.deeds[deed]) {
            (Some(call), _) | (None, Deed::Call(call)) => call,
            (None, _) => return Err("a request of nobody".into()),
        };
        let timeout = self.history.calls[asker].policy.timeout;
        let waiters = starter.into_iter().collect();
        self.facts.live = Some(Live { request, began, for_unknown, timeout, waiters });
        Ok(())
    }

    fn settle(&mut self, deed: usize, call: usize, outcome: Outcome) -> Ruling {
        let wait = self.waits.remove(&call).ok_or("a call is settled that doesn't wait")?;
        if self.history.deeds[deed] == Deed::Ring {
            return self.dismiss(deed, call, outcome);
        }
        let is_next = self.progress[deed].pending.pop_front() == Some(call);
        allow(is_next, "a call is settled out of its turn")?;
        let ask = &self.history.calls[call].ask;
        if let (Deed::Land(request), Some(set)) =
            (self.history.deeds[deed], &self.progress[deed].brought)
            && let Some(answer) = set.answer(ask, request >= wait.requests_before)
        {
            return allow(outcome == answer, "not what the response says");
        }
        let (facts, now) = (&self.facts, self.progress[deed].now);
        let way = Way::Waiting { deadline: wait.deadline };
        let point = Point { facts, now, call: &self.history.calls[call], way };
        point.rule(outcome)?;
        self.counts.stale_serves += u64::from(is_served_stale(&point, outcome));
        Ok(())
    }

    /// An alarm ends a wait.
    fn dismiss(&mut self, deed: usize, call: usize, outcome: Outcome) -> Ruling {
        let Progress { leaving, known, now, .. } = &mut self.progress[deed];
        let place = leaving.iter().position(|leaving| *leaving == call);
        leaving.remove(place.ok_or("a call is dismissed before its time")?);
        let (call, way) = (&self.history.calls[call], Way::Leaving);
        Point { facts: known, now: *now, call, way }.rule(outcome)
    }

    /// Ends a request whose time is over, as whoever comes next does. Its callers are returned.
    fn end_overdue(&mut self, now: Moment) -> Vec<usize> {
        let Some(live) = self.facts.live.take_if(|live| live.is_overdue(now)) else {
            return Vec::new();
        };
        self.fail(died(), now, 0.0);
        live.waiters
    }

    fn land(&mut self, deed: usize, request: usize, now: Moment) {
        let Some(live) = self.facts.live.take_if(|live| live.request == request) else { return };
        self.counts.last_duration = Some(since(now, live.began));
        let fraction = self.progress[deed].fraction;
        let brought = if live.is_overdue(now) {
            Err(died())
        } else {
            self.brought(&self.history.requests[request].response, fraction, now)
        };
        match brought {
            Ok(set) => {
                self.progress[deed].brought = Some(set.clone());
                self.facts.set = Some(set);
                (self.facts.setback, self.facts.died) = (None, false);
                if live.for_unknown {
                    self.facts.cooling_since = Some(live.began);
                }
            }
            Err(failed) => self.fail(failed, now, fraction),
        }
        self.progress[deed].pending.extend(live.waiters);
    }

    /// The set that a response stands for.
    fn brought(
        &self,
        response: &Option<Response>,
        fraction: f64,
        since: Moment,
    ) -> Result<Set, Failed> {
        let refresh_share = share(fraction);
        match response.as_ref().unwrap() {
            Response::Set { keys, tag, max_age } => {
                let (keys, has_tag, max_age) = (*keys, tag.is_some(), *max_age);
                Ok(Set { keys, has_tag, max_age, since, snapshot_age: None, refresh_share })
            }
            Response::Unmodified { max_age } => match &self.facts.set {
                Some(set) if set.has_tag => {
                    let max_age = max_age.or(set.max_age);
                    Ok(Set { max_age, since, snapshot_age: None, refresh_share, ..set.clone() })
                }
                Some(_) | None => Err(FetchFailure::Status(304).into()),
            },
            Response::NoKeys => Err(FetchFailure::NoUsableKey(None).into()),
            Response::Failed(failed) => Err(*failed),
            Response::Dropped => Err(FetchFailure::Internal.into()),
        }
    }

    fn fail(&mut self, failed: Failed, at: Moment, fraction: f64) {
        self.counts.failures += 1;
        self.facts.died = failed.stood_still && self.facts.set.is_some();
        if failed.stood_still {
            return;
        }
        let in_a_row = self.facts.setback.as_ref().map_or(0, |setback| setback.in_a_row) + 1;
        let pause = pause(in_a_row, fraction);
        let asked = failed.retry_after.unwrap_or_default().min(Duration::from_secs(30));
        let (cause, pause) = (failed.cause, pause.max(asked));
        self.facts.setback = Some(Setback { cause, at, pause, in_a_row });
    }

    /// An alarm rings: whoever's time is over leaves.
    fn ring(&mut self, deed: usize, now: Moment) {
        self.progress[deed].known = self.facts.clone();
        let Some(live) = &mut self.facts.live else { return };
        let is_over = |call: &usize| self.waits[call].deadline <= now.monotonic;
        let (leaving, staying) = live.waiters.iter().copied().partition(is_over);
        (self.progress[deed].leaving, live.waiters) = (leaving, staying);
        let ages = |call: &&usize| {
            let call = &self.history.calls[**call];
            let (facts, way) = (&self.facts, Way::Leaving);
            Point { facts, now, call, way }.is_stale()
        };
        let served = self.progress[deed].leaving.iter().filter(ages).count();
        self.counts.stale_serves += u64::try_from(served).unwrap();
    }

    /// What somebody must see. `None` if more than one thing is right.
    fn sight(&self, sight: Sight, now: Moment) -> Option<Seen> {
        Some(match sight {
            Sight::Snapshot => {
                let set = self.facts.set.as_ref();
                let set = set.map(|set| (set.keys.iter().flatten().count(), set.age(now)));
                Seen::Snapshot { counters: self.counts.clone(), set }
            }
            Sight::Resting(cooldown) => Seen::Resting(
                self.facts.live.is_none()
                    && self.facts.back_off_left(now).is_none()
                    && self.facts.cooldown_left(cooldown, now).is_none(),
            ),
            Sight::TimeLeft(request) => {
                let is_live = self.facts.live.as_ref().is_some_and(|live| live.request == request);
                Seen::TimeLeft(if is_live { self.facts.time_left(now) } else { Duration::ZERO })
            }
            Sight::Export => return None,
        })
    }

    fn saw(&mut self, deed: usize, seen: &Seen) -> Ruling {
        if let Seen::Export(export) = seen {
            return self.saw_export(self.progress[deed].now, *export);
        }
        let expected = self.progress[deed].expected.take();
        let is_expected = expected.as_ref() == Some(seen);
        if is_expected { Ok(()) } else { Err(format!("a look, not {expected:?}").into()) }
    }

    /// A snapshot makes no key younger, but for what clocks drift apart, and none older.
    fn saw_export(&self, now: Moment, export: Option<(usize, Duration)>) -> Ruling {
        let (Some(set), Some((keys, fetched_at))) = (&self.facts.set, export) else {
            return allow(export.is_none() && self.facts.set.is_none(), "keys out of nowhere");
        };
        allow(keys == set.keys.iter().flatten().count(), "a snapshot of other keys")?;
        let (age, written) = (set.age(now), now.wall.saturating_sub(fetched_at));
        allow(written + Duration::from_secs(1) >= age, "a snapshot that makes keys younger")?;
        allow(written <= age + Duration::from_millis(1), "a snapshot that makes keys older")
    }

    /// A snapshot is taken if nothing was ever fetched, and if it is younger than another.
    fn give(&mut self, number: usize, now: Moment, fraction: f64) {
        let Snapshot { keys, fetched_at, fault, policy } = &self.history.snapshots[number];
        let age = now.wall.checked_sub(*fetched_at);
        let good_for = lifetime(policy, None) + policy.stale_if_error;
        let fault = fault.or(match age {
            None => Some(SnapshotFault::Future),
            Some(age) if age >= good_for => Some(SnapshotFault::Expired),
            Some(_) => None,
        });
        if fault.is_some() {
            self.counts.snapshots_ignored += 1;
            self.counts.snapshot_fault = fault;
            return;
        }
        let is_older = |set: &Set| set.snapshot_age.is_some() && age < Some(set.age(now));
        if self.facts.set.as_ref().is_none_or(is_older) {
            self.counts.snapshots_used += 1;
            let (keys, has_tag, max_age, since) = (*keys, false, None, now);
            let (snapshot_age, refresh_share) = (age, share(fraction));
            let set = Set { keys, has_tag, max_age, since, snapshot_age, refresh_share };
            self.facts.set = Some(set);
        }
    }

    /// Nobody waits past their time, or for nothing.
    fn is_punctual(&self, now: Moment) -> Ruling {
        let is_over = |wait: &Wait| wait.deadline + self.slack <= now.monotonic;
        allow(!self.waits.values().any(is_over), "a call waits past its time")?;
        allow(self.waits.is_empty() || self.facts.live.is_some(), "calls wait for nothing")
    }

    fn point(&self, deed: usize, call: usize) -> Point<'_> {
        let (facts, now) = (&self.facts, self.progress[deed].now);
        let deadline = self.waits.get(&call).map_or(Duration::MAX, |wait| wait.deadline);
        Point { facts, now, call: &self.history.calls[call], way: Way::Waiting { deadline } }
    }
}

fn is_served_stale(point: &Point<'_>, outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted | Outcome::WrongSigner) && point.is_stale()
}

/// A request that died because the process stood still.
fn died() -> Failed {
    Failed { stood_still: true, ..FetchFailure::Timeout.into() }
}

/// The share of its lifetime after which a set is refreshed.
fn share(fraction: f64) -> f64 {
    (0.9_f64 - 0.8).mul_add(fraction, 0.8)
}

/// From 250 ms to a ceiling that doubles with each failure, up to 30 s.
fn pause(in_a_row: i32, fraction: f64) -> Duration {
    let least = Duration::from_millis(250);
    let ceiling = Duration::from_secs_f64((0.25 * 2.0_f64.powi(in_a_row)).min(30.0));
    least + (ceiling - least).mul_f64(fraction)
}
