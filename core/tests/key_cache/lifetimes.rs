//! What a key server says about time: how long its response lasts, whether the keys have changed,
//! and when it wants the next request.

use verify_workos_token_core::key_cache::table::{
    BACK_OFF_MAX, SERVER_MAX_AGE_MAX, SERVER_MAX_AGE_MIN,
};
use verify_workos_token_core::key_cache::{Failed, KeySetResponse};

use super::*;

/// The policy of a caller who sets no `max_age`.
const DEFAULT: CachePolicy = CachePolicy { max_age: None, ..CACHE_POLICY };
const MINUTE: Duration = Duration::from_secs(60);

impl Setting {
    /// Responds to the oldest request with these fields.
    fn answer_with(&self, body: Option<String>, etag: Option<&str>, max_age: Option<Duration>) {
        let body = body.map(String::into_bytes);
        let etag = etag.map(str::to_owned);
        self.world.take_flight().finish(Ok(KeySetResponse { body, etag, max_age }));
    }

    fn not_modified(&self) {
        self.answer_with(None, None, None);
    }

    /// The key is in memory, from a response with this lifetime.
    fn warmed(etag: Option<&str>, max_age: Option<Duration>) -> Self {
        let setting = Self::cold();
        let ready = Call::ready(&setting.verifier);
        setting.answer_with(Some(setting.keys()), etag, max_age);
        assert_eq!(ready.outcome(), Ok(()));
        setting
    }

    /// Whether a call with this policy starts a request now.
    fn starts_request(&self, policy: CachePolicy) -> bool {
        let before = self.requests();
        let call = Call::verify(&caller(&self.entry, policy), &self.token);
        assert!(call.outcome().is_ok(), "nobody waits");
        self.requests() > before
    }
}

#[test]
fn a_lifetime_is_the_callers_or_the_servers_within_bounds() {
    let seconds = Duration::from_secs;
    let below = |duration: Duration| duration - TICK;
    let above = |duration: Duration| duration + TICK;
    let set = |max_age: Duration| CachePolicy { max_age: Some(max_age), ..CACHE_POLICY };
    let (ten_minutes, least, most) = (seconds(600), SERVER_MAX_AGE_MIN, SERVER_MAX_AGE_MAX);
    assert_eq!((least, most), (seconds(30), seconds(3_600)));
    let rows = [
        // The default: the server can shorten and extend it.
        (DEFAULT, None, ten_minutes),
        (DEFAULT, Some(Duration::ZERO), least),
        (DEFAULT, Some(below(least)), least),
        (DEFAULT, Some(least), least),
        (DEFAULT, Some(above(least)), above(least)),
        (DEFAULT, Some(below(ten_minutes)), below(ten_minutes)),
        (DEFAULT, Some(above(ten_minutes)), above(ten_minutes)),
        (DEFAULT, Some(below(most)), below(most)),
        (DEFAULT, Some(most), most),
        (DEFAULT, Some(above(most)), most),
        (DEFAULT, Some(Duration::MAX), most),
        // The same number, but set: the server can only shorten it.
        (CACHE_POLICY, None, ten_minutes),
        (CACHE_POLICY, Some(Duration::ZERO), least),
        (CACHE_POLICY, Some(below(least)), least),
        (CACHE_POLICY, Some(above(least)), above(least)),
        (CACHE_POLICY, Some(below(ten_minutes)), below(ten_minutes)),
        (CACHE_POLICY, Some(ten_minutes), ten_minutes),
        (CACHE_POLICY, Some(above(ten_minutes)), ten_minutes),
        (CACHE_POLICY, Some(Duration::MAX), ten_minutes),
        // A day is longer than the server could extend the default to, and it can shorten it.
        (set(seconds(86_400)), Some(above(most)), above(most)),
        (set(seconds(86_400)), Some(seconds(86_401)), seconds(86_400)),
        // A set value below the server's minimum is not extended to it.
        (set(above(least)), Some(Duration::ZERO), least),
        (set(least), Some(Duration::ZERO), least),
        (set(below(least)), Some(Duration::ZERO), below(least)),
        (set(SECOND), Some(Duration::ZERO), SECOND),
        (set(SECOND), Some(Duration::MAX), SECOND),
    ];
    for (policy, server, lifetime) in rows {
        let row = format!("{:?}, server: {server:?}", policy.max_age);
        assert_eq!(policy.lifetime(server), lifetime, "{row}");
    }
}

