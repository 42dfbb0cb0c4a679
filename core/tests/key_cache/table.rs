//! The decision table itself: every row, and every boundary from both sides.

use std::time::Duration;

use verify_workos_token_core::error::IssuerCause;
use verify_workos_token_core::key_cache::table::{
    BACK_OFF_MAX, BACK_OFF_MIN, Decision, Held, Presence, REFRESH_FROM, REFRESH_UNTIL, Situation,
    back_off, decide, refresh_share,
};

use crate::support::CACHE_POLICY;

const PAUSE: Duration = Duration::from_secs(3);
/// The smallest difference that a clock can show.
const TICK: Duration = Duration::from_nanos(1);
/// When a set that draws the share 0.8 is first refreshed, with the default policy.
const REFRESH_AGE: Duration = Duration::from_secs(480);
const STALE_AGE: Duration = Duration::from_secs(600);
const GONE_AGE: Duration = Duration::from_secs(4_200);

const FRESH: Held = Held {
    key: Presence::Present,
    age: Duration::ZERO,
    server_max_age: None,
    refresh_share: REFRESH_FROM,
};

const fn aged(age: Duration) -> Held {
    Held { age, ..FRESH }
}

const fn lacking(age: Duration) -> Held {
    Held { key: Presence::Missing, age, ..FRESH }
}

const fn foreign(age: Duration) -> Held {
    Held { key: Presence::Foreign(IssuerCause::Legacy), age, ..FRESH }
}

type Row = (&'static str, Option<Held>, Option<Duration>, Option<Duration>, Decision);

/// Situation (set, backing off, cooling down) and decision, row by row.
fn rows() -> Vec<Row> {
    use Decision::{Fail, Fetch, ForeignIssuer, Serve, ServeAndRefresh, UnknownKey};
    let foreign_issuer = ForeignIssuer(IssuerCause::Legacy);
    let fail = Fail { retry_after: PAUSE };
    let unknown = UnknownKey { retry_after: PAUSE };
    let pause = Some(PAUSE);
    let ever = Duration::MAX;
    vec![
        ("cold", None, None, None, Fetch),
        ("cold, cooling down from a set that is no more", None, None, pause, Fetch),
        ("cold and backing off", None, pause, None, fail),
        ("fresh", Some(FRESH), None, None, Serve),
        ("fresh, backing off", Some(FRESH), pause, None, Serve),
        ("fresh, cooling down", Some(FRESH), None, pause, Serve),
        ("just fresh", Some(aged(REFRESH_AGE - TICK)), None, None, Serve),
        (
            "first moment of the refresh window",
            Some(aged(REFRESH_AGE)),
            None,
            None,
            ServeAndRefresh,
        ),
        ("the same, backing off", Some(aged(REFRESH_AGE)), pause, None, Serve),
        ("the same, cooling down", Some(aged(REFRESH_AGE)), None, pause, ServeAndRefresh),
        ("stale", Some(aged(STALE_AGE)), None, None, ServeAndRefresh),
        ("last moment before expiry", Some(aged(STALE_AGE - TICK)), None, None, ServeAndRefresh),
        ("last moment of the grace time", Some(aged(GONE_AGE - TICK)), None, None, ServeAndRefresh),
        ("the same, backing off", Some(aged(GONE_AGE - TICK)), pause, None, Serve),
        ("past the grace time", Some(aged(GONE_AGE)), None, None, Fetch),
        ("past the grace time, cooling down", Some(aged(GONE_AGE)), None, pause, Fetch),
        ("past the grace time, backing off", Some(aged(GONE_AGE)), pause, None, fail),
        ("unknown kid", Some(lacking(Duration::ZERO)), None, None, Fetch),
        ("unknown kid in a stale set", Some(lacking(STALE_AGE)), None, None, Fetch),
        ("unknown kid, cooling down", Some(lacking(Duration::ZERO)), None, pause, unknown),
        ("unknown kid of any age, cooling down", Some(lacking(ever)), None, pause, unknown),
        ("unknown kid, backing off", Some(lacking(Duration::ZERO)), pause, None, fail),
        ("unknown kid of any age, backing off", Some(lacking(ever)), pause, None, fail),
        ("an outage during a rotation", Some(lacking(Duration::ZERO)), pause, Some(TICK), fail),
        ("another issuer's kid", Some(foreign(Duration::ZERO)), None, None, foreign_issuer),
        ("another issuer's kid, backing off", Some(foreign(ever)), pause, None, foreign_issuer),
        ("another issuer's kid, cooling down", Some(foreign(ever)), None, pause, foreign_issuer),
    ]
}

#[test]
fn decides_row_by_row() {
    for (row, set, backing_off, cooling_down, decision) in rows() {
        let situation = Situation { set, backing_off, cooling_down, refresh_died: false };
        assert_eq!(decide(&situation, &CACHE_POLICY), decision, "{row}");
        // After a refresh that died, only stale keys are treated differently, and not during
        // back-off.
        let is_stale = set.is_some_and(|held| {
            held.key == Presence::Present && (STALE_AGE..GONE_AGE).contains(&held.age)
        });
        let expected = match is_stale && backing_off.is_none() {
            true => Decision::RefreshThenServe,
            false => decision,
        };
        let died = Situation { refresh_died: true, ..situation };
        assert_eq!(decide(&died, &CACHE_POLICY), expected, "{row}, after a refresh that died");
    }
}

#[test]
fn judges_age_by_the_callers_own_policy() {
    let set = Some(aged(STALE_AGE));
    let situation = Situation { set, backing_off: None, cooling_down: None, refresh_died: false };
    let patient = super::CachePolicy { max_age: Some(Duration::from_secs(86_400)), ..CACHE_POLICY };
    let strict = super::CachePolicy { stale_if_error: Duration::ZERO, ..CACHE_POLICY };
    assert_eq!(decide(&situation, &patient), Decision::Serve);
    assert_eq!(decide(&situation, &CACHE_POLICY), Decision::ServeAndRefresh);
    assert_eq!(decide(&situation, &strict), Decision::Fetch);
}

#[test]
fn backs_off_from_250_milliseconds_to_30_seconds() {
    assert_eq!(BACK_OFF_MIN, Duration::from_millis(250));
    assert_eq!(BACK_OFF_MAX, Duration::from_secs(30));
    for failures in 1..100 {
        assert_eq!(back_off(failures, 0.0), BACK_OFF_MIN, "never shorter, after {failures}");
        let longest = back_off(failures, 1.0);
        assert!(longest <= BACK_OFF_MAX, "never longer, after {failures}");
        assert!(back_off(failures + 1, 1.0) >= longest, "growing, after {failures}");
        let middle = back_off(failures, 0.5);
        assert!(BACK_OFF_MIN < middle && middle < longest, "jitter, after {failures}");
    }
    let ceilings = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (failures, milliseconds) in (1..).zip(ceilings) {
        assert_eq!(back_off(failures, 1.0), Duration::from_millis(milliseconds));
    }
    assert_eq!(back_off(u32::MAX, 1.0), BACK_OFF_MAX);
}

#[test]
fn draws_the_start_of_the_refresh_window() {
    assert!((refresh_share(0.0) - REFRESH_FROM).abs() < f64::EPSILON);
    assert!((refresh_share(1.0) - REFRESH_UNTIL).abs() < f64::EPSILON);
    assert!(REFRESH_FROM < refresh_share(0.5) && refresh_share(0.5) < REFRESH_UNTIL);
}
