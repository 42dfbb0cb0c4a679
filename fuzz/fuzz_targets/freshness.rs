//! `Cache-Control`, `Age` and `Retry-After`: a second reader finds the same, and what must not matter
//! does not.

#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use verify_workos_token_core::freshness::{delta_seconds, max_age};
use verify_workos_token_core::key_cache::table::{
    CachePolicy, DEFAULT_MAX_AGE, SERVER_MAX_AGE_MAX, SERVER_MAX_AGE_MIN,
};

#[path = "../../src/http/retry_after.rs"]
mod retry_after;

/// 2025-06-15T15:06:40Z.
const NOW: Duration = Duration::from_secs(1_750_000_000);
/// Longer than any date of HTTP is away: it ends with the year 9999.
const EIGHT_THOUSAND_YEARS: Duration = Duration::from_secs(8_000 * 366 * 86_400);

fuzz_target!(|text: &str| {
    // The first line is `Age`, if it is not empty; the others are fields of `Cache-Control`.
    let mut lines = text.split('\n');
    let age = lines.next().filter(|age| !age.is_empty());
    let fields: Vec<&str> = lines.collect();
    let lifetime = max_age(fields.iter().copied(), age);
    assert_eq!(lifetime, second(&fields, age));
    check_what_does_not_matter(&fields, age, lifetime);
    check_what_matters(&fields, age, lifetime);
    check_policies(lifetime);
    check_pause(text);
});

/// Of several lifetimes the shortest; zero for one that is none.
fn second(fields: &[&str], age: Option<&str>) -> Option<Duration> {
    let fields = fields.join(",").to_ascii_lowercase();
    let lifetimes = fields.split(',').filter_map(|directive| {
        let name = directive.split('=').next().map(str::trim);
        match name {
            Some("no-store" | "no-cache") => Some(0),
            Some("max-age") => {
                Some(directive.split_once('=').and_then(|it| seconds(it.1)).unwrap_or(0))
            }
            _ => None,
        }
    });
    let age = age.and_then(seconds).unwrap_or(0);
    lifetimes.min().map(|shortest| Duration::from_secs(shortest.saturating_sub(age)))
}

/// As decimal digits say it, up to what 64 bits hold.
fn seconds(text: &str) -> Option<u64> {
    let digits = text.trim().trim_matches('"');
    let mut sum = Some(0_u64);
    for digit in digits.chars() {
        let digit = digit.to_digit(10)?;
        sum = sum.and_then(|sum| sum.checked_mul(10)?.checked_add(u64::from(digit)));
    }
    (!digits.is_empty()).then(|| sum.unwrap_or(u64::from(u32::MAX)))
}

fn check_what_does_not_matter(fields: &[&str], age: Option<&str>, lifetime: Option<Duration>) {
    let reversed = fields.iter().rev().copied();
    assert_eq!(max_age(reversed, age), lifetime, "the order");
    let joined = fields.join(" , ");
    assert_eq!(max_age([joined.as_str()], age), lifetime, "the number of fields");
    assert_eq!(max_age([joined.to_ascii_uppercase().as_str()], age), lifetime, "the case");
    let others = ["public", "s-maxage=1", "immutable", "stale-if-error=9"];
    assert_eq!(max_age(fields.iter().copied().chain(others), age), lifetime, "other directives");
}

fn check_what_matters(fields: &[&str], age: Option<&str>, lifetime: Option<Duration>) {
    let with = |field| max_age(fields.iter().copied().chain([field]), age);
    assert_eq!(with("no-store"), Some(Duration::ZERO));
    assert_eq!(with("x, No-Cache=\"a\""), Some(Duration::ZERO));
    assert_eq!(with("max-age=soon"), Some(Duration::ZERO));
    assert!(lifetime.is_none_or(|lifetime| with("max-age=60").is_some_and(|it| it <= lifetime)));
    let young = max_age(fields.iter().copied(), None);
    assert!(lifetime <= young, "age never makes keys younger");
}

/// A server can't make keys live longer than a caller or the table allows.
fn check_policies(server: Option<Duration>) {
    for max_age in [None, Some(1), Some(600), Some(86_400)] {
        let max_age = max_age.map(Duration::from_secs);
        let zero = Duration::ZERO;
        let policy = CachePolicy { max_age, stale_if_error: zero, cooldown: zero, timeout: zero };
        let lifetime = policy.lifetime(server);
        match (max_age, server) {
            (Some(max_age), None) => assert_eq!(lifetime, max_age),
            (Some(max_age), Some(_)) => {
                assert!(lifetime <= max_age && lifetime >= max_age.min(SERVER_MAX_AGE_MIN));
            }
            (None, None) => assert_eq!(lifetime, DEFAULT_MAX_AGE),
            (None, Some(_)) => {
                assert!((SERVER_MAX_AGE_MIN..=SERVER_MAX_AGE_MAX).contains(&lifetime))
            }
        }
    }
}

fn check_pause(text: &str) {
    assert_eq!(delta_seconds(text), seconds(text).map(Duration::from_secs));
    let pause = |now| retry_after::pause_of(text, SystemTime::UNIX_EPOCH + now);
    match (delta_seconds(text), pause(NOW)) {
        (Some(seconds), pause) => assert_eq!(pause, Some(seconds)),
        (None, Some(until)) => {
            assert!(until < EIGHT_THOUSAND_YEARS);
            assert_eq!(pause(NOW + until), Some(Duration::ZERO), "a date stays where it is");
            assert_eq!(pause(NOW + until + Duration::from_secs(1)), None);
        }
        (None, None) => {}
    }
}
