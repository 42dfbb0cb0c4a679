//! Callers of one entry, each with its own policy.

use verify_workos_token_core::key_cache::MAX_WAITERS;

use super::*;

/// A caller of the setting's entry with this timeout.
fn patient(setting: &Setting, timeout: Duration) -> Arc<Verifier> {
    caller(&setting.entry, CachePolicy { timeout, ..CACHE_POLICY })
}

#[test]
fn age_and_grace_are_each_callers_own() {
    let setting = Setting::warm();
    let lasting =
        caller(&setting.entry, CachePolicy { max_age: Some(SECOND * 86_400), ..CACHE_POLICY });
    let strict =
        caller(&setting.entry, CachePolicy { stale_if_error: Duration::ZERO, ..CACHE_POLICY });
    setting.world.advance(MAX_AGE);
    assert!(Call::verify(&lasting, &setting.token).outcome().is_ok());
    assert_eq!(setting.requests(), 1, "still fresh for this one");
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 2, "stale for this one");
    let waiting = Call::verify(&strict, &setting.token);
    assert!(waiting.is_waiting(), "gone for this one");
    assert_eq!(setting.requests(), 2, "but the refresh is under way");
    setting.world.answer(setting.keys());
    assert!(waiting.outcome().is_ok());
}

#[test]
fn back_off_is_the_entrys() {
    let setting = Setting::cold();
    let other = patient(&setting, SECOND * 30);
    let call = setting.call();
    setting.world.fail(FetchFailure::Connect);
    drop(call.outcome());
    let at_once = Call::verify(&other, &setting.token).outcome();
    assert_eq!(refused(at_once), unavailable(FetchFailure::Connect, FIRST_PAUSE));
    assert_eq!(setting.requests(), 1);
}

#[test]
fn a_caller_with_less_time_leaves_early() {
    let setting = Setting::cold();
    let slow = setting.call();
    let hasty = Call::verify(&patient(&setting, SECOND), &setting.token);
    setting.world.advance(SECOND - TICK);
    assert!(hasty.is_waiting());
    setting.world.advance(TICK);
    let left = refused(hasty.outcome());
    assert_eq!(left, unavailable(FetchFailure::Timeout, CACHE_POLICY.timeout - SECOND));
    assert!(slow.is_waiting());
    setting.world.answer(setting.keys());
    assert!(slow.outcome().is_ok(), "the request went on for the others");
    assert_eq!(setting.entry.snapshot().counters.fetch_failures, 0);
}

#[test]
fn a_caller_with_as_much_time_as_the_request_ends_with_it() {
    let setting = Setting::cold();
    setting.world.drift();
    let calls = [setting.call(), setting.call()];
    setting.world.advance(CACHE_POLICY.timeout);
    for call in calls {
        assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Timeout, FIRST_PAUSE));
    }
    assert_eq!(setting.entry.snapshot().counters.fetch_failures, 1);
}

#[test]
fn a_caller_with_more_time_extends_the_request() {
    let setting = Setting::cold();
    let call = setting.call();
    let slow = Call::verify(&patient(&setting, SECOND * 30), &setting.token);
    setting.world.advance(CACHE_POLICY.timeout);
    assert!(!call.is_waiting(), "nobody waits longer than their own time");
    let left = refused(call.outcome());
    assert_eq!(left, unavailable(FetchFailure::Timeout, SECOND * 30 - CACHE_POLICY.timeout));
    assert!(slow.is_waiting());
    setting.world.advance(SECOND * 20);
    setting.world.answer(setting.keys());
    assert!(slow.outcome().is_ok());
    assert_eq!(setting.requests(), 1);
}

/// Tens of thousands of waiting tokens of 16 kB each would fill the memory.
#[test]
fn as_many_wait_as_can_and_the_others_are_answered_at_once() {
    let setting = Setting::cold();
    let waiting: Vec<_> = (0..MAX_WAITERS).map(|_| setting.call()).collect();
    setting.world.advance(SECOND);
    let left = CACHE_POLICY.timeout - SECOND;
    let too_many = unavailable(FetchFailure::TooManyWaiting, left);
    assert_eq!(refused(setting.call().outcome()), too_many);
    assert_eq!(refused(setting.call_for_unknown_key().outcome()), too_many);
    assert_eq!(Call::ready(&setting.verifier).outcome(), Err(too_many));
    setting.world.advance(left - TICK);
    let soon = unavailable(FetchFailure::TooManyWaiting, FIRST_PAUSE);
    assert_eq!(refused(setting.call().outcome()), soon, "never in less than a pause");
    assert!(waiting.iter().all(Call::is_waiting));
    assert_eq!(setting.requests(), 1);
    setting.world.answer(setting.keys());
    assert!(waiting.iter().all(|call| call.outcome().is_ok()));
    assert!(setting.call().outcome().is_ok());
}

#[test]
fn a_late_joiner_waits_no_longer_than_the_request() {
    let setting = Setting::cold();
    let first = setting.call();
    setting.world.advance(CACHE_POLICY.timeout - SECOND);
    let late = setting.call();
    setting.world.advance(SECOND);
    for call in [first, late] {
        assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Timeout, FIRST_PAUSE));
    }
}

#[test]
fn who_has_left_is_not_answered_again() {
    let setting = Setting::cold();
    let hasty = Call::verify(&patient(&setting, SECOND), &setting.token);
    let slow = setting.call();
    setting.world.advance(SECOND);
    assert!(!hasty.is_waiting());
    setting.world.answer(setting.keys());
    assert!(slow.outcome().is_ok());
    setting.world.advance(CACHE_POLICY.timeout);
    assert_eq!(hasty.outcome().unwrap_err().refusal.retry_after(), Some(SECOND * 4));
}

#[test]
fn who_asks_again_keeps_to_the_first_deadline() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok());
    let waiting = setting.call_for_unknown_key();
    setting.world.advance(CACHE_POLICY.timeout - SECOND);
    setting.world.answer(setting.keys());
    assert_eq!(setting.requests(), 3, "the refresh did not bring the key, and it is asked for");
    setting.world.advance(SECOND);
    let left = refused(waiting.outcome());
    assert_eq!(left, unavailable(FetchFailure::Timeout, CACHE_POLICY.timeout - SECOND));
    assert_eq!(setting.entry.snapshot().counters.fetch_failures, 0, "the request has its own time");
}
