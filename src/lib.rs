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
mod turn;

use std::convert::identity;
use std::sync::Arc;

use napi::bindgen_prelude::Either;
use napi::{Env, Error, Result};
use napi_derive::napi;
use verify_workos_token_core::algorithm::ALLOWABLE;
use verify_workos_token_core::error::Code;
use verify_workos_token_core::verifier::Verifier;

use isolate::{Callback, Ticket, isolate};
use pool::Job;
use record::{Answer, AnswerValue, Outcome};
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
    turn::VERIFIED_PER_BURST
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
    /// loop. `in_burst` is how many tokens came just before. A token that is too many for now is for
    /// the callback, if there is one, which is then called once, later.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    pub fn verify(
        &self,
        env: Env,
        token: TokenText<'_>,
        now: f64,
        in_burst: u32,
        callback: Option<Callback<'_>>,
    ) -> Result<AnswerValue> {
        let isolate = isolate(env)?;
        let answer = token.lend(|token| {
            if let Some(verdict) = self.0.recall(token, now) {
                return Ok(isolate.borrow_mut().recalled(verdict));
            }
            if isolate.borrow().turn.has_room(in_burst) || !self.0.has_keys() {
                isolate.borrow_mut().turn.count();
                return Ok(self.0.verify_new(token, now).into());
            }
            let Some(callback) = callback else { return Ok(Answer::Later) };
            let ticket = Ticket::new(env, isolate, &callback)?;
            isolate.borrow_mut().verify_elsewhere(self.job(token, now, ticket), in_burst > 0);
            Ok(Answer::Taken)
        })?;
        answer.unwrap_or_else(|refused| Ok(Answer::of(refused))).map(Into::into)
    }

    /// The claims' text of the token that [`Self::verify`] has found last, if it has this number.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a u64")]
    pub fn found_claims(&self, env: Env, number: f64) -> Result<Option<String>> {
        Ok(isolate(env)?.borrow().found(number as u64))
    }

    /// Verifies with what is in memory, and refuses where that does not do.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    pub fn verify_sync(&self, token: TokenText<'_>, now: f64) -> Result<Outcome> {
        let verdict = token.lend(|token| self.0.verify_sync(token, now))?.and_then(identity);
        Ok(match verdict {
            Ok(verified) => Either::A(verified.into_claims()),
            Err(refused) => Either::B(refused.into()),
        })
    }

    /// Verifies a token that [`Self::verify`] could not answer for: one that needs a fetch
    /// ([`Answer::Fetch`]), or one too many for now ([`Answer::Later`]). The callback is called once,
    /// later.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    pub fn verify_later(
        &self,
        env: Env,
        token: TokenText<'_>,
        now: f64,
        needs_fetch: bool,
        callback: Callback<'_>,
    ) -> Result<()> {
        let isolate = isolate(env)?;
        let ticket = Ticket::new(env, isolate, &callback)?;
        match token.lend(|token| self.job(token, now, ticket))? {
            Ok(job) if needs_fetch => job.wait(),
            Ok(job) => isolate.borrow_mut().verify_elsewhere(job, false),
            // Only a string gets here; the ticket would answer for anything else.
            Err(_) => {}
        }
        Ok(())
    }

    /// Waits until keys are in memory. The callback is called once, later, with an empty text or a
    /// refusal.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    pub fn ready(&self, env: Env, callback: Callback<'_>) -> Result<()> {
        let ticket = Ticket::new(env, isolate(env)?, &callback)?;
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
    fn job(&self, token: &str, now: f64, ticket: Ticket) -> Job {
        Job { verifier: Arc::clone(&self.0), token: token.to_owned(), now, ticket, resumable: None }
    }
}
