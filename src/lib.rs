//! The addon: what JavaScript calls. Everything here converts and hands over; the rules are in
//! `verify-workos-token-core`.
//!
//! Every export catches panics, so that a bug is an error and not a dead server. Failures come back
//! as data, from which JavaScript makes `WorkosTokenError`.

#![allow(
    clippy::needless_pass_by_value,
    clippy::must_use_candidate,
    reason = "the shape of exported functions is Node-API's"
)]

mod http;
mod isolate;
mod options;
mod pool;
mod record;
mod registry;
mod stats;
mod token_text;

use std::sync::Arc;

use napi::bindgen_prelude::Either;
use napi::{Env, Error, Result};
use napi_derive::napi;
use verify_workos_token_core::algorithm::ALLOWABLE;
use verify_workos_token_core::error::{Code, Malformed, Refusal};
use verify_workos_token_core::verifier::{Refused, Step, Verdict, Verified, Verifier};

use isolate::{Callback, Isolate, Ticket, Unanswered, Why, isolate};
use pool::Job;
use record::{Answer, Outcome};
use registry::REGISTRY;
use stats::StatsRecord;
use token_text::TokenText;

/// Every error code, in the order of the documentation.
#[napi(catch_unwind)]
#[must_use]
pub fn error_codes() -> Vec<&'static str> {
    Code::ALL.map(Code::as_str).to_vec()
}

/// The name of every algorithm that can be allowed.
#[napi(catch_unwind)]
#[must_use]
pub fn allowable_algorithms() -> Vec<&'static str> {
    ALLOWABLE.map(|(name, _)| name).to_vec()
}

/// How many tokens of one burst are verified on the JavaScript thread.
#[napi(catch_unwind)]
#[must_use]
pub fn verified_per_burst() -> u32 {
    isolate::VERIFIED_PER_BURST
}

/// Whether the certificates that Node trusts have yet to be handed over.
#[napi(catch_unwind)]
#[must_use]
pub fn needs_trust_roots() -> bool {
    !REGISTRY.network.has_roots()
}

/// Takes the certificates that Node trusts, in PEM. Once per process.
#[napi(catch_unwind)]
pub fn set_trust_roots(roots: Vec<String>) {
    REGISTRY.network.trust(roots);
}

/// Checked options, and the keys they name.
#[napi]
pub struct NativeVerifier(Arc<Verifier>);

#[napi]
impl NativeVerifier {
    /// Takes the options as JavaScript has checked them, in JSON.
    ///
    /// # Errors
    /// Only where JavaScript hands over what it should not.
    #[napi(constructor, catch_unwind)]
    pub fn new(options: String) -> Result<Self> {
        options::verifier(&options).map(Arc::new).map(Self).map_err(Error::from_reason)
    }

