//! Calls that wait, and their outcomes.

use std::sync::{Arc, Mutex};

use verify_workos_token_core::error::Refusal;
use verify_workos_token_core::explain::{Explained, Explanation};
use verify_workos_token_core::verifier::{Refused, Resumable, Step, Verdict, Verifier};

use super::NOW;

/// An outcome that arrives later, once.
pub(crate) struct Call<Outcome = Verdict>(Arc<Mutex<Option<Outcome>>>);

impl Call {
    pub(crate) fn verify(verifier: &Arc<Verifier>, token: &str) -> Self {
        Self::verify_at(verifier, token, NOW)
    }

    /// As the addon does it: a token that waits is resumed when its keys arrive.
    pub(crate) fn verify_at(verifier: &Arc<Verifier>, token: &str, now: f64) -> Self {
        let call = Self(Arc::default());
        let settle = call.settle();
        match verifier.verify(token, now) {
            Step::Done(verdict) => settle(verdict),
            Step::Wait(pending) => {
                let resume = move |resumable: Result<Resumable, Refusal>| {
                    let verdict = resumable.map_err(Refused::from);
                    settle(verdict.and_then(Resumable::resume));
                };
                verifier.wait_for(pending, Box::new(resume));
            }
        }
        call
    }
}

impl Call<Explanation> {
    pub(crate) fn explain(verifier: &Arc<Verifier>, token: &str) -> Self {
        Self::explain_at(verifier, token, NOW)
    }

    pub(crate) fn explain_at(verifier: &Arc<Verifier>, token: &str, now: f64) -> Self {
        let call = Self(Arc::default());
        let settle = call.settle();
        match verifier.explain(token, now) {
            Explained::Done(explanation) => settle(*explanation),
            Explained::Wait(pending) => {
                let (asked, token) = (Arc::clone(verifier), token.to_owned());
                let explain = move |resumable: Result<Resumable, Refusal>| {
                    settle(match resumable {
                        Ok(resumable) => resumable.explain(),
                        Err(refusal) => asked.explain_without_key(&token, now, &refusal),
                    });
                };
                verifier.wait_for(pending, Box::new(explain));
            }
        }
        call
    }
}

impl Call<Result<(), Refusal>> {
    pub(crate) fn ready(verifier: &Verifier) -> Self {
        let call = Self(Arc::default());
        verifier.ready(call.settle());
        call
    }
}

impl<Outcome: Clone + Send + 'static> Call<Outcome> {
    /// One that nothing has been done for yet.
    pub(crate) fn pending() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn settle(&self) -> Box<dyn FnOnce(Outcome) + Send> {
        let slot = Arc::clone(&self.0);
        Box::new(move |outcome| {
            let before = slot.lock().unwrap().replace(outcome);
            assert!(before.is_none(), "a call is settled once");
        })
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }

    /// The outcome of a call that must have one by now.
    pub(crate) fn outcome(&self) -> Outcome {
        self.0.lock().unwrap().clone().expect("a call that is settled")
    }
}
