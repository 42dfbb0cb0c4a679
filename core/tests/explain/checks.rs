//! Every check that can be made is made, whatever has failed before.

use serde_json::json;

use super::*;

const PASSED: Option<bool> = Some(true);
const FAILED: Option<bool> = Some(false);

/// The checks before the claims'.
fn first_five(explanation: &Explanation) -> [Option<bool>; 5] {
    let names = ["form", "alg", "header", "key", "signature"];
    let results = results(explanation);
    assert_eq!(results.iter().map(|(name, _)| *name).take(5).collect::<Vec<_>>(), names);
    names.map(|name| result(explanation, name))
}

#[test]
fn there_is_one_for_each_check_of_the_policy() {
    let names = |policy: Policy| {
        let explanation = explain(policy, "x");
        explanation.checks.iter().skip(5).map(|check| check.name).collect::<Vec<_>>()
    };
    let usual = ["exp", "nbf", "iat", "iss", "aud", "sub"];
    let bare = Policy { client_id: None, ..policy() };
    assert_eq!(names(bare), [usual.as_slice(), &["sid"]].concat());
    let every = Policy {
        organization_ids: Some(vec!["org_1".to_owned()]),
        roles: Some(vec!["admin".to_owned()]),
        permissions: Some(vec!["read".to_owned()]),
        entitlements: Some(vec!["audit-log".to_owned()]),
        feature_flags: Some(vec!["beta".to_owned()]),
        deny_impersonation: true,
        max_auth_age_seconds: Some(60),
        ..policy()
    };
    let more = [
        "client_id",
        "sid",
        "org_id",
        "roles",
        "permissions",
        "entitlements",
        "feature_flags",
        "act",
        "auth_time",
    ];
    assert_eq!(names(every), [usual.as_slice(), more.as_slice()].concat());
}

#[test]
fn there_is_one_for_each_check_of_a_connect_token() {
    let scopes = Some(vec!["a".to_owned()]);
    let asked = Connect { users: true, machines: false, scopes };
    let connect =
        Policy { profile: Profile::Connect(asked), permissions: Some(Vec::new()), ..policy() };
    let token = Signer::shared().sign(&claims_with("sub", json!("client_1")));
    let explanation = explain(connect, &token);
    let checks: Vec<_> = results(&explanation).into_iter().skip(5).collect();
    let expected = [
        ("exp", PASSED),
        ("nbf", PASSED),
        ("iat", PASSED),
        ("iss", PASSED),
        ("sid", FAILED),
        ("aud", PASSED),
        ("sub", FAILED),
        ("client_id", PASSED),
        ("cnf", PASSED),
        ("permissions", PASSED),
        ("scope", FAILED),
    ];
    assert_eq!(checks, expected);
    assert_eq!(check(&explanation, "scope").expected, Some(json!(["a"])));
    // It is compared with nothing.
    assert_eq!(check(&explanation, "client_id").expected, None);
    assert_eq!(check(&explanation, "sid").actual, Some(json!("session_01")));
}

#[test]
fn everything_that_is_wrong_with_the_claims_is_told() {
    let every = Policy {
        organization_ids: Some(vec!["org_1".to_owned()]),
        roles: Some(vec!["admin".to_owned()]),
        permissions: Some(vec!["read".to_owned()]),
        entitlements: Some(vec!["audit-log".to_owned()]),
        feature_flags: Some(vec!["beta".to_owned()]),
        deny_impersonation: true,
        max_auth_age_seconds: Some(60),
        ..policy()
    };
    let wrong = json!({
        "exp": NOW - 5.0, "nbf": NOW + 6.0, "iat": "now", "iss": "evil", "aud": ["evil"], "sub": "",
        "client_id": "evil", "sid": "app_consent_evil", "org_id": "evil", "role": "evil", "permissions": ["evil"],
        "entitlements": ["evil"], "feature_flags": ["evil"], "act": { "sub": "evil" },
        "auth_time": NOW - 61.0,
    });
    let token = Signer::shared().sign(&wrong);
    let explanation = explain(every.clone(), &token);
    assert_eq!(code_of(&explanation), Some(Code::TokenExpired));
    assert!(explanation.verified);
    assert_eq!(first_five(&explanation), [PASSED; 5]);
    assert!(results(&explanation).iter().skip(5).all(|(_, ok)| *ok == FAILED));
    assert_eq!(explanation.claims, Some(wrong));

    let asked_and_held = |name: &str| {
        let Check { expected, actual, .. } = check(&explanation, name).clone();
        (expected, actual)
    };
    let some = |expected: Value, actual: Value| (Some(expected), Some(actual));
    assert_eq!(asked_and_held("exp"), some(json!(NOW - 5.0), json!(NOW - 5.0)));
    assert_eq!(asked_and_held("nbf"), some(json!(NOW + 5.0), json!(NOW + 6.0)));
    assert_eq!(asked_and_held("iat"), (None, Some(json!("now"))));
    assert_eq!(asked_and_held("iss"), some(json!(crate::support::ISSUER), json!("evil")));
    assert_eq!(asked_and_held("aud"), some(json!(crate::support::CLIENT_ID), json!(["evil"])));
    assert_eq!(asked_and_held("sub"), (None, Some(json!(""))));
    assert_eq!(asked_and_held("client_id"), some(json!(crate::support::CLIENT_ID), json!("evil")));
    assert_eq!(asked_and_held("sid"), (None, Some(json!("app_consent_evil"))));
    assert_eq!(asked_and_held("org_id"), some(json!("org_1"), json!("evil")));
    assert_eq!(asked_and_held("roles"), some(json!(["admin"]), json!(["evil"])));
    assert_eq!(asked_and_held("permissions"), some(json!(["read"]), json!(["evil"])));
    assert_eq!(asked_and_held("entitlements"), some(json!(["audit-log"]), json!(["evil"])));
    assert_eq!(asked_and_held("feature_flags"), some(json!(["beta"]), json!(["evil"])));
    assert_eq!(asked_and_held("auth_time"), some(json!(NOW - 60.0), json!(NOW - 61.0)));
    assert_eq!(asked_and_held("act"), (None, Some(json!({ "sub": "evil" }))));
}

