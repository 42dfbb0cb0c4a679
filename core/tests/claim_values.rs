//! What a failed claim shows along with its code: what was required, and what the token contains.

use serde_json::{Value, json};
use verify_workos_token_core::claims::Policy;

use crate::support::{CLIENT_ID, ISSUER, NOW, check, claim_failure, claims_with, policy};

/// A claim and its value, or none; then what the error shows as expected and as actual.
type Row = (&'static str, Option<Value>, Option<Value>, Option<Value>);

fn rows() -> Vec<Row> {
    let tolerance = 5.0;
    vec![
        ("exp", None, None, None),
        ("exp", Some(json!("soon")), None, Some(json!("soon"))),
        ("exp", Some(json!(7)), Some(json!(NOW - tolerance)), Some(json!(7.0))),
        ("nbf", Some(json!([])), None, Some(json!([]))),
        ("nbf", Some(json!(2e9)), Some(json!(NOW + tolerance)), Some(json!(2e9))),
        ("iat", Some(json!("now")), None, Some(json!("now"))),
        ("iss", None, Some(json!(ISSUER)), None),
        ("iss", Some(json!(7)), None, Some(json!(7.0))),
        ("iss", Some(json!("evil")), Some(json!(ISSUER)), Some(json!("evil"))),
        ("aud", None, Some(json!(CLIENT_ID)), None),
        ("aud", Some(json!(null)), None, Some(json!(null))),
        ("aud", Some(json!(["a", "b"])), Some(json!(CLIENT_ID)), Some(json!(["a", "b"]))),
        ("sub", None, None, None),
        ("sub", Some(json!("")), None, Some(json!(""))),
        ("sub", Some(json!("client_02")), None, Some(json!("client_02"))),
        ("client_id", Some(json!(true)), None, Some(json!(true))),
        ("client_id", Some(json!("evil")), Some(json!(CLIENT_ID)), Some(json!("evil"))),
        ("org_id", None, Some(json!("org_01")), None),
        ("org_id", Some(json!({ "a": [7] })), None, Some(json!({ "a": [7.0] }))),
        ("org_id", Some(json!("org_02")), Some(json!("org_01")), Some(json!("org_02"))),
        ("role", None, Some(json!(["admin"])), Some(json!([]))),
        ("role", Some(json!(null)), None, Some(json!(null))),
        ("role", Some(json!("guest")), Some(json!(["admin"])), Some(json!(["guest"]))),
        ("roles", Some(json!("guest")), None, Some(json!("guest"))),
        ("permissions", None, Some(json!(["read"])), Some(json!([]))),
        ("permissions", Some(json!("read")), None, Some(json!("read"))),
        ("permissions", Some(json!(["a"])), Some(json!(["read"])), Some(json!(["a"]))),
        ("entitlements", None, Some(json!(["read"])), Some(json!([]))),
        ("entitlements", Some(json!(["a"])), Some(json!(["read"])), Some(json!(["a"]))),
        ("feature_flags", Some(json!({})), None, Some(json!({}))),
        ("feature_flags", Some(json!(["a"])), Some(json!(["read"])), Some(json!(["a"]))),
        ("auth_time", None, Some(json!(NOW - 60.0)), None),
        ("auth_time", Some(json!("1")), None, Some(json!("1"))),
        ("auth_time", Some(json!(1)), Some(json!(NOW - 60.0)), Some(json!(1.0))),
        ("act", Some(json!({ "sub": "a" })), None, Some(json!({ "sub": "a" }))),
        ("act", Some(json!("a")), None, Some(json!("a"))),
    ]
}

/// A policy that requires this claim in addition to those that are always required.
fn asking_for(claim: &str) -> Policy {
    let one = |asked: &str| Some(vec![asked.to_owned()]);
    match claim {
        "org_id" => Policy { organization_ids: one("org_01"), ..policy() },
        "role" | "roles" => Policy { roles: one("admin"), ..policy() },
        "permissions" => Policy { permissions: one("read"), ..policy() },
        "entitlements" => Policy { entitlements: one("read"), ..policy() },
        "feature_flags" => Policy { feature_flags: one("read"), ..policy() },
        "auth_time" => Policy { max_auth_age_seconds: Some(60), ..policy() },
        _ => Policy { deny_impersonation: true, ..policy() },
    }
}

#[test]
fn both_sides_of_a_failed_check_are_shown() {
    for (claim, value, expected, actual) in rows() {
        let failure = claim_failure(&check(asking_for(claim), &claims_with(claim, value.clone())));
        let shown = (failure.expected, failure.actual);
        assert_eq!(shown, (expected, actual), "{claim}: {value:?}");
    }
}
