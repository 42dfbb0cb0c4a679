//! Key sets, beside a second reader: a key is found exactly if it can be used and nothing else has its
//! `kid` for that algorithm. Order, repetition and unusable neighbors change nothing, and a set that was
//! written as keys or as a snapshot finds the same.

#![no_main]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use verify_workos_token_core::algorithm::{ALLOWABLE, AllowList};
use verify_workos_token_core::fuzzing::{find_key, usable_jwks};
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_cache::{Entry, KeySetResponse, MAX_SNAPSHOT_BYTES};
use verify_workos_token_core::key_report::KeySetReport;
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::verifier::{KeySource, Verifier};
use verify_workos_token_fuzz::json::{self, LOOSE, Value};
use verify_workos_token_fuzz::jwk::{self, Jwk};
use verify_workos_token_fuzz::policy::{cache_policies, policy};
use verify_workos_token_fuzz::world::World;

/// A key of a kind that does not exist.
const UNUSABLE: [&str; 3] = [r#"{"kty":"oct","kid":"a","k":"AA"}"#, "[]", r#"{"a":1,"a":2}"#];

fuzz_target!(|text: &[u8]| {
    let Ok(keys) = KeySet::parse(text) else { return check_refused(text) };
    let listed = jwk::listed(text).expect("a list of keys");
    check_found(&keys, &listed);
    check_report(&keys, text, &listed);
    check_what_does_not_matter(&keys, &listed);
    if keys.usable_keys() > 0 {
        check_snapshot(&keys, text);
    }
});

/// A document that a strict reader takes for a key set is one.
fn check_refused(text: &[u8]) {
    let Some(read) = json::read(text, LOOSE) else { return };
    let Value::Object(members) = read.value else { return };
    let mut keys = members.iter().filter(|(name, _)| name == "keys").map(|(_, value)| value);
    assert!(!matches!((keys.next(), keys.next()), (Some(Value::Array(_)), None)));
}

fn check_found(keys: &KeySet, listed: &[String]) {
    let known: BTreeSet<Jwk> = listed.iter().filter_map(|key| jwk::read(key)).collect();
    for usable in usable_jwks(keys) {
        let usable = jwk::read(&usable).expect("a key that can be used");
        assert!(known.iter().any(|key| *key == usable), "{usable:?}");
    }
    let key_ids: BTreeSet<&String> = known.iter().map(|key| &key.key_id).collect();
    for key_id in key_ids {
        for (name, algorithm) in ALLOWABLE {
            let fits =
                |key: &&Jwk| key.key_id == *key_id && key.algorithms.iter().any(|it| it == name);
            let fitting: Vec<&Jwk> = known.iter().filter(fits).collect();
            let identities: BTreeSet<_> = fitting.iter().map(|key| &key.identity).collect();
            let found = find_key(keys, key_id, algorithm).and_then(|key| jwk::read(&key));
            match &found {
                Some(found) => assert!(identities.contains(&found.identity)),
                None if fitting.iter().all(|key| !key.has_point) => assert_ne!(identities.len(), 1),
                None => {}
            }
            let are_certain = fitting.iter().all(|key| !key.has_point);
            assert!(found.is_none() || !are_certain || identities.len() == 1, "ambiguous");
        }
    }
}

fn check_report(keys: &KeySet, text: &[u8], listed: &[String]) {
    let all = AllowList::from_names(ALLOWABLE.map(|(name, _)| name)).expect("names");
    let report = KeySetReport::read(text, &all).expect("a key set");
    assert_eq!((report.set.digest(), report.listed), (keys.digest(), listed.len()));
    assert_eq!(report.usable, keys.usable_keys());
    for (key, text) in report.keys.iter().zip(listed) {
        assert_eq!(key.usable, key.reason.is_none());
        assert!(!key.usable || jwk::read(text).is_some(), "{text}");
    }
}

fn check_what_does_not_matter(keys: &KeySet, listed: &[String]) {
    let same = |document: String, what: &str| {
        let other = KeySet::parse(document.as_bytes()).expect("a key set");
        assert_eq!(other.digest(), keys.digest(), "{what}");
        assert_eq!(other.usable_keys(), keys.usable_keys(), "{what}");
    };
    same(jwk::document(listed.iter().rev()), "the order");
    same(jwk::document(listed.iter().chain(listed)), "the number of times");
    let plain = listed.iter().map(String::as_str);
    same(jwk::document(UNUSABLE.into_iter().chain(plain).chain(UNUSABLE)), "neighbors");
    same(jwk::document(usable_jwks(keys)), "being written and read");
}

/// A set in one process is the same set in the next.
fn check_snapshot(keys: &KeySet, text: &[u8]) {
    let (world, [policy, ..]) = (World::default(), cache_policies());
    let entry = |keys: Option<Vec<u8>>| {
        let entry = world.entry();
        if let Some(body) = keys {
            let verifier = verifier(&entry, policy);
            verifier.ready(Box::new(|_| {}));
            let response = KeySetResponse { body: Some(body), etag: None, max_age: None };
            let (_, flight) = world.take_flight(0).expect("a request");
            flight.finish(Ok(response));
        }
        entry
    };
    let digest = |entry: &Entry| entry.snapshot().set.map(|(keys, _)| keys.digest());
    let first = entry(Some(text.to_vec()));
    assert_eq!(digest(&first), Some(keys.digest()));
    let Some(snapshot) = first.write_snapshot() else { return };
    assert!(snapshot.len() <= MAX_SNAPSHOT_BYTES);
    world.pass(Duration::from_secs(1));
    let second = entry(None);
    second.take_snapshot(&snapshot, &policy);
    assert_eq!(digest(&second), Some(keys.digest()));
    assert_eq!(second.write_snapshot().as_ref(), Some(&snapshot), "it keeps its time");
    // One character of it, chosen by the input's length, is another: it is ignored.
    let at = text.len() % snapshot.len();
    if snapshot.is_char_boundary(at) && snapshot.is_char_boundary(at + 1) {
        let third = entry(None);
        third.take_snapshot(&format!("{}\u{1}{}", &snapshot[..at], &snapshot[at + 1..]), &policy);
        assert_eq!(digest(&third), None);
    }
}

fn verifier(entry: &Arc<Entry>, cache_policy: CachePolicy) -> Verifier {
    let keys = KeySource::Cached(Arc::clone(entry), cache_policy);
    Verifier { policy: policy(), keys, token_cache: None }
}