    /// Verifies with what is in memory, if that can be done at once and without holding up the event
    /// loop. `in_burst` is how many tokens came just before. What can't be answered at once is for the
    /// callback, which is then called once, later; without one see [`Self::verify_later`].
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind, ts_return_type = "Answer")]
    pub fn verify(
        &self,
        env: Env,
        token: TokenText,
        now: f64,
        in_burst: u32,
        callback: Option<Callback<'_>>,
    ) -> Result<Answer> {
        let token = match text(token) {
            Ok(token) => token,
            Err(refused) => return Ok(Answer::of(refused)),
        };
        let isolate = &mut *isolate(env)?.borrow_mut();
        match self.0.recall(&token, now) {
            Some(Ok(Verified::Again(remembered))) => {
                let id = remembered.id();
                isolate.found = Some(remembered);
                return Ok(Answer::Found(id));
            }
            Some(verdict) => return Ok(Answer::from(verdict)),
            None => {}
        }
        let reason = match isolate.enough(in_burst) {
            Some(reason) if self.0.has_keys() => reason,
            _ => match self.0.verify_new(&token, now) {
                Step::Done(verdict) => {
                    if took_a_signature(&verdict) {
                        isolate.count_verified();
                    }
                    return Ok(Answer::from(verdict));
                }
                Step::Wait(_) => Why::NoKey,
            },
        };
        let unanswered = Unanswered { token, reason };
        match callback {
            // A missing key is fetched after JavaScript has handed over what Node trusts.
            Some(callback) if unanswered.reason != Why::NoKey => {
                let ticket = Ticket::new(env, isolate, &callback)?;
                self.go_on(isolate, unanswered, now, ticket);
                Ok(Answer::Taken)
            }
            _ => {
                isolate.unanswered = Some(unanswered);
                Ok(Answer::Later)
            }
        }
    }

    /// The claims' text of the token that [`Self::verify`] has found last.
    ///
    /// # Errors
    /// Where it has found none, and where Node-API fails.
    #[napi(catch_unwind)]
    pub fn found_claims(&self, env: Env) -> Result<String> {
        let isolate = isolate(env)?.borrow();
        let found = isolate.found.as_ref().map(|found| found.text().to_owned());
        found.ok_or_else(|| Error::from_reason("no token was found"))
    }

    /// Verifies with what is in memory, and refuses where that does not do.
    #[napi(catch_unwind)]
    pub fn verify_sync(&self, token: TokenText, now: f64) -> Outcome {
        match text(token).and_then(|token| self.0.verify_sync(&token, now)) {
            Ok(verified) => Either::A(verified.into_claims()),
            Err(refused) => Either::B(refused.into()),
        }
    }

    /// Goes on with the token that [`Self::verify`] has just answered [`Answer::Later`] for. The
    /// callback is called once, later.
    ///
    /// # Errors
    /// Where there is no such token, and where Node-API fails.
    #[napi(catch_unwind)]
    pub fn verify_later(&self, env: Env, now: f64, callback: Callback<'_>) -> Result<()> {
        let isolate = &mut *isolate(env)?.borrow_mut();
        let unanswered = isolate.unanswered.take();
        let unanswered = unanswered.ok_or_else(|| Error::from_reason("no token is held"))?;
        let ticket = Ticket::new(env, isolate, &callback)?;
        self.go_on(isolate, unanswered, now, ticket);
        Ok(())
    }

    /// Waits until keys are in memory. The callback is called once, later, with an empty text or a
    /// refusal.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    pub fn ready(&self, env: Env, callback: Callback<'_>) -> Result<()> {
        let ticket = Ticket::new(env, &mut isolate(env)?.borrow_mut(), &callback)?;
        self.0.ready(Box::new(|result| {
            ticket.settle(result.map(|()| String::new()).map_err(Into::into));
        }));
        Ok(())
    }

    /// What happened to this verifier's keys, and to the process's verified-token cache.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn stats(&self) -> StatsRecord {
        StatsRecord::of(&self.0.keys)
    }
}

impl NativeVerifier {
    fn go_on(&self, isolate: &mut Isolate, unanswered: Unanswered, now: f64, ticket: Ticket) {
        let Unanswered { token, reason } = unanswered;
        let verifier = Arc::clone(&self.0);
        if reason == Why::NoKey {
            let settle = |verdict: Verdict| ticket.settle(verdict.map(Verified::into_claims));
            verifier.verify_later(token, now, Box::new(settle));
        } else {
            isolate.verify_elsewhere(Job { verifier, token, now, ticket }, &reason);
        }
    }
}

fn text(token: TokenText) -> std::result::Result<String, Refused> {
    match token {
        TokenText::Text(token) => Ok(token),
        TokenText::NotAString(kind) => Err(Refusal::Malformed(Malformed::NotAString(kind)).into()),
    }
}

/// What costs nearly all of a verification; without it a refusal is cheap.
fn took_a_signature(verdict: &Verdict) -> bool {
    match verdict {
        Ok(_) => true,
        Err(refused) => matches!(refused.refusal, Refusal::InvalidSignature | Refusal::Claim(_)),
    }
}
