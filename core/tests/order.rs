//! The order of the checks: why a token with several faults is refused, and what the error shows.

use serde_json::json;
use verify_workos_token_core::error::{Code, Refusal};

use crate::support::signer::Signer;
use crate::support::{NOW, claims, claims_with, code, key_set, policy, unsigned, verifier, verify};

#[test]
fn a_forged_token_is_forged_whatever_else_is_wrong_with_it() {
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    for wrong in [
        claims(),
        claims_with("exp", json!(0)),
        claims_with("exp", None),
        claims_with("nbf", json!(NOW * 2.0)),
        claims_with("iss", json!("https://evil.invalid")),
        claims_with("iss", None),
        claims_with("aud", json!("evil")),
        claims_with("sub", None),
        json!({}),
    ] {
        let refused = verify(&verifier, &Signer::other().sign(&wrong)).unwrap_err();
        assert_eq!(refused.refusal, Refusal::InvalidSignature, "{wrong}");
        assert_eq!(refused.claims, None, "nothing of a forged token is shown");
        assert_eq!(refused.refusal.retry_after(), None);
    }
}

#[test]
fn faults_are_found_in_the_order_of_the_checks() {
    let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid }).to_string();
    let payload = |iss: &str| claims_with("iss", json!(iss)).to_string();
    let ours = crate::support::ISSUER;
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    let cases = [
        ("{".to_owned(), payload("evil"), Code::MalformedToken),
        (header("none", "key_9"), "{".to_owned(), Code::MalformedToken),
        (header("none", "key_9"), payload("evil"), Code::UnsupportedAlgorithm),
        (header("RS256", "key_9"), payload("evil"), Code::InvalidIssuer),
        (header("RS256", "key_9"), payload(ours), Code::UnknownKey),
        (header("RS256", "key_1"), payload("evil"), Code::InvalidSignature),
        (header("RS256", "key_1"), payload(ours), Code::InvalidSignature),
    ];
    for (header, payload, expected) in cases {
        let refused = verify(&verifier, &unsigned(&header, &payload)).unwrap_err();
        assert_eq!(refused.refusal.code(), expected, "{header} {payload}");
        assert_eq!(refused.claims, None);
    }
}

#[test]
fn claims_are_checked_in_their_order() {
    let mut policy = policy();
    policy.organization_ids = Some(vec!["org_01".to_owned()]);
    policy.roles = Some(vec!["admin".to_owned()]);
    policy.permissions = Some(vec!["read".to_owned()]);
    policy.entitlements = Some(vec!["audit-log".to_owned()]);
    policy.feature_flags = Some(vec!["beta".to_owned()]);
    policy.deny_impersonation = true;
    policy.max_auth_age_seconds = Some(60);
    let mut wrong = json!({
        "exp": NOW - 5.0, "nbf": NOW + 6.0, "iat": "now", "iss": "evil", "aud": "evil", "sub": "",
        "client_id": "evil", "org_id": "org_02", "role": "guest", "permissions": [],
        "entitlements": [], "feature_flags": [], "act": { "sub": "admin@example.com" },
        "auth_time": NOW - 61.0,
    });
    let mended = [
        ("exp", json!(NOW), Code::TokenExpired),
        ("nbf", json!(NOW), Code::TokenNotYetValid),
        ("iat", json!(NOW), Code::InvalidClaim),
        ("iss", json!(crate::support::ISSUER), Code::InvalidIssuer),
        ("aud", json!(crate::support::CLIENT_ID), Code::InvalidAudience),
        ("sub", json!("user_01"), Code::InvalidSubject),
        ("client_id", json!(crate::support::CLIENT_ID), Code::InvalidClaim),
        ("org_id", json!("org_01"), Code::ForbiddenOrganization),
        ("role", json!("admin"), Code::MissingPermission),
        ("permissions", json!(["read"]), Code::MissingPermission),
        ("entitlements", json!(["audit-log"]), Code::MissingPermission),
        ("feature_flags", json!(["beta"]), Code::MissingPermission),
        ("act", json!(null), Code::ImpersonationDenied),
        ("auth_time", json!(NOW - 60.0), Code::ReauthenticationRequired),
    ];
    for (name, good, expected) in mended {
        let verdict = crate::support::check(policy.clone(), &wrong);
        assert_eq!(code(verdict), expected, "{name}");
        match good.is_null() {
            true => drop(wrong.as_object_mut().unwrap().remove(name)),
            false => wrong[name] = good,
        }
    }
    let verdict = crate::support::check(policy, &wrong);
    assert_eq!(verdict.unwrap().claims(), wrong.to_string());
}
