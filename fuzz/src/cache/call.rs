//! Calls, and what comes of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use verify_workos_token_core::error::Refusal;
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_cache::{Clock, Moment};
use verify_workos_token_core::verifier::{Refused, Resumable, Step, Verdict, Verifier};
use verify_workos_token_core::witness::{self, Sighting};

use super::oracle::Landed;
use crate::world::World;

/// When tokens are verified, in seconds since 1970. No claim of them is ever looked at.
const NOW: f64 = 1_750_000_000.0;

/// A call under way.
pub(super) struct Call {
    /// The number of its key; `None` if it is content with any set.
    pub(super) key: Option<usize>,
    pub(super) policy: CachePolicy,
    pub(super) is_foreign: bool,
    pub(super) can_wait: bool,
    pub(super) waited: bool,
    /// The last request that had begun before it.
    pub(super) last_request: u64,
    /// When its time is over, in monotonic time, unless the process stood still.
    pub(super) deadline: Option<Duration>,
    pub(super) end: End,
}

pub(super) type End = Arc<Mutex<Option<(Outcome, Moment)>>>;

/// What came of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Ready,
    /// The key was found: it has not made the signature.
    Found(Sighting),
    Foreign,
    Unknown(Option<Duration>),
    Unavailable(Duration),
}

impl Call {
    pub(super) fn is_served_by(&self, set: &Landed) -> bool {
        self.key.is_none_or(|key| set.has(key))
    }

    /// As the addon does it: a token that waits is resumed when its keys arrive.
    pub(super) fn verify(&mut self, world: &World, verifier: &Arc<Verifier>, token: &str) {
        let (step, sighting) = witness::watch(|| verifier.verify(token, NOW));
        let settle = settling(&self.end, world);
        match step {
            Step::Done(verdict) => settle(outcome(&verdict, sighting)),
            Step::Wait(pending) => {
                self.waited = true;
                let resume = move |resumable: Result<Resumable, Refusal>| {
                    let (verdict, sighting) = witness::watch(|| {
                        resumable.map_err(Refused::from).and_then(Resumable::resume)
                    });
                    settle(outcome(&verdict, sighting));
                };
                verifier.wait_for(pending, Box::new(resume));
            }
        }
    }

    pub(super) fn verify_sync(&mut self, world: &World, verifier: &Verifier, token: &str) {
        let (verdict, sighting) = witness::watch(|| verifier.verify_sync(token, NOW));
        settling(&self.end, world)(outcome(&verdict, sighting));
    }

    pub(super) fn ready(&mut self, world: &World, verifier: &Verifier) {
        let settle = settling(&self.end, world);
        self.waited = true;
        verifier.ready(Box::new(move |result| {
            settle(result.map_or_else(|refusal| refused(&refusal, None), |()| Outcome::Ready));
        }));
    }
}

/// Takes the end of a call, which has only one.
fn settling(end: &End, world: &World) -> impl FnOnce(Outcome) + Send + 'static {
    let (end, world) = (Arc::clone(end), world.clone());
    move |outcome| {
        let before = end.lock().expect("not poisoned").replace((outcome, world.now()));
        assert!(before.is_none(), "a call is settled once");
    }
}

fn outcome(verdict: &Verdict, sighting: Option<Sighting>) -> Outcome {
    refused(&verdict.as_ref().expect_err("nobody signed it").refusal, sighting)
}

fn refused(refusal: &Refusal, sighting: Option<Sighting>) -> Outcome {
    match refusal {
        Refusal::InvalidSignature => Outcome::Found(sighting.expect("a key set was looked at")),
        Refusal::ForeignIssuer(_) => Outcome::Foreign,
        Refusal::UnknownKey { retry_after, .. } => Outcome::Unknown(*retry_after),
        Refusal::KeysUnavailable { retry_after, .. } => Outcome::Unavailable(*retry_after),
        other => panic!("not of a key: {other:?}"),
    }
}
