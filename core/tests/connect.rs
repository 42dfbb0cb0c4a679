//! Tokens of WorkOS Connect: what they must have, and that neither profile accepts the other's.

use std::sync::Arc;

use serde_json::{Value, json};
use verify_workos_token_core::claims::{Connect, Policy, Profile};
use verify_workos_token_core::error::Reason::{Invalid, Mismatch, Missing};
use verify_workos_token_core::error::{Claim, Code, Reason};
use verify_workos_token_core::verifier::Verifier;

use crate::support::signer::Signer;
use crate::support::{self, NOW, check, claim_failure, failed_claim, key_set, verify};

const DOMAIN: &str = "https://acme.authkit.app";
const RESOURCE: &str = "https://mcp.acme.example/mcp";

/// What a verifier with only a domain and a resource requires.
fn policy() -> Policy {
    asking(Connect { users: true, machines: false, scopes: None })
}

fn asking(asked: Connect) -> Policy {
    Policy {
        client_id: None,
        issuers: vec![DOMAIN.to_owned()],
        audiences: Some(vec![RESOURCE.to_owned()]),
        profile: Profile::Connect(asked),
        ..support::policy()
    }
}

fn scoped(scopes: &[&str]) -> Policy {
    let scopes = Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
    asking(Connect { users: true, machines: false, scopes })
}

/// The claims of a token that satisfies [`policy`].
fn claims() -> Value {
    json!({
        "iss": DOMAIN,
        "aud": RESOURCE,
        "sub": "user_01",
        "sid": "app_consent_01",
        "jti": "01",
        "client_id": "client_01APP",
        "scope": "openid posts:read",
        "iat": NOW,
        "exp": NOW + 300.0,
    })
}

fn with(changes: &[(&str, Option<Value>)]) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes {
        match value {
            Some(value) => members.insert((*name).to_owned(), value.clone()),
            None => members.remove(*name),
        };
    }
    claims
}

fn one(name: &str, value: impl Into<Option<Value>>) -> Value {
    with(&[(name, value.into())])
}

#[track_caller]
fn assert_refused(policy: Policy, claims: &Value, expected: (Code, Claim, Reason), cause: &str) {
    let verdict = check(policy, claims);
    assert_eq!(claim_failure(&verdict).cause.id, cause, "{claims}");
    assert_eq!(failed_claim(verdict), expected, "{claims}");
}

#[test]
fn a_good_token_is_accepted_whoever_requested_it() {
    for client_id in ["client_01APP", "https://agent.example/client.json", "x"] {
        assert!(check(policy(), &one("client_id", json!(client_id))).is_ok(), "{client_id}");
    }
    for (name, value) in [("sid", None), ("scope", None), ("sid", Some(json!("consent_1")))] {
        assert!(check(policy(), &one(name, value)).is_ok(), "{name}");
    }
    // It is not compared, whatever the policy has.
    let other = Policy { client_id: Some("client_01OTHER".to_owned()), ..policy() };
    assert!(check(other, &claims()).is_ok());
}

#[test]
fn the_requesting_application_is_required() {
    let refused = |reason| (Code::InvalidClaim, Claim::ClientId, reason);
    assert_refused(policy(), &one("client_id", None), refused(Missing), "no-client-id");
    for client_id in [json!(null), json!(1), json!(["client_01APP"]), json!({}), json!("")] {
        let claims = one("client_id", client_id);
        assert_refused(policy(), &claims, refused(Invalid), "requester-type");
    }
    for mark in ["nonce", "at_hash", "c_hash"] {
        let claims = with(&[("client_id", None), (mark, Some(json!("x")))]);
        assert_refused(policy(), &claims, refused(Missing), "id-token");
    }
}

#[test]
fn a_bound_token_is_no_bearer_token() {
    let refused = (Code::InvalidClaim, Claim::Cnf, Mismatch);
    for cnf in [json!({ "jkt": "x" }), json!({ "x5t#S256": "x" }), json!({}), json!(null)] {
        assert_refused(policy(), &one("cnf", cnf), refused, "bound-token");
    }
}

