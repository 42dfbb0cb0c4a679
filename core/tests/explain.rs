//! Explanations: they agree with `verify`, make every check that can be made, and never show the
//! token.

mod agreement;
mod checks;
mod remarks;
mod session;
mod shown;

use std::sync::Arc;

use serde_json::Value;
use verify_workos_token_core::claims::{Connect, Policy, Profile};
use verify_workos_token_core::error::{Code, Malformed, Refusal};
use verify_workos_token_core::explain::{Check, Explained, Explanation, Outcome};
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::token_cache::TokenCache;
use verify_workos_token_core::verifier::{KeySource, Verifier};

use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{
    CACHE_POLICY, NOW, claims, claims_with, key_set, policy, set_text, token_of_length, unsigned,
    verifier,
};

/// The explanation of a token by a verifier that has its keys.
fn explain(policy: Policy, token: &str) -> Explanation {
    let signer = Signer::shared();
    match verifier(policy, &key_set([&signer.jwk])).explain(token, NOW) {
        Explained::Done(explanation) => *explanation,
        Explained::Wait(pending) => panic!("nothing to wait for: {pending:?}"),
    }
}

/// The code of the refusal, if there is one.
fn code_of(explanation: &Explanation) -> Option<Code> {
    explanation.refusal.as_ref().map(|refused| refused.refusal.code())
}

/// Each check by its name: `true` or `false`, and `None` if it could not be made.
fn results(explanation: &Explanation) -> Vec<(&'static str, Option<bool>)> {
    let result = |check: &Check| match check.outcome {
        Outcome::Passed => Some(true),
        Outcome::Failed { .. } => Some(false),
        Outcome::NotMade(_) => None,
    };
    explanation.checks.iter().map(|check| (check.name, result(check))).collect()
}

fn result(explanation: &Explanation, name: &str) -> Option<bool> {
    let found = results(explanation).into_iter().find(|(candidate, _)| *candidate == name);
    found.unwrap_or_else(|| panic!("no check {name}")).1
}

fn check<'explanation>(explanation: &'explanation Explanation, name: &str) -> &'explanation Check {
    explanation.checks.iter().find(|check| check.name == name).unwrap()
}

/// A verifier over a key server that answers when the test says so.
fn cached(world: &World, policy: CachePolicy) -> Arc<Verifier> {
    let keys = KeySource::Cached(world.entry("https://keys.invalid"), policy);
    let token_cache: Option<Arc<TokenCache>> = Some(Arc::default());
    Arc::new(Verifier { policy: self::policy(), keys, token_cache })
}
