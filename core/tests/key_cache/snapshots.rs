//! Keys as a text from another process: how old they are, what is refused of them, and how they end.

use verify_workos_token_core::error::Code;
use verify_workos_token_core::key_cache::{KeySetResponse, MAX_SNAPSHOT_BYTES, SnapshotFault};
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::token_cache::TokenCache;

use super::*;
use crate::support::code;

const GRACE_ENDS: Duration = MAX_AGE.saturating_add(CACHE_POLICY.stale_if_error);
const MILLISECOND: Duration = Duration::from_millis(1);

/// The signer's key, fetched when the worlds begin.
fn snapshot() -> String {
    Setting::warm().entry.write_snapshot().unwrap()
}

/// The same text with another hash, as someone would write it who knows how.
fn rehashed(text: &str) -> String {
    let (content, _) = text.rsplit_once(r#","sha256":"#).unwrap();
    let content = format!("{content}}}");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content.as_bytes());
    let write = |text: String, octet: &u8| format!("{text}{octet:02x}");
    let hash = hash.as_ref().iter().fold(String::new(), write);
    content.replacen(r#"{"v""#, &format!(r#"{{"sha256":"{hash}","v""#), 1)
}

impl Setting {
    /// Nothing was fetched; the snapshot is given when its keys have this age.
    fn given(snapshot: &str, age: Duration) -> Self {
        let setting = Self::cold();
        setting.world.advance(age);
        setting.take(snapshot);
        setting
    }

    fn take(&self, snapshot: &str) {
        self.entry.take_snapshot(snapshot, &CACHE_POLICY);
    }

    /// How many snapshots were used and ignored, and why.
    fn counted(&self) -> (u64, u64, Option<SnapshotFault>) {
        let counters = self.entry.snapshot().counters;
        (counters.snapshots_used, counters.snapshots_ignored, counters.snapshot_fault)
    }
}

#[test]
fn says_what_it_holds() {
    let text = snapshot();
    let signer = Signer::shared();
    let expected = format!(
        r#"{{"v":1,"jwksUrl":"https://keys.invalid","fetchedAt":1750000000000,"keys":[{{"kid":"key_1","alg":"RS256","e":{},"kty":"RSA","n":{}}}],"sha256":""#,
        signer.jwk["e"], signer.jwk["n"]
    );
    assert_eq!(text.get(..expected.len()), Some(&*expected));
    let sorted = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(sorted(&rehashed(&text)), sorted(&text), "the hash is that of the rest");
    assert_eq!(Setting::cold().entry.write_snapshot(), None);
}

#[test]
fn verifies_without_a_request_while_it_is_fresh() {
    let setting = Setting::given(&snapshot(), Duration::ZERO);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(Call::ready(&setting.verifier).outcome(), Ok(()));
    assert_eq!((setting.requests(), setting.counted()), (0, (1, 0, None)));
}

#[test]
fn its_keys_are_as_old_as_it_says() {
    let rows = [
        (Duration::ZERO, true, 0),
        (MAX_AGE.mul_f64(0.8) - MILLISECOND, true, 0),
        (MAX_AGE.mul_f64(0.8), true, 1),
        (MAX_AGE, true, 1),
        (GRACE_ENDS - MILLISECOND, true, 1),
        (GRACE_ENDS, false, 1),
        (GRACE_ENDS * 10, false, 1),
    ];
    for (age, serves, requests) in rows {
        let setting = Setting::given(&snapshot(), age);
        let call = setting.call();
        assert_eq!(!call.is_waiting(), serves, "{age:?}");
        assert_eq!(setting.requests(), requests, "{age:?}");
        let expected = if serves { (1, 0, None) } else { (0, 1, Some(SnapshotFault::Expired)) };
        assert_eq!(setting.counted(), expected, "{age:?}");
        let stale = u64::from(serves && age >= MAX_AGE);
        assert_eq!(setting.entry.snapshot().counters.stale_serves, stale, "{age:?}");
    }
}

#[test]
fn goes_on_aging_after_it_was_taken() {
    let setting = Setting::given(&snapshot(), MAX_AGE);
    setting.world.advance(CACHE_POLICY.stale_if_error - MILLISECOND);
    assert!(setting.call().outcome().is_ok());
    setting.world.fail(FetchFailure::Timeout);
    setting.world.advance(MILLISECOND);
    let call = setting.call();
    assert_eq!(code(call.outcome()), Code::JwksFetchFailed);
}

#[test]
fn is_judged_by_the_policy_of_who_gives_it() {
    let setting = Setting::cold();
    setting.world.advance(SECOND * 100);
    let limits = |max_age, stale_if_error| CachePolicy {
        max_age: Some(SECOND * max_age),
        stale_if_error: SECOND * stale_if_error,
        ..CACHE_POLICY
    };
    setting.entry.take_snapshot(&snapshot(), &limits(60, 40));
    assert_eq!(setting.counted(), (0, 1, Some(SnapshotFault::Expired)));
    setting.entry.take_snapshot(&snapshot(), &limits(60, 41));
    assert_eq!(setting.counted().0, 1);
    let strict = Call::verify(&caller(&setting.entry, limits(60, 40)), &setting.token);
    assert!(strict.is_waiting(), "for this caller the keys are gone");
}

#[test]
fn is_refused_from_the_future() {
    for (ahead, expected) in [
        (Duration::ZERO, (1, 0, None)),
        (MILLISECOND, (0, 1, Some(SnapshotFault::Future))),
        (MAX_AGE * 1_000, (0, 1, Some(SnapshotFault::Future))),
    ] {
        let setting = Setting::cold();
        setting.world.set_back(ahead);
        setting.take(&snapshot());
        assert_eq!(setting.counted(), expected, "{ahead:?}");
    }
}

#[test]
fn a_clock_that_is_set_makes_no_key_younger() {
    let setting = Setting::given(&snapshot(), MAX_AGE);
    setting.world.set_back(MAX_AGE);
    setting.world.freeze(CACHE_POLICY.stale_if_error);
    assert!(setting.call().is_waiting());
    let suspended = Setting::given(&snapshot(), MAX_AGE);
    suspended.world.suspend(CACHE_POLICY.stale_if_error);
    assert!(suspended.call().is_waiting());
}

#[test]
fn the_same_one_given_again_after_the_clock_was_set_back_is_no_younger() {
    let text = snapshot();
    let setting = Setting::given(&text, MAX_AGE);
    setting.world.set_back(MAX_AGE);
    setting.world.freeze(CACHE_POLICY.stale_if_error);
    setting.take(&text);
    assert_eq!(setting.counted(), (1, 0, None));
    assert!(setting.call().is_waiting());
}

#[test]
fn is_refused_if_any_byte_has_changed() {
    let text = snapshot();
    let setting = Setting::cold();
    for index in 0..text.len() {
        for mask in [1, 0x20] {
            let mut bytes = text.clone().into_bytes();
            bytes[index] ^= mask;
            let damaged = String::from_utf8_lossy(&bytes);
            setting.take(&damaged);
            assert_eq!(setting.counted().0, 0, "{index}: {damaged}");
            assert_eq!(setting.counted().2, Some(SnapshotFault::Damaged));
        }
    }
    for length in 0..text.len() {
        setting.take(&text[..length]);
    }
    assert_eq!(setting.counted().0, 0);
    setting.take(&text);
    assert_eq!(setting.counted().0, 1);
}

#[test]
fn is_refused_if_it_is_something_else() {
    let text = snapshot();
    let with = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        rehashed(&changed)
    };
    let keys = Setting::cold().keys();
    for other in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        keys,
        format!("[{text}]"),
        format!("{text}{text}"),
        with(r#""v":1"#, r#""v":2"#),
        with(r#""v":1"#, r#""v":1,"more":1"#),
        with(r#""v":1"#, r#""v":1,"v":1"#),
        with(r#""fetchedAt":"#, r#""fetchedAt":-"#),
        with("1750000000000", "1750000000000.0"),
        with("1750000000000", r#""1750000000000""#),
        with(r#""kid":"key_1""#, r#""kid":1"#),
        with(r#""kty":"RSA""#, r#""kty":"oct""#),
        with(r#""keys":[{"#, r#""keys":[{"x":1},{"#),
        rehashed(r#"{"v":1,"jwksUrl":"https://keys.invalid","fetchedAt":1,"keys":[],"sha256":""}"#),
    ] {
        let setting = Setting::given(&other, Duration::ZERO);
        assert_eq!(setting.counted(), (0, 1, Some(SnapshotFault::Damaged)), "{other}");
        assert!(setting.call().is_waiting());
    }
    let foreign = with("https://keys.invalid", "https://keys.invalid/");
    let setting = Setting::given(&foreign, Duration::ZERO);
    assert_eq!(setting.counted(), (0, 1, Some(SnapshotFault::Foreign)));
    let setting = Setting::given(&rehashed(&text), Duration::ZERO);
    assert_eq!(setting.counted(), (1, 0, None), "the members in another order");
    let indented = text.replace(',', ",\n  ").replace(':', ": ").replace("https: ", "https:");
    assert_eq!(Setting::given(&indented, Duration::ZERO).counted(), (1, 0, None));
}

#[test]
fn has_64_kib_at_most() {
    assert_eq!(MAX_SNAPSHOT_BYTES, 65_536);
    let text = snapshot();
    for (length, used) in [(65_536, 1), (65_537, 0), (10_000_000, 0)] {
        let padded = format!("{text}{}", " ".repeat(length - text.len()));
        assert_eq!(Setting::given(&padded, Duration::ZERO).counted().0, used, "{length}");
    }
    let written = |key_id_bytes: usize| {
        let setting = Setting::cold();
        let ready = Call::ready(&setting.verifier);
        setting.world.answer(set_text([&Signer::shared().named(&"k".repeat(key_id_bytes)).jwk]));
        assert_eq!(ready.outcome(), Ok(()));
        setting.entry.write_snapshot().map(|text| text.len())
    };
    let room = 65_536 - written(0).unwrap();
    assert_eq!((written(room), written(room + 1)), (Some(65_536), None));
}

#[test]
fn is_never_taken_where_keys_were_fetched_and_the_younger_of_two_counts() {
    let (old, young) = (snapshot(), {
        let setting = Setting::cold();
        setting.world.advance(SECOND);
        let ready = Call::ready(&setting.verifier);
        setting.world.answer(set_text([&Signer::other().jwk]));
        assert_eq!(ready.outcome(), Ok(()));
        setting.entry.write_snapshot().unwrap()
    });
    let theirs = Signer::other().sign(&claims());
    for order in [[&old, &young], [&young, &old], [&young, &young]] {
        let setting = Setting::given(order[0], SECOND * 2);
        setting.take(order[1]);
        assert!(Call::verify(&setting.verifier, &theirs).outcome().is_ok());
        assert_eq!(code(setting.call().outcome()), Code::InvalidSignature);
    }
    let fetched = Setting::warm();
    fetched.world.advance(SECOND * 2);
    fetched.take(&young);
    assert_eq!(fetched.counted(), (0, 0, None));
    assert!(fetched.call().outcome().is_ok());
}

#[test]
fn the_first_unknown_kid_after_it_is_looked_for_at_once() {
    let setting = Setting::given(&snapshot(), Duration::ZERO);
    let call = setting.call_for_unknown_key();
    assert!(call.is_waiting());
    setting.world.answer(setting.keys());
    assert_eq!(refused(call.outcome()), UNKNOWN);
    let next = setting.call_for_unknown_key();
    assert_eq!(refused(next.outcome()), unknown_until(CACHE_POLICY.cooldown));
    assert_eq!(setting.requests(), 1);
}

#[test]
fn a_key_that_was_withdrawn_ends_with_the_first_fetch() {
    let setting = Setting::given(&snapshot(), MAX_AGE);
    let cache = Arc::<TokenCache>::default();
    let keys = KeySource::Cached(Arc::clone(&setting.entry), CACHE_POLICY);
    let verifier =
        Arc::new(Verifier { policy: policy(), keys, token_cache: Some(Arc::clone(&cache)) });
    for _ in 0..2 {
        assert!(Call::verify(&verifier, &setting.token).outcome().is_ok());
    }
    setting.world.answer(set_text([&Signer::other().named("key_2").jwk]));
    let call = Call::verify(&verifier, &setting.token);
    setting.world.answer(set_text([&Signer::other().named("key_2").jwk]));
    assert_eq!(refused(call.outcome()), UNKNOWN);
    assert_eq!(cache.usage().hits, 1);
}

#[test]
fn a_failed_fetch_leaves_its_keys_and_not_modified_is_no_answer() {
    let setting = Setting::given(&snapshot(), MAX_AGE);
    assert!(setting.call().outcome().is_ok());
    let flight = setting.world.take_flight();
    assert_eq!(flight.etag(), None);
    flight.finish(Ok(KeySetResponse { body: None, etag: None, max_age: None }));
    assert_eq!(setting.entry.snapshot().counters.fetch_failures, 1);
    assert!(setting.call().outcome().is_ok());
}

#[test]
fn is_written_again_with_the_time_of_the_fetch() {
    let text = snapshot();
    let setting = Setting::given(&text, MAX_AGE);
    assert_eq!(setting.entry.write_snapshot().as_ref(), Some(&text));
    setting.world.drift();
    assert_eq!(setting.entry.write_snapshot().as_ref(), Some(&text));
    // With a clock that was an hour fast, the keys would seem to come from the future.
    let fast = Setting::warm();
    fast.world.freeze(SECOND * 60);
    fast.world.set_back(SECOND * 3_600);
    let rewritten = fast.entry.write_snapshot().unwrap();
    assert!(rewritten.contains(r#""fetchedAt":1749996400000"#), "{rewritten}");
}

#[test]
fn carries_every_kind_of_key_and_what_makes_it_ambiguous() {
    let without = |signer: &Signer, name: &str| {
        let mut jwk = signer.jwk.clone();
        jwk.as_object_mut().unwrap().remove(name);
        jwk
    };
    let jwks = [
        Signer::shared().jwk.clone(),
        without(&Signer::other().named("key_2"), "alg"),
        Signer::new("ES256", "key_1").jwk,
        Signer::new("ES384", "key \"3\"\u{e9}").jwk,
        Signer::new("EdDSA", "").jwk,
        Signer::shared().named("twice").jwk,
        Signer::other().named("twice").jwk,
        json!({ "kty": "RSA", "kid": "unusable" }),
    ];
    let keys = |text: &str| KeySet::parse(text.as_bytes()).unwrap();
    let setting = Setting::cold();
    let ready = Call::ready(&setting.verifier);
    setting.world.answer(set_text(&jwks));
    assert_eq!(ready.outcome(), Ok(()));
    let taken = Setting::given(&setting.entry.write_snapshot().unwrap(), Duration::ZERO);
    let (set, _) = taken.entry.snapshot().set.unwrap();
    let original = keys(&set_text(&jwks));
    assert_eq!((set.hash(), set.usable_keys()), (original.hash(), 5));
    let twice = Signer::shared().named("twice").sign(&claims());
    assert!(Call::verify(&taken.verifier, &twice).is_waiting(), "neither of the two is used");
}
