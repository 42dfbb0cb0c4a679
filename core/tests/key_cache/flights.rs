//! One request for all callers who wait.

use std::sync::Arc;
use std::thread;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::verifier::Step;

use super::*;

#[test]
fn a_thousand_cold_callers_make_one_request() {
    let setting = Setting::cold();
    let calls: Vec<_> = (0..1_000).map(|_| setting.call()).collect();
    assert_eq!(setting.requests(), 1);
    assert!(calls.iter().all(Call::is_waiting));
    setting.world.answer(setting.keys());
    assert!(calls.iter().all(|call| call.outcome().is_ok()));
    assert_eq!(setting.requests(), 1);
}

#[test]
fn callers_on_many_threads_make_one_request() {
    let setting = Setting::cold();
    let calls: Vec<Call> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..50).map(|_| setting.call()).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(setting.requests(), 1);
    setting.world.answer(setting.keys());
    assert_eq!(calls.iter().filter(|call| call.outcome().is_ok()).count(), 400);
}

#[test]
fn a_key_in_memory_makes_no_request_and_no_wait() {
    let setting = Setting::warm();
    for _ in 0..10 {
        assert!(matches!(
            setting.verifier.verify(&setting.token, crate::support::NOW),
            Step::Done(Ok(_))
        ));
        assert!(setting.call().outcome().is_ok());
    }
    assert_eq!(setting.requests(), 1);
}

#[test]
fn a_failed_request_is_everyones_answer() {
    let setting = Setting::cold();
    let calls: Vec<_> = (0..10).map(|_| setting.call()).collect();
    setting.world.fail(FetchFailure::Dns);
    for call in calls {
        assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Dns, FIRST_PAUSE));
    }
}

#[test]
fn a_request_that_is_dropped_leaves_nobody_waiting() {
    let setting = Setting::cold();
    let call = setting.call();
    let ready = Call::ready(&setting.verifier);
    drop(setting.world.take_flight());
    let expected = unavailable(FetchFailure::Internal, FIRST_PAUSE);
    assert_eq!(refused(call.outcome()), expected);
    assert_eq!(ready.outcome(), Err(expected));
}

#[test]
fn a_request_that_nobody_answers_ends_with_its_time() {
    let setting = Setting::cold();
    let call = setting.call();
    setting.world.advance(CACHE_POLICY.timeout - TICK);
    assert!(call.is_waiting());
    setting.world.advance(TICK);
    assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Timeout, FIRST_PAUSE));
}

#[test]
fn readiness_waits_for_the_same_request() {
    let setting = Setting::cold();
    let ready = Call::ready(&setting.verifier);
    let call = setting.call();
    assert_eq!(setting.requests(), 1);
    setting.world.answer(setting.keys());
    assert_eq!(ready.outcome(), Ok(()));
    assert!(call.outcome().is_ok());
    assert_eq!(Call::ready(&setting.verifier).outcome(), Ok(()), "with keys in memory at once");
    assert_eq!(setting.requests(), 1);
}

#[test]
fn a_synchronous_call_waits_for_nothing() {
    let setting = Setting::cold();
    let now = crate::support::NOW;
    let verdict = setting.verifier.verify_sync(&setting.token, now);
    assert_eq!(refused(verdict), unavailable(FetchFailure::NotFetched, SECOND));
    assert_eq!(setting.requests(), 1, "the fetch that would help is started behind");
    setting.world.answer(setting.keys());
    assert!(setting.verifier.verify_sync(&setting.token, now).is_ok());

    let verdict = setting.verifier.verify_sync(&token_of("key_unknown"), now);
    assert_eq!(refused(verdict), unknown_until(SECOND));
    assert_eq!(setting.requests(), 2);
}

#[test]
fn sources_never_share() {
    let world = World::default();
    let [ours, theirs] = ["https://ours.invalid", "https://theirs.invalid"]
        .map(|url| caller(&world.entry(url), CACHE_POLICY));
    let token = Signer::shared().sign(&claims());
    let our_call = Call::verify(&ours, &token);
    let their_call = Call::verify(&theirs, &token);
    assert_eq!(world.requests(), 2);
    let flight = world.take_flight();
    assert_eq!(flight.source().unwrap().url, "https://ours.invalid");
    let body = set_text([&Signer::shared().jwk]).into_bytes();
    let answer = verify_workos_token_core::key_cache::KeySetResponse {
        body: Some(body),
        etag: None,
        max_age: None,
    };
    flight.finish(Ok(answer));
    assert!(our_call.outcome().is_ok());
    assert!(their_call.is_waiting(), "our keys are not theirs");
    world.answer(set_text([&Signer::other().jwk]));
    assert_eq!(refused(their_call.outcome()), Refusal::InvalidSignature);
    assert!(Call::verify(&ours, &token).outcome().is_ok());
}

#[test]
fn counts_what_happens() {
    let setting = Setting::warm();
    assert!(setting.call().outcome().is_ok());
    setting.world.advance(SECOND);
    let call = setting.call_for_unknown_key();
    setting.world.advance(SECOND);
    setting.world.fail(FetchFailure::Status(500));
    drop(call.outcome());
    setting.world.advance(MAX_AGE - SECOND - SECOND);
    assert!(setting.call().outcome().is_ok());
    let snapshot = setting.entry.snapshot();
    let counters = snapshot.counters;
    assert_eq!((counters.fetches, counters.fetch_failures), (3, 1));
    assert_eq!(counters.last_duration, Some(SECOND));
    assert_eq!((counters.stale_serves, counters.unknown_key_lookups), (1, 1));
    let (set, age) = snapshot.set.unwrap();
    assert_eq!((set.usable_keys(), age), (1, MAX_AGE));
    assert!(Arc::strong_count(&set) > 1, "the set is shared, not copied");
}
