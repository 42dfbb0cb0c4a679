//! What happens while an entry waits for its keys.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use verify_workos_token_core::entries::Entries;
use verify_workos_token_core::error::{Code, FetchFailure, Refusal};
use verify_workos_token_core::verifier::Verifier;

use super::{
    OTHER_ISSUER, code, entry_of, fetched, for_audience, for_issuer, other_claims, ours, policy,
    several, theirs,
};
use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{CACHE_POLICY, claims, claims_with, set_text};

/// Two entries with one issuer, whose keys come from two servers.
fn two(world: &World) -> Arc<Entries> {
    several([
        fetched(policy(), world.entry("https://a.invalid")),
        fetched(for_audience("other"), world.entry("https://b.invalid")),
    ])
}

fn url_of_next(world: &World) -> String {
    let flight = world.take_flight();
    let url = flight.source().unwrap().url.clone();
    flight.finish(Err(FetchFailure::Connect.into()));
    url
}

#[test]
fn only_the_entry_of_the_token_fetches() {
    let world = World::default();
    let entries = several([
        fetched(policy(), world.entry("https://a.invalid")),
        fetched(for_issuer(OTHER_ISSUER), world.entry("https://b.invalid")),
    ]);
    let call = Call::by_entries(&entries, &ours().sign(&other_claims()));
    // Nobody comes after it, so that no time makes a difference.
    world.advance(Duration::from_secs(4));
    assert_eq!(world.requests(), 1);
    world.answer(set_text([&ours().jwk]));
    assert_eq!(entry_of(call.outcome()), Some(1));
    let call = Call::by_entries(&entries, &ours().sign(&claims()));
    assert_eq!(url_of_next(&world), "https://a.invalid");
    assert_eq!(code(call.outcome()), Code::JwksFetchFailed);
}

#[test]
fn an_entry_waits_and_then_the_rest_is_tried() {
    let signer = ours();
    let world = World::default();
    let entries = two(&world);
    let token = signer.sign(&claims_with("aud", json!("other")));
    let call = Call::by_entries(&entries, &token);
    assert_eq!(world.requests(), 1);
    world.answer(set_text([&signer.jwk]));
    // The first has refused it for good, and the second needs keys too.
    assert!(call.is_waiting());
    assert_eq!(world.requests(), 2);
    world.answer(set_text([&signer.jwk]));
    assert_eq!(entry_of(call.outcome()), Some(1));
}

#[test]
fn what_was_fetched_for_a_token_is_final_for_all_entries_of_that_source() {
    let world = World::default();
    let source = world.entry("https://a.invalid");
    let entries = several([
        fetched(policy(), Arc::clone(&source)),
        fetched(for_audience("other"), Arc::clone(&source)),
        fetched(for_audience("another"), world.entry("https://b.invalid")),
    ]);
    let call = Call::by_entries(&entries, &ours().named("key_9").sign(&claims()));
    world.answer(set_text([&ours().jwk]));
    world.answer(set_text([&ours().jwk]));
    let unknown = Refusal::UnknownKey { unusable: None, retry_after: None };
    assert_eq!(call.outcome().map_err(|refused| refused.refusal), Err(unknown));
    assert_eq!(world.requests(), 2);
    // What no request was made for is unknown for now.
    let call = Call::by_entries(&entries, &ours().named("key_8").sign(&claims()));
    world.answer(set_text([&ours().jwk]));
    world.answer(set_text([&ours().jwk]));
    assert_eq!(code(call.outcome()), Code::UnknownKey);
    let next = Call::by_entries(&entries, &ours().named("key_8").sign(&claims()));
    let refused = next.outcome().map_err(|refused| refused.refusal.retry_after().is_some());
    assert_eq!(refused.map(drop), Err(true));
}

#[test]
fn the_rest_is_tried_after_a_failure_too() {
    let signer = ours();
    let world = World::default();
    let entries = two(&world);
    let call = Call::by_entries(&entries, &signer.sign(&claims_with("aud", json!("other"))));
    world.fail(FetchFailure::Connect);
    assert!(call.is_waiting());
    world.answer(set_text([&signer.jwk]));
    assert_eq!(entry_of(call.outcome()), Some(1));
}

