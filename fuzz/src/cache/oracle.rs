//! What the key cache may do, judged by the history of its requests.

use std::time::Duration;

use verify_workos_token_core::key_cache::table::{BACK_OFF_MAX, CachePolicy, back_off};
use verify_workos_token_core::key_cache::{KeyEvent, KeyEventKind, Moment};
use verify_workos_token_core::witness::{Origin, Sighting};

use super::call::{Call, Outcome};
use crate::policy::cache_policies;
use crate::world::Started;

/// The pause that a call is given which can't wait.
const BACKGROUND_PAUSE: Duration = Duration::from_secs(1);

/// The last set that came, and what delays the next request.
#[derive(Default)]
pub(super) struct Oracle {
    pub(super) set: Option<Landed>,
    failure: Option<Failure>,
    cooling_since: Option<Moment>,
}

/// A set that was accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Landed {
    /// Which keys it has, a bit each.
    pub(super) keys: u8,
    pub(super) digest: [u8; 32],
    pub(super) at: Moment,
    /// Its age by then, if it came from a snapshot.
    pub(super) age_then: Option<Duration>,
    pub(super) server_max_age: Option<Duration>,
    pub(super) has_tag: bool,
    /// The request that brought it.
    pub(super) request: u64,
}

struct Failure {
    in_a_row: u32,
    at: Moment,
    pause: Duration,
}

impl Landed {
    pub(super) fn has(&self, key: usize) -> bool {
        self.keys >> key & 1 == 1
    }

    /// By the clock on which more time has passed.
    fn age(&self, now: Moment) -> Duration {
        now.since(self.at) + self.age_then.unwrap_or_default()
    }

    fn is_fresh(&self, policy: &CachePolicy, now: Moment) -> bool {
        self.age(now) < policy.lifetime(self.server_max_age)
    }

    pub(super) fn is_servable(&self, policy: &CachePolicy, now: Moment) -> bool {
        self.age(now) < policy.lifetime(self.server_max_age) + policy.stale_if_error
    }
}

impl Oracle {
    /// A set was accepted.
    pub(super) fn landed(&mut self, set: Landed, unknown_key_since: Option<Moment>) {
        self.set = Some(set);
        self.failure = None;
        self.cooling_since = unknown_key_since.or(self.cooling_since);
    }

    /// A request failed, and delays the next one.
    pub(super) fn failed(
        &mut self,
        now: Moment,
        fraction: f64,
        asked: Option<Duration>,
        told: Told,
    ) {
        let in_a_row = self.failure.as_ref().map_or(0, |failure| failure.in_a_row) + 1;
        let pause = back_off(in_a_row, fraction).max(asked.unwrap_or_default().min(BACK_OFF_MAX));
        assert_eq!(told, Told { pause, failures: in_a_row });
        self.failure = Some(Failure { in_a_row, at: now, pause });
    }

    /// A request began.
    pub(super) fn began(&self, started: Started, for_unknown_key: bool) {
        if let Some(Failure { at, pause, .. }) = self.failure {
            assert!(started.at.since(at) >= pause, "no request within a back-off");
        }
        if let Some(since) = self.cooling_since.filter(|_| for_unknown_key) {
            let shortest = cache_policies().map(|policy| policy.cooldown).into_iter().min();
            assert!(Some(started.at.since(since)) >= shortest, "nor within the cooldown");
        }
    }

    /// A call waits.
    pub(super) fn check_waiting(&self, call: &Call, now: Moment) {
        if let Some(set) = self.set.filter(|set| call.is_served_by(set)) {
            assert!(!set.is_fresh(&call.policy, now), "nobody waits for a fresh key");
        }
    }

    /// A call has ended.
    pub(super) fn check(&self, call: &Call, outcome: &Outcome, now: Moment) {
        let set = self.set.filter(|set| call.is_served_by(set));
        let is_servable = set.is_some_and(|set| set.is_servable(&call.policy, now));
        match *outcome {
            Outcome::Ready => assert!(is_servable),
            Outcome::Found(sighting) => self.check_found(call, sighting, now),
            Outcome::Foreign => assert!(call.is_foreign && self.set.is_some() && set.is_none()),
            Outcome::Unavailable(pause) => {
                assert!(!is_servable, "no refusal while servable");
                assert!(pause <= BACK_OFF_MAX);
            }
            Outcome::Unknown(None) => {
                let set = self.set.expect("a set");
                assert!(!call.is_served_by(&set));
                assert!(set.request > call.last_request, "final only from a later request");
            }
            Outcome::Unknown(Some(pause)) => {
                assert!(self.set.is_some() && set.is_none());
                self.check_cooling(call, pause, now);
            }
        }
    }

    fn check_found(&self, call: &Call, sighting: Sighting, now: Moment) {
        let set = self.set.expect("a set");
        assert!(call.is_served_by(&set), "nothing withdrawn is accepted");
        assert_eq!(sighting.key_set, set.digest);
        assert!(set.is_servable(&call.policy, now), "nothing is accepted past its grace time");
        match sighting.origin {
            Origin::Memory => assert!(set.is_fresh(&call.policy, now)),
            Origin::Stale => assert!(!set.is_fresh(&call.policy, now)),
            Origin::Fetch => assert!(call.waited && set.age(now).is_zero()),
            Origin::Fixed | Origin::TokenCache => panic!("neither is there"),
        }
    }

    fn check_cooling(&self, call: &Call, pause: Duration, now: Moment) {
        if !call.can_wait && pause == BACKGROUND_PAUSE {
            return;
        }
        let since = self.cooling_since.expect("a cooldown");
        assert_eq!(now.since(since) + pause, call.policy.cooldown);
        assert!(!pause.is_zero());
    }
}

/// What the journal says of a back-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pause: Duration,
    failures: u32,
}

impl Told {
    pub(super) fn of(event: &KeyEvent) -> Option<Self> {
        match event.kind {
            KeyEventKind::BackOff { pause, failures } => Some(Self { pause, failures }),
            _ => None,
        }
    }
}