#[test]
fn the_same_is_shown_of_checks_that_pass() {
    let every = Policy {
        organization_ids: Some(vec!["org_1".to_owned(), "org_2".to_owned()]),
        roles: Some(vec!["admin".to_owned()]),
        permissions: Some(vec!["read".to_owned()]),
        ..policy()
    };
    let mut good = claims();
    good["org_id"] = json!("org_1");
    good["role"] = json!("admin");
    good["permissions"] = json!(["read", "write"]);
    let explanation = explain(every, &Signer::shared().sign(&good));
    assert_eq!(explanation.refusal, None);
    assert_eq!(explanation.header, Some(json!({ "alg": "RS256", "kid": "key_1" })));
    let shown = |name: &str| {
        let Check { expected, actual, .. } = check(&explanation, name).clone();
        json!([expected, actual])
    };
    assert_eq!(shown("form"), json!([null, null]));
    assert_eq!(shown("alg"), json!([["RS256"], "RS256"]));
    assert_eq!(shown("key"), json!([["key_1"], "key_1"]));
    assert_eq!(shown("signature"), json!([null, null]));
    assert_eq!(shown("org_id"), json!([["org_1", "org_2"], "org_1"]));
    assert_eq!(shown("roles"), json!([["admin"], ["admin"]]));
    assert_eq!(shown("permissions"), json!([["read"], ["read", "write"]]));
}

#[test]
fn a_forged_tokens_claims_are_checked_and_not_verified() {
    let forged = Signer::other().sign(&claims_with("aud", json!("evil")));
    let explanation = explain(policy(), &forged);
    assert_eq!(code_of(&explanation), Some(Code::InvalidSignature));
    assert!(!explanation.verified);
    assert_eq!(first_five(&explanation), [PASSED, PASSED, PASSED, PASSED, FAILED]);
    assert_eq!(result(&explanation, "aud"), FAILED);
    assert_eq!(result(&explanation, "exp"), PASSED);
}

#[test]
fn an_unknown_key_leaves_the_signature_open() {
    let explanation = explain(policy(), &Signer::shared().named("key_2").sign(&claims()));
    assert_eq!(first_five(&explanation), [PASSED, PASSED, PASSED, FAILED, None]);
    assert_eq!(check(&explanation, "key").actual, Some(json!("key_2")));
    assert_eq!(check(&explanation, "key").expected, Some(json!(["key_1"])));
    assert_eq!(result(&explanation, "exp"), PASSED);
    assert!(!explanation.verified);
}

#[test]
fn another_type_of_token_can_be_genuine() {
    let signer = Signer::shared();
    let typed = |typ: &str| json!({ "alg": "RS256", "kid": "key_1", "typ": typ }).to_string();
    let explanation =
        explain(policy(), &signer.sign_text(typed("logout+jwt"), claims().to_string()));
    assert_eq!(first_five(&explanation), [PASSED, PASSED, FAILED, PASSED, PASSED]);
    assert!(explanation.verified);
    let check = check(&explanation, "header");
    assert_eq!(check.actual, Some(json!("logout+jwt")));
    assert_eq!(check.expected, Some(json!(["JWT", "at+jwt"])));
    assert_eq!(explanation.header.unwrap()["typ"], json!("logout+jwt"));
}

