//! What is kept of a remembered token's claims: those that checks read, under names of our own.

use std::collections::BTreeSet;

use crate::claims::{checked_names, is_checked};
use crate::json::Object;

const PAYLOAD: &str = r#"{"sub":"user_1","plan":"pro","aud":["a","b"],"exp":1e3,"act":{"sub":"user_2"},"ro\u006ce":"x"}"#;

#[test]
fn hold_the_checked_claims_and_no_others() {
    let all = Object::parse(PAYLOAD.as_bytes()).unwrap();
    let named = all.named(checked_names());
    for name in checked_names() {
        assert_eq!(named.get(name), all.get(name), "{name}");
    }
    assert_eq!(named.get("plan"), None);
    assert_eq!(named.get("role").and_then(|role| role.as_str()), Some("x"));
}

#[test]
fn have_each_name_once() {
    let names: Vec<&str> = checked_names().collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert!(names.iter().all(|name| is_checked(name)) && !is_checked("plan"));
}

#[test]
fn cost_nothing_for_their_names() {
    let all = Object::parse(PAYLOAD.as_bytes()).unwrap();
    let (named, owned) = (all.named(checked_names()), all.only(is_checked));
    let saved: usize = ["sub", "aud", "exp", "act", "role"].iter().map(|name| name.len()).sum();
    assert_eq!(owned.heap_size() - named.heap_size(), saved);
}
