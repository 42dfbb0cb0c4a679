//! Keys that come, go and change.

use std::sync::LazyLock;

use verify_workos_token_core::key_cache::MAX_WAITERS;

use super::*;

/// The key that replaces the signer's.
static NEXT: LazyLock<Signer> = LazyLock::new(|| Signer::other().named("key_2"));

#[test]
fn a_set_is_refreshed_behind_while_nobody_waits() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE.mul_f64(0.8) - TICK);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 1, "not yet in the refresh window");

    setting.world.advance(TICK);
    for _ in 0..100 {
        assert!(setting.call().outcome().is_ok());
    }
    assert_eq!(setting.requests(), 2);
    setting.world.answer(setting.keys());
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 2, "fresh again");
}

#[test]
fn the_refresh_window_of_each_set_starts_at_random() {
    let setting = Setting::cold();
    setting.world.roll(1.0);
    let call = setting.call();
    setting.world.answer(setting.keys());
    assert!(call.outcome().is_ok());
    setting.world.advance(MAX_AGE.mul_f64(0.9) - SECOND);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 1);
    setting.world.advance(SECOND);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 2);
}

#[test]
fn an_idle_set_makes_no_requests() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE * 100);
    assert_eq!(setting.requests(), 1);
}

#[test]
fn a_new_key_is_fetched_when_it_is_first_met() {
    let setting = Setting::warm();
    let call = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    setting.world.answer(set_text([&setting.signer.jwk, &NEXT.jwk]));
    assert!(call.outcome().is_ok());
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 2);
}

#[test]
fn ten_thousand_unknown_keys_make_one_request_per_window() {
    let setting = Setting::warm();
    let flood =
        |from: usize| (from..from + 10_000).map(|number| token_of(&format!("key_{number}")));
    let calls: Vec<_> = flood(1_000).map(|token| Call::verify(&setting.verifier, &token)).collect();
    assert_eq!(setting.requests(), 2);
    let waiting = calls.iter().filter(|call| call.is_waiting()).count();
    assert_eq!(waiting, MAX_WAITERS, "the others are answered at once");
    assert_eq!(refused(calls[MAX_WAITERS].outcome()), unknown_until(CACHE_POLICY.timeout));
    setting.world.answer(setting.keys());
    assert_eq!(refused(calls[0].outcome()), UNKNOWN, "for whom the request was made");
    let joined = &calls[1..MAX_WAITERS];
    let retry = unknown_until(CACHE_POLICY.cooldown);
    assert!(joined.iter().all(|call| refused(call.outcome()) == retry), "never a final no");

    setting.world.advance(CACHE_POLICY.cooldown - TICK);
    for token in flood(20_000) {
        let at_once = Call::verify(&setting.verifier, &token).outcome();
        assert_eq!(refused(at_once), unknown_until(TICK));
    }
    assert_eq!(setting.requests(), 2, "the cooldown holds to its last moment");

    // The flood goes on, and a token with a legitimate new key arrives in its midst.
    setting.world.advance(TICK);
    let forged = Call::verify(&setting.verifier, &token_of("key_flood"));
    let genuine = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    assert_eq!(setting.requests(), 3);
    setting.world.answer(set_text([&setting.signer.jwk, &NEXT.jwk]));
    assert_eq!(refused(forged.outcome()), UNKNOWN);
    assert!(genuine.outcome().is_ok());
}

#[test]
fn only_requests_for_an_unknown_key_start_the_cooldown() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok());
    setting.world.answer(setting.keys());
    assert_eq!(setting.requests(), 2);
    let call = setting.call_for_unknown_key();
    assert_eq!(setting.requests(), 3, "neither the first fetch nor the refresh did");
    setting.world.answer(setting.keys());
    assert_eq!(refused(call.outcome()), UNKNOWN);
    assert_eq!(
        refused(setting.call_for_unknown_key().outcome()),
        unknown_until(CACHE_POLICY.cooldown)
    );
}

#[test]
fn a_failed_request_starts_no_cooldown() {
    let setting = Setting::warm();
    let call = setting.call_for_unknown_key();
    setting.world.fail(FetchFailure::Timeout);
    drop(call.outcome());
    setting.world.advance(FIRST_PAUSE);
    let call = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    setting.world.answer(set_text([&NEXT.jwk]));
    assert!(call.outcome().is_ok());
}

#[test]
fn whoever_joins_a_refresh_for_an_unknown_key_asks_again() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 2, "the refresh is under way");
    let genuine = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    assert_eq!(setting.requests(), 2, "and joined");
    setting.world.answer(setting.keys());
    assert!(genuine.is_waiting(), "it may have been answered before the key was published");
    assert_eq!(setting.requests(), 3);
    setting.world.answer(set_text([&setting.signer.jwk, &NEXT.jwk]));
    assert!(genuine.outcome().is_ok());
}

