//! The process stood still: a serverless function that is frozen between calls, a stopped process
//! or a suspended machine. No caller pays for it, and keys age nevertheless.

use verify_workos_token_core::error::Code;
use verify_workos_token_core::key_cache::{Failed, MAX_WAITERS};

use super::*;

/// How late a request must be before we conclude that the process stood still.
const MARGIN: Duration = Duration::from_millis(100);
const DAY: Duration = Duration::from_secs(86_400);

impl Setting {
    /// Keys in memory, and a refresh under way in the background.
    fn refreshing(age: Duration) -> Self {
        let setting = Self::warm();
        setting.world.advance(age);
        assert!(setting.call().outcome().is_ok());
        assert_eq!(setting.requests(), 2);
        setting
    }
}

#[test]
fn age_is_the_larger_of_two_clocks() {
    let setting = Setting::warm();
    setting.world.suspend(DAY * 30);
    let age = setting.entry.snapshot().set.unwrap().1;
    assert_eq!(age, DAY * 30, "the monotonic clock stood still");
    let waiting = setting.call();
    assert!(waiting.is_waiting(), "a key of a month ago is not served");
    setting.world.answer(set_text([&Signer::other().jwk]));
    assert_eq!(refused(waiting.outcome()), Refusal::InvalidSignature);

    setting.world.set_back(DAY * 60);
    setting.world.advance(MAX_AGE);
    assert_eq!(setting.entry.snapshot().set.unwrap().1, MAX_AGE, "the wall clock was set back");
}

#[test]
fn a_suspended_machine_neither_backs_off_nor_cools_down_for_longer() {
    let setting = Setting::cold();
    drop(setting.call());
    setting.world.fail(FetchFailure::Connect);
    assert!(!setting.call().is_waiting());
    setting.world.suspend(FIRST_PAUSE);
    assert!(setting.call().is_waiting());
    setting.world.answer(setting.keys());

    drop(setting.call_for_unknown_key());
    setting.world.answer(setting.keys());
    setting.world.suspend(CACHE_POLICY.cooldown);
    assert!(setting.call_for_unknown_key().is_waiting());
}

#[test]
fn a_request_whose_time_is_over_is_not_joined() {
    let setting = Setting::cold();
    let before = setting.call();
    setting.world.freeze(CACHE_POLICY.timeout + MARGIN);
    let after = setting.call();
    assert_eq!(setting.requests(), 2, "a request of its own");
    assert_eq!(refused(before.outcome()), unavailable(FetchFailure::Timeout, Duration::ZERO));
    let dead = setting.world.take_flight();
    dead.finish(Err(FetchFailure::Interrupted.into()));
    assert!(after.is_waiting(), "what becomes of the dead one is nothing to it");
    setting.world.advance(CACHE_POLICY.timeout - TICK);
    assert!(after.is_waiting(), "with its whole time");
    setting.world.answer(setting.keys());
    assert!(after.outcome().is_ok());
    let counters = setting.entry.snapshot().counters;
    assert_eq!((counters.fetches, counters.fetch_failures), (2, 1));
}

#[test]
fn a_request_that_is_only_late_is_joined() {
    let setting = Setting::cold();
    let first = setting.call();
    setting.world.freeze(CACHE_POLICY.timeout + MARGIN - TICK);
    let joined = setting.call();
    assert_eq!(setting.requests(), 1);
    setting.world.fail(FetchFailure::Timeout);
    for call in [first, joined] {
        assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Timeout, FIRST_PAUSE));
    }
}

#[test]
fn a_request_that_ends_late_puts_off_nothing() {
    for failure in [FetchFailure::Timeout, FetchFailure::Interrupted, FetchFailure::Dns] {
        let setting = Setting::cold();
        let before = setting.call();
        setting.world.freeze(CACHE_POLICY.timeout + MARGIN);
        setting.world.fail(failure);
        let refusal = refused(before.outcome());
        assert_eq!(refusal, unavailable(FetchFailure::Timeout, Duration::ZERO));
        assert!(setting.call().is_waiting(), "no back-off");
        setting.world.answer(setting.keys());
        assert!(setting.call().outcome().is_ok());
    }
}

/// A response that lay in a socket is as old as the standstill was long.
#[test]
fn an_answer_from_before_is_not_taken() {
    for suspended in [false, true] {
        let setting = Setting::cold();
        let call = setting.call();
        match suspended {
            true => setting.world.suspend(DAY),
            false => setting.world.freeze(DAY),
        }
        setting.world.answer(setting.keys());
        assert!(!setting.entry.has_keys());
        match suspended {
            // Its own time is not over, so it goes on with a new request.
            true => assert!(call.is_waiting()),
            false => assert_eq!(refused(call.outcome()).code(), Code::JwksFetchFailed),
        }
        assert!(setting.call().is_waiting());
        setting.world.answer(setting.keys());
        assert!(setting.entry.has_keys());
    }
}

/// The fetcher notices a standstill that is shorter than a request's timeout.
#[test]
fn whoever_has_time_left_asks_again() {
    let setting = Setting::cold();
    let call = setting.call();
    setting.world.freeze(SECOND * 3);
    let failed = Failed { stood_still: true, ..FetchFailure::Interrupted.into() };
    setting.world.take_flight().finish(Err(failed));
    assert!(call.is_waiting());
    assert_eq!(setting.requests(), 2);
    setting.world.advance(SECOND * 2 - TICK);
    assert!(call.is_waiting(), "to its first deadline");
    setting.world.advance(TICK);
    assert_eq!(refused(call.outcome()).code(), Code::JwksFetchFailed);
}