#[test]
fn an_entry_that_accepts_is_the_last_one_asked() {
    let signer = ours();
    let world = World::default();
    let call = Call::by_entries(&two(&world), &signer.sign(&claims()));
    world.advance(CACHE_POLICY.timeout / 4 - Duration::from_millis(1));
    world.answer(set_text([&signer.jwk]));
    assert_eq!(entry_of(call.outcome()), Some(0));
    world.advance(CACHE_POLICY.timeout);
    assert_eq!(world.requests(), 1);
}

#[test]
fn the_rest_begins_to_fetch_when_the_first_has_waited_for_a_while() {
    let signer = ours();
    let world = World::default();
    let call = Call::by_entries(&two(&world), &signer.sign(&claims_with("aud", json!("other"))));
    world.advance(CACHE_POLICY.timeout / 4 - Duration::from_millis(1));
    assert_eq!(world.requests(), 1);
    world.advance(Duration::from_millis(1));
    assert_eq!(world.requests(), 2);
    let first = world.take_flight();
    world.answer(set_text([&signer.jwk]));
    // In order: the first may still accept it.
    assert!(call.is_waiting());
    first.finish(Err(FetchFailure::Connect.into()));
    assert_eq!(entry_of(call.outcome()), Some(1));
    assert_eq!(world.requests(), 2);
}

#[test]
fn endpoints_that_do_not_respond_do_not_add_up() {
    let signer = ours();
    let world = World::default();
    let entries = several(
        (0..32).map(|number| fetched(policy(), world.entry(&format!("https://{number}.invalid")))),
    );
    let call = Call::by_entries(&entries, &signer.sign(&claims()));
    let quarter = CACHE_POLICY.timeout / 4;
    for _ in 0..4 {
        world.advance(quarter);
        assert!(call.is_waiting());
    }
    world.advance(quarter);
    assert_eq!(code(call.outcome()), Code::JwksFetchFailed);
    assert_eq!(world.requests(), 32);
}

#[test]
fn nor_do_they_add_up_for_an_explanation() {
    let signer = ours();
    let world = World::default();
    let entries = several(
        (0..32).map(|number| fetched(policy(), world.entry(&format!("https://{number}.invalid")))),
    );
    let call = Call::explained_by_entries(&entries, &signer.sign(&claims()));
    let quarter = CACHE_POLICY.timeout / 4;
    world.advance(quarter - Duration::from_millis(1));
    assert_eq!(world.requests(), 1);
    world.advance(Duration::from_millis(1));
    assert_eq!(world.requests(), 32);
    world.advance(quarter * 3);
    assert!(call.is_waiting());
    world.advance(quarter);
    let refused = call.outcome().refusal.expect("a refusal");
    assert_eq!(refused.refusal.code(), Code::JwksFetchFailed);
    assert_eq!(world.requests(), 32);
}

#[test]
fn an_explanation_that_has_its_key_in_time_makes_no_other_request() {
    let signer = ours();
    let world = World::default();
    let call = Call::explained_by_entries(&two(&world), &signer.sign(&claims()));
    world.advance(CACHE_POLICY.timeout / 4 - Duration::from_millis(1));
    world.answer(set_text([&signer.jwk]));
    assert_eq!(call.outcome().refusal, None);
    world.advance(CACHE_POLICY.timeout);
    assert_eq!(world.requests(), 1);
}