#[test]
fn the_subject_is_of_a_kind_that_is_asked_for() {
    let asked = |users, machines| asking(Connect { users, machines, scopes: None });
    let sub = |sub: &str| one("sub", json!(sub));
    let refused = (Code::InvalidSubject, Claim::Sub, Mismatch);
    for (users, machines) in [(true, false), (false, true), (true, true)] {
        let policy = asked(users, machines);
        assert_eq!(check(policy.clone(), &sub("user_1")).is_ok(), users);
        assert_eq!(check(policy.clone(), &sub("client_1")).is_ok(), machines);
        for other in ["user", "User_1", " user_1", "session_1", "x"] {
            assert_refused(policy.clone(), &sub(other), refused, "other-subject");
        }
    }
    assert_refused(asked(true, false), &sub("client_1"), refused, "machine-not-accepted");
    assert_refused(asked(false, true), &sub("user_1"), refused, "user-token");
    for wrong in [json!(null), json!(1), json!(["user_1"]), json!({}), json!("")] {
        let refused = (Code::InvalidSubject, Claim::Sub, Invalid);
        assert_refused(policy(), &one("sub", wrong), refused, "no-subject");
    }
    let refused = (Code::InvalidSubject, Claim::Sub, Missing);
    assert_refused(policy(), &one("sub", None), refused, "no-subject");
}

#[test]
fn the_message_says_whose_the_token_is() {
    let machines = asking(Connect { users: false, machines: true, scopes: None });
    let message = |policy: Policy, sub: &str| {
        let refused = check(policy, &one("sub", json!(sub))).unwrap_err();
        refused.refusal.message().into_owned()
    };
    assert_eq!(message(policy(), "client_1"), "the token belongs to an application, not to a user");
    assert_eq!(message(machines, "user_1"), "the token belongs to a user, not to an application");
    let neither = "the token belongs to neither a user nor an application";
    assert_eq!(message(policy(), "x"), neither);
}

#[test]
fn every_required_scope_is_one_of_those_between_the_spaces() {
    let refused = |reason| (Code::MissingPermission, Claim::Scope, reason);
    let required = scoped(&["posts:read", "posts:write"]);
    for scope in
        ["posts:read posts:write", "a posts:write posts:read  b", " posts:write posts:read"]
    {
        assert!(check(required.clone(), &one("scope", json!(scope))).is_ok(), "{scope}");
    }
    for scope in [
        "",
        "posts:read",
        "posts:read posts:writes",
        "posts:read Posts:write",
        "posts:read,posts:write",
        "posts:read\tposts:write",
        "posts:read\u{a0}posts:write",
    ] {
        let claims = one("scope", json!(scope));
        assert_refused(required.clone(), &claims, refused(Mismatch), "missing-scope");
    }
    assert_refused(required.clone(), &one("scope", None), refused(Missing), "missing-scope");
    let failure = claim_failure(&check(required, &one("scope", json!("a"))));
    assert_eq!(failure.expected, Some(json!(["posts:read", "posts:write"])));
    assert_eq!(failure.actual, Some(json!("a")));
}

#[test]
fn scopes_are_a_string_even_if_none_is_required() {
    let refused = (Code::InvalidClaim, Claim::Scope, Invalid);
    for scope in [json!(null), json!(1), json!(["posts:read"]), json!({}), json!(true)] {
        let claims = one("scope", scope);
        assert_refused(policy(), &claims, refused, "scope-type");
        assert_refused(scoped(&["posts:read"]), &claims, refused, "scope-type");
    }
}

#[test]
fn thousands_of_scopes_are_compared_quickly() {
    let many: Vec<String> = (0..2_000).map(|number| format!("s{number}")).collect();
    let required: Vec<&str> = many.iter().rev().map(String::as_str).collect();
    assert!(check(scoped(&required), &one("scope", json!(many.join(" ")))).is_ok());
}

