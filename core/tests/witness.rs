//! What an answer is based on, as a watched call says it.

use std::sync::Arc;

use serde_json::json;
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::token_cache::TokenCache;
use verify_workos_token_core::verifier::{KeySource, Step, Verifier};
use verify_workos_token_core::witness::{self, Origin, Sighting};

use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{
    CACHE_POLICY, MAX_AGE, NOW, claims, claims_with, key_set, policy, set_text, verifier,
};

const UNKNOWN: &str = "key_unknown";

/// A world with a source of keys, and a caller that remembers tokens.
fn setting() -> (World, Arc<Verifier>) {
    let world = World::default();
    let keys = KeySource::Cached(world.entry("https://keys.invalid"), CACHE_POLICY);
    let token_cache = Some(Arc::<TokenCache>::default());
    let verifier = Verifier { policy: policy(), keys, token_cache };
    (world, Arc::new(verifier))
}

fn keys() -> String {
    set_text([&Signer::shared().jwk])
}

fn seen(origin: Origin) -> Sighting {
    Sighting { origin, key_set: key_set([&Signer::shared().jwk]).digest() }
}

/// What a call that needs no wait is based on.
fn watched(verifier: &Verifier, token: &str) -> Option<Sighting> {
    let (step, sighting) = witness::watch(|| verifier.verify(token, NOW));
    assert!(matches!(step, Step::Done(_)));
    sighting
}

#[test]
fn a_fixed_set_is_named_whatever_the_verdict() {
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    let signer = Signer::shared();
    let based_on_it = [
        signer.sign(&claims()),
        signer.sign(&claims_with("exp", json!(1))),
        Signer::other().sign(&claims()),
        signer.named(UNKNOWN).sign(&claims()),
    ];
    for token in based_on_it {
        assert_eq!(watched(&verifier, &token), Some(seen(Origin::Fixed)));
    }
    assert_eq!(watched(&verifier, "a.b.c"), None, "no key was asked for");
}

#[test]
fn keys_are_fetched_then_in_memory_then_stale() {
    let (world, verifier) = setting();
    let token = |jti| Signer::shared().sign(&claims_with("jti", json!(jti)));
    let cold = Call::verify(&verifier, &token(1));
    let ((), sighting) = witness::watch(|| world.answer(keys()));
    assert!(cold.outcome().is_ok());
    assert_eq!(sighting, Some(seen(Origin::Fetch)), "resumed where the response arrived");
    assert_eq!(watched(&verifier, &token(2)), Some(seen(Origin::Memory)));
    assert_eq!(watched(&verifier, &token(2)), Some(seen(Origin::TokenCache)));
    world.advance(MAX_AGE - std::time::Duration::from_nanos(1));
    assert_eq!(watched(&verifier, &token(3)), Some(seen(Origin::Memory)));
    world.advance(std::time::Duration::from_nanos(1));
    assert_eq!(watched(&verifier, &token(4)), Some(seen(Origin::Stale)));
    assert_eq!(watched(&verifier, &token(4)), Some(seen(Origin::TokenCache)));
}

#[test]
fn a_wait_that_ends_with_the_old_keys_says_so() {
    let (world, verifier) = setting();
    let ready = Call::ready(&verifier);
    world.answer(keys());
    assert_eq!(ready.outcome(), Ok(()));
    // A refresh died in a standstill, so the next call waits for another, which fails.
    world.advance(MAX_AGE);
    let token = Signer::shared().sign(&claims());
    assert_eq!(watched(&verifier, &token), Some(seen(Origin::Stale)));
    world.freeze(CACHE_POLICY.timeout * 2);
    let call = Call::verify(&verifier, &Signer::shared().sign(&claims_with("jti", json!(2))));
    assert!(call.is_waiting());
    drop(world.take_flight());
    let ((), sighting) = witness::watch(|| world.fail(FetchFailure::Timeout));
    assert!(call.outcome().is_ok());
    assert_eq!(sighting, Some(seen(Origin::Stale)));
}

#[test]
fn an_unknown_key_is_the_sets_answer_and_an_outage_is_nobodys() {
    let (world, verifier) = setting();
    let _ = Call::verify(&verifier, &Signer::shared().sign(&claims()));
    world.fail(FetchFailure::Dns);
    let backing_off = watched(&verifier, &Signer::shared().sign(&claims()));
    assert_eq!(backing_off, None);

    let (world, verifier) = setting();
    let unknown = Signer::shared().named(UNKNOWN).sign(&claims());
    let _ = Call::ready(&verifier);
    world.answer(keys());
    let call = Call::verify(&verifier, &unknown);
    let ((), sighting) = witness::watch(|| world.answer(keys()));
    assert!(call.outcome().is_err());
    assert_eq!(sighting, Some(seen(Origin::Fetch)));
    assert_eq!(watched(&verifier, &unknown), Some(seen(Origin::Memory)), "from the cooldown");
}

#[test]
fn calls_within_calls_are_told_apart() {
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    let (inner, outer) = witness::watch(|| watched(&verifier, &Signer::shared().sign(&claims())));
    assert_eq!((inner, outer), (Some(seen(Origin::Fixed)), None));
    assert!(!witness::is_watching());
    assert_eq!(witness::end(), None, "nobody has begun");
}