#[test]
fn the_refresh_window_and_the_grace_time_follow_the_servers_lifetime() {
    let setting = Setting::warmed(None, Some(Duration::from_secs(100)));
    setting.world.advance(Duration::from_secs(80) - TICK);
    assert!(!setting.starts_request(DEFAULT));
    setting.world.advance(TICK);
    assert!(setting.starts_request(DEFAULT));
    setting.world.fail(FetchFailure::Timeout);

    setting.world.advance(Duration::from_secs(20) - TICK);
    assert!(setting.starts_request(DEFAULT));
    setting.world.fail(FetchFailure::Timeout);
    assert_eq!(setting.entry.snapshot().counters.stale_serves, 0, "not stale yet");
    setting.world.advance(TICK);
    assert!(!setting.starts_request(DEFAULT), "backing off");
    assert_eq!(setting.entry.snapshot().counters.stale_serves, 1);

    setting.world.advance(CACHE_POLICY.stale_if_error - TICK);
    assert!(setting.starts_request(DEFAULT));
    setting.world.fail(FetchFailure::Timeout);
    setting.world.advance(FIRST_PAUSE);
    let waiting = Call::verify(&caller(&setting.entry, DEFAULT), &setting.token);
    assert!(waiting.is_waiting(), "gone");
}

#[test]
fn a_server_that_wants_nothing_kept_is_asked_each_half_minute_at_the_most() {
    let setting = Setting::warmed(None, Some(Duration::ZERO));
    setting.world.advance(SERVER_MAX_AGE_MIN.mul_f64(0.8) - TICK);
    for policy in [DEFAULT, CACHE_POLICY] {
        assert!(!setting.starts_request(policy));
    }
    setting.world.advance(TICK);
    assert!(setting.starts_request(CACHE_POLICY));
}

#[test]
fn a_server_lengthens_the_default_alone() {
    let setting = Setting::warmed(None, Some(MINUTE * 60));
    setting.world.advance(MINUTE * 48 - TICK);
    assert!(!setting.starts_request(DEFAULT));
    assert!(setting.starts_request(CACHE_POLICY), "ten minutes, set, are ten minutes");
    setting.world.fail(FetchFailure::Timeout);
    setting.world.advance(FIRST_PAUSE);
    assert!(setting.starts_request(DEFAULT));
}

#[test]
fn each_answer_brings_a_lifetime_of_its_own() {
    let setting = Setting::warmed(Some("one"), Some(SECOND * 100));
    setting.world.advance(SECOND * 90);
    assert!(setting.starts_request(DEFAULT));
    setting.answer_with(None, None, Some(SECOND * 200));
    setting.world.advance(SECOND * 160 - TICK);
    assert!(!setting.starts_request(DEFAULT), "the one of the 304");
    setting.world.advance(TICK);
    assert!(setting.starts_request(DEFAULT));
    setting.answer_with(Some(setting.keys()), None, None);
    setting.world.advance(MAX_AGE.mul_f64(0.8) - TICK);
    assert!(!setting.starts_request(DEFAULT), "none: the default again");
    setting.world.advance(TICK);
    assert!(setting.starts_request(DEFAULT));
}

#[test]
fn an_answer_that_nothing_was_modified_makes_the_set_young_again() {
    let setting = Setting::warmed(Some("one"), None);
    let (before, _) = setting.entry.snapshot().set.unwrap();
    setting.world.advance(MAX_AGE + CACHE_POLICY.stale_if_error);
    let waiting = setting.call();
    assert!(waiting.is_waiting());
    setting.not_modified();
    assert!(waiting.outcome().is_ok());
    let (after, age) = setting.entry.snapshot().set.unwrap();
    assert!(Arc::ptr_eq(&before, &after));
    assert_eq!(age, Duration::ZERO);
    setting.world.advance(MAX_AGE.mul_f64(0.8) - TICK);
    assert!(!setting.starts_request(CACHE_POLICY));
    setting.world.advance(TICK);
    assert!(setting.starts_request(CACHE_POLICY));
}

#[test]
fn the_same_ends_a_row_of_failures() {
    let setting = Setting::warmed(Some("one"), None);
    setting.world.roll(1.0);
    setting.world.advance(MAX_AGE);
    for milliseconds in [500, 1_000] {
        assert!(setting.starts_request(CACHE_POLICY));
        setting.world.fail(FetchFailure::Connect);
        setting.world.advance(Duration::from_millis(milliseconds));
    }
    assert!(setting.starts_request(CACHE_POLICY));
    setting.not_modified();
    let call = setting.call_for_unknown_key();
    setting.world.fail(FetchFailure::Connect);
    let pause = Duration::from_millis(500);
    assert_eq!(refused(call.outcome()), unavailable(FetchFailure::Connect, pause));
}

#[test]
fn the_same_for_an_unknown_key_proves_it_unknown_and_starts_the_cooldown() {
    let setting = Setting::warmed(Some("one"), None);
    let call = setting.call_for_unknown_key();
    setting.not_modified();
    assert_eq!(refused(call.outcome()), UNKNOWN);
    setting.world.advance(CACHE_POLICY.cooldown - TICK);
    assert_eq!(refused(setting.call_for_unknown_key().outcome()), unknown_until(TICK));
    setting.world.advance(TICK);
    assert!(setting.call_for_unknown_key().is_waiting());
}