#[test]
fn the_audience_is_the_resource() {
    let refused = |reason| (Code::InvalidAudience, Claim::Aud, reason);
    assert!(check(policy(), &one("aud", json!(["https://other.example", RESOURCE]))).is_ok());
    let cases: [(Value, &str); 9] = [
        (json!("client_01ENVIRONMENT"), "no-resource-indicator"),
        (json!(["client_01ENVIRONMENT"]), "no-resource-indicator"),
        (json!("https://mcp.acme.example/other"), "other-resource"),
        (json!("https://mcp.acme.example/mcp/"), "resource-spelling"),
        (json!("https://MCP.acme.example/mcp"), "resource-spelling"),
        (json!(" https://mcp.acme.example/mcp"), "resource-spelling"),
        (json!("other"), "other-connect-audience"),
        (json!(""), "other-connect-audience"),
        (json!([]), "other-connect-audience"),
    ];
    for (aud, cause) in cases {
        assert_refused(policy(), &one("aud", aud), refused(Mismatch), cause);
    }
    assert_refused(policy(), &one("aud", None), refused(Missing), "no-connect-audience");
    for aud in [json!(null), json!(1), json!({}), json!([RESOURCE, 1])] {
        assert_refused(policy(), &one("aud", aud), refused(Invalid), "audience-type");
    }
    let environment = ("aud", Some(json!("client_01ENVIRONMENT")));
    let machine = with(&[environment.clone(), ("sub", Some(json!("client_01APP")))]);
    assert_refused(policy(), &machine, refused(Mismatch), "machine-audience");
    let id_token = with(&[environment, ("nonce", Some(json!("n")))]);
    assert_refused(policy(), &id_token, refused(Mismatch), "id-token");
}

#[test]
fn another_issuer_is_named_before_and_after_the_signature() {
    let cases = [
        ("https://api.workos.com/user_management/client_01TEST", "session-issuer"),
        ("https://auth.acme.com/user_management/client_01TEST", "session-issuer"),
        ("https://api.workos.com", "session-issuer"),
        ("https://staging.authkit.app", "other-authkit-domain"),
        ("https://acme.authkit.app/", "issuer-slash"),
        ("http://acme.authkit.app", "issuer-spelling"),
        ("https://acme.okta.com", "okta"),
        ("http://localhost:4100", "emulator"),
        ("https://id.example", "other-authkit-domain"),
    ];
    let verifier = support::verifier(policy(), &key_set([&Signer::shared().jwk]));
    for (issuer, cause) in cases {
        let claims = one("iss", json!(issuer));
        let refused = (Code::InvalidIssuer, Claim::Iss, Mismatch);
        assert_refused(policy(), &claims, refused, cause);
        let unknown = verify(&verifier, &Signer::shared().named("key_9").sign(&claims));
        let refused = unknown.unwrap_err();
        assert_eq!((refused.refusal.code(), refused.cause().id), (Code::InvalidIssuer, cause));
    }
}

/// The issuers are equal, and so is everything that both kinds have.
fn under_one_issuer(profile: Profile) -> Policy {
    Policy { profile, ..policy() }
}

#[test]
fn a_sessions_token_is_no_connect_token_under_the_same_issuer() {
    let refused = |reason| (Code::InvalidClaim, Claim::Sid, reason);
    let session = [("sid", Some(json!("session_01"))), ("scope", None), ("client_id", None)];
    assert_refused(policy(), &with(&session), refused(Mismatch), "session-token");
    // Neither a template's `scope` nor its audience makes it one, and the kind is told first.
    for (name, value) in [("scope", json!("a")), ("aud", json!("client_01TEST"))] {
        let claims = with(&[("sid", Some(json!("session_01"))), (name, Some(value))]);
        assert_refused(policy(), &claims, refused(Mismatch), "session-token");
    }
    for sid in [json!(null), json!(1), json!(["app_consent_1"]), json!({})] {
        assert_refused(policy(), &one("sid", sid), refused(Invalid), "claim-type");
    }
    assert!(check(under_one_issuer(Profile::Session), &with(&session)).is_ok());
}