#[test]
fn a_step_of_the_wall_clock_costs_nobody_anything() {
    let setting = Setting::cold();
    let call = setting.call();
    setting.world.suspend(DAY);
    let next = setting.call();
    assert_eq!(setting.requests(), 2, "the request was taken for dead");
    assert!(call.is_waiting(), "but its callers go on");
    drop(setting.world.take_flight());
    setting.world.answer(setting.keys());
    assert!(call.outcome().is_ok());
    assert!(next.outcome().is_ok());
}

/// A serverless function that is called once a minute and frozen in between never completes a
/// refresh in the background.
#[test]
fn a_refresh_that_died_is_made_up_for_by_the_next_call_past_expiry() {
    let setting = Setting::refreshing(MAX_AGE.mul_f64(0.8));
    setting.world.freeze(SECOND * 60);
    assert!(setting.call().outcome().is_ok(), "not past expiry: served at once");
    assert_eq!(setting.requests(), 3, "with another refresh behind it");
    setting.world.freeze(SECOND * 60);
    let waiting = setting.call();
    assert_eq!(setting.requests(), 4);
    assert!(waiting.is_waiting(), "past expiry: it waits for its refresh");
    drop((setting.world.take_flight(), setting.world.take_flight()));
    setting.world.answer(setting.keys());
    assert!(waiting.outcome().is_ok());
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 4, "fresh again");
}

#[test]
fn whoever_waits_for_that_refresh_has_the_old_keys_where_it_fails() {
    let dead = || {
        let setting = Setting::refreshing(MAX_AGE);
        setting.world.freeze(SECOND * 60);
        setting.world.fail(FetchFailure::Timeout);
        let waiting = setting.call();
        assert!(waiting.is_waiting());
        (setting, waiting)
    };
    let (setting, waiting) = dead();
    setting.world.fail(FetchFailure::Connect);
    assert!(waiting.outcome().is_ok(), "an outage");
    assert!(setting.call().outcome().is_ok());
    assert_eq!(setting.requests(), 3, "which puts off the next attempt");
    setting.world.advance(FIRST_PAUSE);
    assert!(setting.call().outcome().is_ok(), "behind which nobody waits again");
    assert_eq!(setting.requests(), 4);

    let (setting, waiting) = dead();
    setting.world.advance(CACHE_POLICY.timeout);
    assert!(waiting.outcome().is_ok(), "a server that hangs");

    let (setting, _waiting) = dead();
    let hasty = caller(&setting.entry, CachePolicy { timeout: SECOND, ..CACHE_POLICY });
    let leaving = Call::verify(&hasty, &setting.token);
    setting.world.advance(SECOND);
    assert!(leaving.outcome().is_ok(), "a caller with less time");

    let (setting, _waiting) = dead();
    let now = crate::support::NOW;
    assert!(setting.verifier.verify_sync(&setting.token, now).is_ok(), "one who cannot wait");
}

/// Whoever is called often enough needs to wait once alone.
#[test]
fn a_refresh_that_was_made_up_for_is_forgotten() {
    let setting = Setting::refreshing(MAX_AGE);
    setting.world.freeze(SECOND * 60);
    let waiting = setting.call();
    drop(setting.world.take_flight());
    setting.world.answer(setting.keys());
    assert!(waiting.outcome().is_ok());
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok(), "served at once, refreshed behind");
}

#[test]
fn whoever_is_one_too_many_for_that_refresh_has_the_old_keys() {
    let setting = Setting::refreshing(MAX_AGE);
    setting.world.freeze(SECOND * 60);
    let waiting: Vec<_> = (0..MAX_WAITERS).map(|_| setting.call()).collect();
    assert!(waiting.iter().all(Call::is_waiting));
    assert!(setting.call().outcome().is_ok());
}

/// `ready` looks nothing up before it waits.
#[test]
fn a_dead_request_is_ended_by_whoever_waits_next() {
    for frozen in [true, false] {
        let setting = Setting::cold();
        let before = setting.call();
        match frozen {
            true => setting.world.freeze(DAY),
            false => setting.world.suspend(DAY),
        }
        let ready = Call::ready(&setting.verifier);
        assert_eq!(setting.requests(), 2);
        assert_eq!(before.is_waiting(), !frozen);
        drop(setting.world.take_flight());
        setting.world.answer(setting.keys());
        assert_eq!(ready.outcome(), Ok(()));
        assert_eq!(before.outcome().is_ok(), !frozen);
    }
}

/// However a wait for such a refresh ends, old keys are counted as such.
#[test]
fn the_old_keys_are_counted_as_such() {
    let stale_serves = |setting: &Setting| setting.entry.snapshot().counters.stale_serves;
    let setting = Setting::refreshing(MAX_AGE);
    setting.world.freeze(SECOND * 60);
    let hasty = caller(&setting.entry, CachePolicy { timeout: SECOND, ..CACHE_POLICY });
    let waiting = setting.call();
    let leaving = Call::verify(&hasty, &setting.token);
    let before = stale_serves(&setting);
    setting.world.advance(SECOND);
    assert!(leaving.outcome().is_ok(), "its time is over");
    assert_eq!(stale_serves(&setting), before + 1);
    setting.world.freeze(SECOND * 60);
    let next = setting.call();
    assert!(waiting.outcome().is_ok(), "its request is over");
    assert!(next.is_waiting());
    assert_eq!(stale_serves(&setting), before + 2);
}

#[test]
fn whoever_waited_for_that_refresh_while_frozen_has_the_old_keys() {
    let setting = Setting::refreshing(MAX_AGE);
    setting.world.freeze(SECOND * 60);
    let waiting = setting.call();
    assert!(waiting.is_waiting());
    setting.world.freeze(SECOND * 60);
    drop(setting.call());
    assert!(waiting.outcome().is_ok());
}