#[test]
fn each_entry_has_a_cooldown_of_its_own() {
    let (signer, unknown) = (ours(), theirs().named("key_2"));
    let world = World::default();
    let entries = several([
        fetched(policy(), world.entry("https://a.invalid")),
        fetched(for_issuer(OTHER_ISSUER), world.entry("https://b.invalid")),
    ]);
    for claims in [claims(), other_claims()] {
        let call = Call::by_entries(&entries, &signer.sign(&claims));
        world.answer(set_text([&signer.jwk]));
        call.outcome().unwrap();
    }
    // One request for many unknown keys of the first.
    for _ in 0..5 {
        let call = Call::by_entries(&entries, &unknown.sign(&claims()));
        if call.is_waiting() {
            world.answer(set_text([&signer.jwk]));
        }
        assert_eq!(code(call.outcome()), Code::UnknownKey);
    }
    assert_eq!(world.requests(), 3);
    // It holds back nobody else.
    let call = Call::by_entries(&entries, &unknown.sign(&other_claims()));
    assert!(call.is_waiting());
    world.answer(set_text([&signer.jwk, &unknown.jwk]));
    assert_eq!(entry_of(call.outcome()), Some(1));
}

#[test]
fn what_waited_with_an_escaped_name_is_read_again() {
    let signer = ours();
    let world = World::default();
    let entries = two(&world);
    let payload = claims_with("aud", json!("other")).to_string();
    let payload = payload.replacen('{', r#"{"\u0063ustom":1,"#, 1);
    let call = Call::by_entries(&entries, &signer.sign_text(signer.header().to_string(), payload));
    world.answer(set_text([&signer.jwk]));
    world.answer(set_text([&signer.jwk]));
    let accepted = call.outcome().unwrap();
    assert_eq!(accepted.entry, Some(1));
    // Rewritten, since V8 could misread it.
    assert!(accepted.verified.claims().starts_with('~'));
}

#[test]
fn ready_waits_for_all_entries_and_tells_the_first_failure() {
    let signer = ours();
    let world = World::default();
    let entries = two(&world);
    let ready = || {
        let end = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&end);
        entries.ready(Box::new(move |result| {
            assert!(slot.lock().unwrap().replace(result).is_none(), "settled once");
        }));
        move || end.lock().unwrap().clone()
    };
    let end = ready();
    assert_eq!(world.requests(), 2);
    let first = world.take_flight();
    world.fail(FetchFailure::Tls);
    assert_eq!(end(), None);
    first.finish(Err(FetchFailure::Connect.into()));
    match end() {
        Some(Err(Refusal::KeysUnavailable { failure, .. })) => {
            assert_eq!(failure, FetchFailure::Connect);
        }
        other => panic!("{other:?}"),
    }
    world.advance(Duration::from_secs(60));
    let end = ready();
    world.answer(set_text([&signer.jwk]));
    assert_eq!(end(), None);
    world.answer(set_text([&signer.jwk]));
    assert_eq!(end(), Some(Ok(())));
}

#[test]
fn an_explanation_is_that_of_the_entry_that_accepts_or_comes_furthest() {
    use verify_workos_token_core::entries_explain::EntriesExplained;
    let (signer, unknown) = (ours(), theirs().named("key_2"));
    let fixed = |policy, signer: &Signer| -> Verifier { super::fixed(policy, signer) };
    let entries = several([
        fixed(policy(), &unknown),
        fixed(for_audience("other"), signer),
        fixed(for_audience("third"), signer),
    ]);
    let cases = [
        (signer.sign(&claims_with("aud", json!("third"))), Some(2), None),
        (signer.sign(&claims_with("aud", json!("none"))), Some(1), Some(Code::InvalidAudience)),
        (unknown.sign(&claims()), Some(0), None),
        (signer.sign(&other_claims()), None, Some(Code::InvalidIssuer)),
        ("a.b".to_owned(), None, Some(Code::MalformedToken)),
    ];
    for (token, entry, expected) in cases {
        let EntriesExplained::Done(explained) = entries.explain(&token, crate::support::NOW) else {
            panic!("nothing to wait for");
        };
        assert_eq!(explained.entry, entry);
        let refused = explained.explanation.refusal;
        assert_eq!(refused.as_ref().map(|it| it.refusal.code()), expected);
        // As `verify` has it.
        let verdict = super::verify(&entries, &token);
        assert_eq!(refused.map(|it| it.refusal), verdict.err().map(|it| it.refusal));
    }
}
