//! An explanation's refusal is always the one of `verify`.

use std::time::Duration;

use proptest::prelude::*;
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::verifier::{Refused, Verdict};
use verify_workos_token_corpus as corpus;
use verify_workos_token_corpus::jwt::Case;

use super::*;
use crate::vectors::{self, JWT_CASES};

/// The refusal of a verdict with its likely cause, if it is one.
fn refusal(verdict: Verdict) -> Option<Refused> {
    verdict.err().map(|refused| Refused { claims: None, ..refused })
}

/// What every explanation keeps to.
fn assert_sound(explanation: &Explanation) {
    let first = explanation.checks.iter().find_map(|check| match &check.outcome {
        Outcome::Failed { message, hint } => Some((message.clone(), *hint)),
        Outcome::Passed | Outcome::NotMade(_) => None,
    });
    let refusal = explanation.refusal.as_ref();
    assert_eq!(refusal.map(|one| (one.refusal.message(), one.cause().hint)), first);
    assert_eq!(explanation.verified, result(explanation, "signature") == Some(true));
    if refusal.is_none() {
        assert!(results(explanation).iter().all(|(_, ok)| *ok == Some(true)));
    }
}

#[test]
fn with_every_vector() {
    let mut explained = 0;
    for case in corpus::read::<Case>("jwt-") {
        explained += 1;
        let Some(policy) = vectors::policy(&case) else { continue };
        // Each in a world of its own: what one has fetched would be in the other's memory.
        let in_a_world = |verify: bool| {
            let world = World::default();
            let keys = vectors::keys(&case, &world);
            let verifier = Arc::new(Verifier { policy: policy.clone(), keys, token_cache: None });
            let verdict = verify.then(|| Call::verify_at(&verifier, &case.token, case.now));
            let explanation = (!verify).then(|| Call::explain_at(&verifier, &case.token, case.now));
            if world.requests() > 0 {
                world.answer(case.keys());
            }
            (verdict.map(|call| call.outcome()), explanation.map(|call| call.outcome()))
        };
        let (verdict, _) = in_a_world(true);
        let (_, explanation) = in_a_world(false);
        let explanation = explanation.unwrap();
        assert_eq!(explanation.refusal, refusal(verdict.unwrap()), "{}", case.id);
        assert_sound(&explanation);
    }
    assert_eq!(explained, JWT_CASES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn with_tokens_that_were_changed_somewhere(
        position in any::<prop::sample::Index>(),
        replacement in "[A-Za-z0-9_.=~ -]{0,3}",
        removed in 0..3_usize,
        second in any::<bool>(),
    ) {
        let mut all = policy();
        all.organization_ids = Some(vec!["org_1".to_owned()]);
        all.roles = Some(vec!["admin".to_owned()]);
        let verifier = verifier(if second { all } else { policy() }, &key_set([&Signer::shared().jwk]));
        let token = Signer::shared().sign(&claims());
        let start = position.index(token.len());
        let end = (start + removed).min(token.len());
        let changed = format!("{}{replacement}{}", &token[..start], &token[end..]);
        let Explained::Done(explanation) = verifier.explain(&changed, NOW) else {
            panic!("nothing to wait for");
        };
        assert_eq!(explanation.refusal, refusal(crate::support::verify(&verifier, &changed)));
        assert_sound(&explanation);
    }

    #[test]
    fn with_any_header_and_claims(
        header in r#"\{("alg":("RS256"|"ES256"|"none"|1))?(,"kid":("key_1"|"key_2"|null))?(,"typ":("JWT"|"x"))?(,"crit":\[\])?(,"b64":false)?\}"#,
        payload in r#"\{("exp":(1|"x"|2750000000))?(,"iss":("https://api.workos.com/user_management/client_01TEST"|"x"))?(,"aud":("client_01TEST"|\[1\]))?(,"sub":("user_1"|"client_1"|""))?(,"sid":("session_1"|"app_consent_1"|1))?(,"client_id":("client_01TEST"|""))?(,"scope":("a b"|1))?(,"cnf":\{\})?\}"#,
        connect in any::<bool>(),
        signed in any::<bool>(),
    ) {
        let asked = Connect { users: true, machines: false, scopes: Some(vec!["a".to_owned()]) };
        let profile = if connect { Profile::Connect(asked) } else { Profile::Session };
        let policy = Policy { profile, ..policy() };
        let token = match signed {
            true => Signer::shared().sign_text(Signer::shared().header().to_string(), payload),
            false => unsigned(&header, &payload),
        };
        let explanation = explain(policy.clone(), &token);
        let verdict = crate::support::verify(
            &verifier(policy, &key_set([&Signer::shared().jwk])), &token);
        assert_eq!(explanation.refusal, refusal(verdict));
        assert_sound(&explanation);
    }
}

#[test]
fn with_what_is_no_token() {
    let long = ".".repeat(16_385);
    for token in ["", ".", "..", "...", "a.b.c", "Bearer a.b.c", "Fe26.2*1", "sk_test", &long] {
        let explanation = explain(policy(), token);
        let verdict =
            crate::support::verify(&verifier(policy(), &key_set([&Signer::shared().jwk])), token);
        assert_eq!(explanation.refusal, refusal(verdict), "{token:.20}");
        assert_sound(&explanation);
    }
    let keys = key_set([&Signer::shared().jwk]);
    let malformed = Malformed::NotAString("a number");
    let explanation = verifier(policy(), &keys).explain_malformed(malformed, NOW);
    assert_eq!(explanation.refusal, Some(Refusal::Malformed(malformed).into()));
    assert_sound(&explanation);
    assert_eq!(check(&explanation, "nbf").expected, Some((NOW + 5.0).into()));
}

#[test]
fn with_a_token_of_the_greatest_length_and_one_byte_more() {
    assert_eq!(explain(policy(), &token_of_length(16_384)).refusal, None);
    let refused = explain(policy(), &token_of_length(16_385)).refusal.unwrap();
    assert_eq!(refused.refusal, Refusal::Malformed(Malformed::TooLong));
}

/// Verifies and explains in the same situation, each in its own world.
fn both(
    situation: impl Fn(&World, &Arc<Verifier>),
    token: &str,
    end: impl Fn(&World),
) -> Explanation {
    let begin = || {
        let world = World::default();
        let verifier = cached(&world, CACHE_POLICY);
        situation(&world, &verifier);
        (world, verifier)
    };
    let (world, verifier) = begin();
    let call = Call::verify(&verifier, token);
    end(&world);
    let verdict = call.outcome();
    let requests = world.requests();

    let (world, verifier) = begin();
    let call = Call::explain(&verifier, token);
    end(&world);
    let explanation = call.outcome();
    assert_eq!(explanation.refusal, refusal(verdict));
    assert_eq!(world.requests(), requests, "as many requests");
    assert_sound(&explanation);
    explanation
}

fn warm(world: &World, verifier: &Arc<Verifier>) {
    let call = Call::ready(verifier);
    world.answer(set_text([&Signer::shared().jwk]));
    assert_eq!(call.outcome(), Ok(()));
}

#[test]
fn cold_warm_and_in_an_outage() {
    let signer = Signer::shared();
    let (good, nothing) = (signer.sign(&claims()), |_: &World, _: &Arc<Verifier>| {});
    let answered = |world: &World| world.answer(set_text([&signer.jwk]));

    assert_eq!(code_of(&both(nothing, &good, answered)), None);
    assert_eq!(code_of(&both(warm, &good, |_| {})), None);

    let expired = signer.sign(&claims_with("exp", serde_json::json!(1)));
    assert_eq!(code_of(&both(nothing, &expired, answered)), Some(Code::TokenExpired));

    let failing = both(nothing, &good, |world| world.fail(FetchFailure::Dns));
    assert_eq!(code_of(&failing), Some(Code::JwksFetchFailed));
    assert!(failing.refusal.unwrap().refusal.retry_after().is_some());

    let backing_off = |world: &World, verifier: &Arc<Verifier>| {
        let call = Call::ready(verifier);
        world.fail(FetchFailure::Status(500));
        assert!(call.outcome().is_err());
    };
    assert_eq!(code_of(&both(backing_off, &good, |_| {})), Some(Code::JwksFetchFailed));
}

#[test]
fn with_an_unknown_key_and_while_it_cools_down() {
    let signer = Signer::shared();
    let unknown = signer.named("key_2").sign(&claims());
    let answered = |world: &World| world.answer(set_text([&signer.jwk]));
    assert_eq!(code_of(&both(warm, &unknown, answered)), Some(Code::UnknownKey));

    let cooling = |world: &World, verifier: &Arc<Verifier>| {
        warm(world, verifier);
        let call = Call::verify(verifier, &unknown);
        answered(world);
        assert!(call.outcome().is_err());
        world.advance(Duration::from_secs(4));
    };
    let explanation = both(cooling, &unknown, |_| {});
    assert_eq!(code_of(&explanation), Some(Code::UnknownKey));
    let pause = explanation.refusal.unwrap().refusal.retry_after();
    assert_eq!(pause, Some(Duration::from_secs(6)));

    let foreign = signer.named("key_2").sign(&claims_with("iss", serde_json::json!("other")));
    let explanation = both(warm, &foreign, |_| {});
    assert_eq!(code_of(&explanation), Some(Code::InvalidIssuer));
    assert_eq!(result(&explanation, "key"), Some(false));
    assert_eq!(result(&explanation, "iss"), Some(false));
}

#[test]
fn neither_reads_nor_fills_the_token_cache() {
    let world = World::default();
    let verifier = cached(&world, CACHE_POLICY);
    warm(&world, &verifier);
    let token = Signer::shared().sign(&claims());
    let usage = || verifier.token_cache.as_ref().unwrap().usage();
    assert_eq!(Call::explain(&verifier, &token).outcome().refusal, None);
    assert_eq!(usage().entries, 0);
    assert!(Call::verify(&verifier, &token).outcome().is_ok());
    let before = usage();
    assert_eq!(Call::explain(&verifier, &token).outcome().refusal, None);
    assert_eq!(usage(), before);
}
