//! Failed fetches: what callers are told, and when the next attempt is made.

use verify_workos_token_core::error::{Code, FetchFailure, Unusable};
use verify_workos_token_core::verifier::Step;

use super::*;

#[test]
fn a_cold_and_failing_source_is_asked_once_per_step() {
    let setting = Setting::cold();
    let first = setting.call();
    setting.world.fail(FetchFailure::Connect);
    assert_eq!(refused(first.outcome()), unavailable(FetchFailure::Connect, FIRST_PAUSE));

    setting.world.advance(FIRST_PAUSE - TICK);
    for _ in 0..100 {
        let between = setting.call().outcome();
        assert_eq!(refused(between), unavailable(FetchFailure::Connect, TICK), "at once");
    }
    let now = crate::support::NOW;
    let failed = unavailable(FetchFailure::Connect, TICK);
    let Step::Done(verdict) = setting.verifier.verify(&setting.token, now) else { panic!() };
    assert_eq!(refused(verdict), failed, "without a wait");
    assert_eq!(refused(setting.verifier.verify_sync(&setting.token, now)), failed);
    assert_eq!(setting.requests(), 1);

    setting.world.advance(TICK);
    let next = setting.call();
    assert_eq!(setting.requests(), 2);
    setting.world.answer(setting.keys());
    assert!(next.outcome().is_ok());
}

#[test]
fn pauses_grow_with_each_failure_and_start_anew_after_a_good_answer() {
    let setting = Setting::cold();
    setting.world.roll(1.0);
    for milliseconds in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        let call = setting.call();
        setting.world.fail(FetchFailure::Status(500));
        let pause = Duration::from_millis(milliseconds);
        assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Status(500), pause));
        setting.world.advance(pause);
    }
    let call = setting.call();
    setting.world.answer(setting.keys());
    assert!(call.outcome().is_ok());

    let call = setting.call_for_unknown_key();
    setting.world.fail(FetchFailure::Status(500));
    let pause = Duration::from_millis(500);
    assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Status(500), pause));
}

#[test]
fn stale_keys_serve_for_the_grace_time_and_no_longer() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok(), "nobody waits for the refresh");
    assert_eq!(setting.requests(), 2);
    setting.world.fail(FetchFailure::Timeout);

    setting.world.advance(CACHE_POLICY.stale_if_error - TICK);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 3);
    setting.world.fail(FetchFailure::Timeout);

    setting.world.advance(TICK);
    let retry_after = FIRST_PAUSE - TICK;
    assert_eq!(refused(setting.call().outcome()), unavailable(FetchFailure::Timeout, retry_after));
    assert_eq!(setting.requests(), 3);

    setting.world.advance(retry_after);
    let waiting = setting.call();
    assert!(waiting.is_waiting());
    setting.world.advance(CACHE_POLICY.timeout);
    assert_eq!(refused(waiting.outcome()), unavailable(FetchFailure::Timeout, FIRST_PAUSE));
}

#[test]
fn a_synchronous_call_past_the_grace_time_has_no_keys() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE + CACHE_POLICY.stale_if_error);
    let verdict = setting.verifier.verify_sync(&setting.token, crate::support::NOW);
    assert_eq!(refused(verdict).code(), Code::JwksFetchFailed, "no key may serve");
    setting.world.answer(setting.keys());
    let call = setting.call_for_unknown_key();
    assert!(call.is_waiting(), "that fetch was for no unknown kid, and starts no cooldown");
}

#[test]
fn while_a_stale_set_backs_off_it_serves_without_requests() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok());
    setting.world.fail(FetchFailure::Connect);
    for _ in 0..100 {
        assert!(setting.call().outcome().is_ok());
    }
    assert_eq!(setting.requests(), 2);
    setting.world.advance(FIRST_PAUSE);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 3);
}

#[test]
fn a_bad_answer_never_replaces_a_good_set() {
    let weak = r#"{"keys":[{"kty":"RSA","kid":"key_1","n":"AQAB","e":"AQAB"}]}"#;
    let answers = [
        ("", FetchFailure::NotJson),
        ("<html>", FetchFailure::Html),
        (r#"{"keys":[{"kty":"RSA""#, FetchFailure::NotJson),
        ("[]", FetchFailure::NotAKeySet),
        (r#"[[{"kty":"RSA"}]]"#, FetchFailure::NotAKeySet),
        ("{}", FetchFailure::NotAKeySet),
        (r#"{"keys":{}}"#, FetchFailure::NotAKeySet),
        (r#"{"keys":[],"keys":[]}"#, FetchFailure::NotAKeySet),
        (r#"{"keys":[]}"#, FetchFailure::NoUsableKey(None)),
        (r#"{"keys":[null,7,"key",[]]}"#, FetchFailure::NoUsableKey(Some(Unusable::NotAnObject))),
        (weak, FetchFailure::NoUsableKey(Some(Unusable::ShortModulus))),
    ];
    for (answer, failure) in answers {
        let cold = Setting::cold();
        let call = cold.call();
        cold.world.answer(answer);
        assert_eq!(refused(call.outcome()), unavailable(failure, FIRST_PAUSE), "{answer}");

        let warm = Setting::warm();
        let call = warm.call_for_unknown_key();
        warm.world.answer(answer);
        assert_eq!(refused(call.outcome()), unavailable(failure, FIRST_PAUSE), "{answer}");
        assert!(warm.call().outcome().is_ok(), "the good set serves on after {answer}");
    }
}

#[test]
fn an_outage_during_a_rotation_is_never_an_unknown_key() {
    let setting = Setting::warm();
    let call = setting.call_for_unknown_key();
    setting.world.fail(FetchFailure::Status(503));
    let failure = FetchFailure::Status(503);
    assert_eq!(refused(call.outcome()), unavailable(failure, FIRST_PAUSE));
    let at_once = setting.call_for_unknown_key().outcome();
    assert_eq!(refused(at_once), unavailable(failure, FIRST_PAUSE));
    assert_eq!(setting.requests(), 2);
    assert!(setting.call().outcome().is_ok());
}