#[test]
fn the_same_without_a_set_is_a_failure() {
    let setting = Setting::cold();
    let call = setting.call();
    setting.not_modified();
    let failure = FetchFailure::Status(304);
    assert_eq!(refused(call.outcome()), unavailable(failure, FIRST_PAUSE));
    assert_eq!(refused(setting.call().outcome()), unavailable(failure, FIRST_PAUSE));
    assert_eq!(setting.requests(), 1);
}

#[test]
fn an_etag_is_asked_about_for_as_long_as_its_set_is_there() {
    let setting = Setting::cold();
    let mut asked = Vec::new();
    let mut next = |answer: Result<KeySetResponse, FetchFailure>| {
        let call = setting.call_for_unknown_key();
        let flight = setting.world.take_flight();
        asked.push(flight.etag());
        flight.finish(answer.map_err(Failed::from));
        assert!(!call.is_waiting());
        setting.world.advance(CACHE_POLICY.cooldown);
    };
    let answer = |body: Option<String>, etag: Option<&str>| {
        let body = body.map(String::into_bytes);
        Ok(KeySetResponse { body, etag: etag.map(str::to_owned), max_age: None })
    };
    let good = || Some(setting.keys());
    let empty = || Some(set_text([]));
    next(Err(FetchFailure::Timeout));
    next(answer(empty(), Some("bad")));
    next(answer(good(), Some("one")));
    next(answer(None, None));
    next(answer(None, Some("of a 304")));
    next(Err(FetchFailure::Status(500)));
    next(answer(empty(), Some("bad")));
    next(answer(Some("<html>".to_owned()), Some("bad")));
    next(answer(good(), Some("two")));
    next(answer(good(), None));
    next(Err(FetchFailure::Timeout));
    let one = Some("one".to_owned());
    let expected = [
        None,
        None,
        None,
        one.clone(),
        one.clone(),
        one.clone(),
        one.clone(),
        one.clone(),
        one,
        Some("two".to_owned()),
        None,
    ];
    assert_eq!(asked, expected);
}

/// A failure with which the server asks for a pause.
fn asking(cause: FetchFailure, pause: Duration) -> Result<KeySetResponse, Failed> {
    Err(Failed { retry_after: Some(pause), ..cause.into() })
}

#[test]
fn a_pause_that_the_server_asks_for_counts_where_it_is_the_longer_one() {
    let rows = [
        (Duration::ZERO, FIRST_PAUSE),
        (FIRST_PAUSE - TICK, FIRST_PAUSE),
        (FIRST_PAUSE, FIRST_PAUSE),
        (FIRST_PAUSE + TICK, FIRST_PAUSE + TICK),
        (BACK_OFF_MAX - TICK, BACK_OFF_MAX - TICK),
        (BACK_OFF_MAX, BACK_OFF_MAX),
        (BACK_OFF_MAX + TICK, BACK_OFF_MAX),
        (Duration::MAX, BACK_OFF_MAX),
    ];
    let failure = FetchFailure::Status(503);
    for (asked, pause) in rows {
        let setting = Setting::cold();
        let call = setting.call();
        setting.world.take_flight().finish(asking(failure, asked));
        assert_eq!(refused(call.outcome()), unavailable(failure, pause), "asked for {asked:?}");
        setting.world.advance(pause - TICK);
        assert_eq!(refused(setting.call().outcome()), unavailable(failure, TICK), "{asked:?}");
        assert_eq!(setting.requests(), 1);
        setting.world.advance(TICK);
        assert!(setting.call().is_waiting(), "over, after {asked:?}");
    }
}

#[test]
fn a_pause_holds_up_requests_and_no_key_in_memory() {
    let setting = Setting::warm();
    setting.world.advance(MAX_AGE);
    assert!(setting.starts_request(CACHE_POLICY));
    let failure = FetchFailure::Status(429);
    setting.world.take_flight().finish(asking(failure, SECOND * 20));
    assert!(!setting.starts_request(CACHE_POLICY));
    let unknown = setting.call_for_unknown_key().outcome();
    assert_eq!(refused(unknown), unavailable(failure, SECOND * 20), "never an unknown key");
    setting.world.advance(SECOND * 20);
    assert!(setting.starts_request(CACHE_POLICY));
}

#[test]
fn a_pause_is_one_step_of_the_back_off_and_not_its_end() {
    let setting = Setting::cold();
    setting.world.roll(1.0);
    for (asked, milliseconds) in [(SECOND * 5, 5_000), (Duration::ZERO, 1_000), (SECOND, 2_000)] {
        let call = setting.call();
        let failure = FetchFailure::Status(503);
        setting.world.take_flight().finish(asking(failure, asked));
        let pause = Duration::from_millis(milliseconds);
        assert_eq!(refused(call.outcome()), unavailable(failure, pause));
        setting.world.advance(pause);
    }
}
