//! Which ends of a call are allowed, given what was served when. Each rule is a sentence of the
//! contract about one end; no rule knows what the cache decides in which situation.

use std::borrow::Cow;
use std::time::Duration;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_cache::{MAX_WAITERS, Moment};

use super::history::{Ask, Call, Keys, Outcome, Token};

/// When to ask again after a request that could not be waited for.
const BACKGROUND_RETRY: Duration = Duration::from_secs(1);
const SHORTEST_RETRY: Duration = Duration::from_millis(250);

/// What a rule says of an end that it forbids.
pub(super) type Ruling = Result<(), Cow<'static, str>>;

/// What was served, failed and asked by a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The last good response.
    pub(super) set: Option<Set>,
    /// The last failure since then.
    pub(super) setback: Option<Setback>,
    /// When the last request for an unknown `kid` began that ended well.
    pub(super) cooling_since: Option<Moment>,
    /// Whether the last request died because the process stood still, while a set was in memory.
    pub(super) died: bool,
    /// The request under way.
    pub(super) live: Option<Live>,
}

#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) keys: Keys,
    pub(super) has_tag: bool,
    pub(super) max_age: Option<Duration>,
    pub(super) since: Moment,
    /// The age that it had then, if it came from a snapshot.
    pub(super) snapshot_age: Option<Duration>,
    pub(super) refresh_share: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Setback {
    pub(super) cause: FetchFailure,
    pub(super) at: Moment,
    pub(super) pause: Duration,
    pub(super) in_a_row: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) request: usize,
    pub(super) began: Moment,
    pub(super) for_unknown: bool,
    pub(super) timeout: Duration,
    pub(super) waiters: Vec<usize>,
}

/// How a call comes to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It looks for its key.
    Lookup { can_wait: bool },
    /// It waits, and could go on.
    Waiting { deadline: Duration },
    /// It waited, and an alarm says that its time is over.
    Leaving,
}

/// A call at the moment at which it may end.
pub(super) struct Point<'at> {
    pub(super) facts: &'at Facts,
    pub(super) now: Moment,
    pub(super) call: &'at Call,
    pub(super) way: Way,
}

/// The time since then, by the clock that says more.
pub(super) fn since(now: Moment, then: Moment) -> Duration {
    let by_wall = now.wall.checked_sub(then.wall).unwrap_or_default();
    by_wall.max(now.monotonic.checked_sub(then.monotonic).unwrap_or_default())
}

/// For how long a response is fresh.
pub(super) fn lifetime(policy: &CachePolicy, server: Option<Duration>) -> Duration {
    let least = Duration::from_secs(30);
    match policy.max_age {
        Some(own) => server.map_or(own, |server| own.min(server.max(least))),
        None => server.map_or(Duration::from_secs(600), |server| {
            server.max(least).min(Duration::from_secs(3_600))
        }),
    }
}

impl Set {
    pub(super) fn age(&self, now: Moment) -> Duration {
        since(now, self.since) + self.snapshot_age.unwrap_or_default()
    }

    pub(super) fn has(&self, ask: &Ask) -> bool {
        match ask {
            Ask::Ready => true,
            Ask::Token { token, .. } => self.signer_of(token).is_some(),
        }
    }

    fn signer_of(&self, token: &Token) -> Option<usize> {
        *self.keys.get(token.kid)?
    }

    /// How a token ends for which this set decides.
    fn used(&self, ask: &Ask) -> Outcome {
        match ask {
            Ask::Ready => Outcome::Accepted,
            Ask::Token { token, .. } => match self.signer_of(token) {
                Some(signer) if signer == token.signer => Outcome::Accepted,
                Some(_) => Outcome::WrongSigner,
                None if token.foreign => Outcome::Foreign,
                None => Outcome::Unknown(None),
            },
        }
    }

    /// What a response that this call waited for makes of it. It is final if the set has the key,
    /// or if the request began after the call.
    pub(super) fn answer(&self, ask: &Ask, began_after: bool) -> Option<Outcome> {
        let is_foreign = matches!(ask, Ask::Token { token, .. } if token.foreign);
        (self.has(ask) || is_foreign || began_after).then(|| self.used(ask))
    }
}

impl Facts {
    pub(super) fn back_off_left(&self, now: Moment) -> Option<Duration> {
        let Setback { at, pause, .. } = self.setback.as_ref()?;
        pause.checked_sub(since(now, *at)).filter(|left| !left.is_zero())
    }