/// An extension may change what is signed, and an algorithm that is not allowed is never used.
#[test]
fn no_signature_is_checked_that_means_something_else() {
    let signer = Signer::shared();
    let headers = [
        (r#"{"alg":"RS256","kid":"key_1","crit":["b64"]}"#, [PASSED, FAILED], json!(["b64"])),
        (r#"{"alg":"RS256","kid":"key_1","b64":false}"#, [PASSED, FAILED], json!(false)),
        (r#"{"alg":"RS256","kid":1}"#, [PASSED, FAILED], json!(1.0)),
        (r#"{"alg":"RS384","kid":"key_1"}"#, [FAILED, PASSED], Value::Null),
        (r#"{"alg":["RS256"],"kid":"key_1"}"#, [FAILED, PASSED], Value::Null),
    ];
    for (header, [alg, rest], actual) in headers {
        let explanation = explain(policy(), &signer.sign_text(header, claims().to_string()));
        assert_eq!(first_five(&explanation), [PASSED, alg, rest, None, None], "{header}");
        assert_eq!(json!(check(&explanation, "header").actual), actual, "{header}");
        assert_eq!(result(&explanation, "exp"), PASSED);
        assert!(!explanation.verified);
    }
}

#[test]
fn what_can_be_read_of_a_malformed_token_is_checked() {
    let signer = Signer::shared();
    let good = signer.sign(&claims());
    let [header, payload, signature] = parts(&good);
    let cases = [
        (
            format!("{header}.{payload}.{signature}="),
            [FAILED, PASSED, PASSED, PASSED, None],
            PASSED,
        ),
        (format!("{header}=.{payload}.{signature}"), [FAILED, None, None, None, None], PASSED),
        (
            format!("{header}.{payload}=.{signature}"),
            [FAILED, PASSED, PASSED, PASSED, FAILED],
            None,
        ),
        (
            signer.sign_text(signer.header().to_string(), "{"),
            [FAILED, PASSED, PASSED, PASSED, PASSED],
            None,
        ),
        (format!("{header}.{payload}"), [FAILED, None, None, None, None], None),
        (format!("{good}."), [FAILED, None, None, None, None], None),
    ];
    for (token, results, exp) in cases {
        let explanation = explain(policy(), &token);
        assert_eq!(first_five(&explanation), results, "{token}");
        assert_eq!(result(&explanation, "exp"), exp, "{token}");
        assert_eq!(explanation.claims.is_some(), exp.is_some());
        assert_eq!(explanation.header.is_some(), results[1].is_some());
    }
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn says_why_a_check_could_not_be_made() {
    let reason = |token: &str, name: &str| match check(&explain(policy(), token), name).outcome {
        Outcome::NotMade(reason) => reason,
        _ => panic!("the check was made"),
    };
    assert_eq!(reason("x", "alg"), "the token's header can't be read");
    assert_eq!(reason("x", "header"), "the token's header can't be read");
    assert_eq!(reason("x", "key"), "the token's header can't be read");
    assert_eq!(reason("x", "signature"), "the token's signature can't be read");
    assert_eq!(reason("x", "aud"), "the token's payload can't be read");
    let other = unsigned(r#"{"alg":"none"}"#, "{}");
    assert_eq!(reason(&other, "key"), "the token is refused before its key is looked up");
    assert_eq!(reason(&other, "signature"), "there is no key to check the signature with");
}

/// `verify` makes no request for such a token either.
#[test]
fn nothing_is_fetched_for_a_token_that_is_refused_before() {
    let signer = Signer::shared();
    let token = signer.sign_text(signer.header().to_string(), "{");
    let world = World::default();
    let verifier = cached(&world, CACHE_POLICY);
    let explanation = Call::explain(&verifier, &token).outcome();
    assert_eq!(world.requests(), 0);
    assert_eq!(first_five(&explanation), [FAILED, PASSED, PASSED, None, None]);

    let call = Call::ready(&verifier);
    world.answer(set_text([&signer.jwk]));
    assert_eq!(call.outcome(), Ok(()));
    let explanation = Call::explain(&verifier, &token).outcome();
    assert_eq!(first_five(&explanation), [FAILED, PASSED, PASSED, PASSED, PASSED]);

    let grace = CACHE_POLICY.max_age.unwrap() + CACHE_POLICY.stale_if_error;
    let tick = std::time::Duration::from_millis(1);
    world.advance(grace - tick);
    assert_eq!(result(&Call::explain(&verifier, &token).outcome(), "key"), PASSED);
    world.advance(tick);
    assert_eq!(result(&Call::explain(&verifier, &token).outcome(), "key"), None);
    assert_eq!(world.requests(), 1);
}