/// Even the very first response may have been sent before the key was published.
#[test]
fn whoever_joins_a_first_fetch_for_a_newer_key_asks_again() {
    let setting = Setting::cold();
    let first = setting.call();
    let newer = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    assert_eq!(setting.requests(), 1);
    setting.world.answer(setting.keys());
    assert!(first.outcome().is_ok());
    assert!(newer.is_waiting());
    assert_eq!(setting.requests(), 2);
    setting.world.answer(set_text([&setting.signer.jwk, &NEXT.jwk]));
    assert!(newer.outcome().is_ok());
}

#[test]
fn whoever_joins_a_request_for_another_unknown_key_gets_no_final_answer() {
    let setting = Setting::warm();
    let forged = setting.call_for_unknown_key();
    setting.world.advance(SECOND);
    let newer = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    setting.world.advance(SECOND);
    setting.world.answer(setting.keys());
    assert_eq!(refused(forged.outcome()), UNKNOWN);
    assert_eq!(refused(newer.outcome()), unknown_until(CACHE_POLICY.cooldown - SECOND * 2));
    assert_eq!(setting.requests(), 2);
}

#[test]
fn whoever_asks_again_and_is_refused_then_gets_a_final_answer() {
    let setting = Setting::cold();
    let first = setting.call();
    let unknown = setting.call_for_unknown_key();
    setting.world.answer(setting.keys());
    assert!(first.outcome().is_ok());
    setting.world.answer(setting.keys());
    assert_eq!(refused(unknown.outcome()), UNKNOWN);
}

/// However long requests take, a new key is picked up within the cooldown and one request.
#[test]
fn the_cooldown_runs_from_the_start_of_the_request() {
    let setting = Setting::warm();
    let forged = setting.call_for_unknown_key();
    setting.world.advance(SECOND * 4);
    setting.world.answer(setting.keys());
    assert_eq!(refused(forged.outcome()), UNKNOWN);
    let left = CACHE_POLICY.cooldown - SECOND * 4;
    assert_eq!(refused(setting.call_for_unknown_key().outcome()), unknown_until(left));
    setting.world.advance(left - TICK);
    assert_eq!(refused(setting.call_for_unknown_key().outcome()), unknown_until(TICK));
    setting.world.advance(TICK);
    assert!(setting.call_for_unknown_key().is_waiting());
    assert_eq!(setting.requests(), 3);
}

#[test]
fn whoever_joins_a_refresh_that_brings_the_key_does_not() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok());
    let genuine = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    setting.world.answer(set_text([&setting.signer.jwk, &NEXT.jwk]));
    assert!(genuine.outcome().is_ok());
    assert_eq!(setting.requests(), 2);
}

#[test]
fn another_issuers_token_makes_no_request() {
    let setting = Setting::warm();
    for claims in [
        crate::support::claims_with("iss", json!("https://api.workos.com")),
        crate::support::claims_with("iss", None),
        crate::support::claims_with("iss", json!([crate::support::ISSUER])),
    ] {
        let token = NEXT.sign(&claims);
        let refusal = refused(Call::verify(&setting.verifier, &token).outcome());
        assert!(matches!(refusal, Refusal::ForeignIssuer(_)), "{refusal:?}");
    }
    assert_eq!(setting.requests(), 1);
}

/// It waits only because nothing is in memory yet. The keys that arrive decide about it, even if
/// their request began before the call.
#[test]
fn another_issuers_token_that_joins_a_first_fetch_makes_no_second() {
    let setting = Setting::cold();
    let first = setting.call();
    let issuer = json!("https://api.workos.com");
    let token = NEXT.sign(&crate::support::claims_with("iss", issuer));
    let foreign = Call::verify(&setting.verifier, &token);
    assert!(foreign.is_waiting());
    setting.world.answer(setting.keys());
    assert!(first.outcome().is_ok());
    let refusal = refused(foreign.outcome());
    assert!(matches!(refusal, Refusal::ForeignIssuer(_)), "{refusal:?}");
    assert_eq!(setting.requests(), 1);
    assert!(setting.call_for_unknown_key().is_waiting(), "no cooldown has started");
}

#[test]
fn a_withdrawn_key_stops_working_at_once() {
    let setting = Setting::warm();
    let call = Call::verify(&setting.verifier, &NEXT.sign(&claims()));
    setting.world.answer(set_text([&NEXT.jwk]));
    assert!(call.outcome().is_ok());
    assert_eq!(refused(setting.call().outcome()), unknown_until(CACHE_POLICY.cooldown));
}

#[test]
fn a_key_that_changed_under_its_name_counts_at_once() {
    let setting = Setting::warm();
    assert_eq!(Signer::other().jwk["kid"], setting.signer.jwk["kid"]);
    let changed = Signer::other().sign(&claims());
    assert_eq!(
        refused(Call::verify(&setting.verifier, &changed).outcome()),
        Refusal::InvalidSignature
    );
    let call = setting.call_for_unknown_key();
    setting.world.answer(set_text([&Signer::other().jwk]));
    drop(call.outcome());
    assert!(Call::verify(&setting.verifier, &changed).outcome().is_ok());
    assert_eq!(refused(setting.call().outcome()), Refusal::InvalidSignature);
}
