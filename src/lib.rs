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
mod record;
mod registry;
mod stats;
mod token_text;

use std::sync::Arc;

use napi::bindgen_prelude::{Either, Either3, Null};
use napi::{Env, Error, Result};
use napi_derive::napi;
use verify_workos_token_core::algorithm::ALLOWABLE;
use verify_workos_token_core::error::{Code, Malformed, Refusal};
use verify_workos_token_core::verifier::{Refused, Step, Verdict, Verifier};

use isolate::{Callback, Ticket};
use record::{Outcome, RefusalRecord};
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

    /// Verifies with what is in memory: the claims' text, a refusal, or `null` where it takes a
    /// fetch.
    #[napi(catch_unwind)]
    pub fn verify(&self, token: TokenText, now: f64) -> Either3<String, RefusalRecord, Null> {
        match text(token).map(|token| self.0.verify(&token, now)) {
            Ok(Step::Done(Ok(verified))) => Either3::A(verified.claims),
            Ok(Step::Done(Err(refused))) | Err(refused) => Either3::B(refused.into()),
            Ok(Step::Wait(_)) => Either3::C(Null),
        }
    }

    /// Verifies with what is in memory, and refuses where that does not do.
    #[napi(catch_unwind)]
    pub fn verify_sync(&self, token: TokenText, now: f64) -> Outcome {
        match text(token).and_then(|token| self.0.verify_sync(&token, now)) {
            Ok(verified) => Either::A(verified.claims),
            Err(refused) => Either::B(refused.into()),
        }
    }

    /// Verifies, waiting for the key where it must. The callback is called once, later.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    pub fn verify_later(
        &self,
        env: Env,
        token: String,
        now: f64,
        callback: Callback<'_>,
    ) -> Result<()> {
        let ticket = Ticket::new(env, &callback)?;
        let settle = |verdict: Verdict| ticket.settle(verdict.map(|verified| verified.claims));
        Arc::clone(&self.0).verify_later(token, now, Box::new(settle));
        Ok(())
    }

    /// Waits until keys are in memory. The callback is called once, later, with an empty text or a
    /// refusal.
    ///
    /// # Errors
    /// Only where Node-API fails.
    #[napi(catch_unwind)]
    pub fn ready(&self, env: Env, callback: Callback<'_>) -> Result<()> {
        let ticket = Ticket::new(env, &callback)?;
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

fn text(token: TokenText) -> std::result::Result<String, Refused> {
    match token {
        TokenText::Text(token) => Ok(token),
        TokenText::NotAString(kind) => Err(Refusal::Malformed(Malformed::NotAString(kind)).into()),
    }
}