#[test]
fn a_connect_token_is_no_sessions_token_under_the_same_issuer() {
    let session = || under_one_issuer(Profile::Session);
    let refused = |reason| (Code::InvalidClaim, Claim::Sid, reason);
    let without_scope = with(&[("scope", None)]);
    for claims in [claims(), without_scope, one("sid", json!("consent_01"))] {
        assert_refused(session(), &claims, refused(Mismatch), "connect-token");
    }
    let machine = with(&[("sub", Some(json!("client_01APP"))), ("sid", None)]);
    let refused_subject = (Code::InvalidSubject, Claim::Sub, Mismatch);
    assert_refused(session(), &machine, refused_subject, "machine-token");
    for sid in [json!(null), json!(1), json!(["session_1"]), json!({})] {
        assert_refused(session(), &one("sid", sid), refused(Invalid), "claim-type");
    }
    // A template may add `scope`, and an emulator's `sid` may be anything.
    for changes in [("sid", Some(json!("session_01"))), ("sid", None)] {
        assert!(check(session(), &with(&[changes])).is_ok());
    }
    let emulated = with(&[("sid", Some(json!("1"))), ("scope", None)]);
    assert!(check(session(), &emulated).is_ok());
}

/// A remembered token's claims include what this profile checks.
#[test]
fn the_profile_is_checked_for_remembered_tokens_too() {
    let cache = Some(Arc::default());
    let keys = key_set([&Signer::shared().jwk]);
    let with_cache = |policy: Policy| Verifier {
        token_cache: cache.clone(),
        ..support::verifier(policy, &keys)
    };
    let token = Signer::shared().sign(&claims());
    for _ in 0..3 {
        assert!(verify(&with_cache(policy()), &token).is_ok());
        let session = verify(&with_cache(under_one_issuer(Profile::Session)), &token);
        assert_eq!(failed_claim(session), (Code::InvalidClaim, Claim::Sid, Mismatch));
        let scopes = verify(&with_cache(scoped(&["x"])), &token);
        assert_eq!(failed_claim(scopes), (Code::MissingPermission, Claim::Scope, Mismatch));
    }
    let bound = Signer::shared().sign(&one("cnf", json!({ "jkt": "x" })));
    for _ in 0..3 {
        let refused = verify(&with_cache(policy()), &bound);
        assert_eq!(failed_claim(refused), (Code::InvalidClaim, Claim::Cnf, Mismatch));
    }
}

#[test]
fn claims_are_checked_in_their_order() {
    let mut policy = scoped(&["posts:read"]);
    policy.organization_ids = Some(vec!["org_01".to_owned()]);
    policy.permissions = Some(vec!["read".to_owned()]);
    policy.max_auth_age_seconds = Some(60);
    let mut wrong = json!({
        "exp": NOW - 5.0, "nbf": NOW + 6.0, "iat": "now", "iss": "evil", "sid": "session_1",
        "aud": "evil", "sub": "client_1", "client_id": "", "cnf": {}, "org_id": "org_02",
        "permissions": [], "scope": "", "auth_time": NOW - 61.0,
    });
    let mended = [
        ("exp", json!(NOW), Code::TokenExpired),
        ("nbf", json!(NOW), Code::TokenNotYetValid),
        ("iat", json!(NOW), Code::InvalidClaim),
        ("iss", json!(DOMAIN), Code::InvalidIssuer),
        ("sid", json!("app_consent_1"), Code::InvalidClaim),
        ("aud", json!(RESOURCE), Code::InvalidAudience),
        ("sub", json!("user_1"), Code::InvalidSubject),
        ("client_id", json!("client_01APP"), Code::InvalidClaim),
        ("cnf", json!(null), Code::InvalidClaim),
        ("org_id", json!("org_01"), Code::ForbiddenOrganization),
        ("permissions", json!(["read"]), Code::MissingPermission),
        ("scope", json!("posts:read"), Code::MissingPermission),
        ("auth_time", json!(NOW - 60.0), Code::ReauthenticationRequired),
    ];
    for (name, good, expected) in mended {
        assert_eq!(support::code(check(policy.clone(), &wrong)), expected, "{name}");
        match good.is_null() {
            true => drop(wrong.as_object_mut().unwrap().remove(name)),
            false => wrong[name] = good,
        }
    }
    assert!(check(policy, &wrong).is_ok());
}
