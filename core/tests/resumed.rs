//! A token that waited for its key gets the verdict that it would have got with its key in memory.

use std::sync::{Arc, Mutex};

use serde_json::json;
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{Code, FetchFailure, Refusal};
use verify_workos_token_core::token_cache::TokenCache;
use verify_workos_token_core::verifier::{KeySource, Resumable, Step, Verdict, Verifier};

use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{
    CACHE_POLICY, NOW, claims, claims_with, code, key_set, policy, set_text, verifier,
};

/// The verdict of a call that waits for the signer's key.
fn cold(policy: &Policy, token: &str) -> Verdict {
    let world = World::default();
    let call = Call::verify(&cold_verifier(&world, policy, None), token);
    assert!(call.is_waiting());
    world.answer(set_text([&Signer::shared().jwk]));
    call.outcome()
}

fn cold_verifier(
    world: &World,
    policy: &Policy,
    token_cache: Option<Arc<TokenCache>>,
) -> Arc<Verifier> {
    let keys = KeySource::Cached(world.entry("https://keys.invalid"), CACHE_POLICY);
    Arc::new(Verifier { policy: policy.clone(), keys, token_cache })
}

#[test]
fn a_wait_changes_no_verdict() {
    let signer = Signer::shared();
    let (header, plain) = (signer.header().to_string(), claims().to_string());
    let with = |member: &str| plain.replacen('{', &format!("{{{member},"), 1);
    let many: Vec<String> = (0..900).map(|number| format!("p:{number}")).collect();
    let strict = Policy {
        permissions: Some(vec!["p:0".into(), "p:899".into()]),
        deny_impersonation: true,
        ..policy()
    };
    let payloads = [
        plain.clone(),
        with(r#""custom":[1.0,{"a":null}]"#),
        with(r#""\u0063ustom":1"#),
        with(r#""custom":{"\"":1}"#),
        with(r#""act":{"sub":"admin"}"#),
        with(r#""\u0061ct":{"sub":"admin"}"#),
        claims_with("permissions", json!(many)).to_string(),
        claims_with("permissions", json!(many[1..])).to_string(),
        claims_with("exp", json!(1)).to_string(),
        claims_with("aud", json!("other")).to_string(),
    ];
    for policy in [policy(), strict] {
        for payload in &payloads {
            let token = signer.sign_text(&header, payload);
            let warm = verifier(policy.clone(), &key_set([&signer.jwk])).verify(&token, NOW);
            let Step::Done(warm) = warm else { panic!("a fixed set needs no wait") };
            assert_eq!(cold(&policy, &token), warm, "{payload}");
        }
        let forged = Signer::other().sign(&claims());
        assert_eq!(code(cold(&policy, &forged)), Code::InvalidSignature);
    }
}

#[test]
fn a_token_is_judged_at_the_time_of_its_call() {
    let world = World::default();
    let token = Signer::shared().sign(&claims_with("exp", json!(NOW + 1.0)));
    let verifier = cold_verifier(&world, &policy(), None);
    let in_time = Call::verify_at(&verifier, &token, NOW + 5.9);
    let late = Call::verify_at(&verifier, &token, NOW + 6.0);
    world.answer(set_text([&Signer::shared().jwk]));
    assert!(in_time.outcome().is_ok());
    assert_eq!(code(late.outcome()), Code::TokenExpired);
}

#[test]
fn calls_that_wait_with_one_token_pay_for_one_signature() {
    let (world, cache) = (World::default(), Arc::<TokenCache>::default());
    let verifier = cold_verifier(&world, &policy(), Some(Arc::clone(&cache)));
    let token = Signer::shared().sign(&claims());
    let calls = [(); 3].map(|()| Call::verify(&verifier, &token));
    world.answer(set_text([&Signer::shared().jwk]));
    for call in calls {
        assert_eq!(call.outcome().unwrap().claims(), claims().to_string());
    }
    assert_eq!((cache.usage().entries, cache.usage().hits), (1, 2));
}

#[test]
fn a_wait_that_brings_no_keys_blames_the_outage() {
    let world = World::default();
    let call =
        Call::verify(&cold_verifier(&world, &policy(), None), &Signer::shared().sign(&claims()));
    world.fail(FetchFailure::Dns);
    assert_eq!(code(call.outcome()), Code::JwksFetchFailed);
}

#[test]
fn whoever_resumes_a_token_decides_by_its_own_allow_list() {
    let world = World::default();
    let lenient = cold_verifier(&world, &policy(), None);
    let algorithms = AllowList::from_names(["ES256"]).unwrap();
    let strict = cold_verifier(&world, &Policy { algorithms, ..policy() }, None);
    let Step::Wait(pending) = lenient.verify(&Signer::shared().sign(&claims()), NOW) else {
        panic!("no keys are in memory")
    };
    let verdict = Arc::new(Mutex::new(None));
    let settled = Arc::clone(&verdict);
    let resume = move |resumable: Result<Resumable, Refusal>| {
        *settled.lock().unwrap() = Some(resumable.unwrap().resume());
    };
    strict.wait_for(pending, Box::new(resume));
    world.answer(set_text([&Signer::shared().jwk]));
    let verdict = verdict.lock().unwrap().take().unwrap();
    assert_eq!(code(verdict), Code::UnsupportedAlgorithm);
}