    pub(super) fn cooldown_left(&self, cooldown: Duration, now: Moment) -> Option<Duration> {
        let passed = since(now, self.cooling_since?);
        cooldown.checked_sub(passed).filter(|left| !left.is_zero())
    }

    pub(super) fn time_left(&self, now: Moment) -> Duration {
        let end = self.live.as_ref().map_or(Duration::ZERO, Live::end);
        end.saturating_sub(now.monotonic)
    }
}

impl Live {
    fn end(&self) -> Duration {
        self.began.monotonic + self.timeout
    }

    /// Whether it should have ended long ago: by a tenth of a second, or by five of the wall clock.
    pub(super) fn is_overdue(&self, now: Moment) -> bool {
        now.monotonic >= self.end() + Duration::from_millis(100)
            || now.wall.saturating_sub(self.began.wall) >= self.timeout + Duration::from_secs(5)
    }
}

impl Point<'_> {
    pub(super) fn rule(&self, outcome: Outcome) -> Ruling {
        match outcome {
            Outcome::Accepted | Outcome::WrongSigner => self.may_use_key(outcome),
            Outcome::Foreign => self.may_be_foreign(),
            Outcome::Unknown(None) => Err("a final no that no response gave".into()),
            Outcome::Unknown(Some(retry)) => self.may_be_unknown(retry),
            Outcome::Unavailable(cause, retry) => self.may_be_unavailable(cause, retry),
        }
    }

    fn may_use_key(&self, outcome: Outcome) -> Ruling {
        let Some(set) = &self.facts.set else { return Err("a key out of nowhere".into()) };
        allow(set.used(&self.call.ask) == outcome, "a key that the set in force doesn't have")?;
        allow(self.is_servable(), "a key past its grace time")?;
        allow(!self.must_wait(), "keys past expiry at once, though their refresh died")
    }

    fn may_be_foreign(&self) -> Ruling {
        allow(self.is_foreign(), "a foreign issuer that isn't, or whose key is there")
    }

    fn may_be_unknown(&self, retry: Duration) -> Ruling {
        allow(self.lacks_key(), "unknown, though no set lacks it")?;
        allow(!self.is_foreign(), "unknown, though foreign")?;
        allow(self.back_off_left().is_none(), "unknown during an outage")?;
        let expected = self.cooldown_left().or_else(|| self.retry_without_waiting());
        allow(expected == Some(retry), "unknown without a cooldown, or until another time")
    }

    fn may_be_unavailable(&self, cause: FetchFailure, retry: Duration) -> Ruling {
        allow(!self.is_servable(), "refused while servable")?;
        allow(!self.is_foreign(), "unavailable, though foreign")?;
        if let (Some(left), Some(setback)) = (self.back_off_left(), &self.facts.setback) {
            // Whoever's time is over is told so.
            let is_last = cause == setback.cause && retry == left;
            let is_over = self.way == Way::Leaving && self.is_timed_out(cause, retry);
            return allow(is_last || is_over, "not the last failure, or until another time");
        }
        if self.is_timed_out(cause, retry) {
            return Ok(());
        }
        allow(!self.lacks_key(), "unavailable, though only unknown")?;
        let expected = self.cause_without_waiting().zip(self.retry_without_waiting());
        allow(expected == Some((cause, retry)), "unavailable without a reason")
    }

    /// Whether the call may go on waiting, for the request under way or for a new one.
    pub(super) fn may_wait(&self) -> Ruling {
        match self.way {
            Way::Lookup { can_wait } => allow(can_wait, "a wait of who can't")?,
            Way::Waiting { .. } => {
                allow(!self.is_over(), "a wait past its time")?;
                allow(!self.is_crowded(), "one waiter too many")?;
            }
            Way::Leaving => return Err("a wait past its time".into()),
        }
        if self.is_servable() {
            return allow(self.must_make_up(), "a wait for keys that may serve");
        }
        self.needs_request()
    }

    /// Whether the call justifies a request, if it isn't for a refresh.
    pub(super) fn needs_request(&self) -> Ruling {
        allow(self.back_off_left().is_none(), "a request within the back-off")?;
        allow(!self.is_foreign(), "a request for a foreign token")?;
        let cools = self.lacks_key() && self.cooldown_left().is_some();
        allow(!cools, "a request within the cooldown")
    }

    /// Whether the keys serve, and a request should be under way to renew them.
    pub(super) fn is_refresh_due(&self) -> bool {
        let Some(set) = self.facts.set.as_ref().filter(|_| self.is_servable()) else {
            return false;
        };
        let window = self.lifetime(set).mul_f64(set.refresh_share);
        self.back_off_left().is_none() && set.age(self.now) >= window
    }

    /// Whether the set is past its lifetime, and the key is there all the same.
    fn is_stale(&self) -> bool {
        self.stale_age(Outcome::Accepted).is_some()
    }

    /// The age of the keys with which a call ends, if they are past their lifetime.
    pub(super) fn stale_age(&self, outcome: Outcome) -> Option<Duration> {
        let used_key = matches!(outcome, Outcome::Accepted | Outcome::WrongSigner);
        let set = self.facts.set.as_ref().filter(|_| used_key && self.is_servable())?;
        Some(set.age(self.now)).filter(|age| *age >= self.lifetime(set))
    }

    /// Whether the set in memory lacks the key.
    pub(super) fn lacks_key(&self) -> bool {
        self.facts.set.as_ref().is_some_and(|set| !set.has(&self.call.ask))
    }

    /// Whether the set in memory lacks the key of a token that names another issuer.
    pub(super) fn is_foreign(&self) -> bool {
        self.lacks_key() && matches!(self.call.ask, Ask::Token { token, .. } if token.foreign)
    }

    pub(super) fn is_servable(&self) -> bool {
        let Some(set) = &self.facts.set else { return false };
        let good_for = self.lifetime(set) + self.call.policy.stale_if_error;
        set.has(&self.call.ask) && set.age(self.now) < good_for
    }

    fn must_wait(&self) -> bool {
        let could = match self.way {
            Way::Lookup { can_wait } => can_wait,
            Way::Waiting { .. } => !self.is_over() && !self.is_crowded(),
            Way::Leaving => false,
        };
        could && self.must_make_up()
    }

    /// Whether the last refresh died with the process, and is to be waited for now.
    fn must_make_up(&self) -> bool {
        self.facts.died && self.is_stale() && self.back_off_left().is_none()
    }

    fn lifetime(&self, set: &Set) -> Duration {
        lifetime(&self.call.policy, set.max_age)
    }

    fn back_off_left(&self) -> Option<Duration> {
        self.facts.back_off_left(self.now)
    }

    fn cooldown_left(&self) -> Option<Duration> {
        self.facts.cooldown_left(self.call.policy.cooldown, self.now)
    }

    /// Whether the call's own time is over.
    fn is_over(&self) -> bool {
        matches!(self.way, Way::Waiting { deadline } if deadline <= self.now.monotonic)
    }

    fn is_crowded(&self) -> bool {
        self.facts.live.as_ref().is_some_and(|live| live.waiters.len() >= MAX_WAITERS)
    }

    fn is_timed_out(&self, cause: FetchFailure, retry: Duration) -> bool {
        let left = match self.way {
            Way::Lookup { .. } => return false,
            Way::Waiting { .. } if !self.is_over() => return false,
            Way::Waiting { .. } => Duration::ZERO,
            Way::Leaving => self.facts.time_left(self.now),
        };
        (cause, retry) == (FetchFailure::Timeout, left)
    }

    /// When to ask again for whoever can't wait, or would be one too many.
    fn retry_without_waiting(&self) -> Option<Duration> {
        match self.way {
            Way::Lookup { can_wait } => (!can_wait).then_some(BACKGROUND_RETRY),
            Way::Waiting { .. } if self.is_over() || !self.is_crowded() => None,
            Way::Waiting { .. } => Some(self.facts.time_left(self.now).max(SHORTEST_RETRY)),
            Way::Leaving => None,
        }
    }

    fn cause_without_waiting(&self) -> Option<FetchFailure> {
        match self.way {
            Way::Lookup { .. } if self.facts.set.is_some() => Some(FetchFailure::Outdated),
            Way::Lookup { .. } => Some(FetchFailure::NotFetched),
            Way::Waiting { .. } => Some(FetchFailure::TooManyWaiting),
            Way::Leaving => None,
        }
    }
}

pub(super) fn allow(is_allowed: bool, otherwise: &'static str) -> Ruling {
    if is_allowed { Ok(()) } else { Err(otherwise.into()) }
}
