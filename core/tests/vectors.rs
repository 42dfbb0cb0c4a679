//! The `jwt-*` vectors and the time specs, each against the verifier that its options describe.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::{Connect, Policy, Profile};
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::token_cache::TokenCache;
use verify_workos_token_core::verifier::{KeySource, Verifier};
use verify_workos_token_corpus::jwt::{Case, Options, Settings};
use verify_workos_token_corpus::{self as corpus, ACCEPT, Expect, Judge, Tokens};

use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{self, CACHE_POLICY, NOW, set_text};

/// The number of cases, so that none is skipped unnoticed.
pub(crate) const JWT_CASES: usize = 729;
const TIME_CASES: usize = 14;

#[test]
fn tokens_of_other_projects() {
    let mut judge = Judge::of(Tokens::AsTheyAre);
    for case in corpus::read::<Case>("jwt-") {
        let outcome = outcome(&case);
        judge.judge(&case.id, outcome, case.fits(outcome));
    }
    judge.conclude(JWT_CASES);
}

/// None of them names the application that requested it and a user of WorkOS. What is wrong before
/// that is told the same way.
#[test]
fn tokens_of_other_projects_are_no_connect_tokens() {
    let claims = ["INVALID_CLAIM", "INVALID_SUBJECT", "INVALID_AUDIENCE"];
    for case in corpus::read::<Case>("jwt-") {
        let Some(policy) = policy(&case) else { continue };
        let asked = Connect { users: true, machines: true, scopes: None };
        let connect = Policy { profile: Profile::Connect(asked), ..policy.clone() };
        let outcome = verify(&case, connect, None);
        match verify(&case, policy, None) {
            ACCEPT => assert!(claims.contains(&outcome), "{}: {outcome}", case.id),
            code if claims.contains(&code) => {
                assert!(claims.contains(&outcome), "{}: {outcome}", case.id);
            }
            code => assert_eq!(outcome, code, "{}", case.id),
        }
    }
}

#[test]
fn times_relative_to_now() {
    let mut judge = Judge::of(Tokens::AsTheyAre);
    for spec in corpus::read::<TimeSpec>("time-specs") {
        let case = spec.sign();
        let outcome = outcome(&case);
        judge.judge(&case.id, outcome, case.fits(outcome));
    }
    judge.conclude(TIME_CASES);
}

/// `accept`, or the code of the refusal. Verifies twice, so that remembered tokens are tested too.
pub(crate) fn outcome(case: &Case) -> &'static str {
    let Some(policy) = policy(case) else { return "INVALID_OPTIONS" };
    let token_cache = Some(Arc::default());
    let first = verify(case, policy.clone(), token_cache.clone());
    let second = verify(case, policy, token_cache);
    assert_eq!(first, second, "{}: the second time must come to the same", case.id);
    first
}

/// The policy that the options describe, or nothing if JavaScript refuses the options.
pub(crate) fn policy(case: &Case) -> Option<Policy> {
    let Settings { issuers, audiences, clock_tolerance_seconds } = case.settings()?;
    let algorithms = AllowList::from_names(case.algorithms()).ok()?;
    let bare = Policy { client_id: None, ..support::policy() };
    Some(Policy { algorithms, issuers, audiences, clock_tolerance_seconds, ..bare })
}

/// Keys given as an object are a fixed set. Keys given as a text are a key server's response.
fn verify(case: &Case, policy: Policy, token_cache: Option<Arc<TokenCache>>) -> &'static str {
    let world = World::default();
    let keys = keys(case, &world);
    let verifier = Arc::new(Verifier { policy, keys, token_cache });
    let call = Call::verify_at(&verifier, &case.token, case.now);
    if world.requests() > 0 {
        world.answer(case.keys());
    }
    match call.outcome() {
        Ok(_) => ACCEPT,
        Err(refused) => refused.refusal.code().as_str(),
    }
}

/// A fixed set, or a key server that has yet to be asked.
pub(crate) fn keys(case: &Case, world: &World) -> KeySource {
    match case.jwks {
        Some(_) => KeySource::Fixed(Arc::new(KeySet::parse(case.keys().as_bytes()).unwrap())),
        None => KeySource::Cached(world.entry("https://keys.invalid"), CACHE_POLICY),
    }
}

/// A token that is signed when the test runs, with times relative to that moment.
#[derive(Deserialize)]
struct TimeSpec {
    id: String,
    payload: String,
    options: Options,
    expect: Expect,
    reason: Option<String>,
}

impl TimeSpec {
    fn sign(self) -> Case {
        let signer = Signer::shared();
        let token = signer.sign_text(signer.header().to_string(), at(NOW, &self.payload));
        let jwks = RawValue::from_string(set_text([&signer.jwk])).unwrap();
        Case {
            id: self.id,
            token,
            jwks: Some(jwks),
            jwks_text: None,
            options: self.options,
            class: String::new(),
            now: NOW,
            expect: self.expect,
            reasons: self.reason.into_iter().collect(),
        }
    }
}

/// Replaces `{{now}}`, `{{now+5}}` and `{{now-5}}` with times.
fn at(now: f64, template: &str) -> String {
    let mut parts = template.split("{{now");
    let start = parts.next().unwrap_or_default().to_owned();
    parts.fold(start, |text, part| {
        let (offset, rest) = part.split_once("}}").unwrap();
        let offset: f64 = if offset.is_empty() { 0.0 } else { offset.parse().unwrap() };
        format!("{text}{}{rest}", now + offset)
    })
}
