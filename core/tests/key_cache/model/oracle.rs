//! Reads the history of an episode from its beginning to its end, keeps what was served when, and
//! holds every end of a call, every request and every look at the entry to the rules.

mod looks;
mod served;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use verify_workos_token_core::key_cache::Moment;

use super::history::{Ask, Call, Counts, Deed, Event, Happened, History, Outcome, Seen, Told};
use super::rules::{Facts, Live, Point, Ruling, Set, Way, allow};

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
    /// What the journal must have been told.
    told: Vec<Told>,
    /// Whether it was told of stale keys since the last request ended.
    stale_told: bool,
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

/// A request that a call wants without waiting for it.
struct Wants {
    call: usize,
    for_unknown: bool,
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
    /// What a lookup wants that has not started yet.
    wants: Option<Wants>,
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
            told: Vec::new(),
            stale_told: false,
            waits: HashMap::new(),
            progress: history.deeds.iter().map(|_| Progress::default()).collect(),
            slack: if drifts { SLACK } else { Duration::ZERO },
        };
        for (number, event) in history.events.iter().enumerate() {
            oracle.take(event).map_err(|rule| Violation { event: number, rule })?;
        }
        let ruling = oracle.end();
        ruling.map_err(|rule| Violation { event: history.events.len(), rule })
    }

    fn end(&self) -> Ruling {
        allow(self.waits.is_empty(), "a call is never settled")?;
        let pairs = self.told.iter().zip(&self.history.told);
        let agreed = pairs.take_while(|(expected, told)| expected == told).count();
        let [expected, told] = [&self.told, &self.history.told].map(|told| told.get(agreed));
        let otherwise = || format!("the journal was told {told:?}, not {expected:?}");
        if expected == told { Ok(()) } else { Err(otherwise().into()) }
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
        let (lacks_key, stale_age) = (point.lacks_key(), point.stale_age(*outcome));
        self.count_stale(stale_age);
        self.counts.unknown_lookups += u64::from(lacks_key);
        match &mut self.facts.live {
            Some(live) if wants => live.timeout = live.timeout.max(policy.timeout),
            None if wants => {
                self.progress[deed].wants = Some(Wants { call, for_unknown: lacks_key });
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn start(&mut self, deed: usize, request: usize) -> Ruling {
        allow(self.facts.live.is_none(), "two requests at a time")?;
        let began = self.progress[deed].now;
        self.counts.fetches += 1;
        let (call, for_unknown, waiters) = if let Some(wants) = self.progress[deed].wants.take() {
            (wants.call, wants.for_unknown, Vec::new())
        } else {
            let call = self.progress[deed].pending.pop_front().ok_or("a request of nobody")?;
            self.point(deed, call).may_wait()?;
            (call, self.point(deed, call).lacks_key(), vec![call])
        };
        self.told.push(Told::Started { for_unknown });
        let timeout = self.history.calls[call].policy.timeout;
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
        let stale_age = point.stale_age(outcome);
        self.count_stale(stale_age);
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

    /// An alarm rings: whoever's time is over leaves.
    fn ring(&mut self, deed: usize, now: Moment) {
        self.progress[deed].known = self.facts.clone();
        let Some(live) = &mut self.facts.live else { return };
        let is_over = |call: &usize| self.waits[call].deadline <= now.monotonic;
        let (leaving, staying) = live.waiters.iter().copied().partition(is_over);
        (self.progress[deed].leaving, live.waiters) = (leaving, staying);
        for call in self.progress[deed].leaving.clone() {
            let (facts, call, way) = (&self.facts, &self.history.calls[call], Way::Leaving);
            let stale_age = Point { facts, now, call, way }.stale_age(Outcome::Accepted);
            self.count_stale(stale_age);
        }
    }

    fn count_stale(&mut self, age: Option<Duration>) {
        let Some(age) = age else { return };
        self.counts.stale_serves += 1;
        if !self.stale_told {
            self.stale_told = true;
            self.told.push(Told::StaleServe { age });
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
