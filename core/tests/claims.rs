//! The claims of a signed token (check 5): every refusal, and every limit from both sides.

use serde_json::{Value, json};
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{Claim, Code, Reason};

use crate::support::{
    CLIENT_ID, ISSUER, NOW, check, claim_failure, claims, claims_with, failed_claim, policy,
};

use Reason::{Invalid, Mismatch, Missing};

/// Values that are not strings.
fn no_strings() -> [Value; 6] {
    [json!(null), json!(true), json!(1), json!(["a"]), json!({}), json!([])]
}

/// Values that are not numbers.
fn no_numbers() -> [Value; 6] {
    [json!(null), json!(true), json!("1750000300"), json!([NOW]), json!({}), json!("")]
}

#[track_caller]
fn assert_refused(policy: Policy, claims: &Value, expected: (Code, Claim, Reason)) {
    assert_eq!(failed_claim(check(policy, claims)), expected, "{claims}");
}

#[track_caller]
fn assert_good(policy: Policy, claims: &Value) {
    assert!(check(policy, claims).is_ok(), "{claims}");
}

fn tolerating(seconds: u16) -> Policy {
    Policy { clock_tolerance_seconds: seconds, ..policy() }
}

#[test]
fn good_claims_come_back_as_they_were_signed() {
    assert_eq!(check(policy(), &claims()).unwrap().claims(), claims().to_string());
}

#[test]
fn expiry_is_on_or_after_its_time() {
    let refused = (Code::TokenExpired, Claim::Exp, Mismatch);
    for seconds in [0, 5, 300] {
        let tolerance = f64::from(seconds);
        for (exp, good) in [
            (NOW - tolerance, false),
            (NOW - tolerance + 0.5, true),
            (NOW - tolerance + 1.0, true),
            (NOW - tolerance - 1.0, false),
        ] {
            let claims = claims_with("exp", json!(exp));
            match good {
                true => assert_good(tolerating(seconds), &claims),
                false => assert_refused(tolerating(seconds), &claims, refused),
            }
        }
    }
    for exp in [json!(-1), json!(0), json!(-1.5e300)] {
        assert_refused(policy(), &claims_with("exp", exp), refused);
    }
}

#[test]
fn a_token_is_valid_from_its_time_on() {
    let refused = (Code::TokenNotYetValid, Claim::Nbf, Mismatch);
    for seconds in [0, 5, 300] {
        let latest = NOW + f64::from(seconds);
        assert_good(tolerating(seconds), &claims_with("nbf", json!(latest)));
        assert_refused(tolerating(seconds), &claims_with("nbf", json!(latest + 0.5)), refused);
        assert_refused(tolerating(seconds), &claims_with("nbf", json!(latest + 1.0)), refused);
    }
    assert_good(policy(), &claims_with("nbf", json!(-1)));
}

#[test]
fn times_are_json_numbers_of_any_form() {
    for (name, claim) in [("exp", Claim::Exp), ("nbf", Claim::Nbf), ("iat", Claim::Iat)] {
        for value in no_numbers() {
            let claims = claims_with(name, value);
            assert_refused(policy(), &claims, (Code::InvalidClaim, claim, Invalid));
        }
    }
    for exp in [json!(1.750_000_3e9), json!(1_750_000_300.75), json!(1e300)] {
        assert_good(policy(), &claims_with("exp", exp));
    }
}

#[test]
fn expiry_is_required_and_the_other_times_are_not() {
    let refused = (Code::InvalidClaim, Claim::Exp, Missing);
    assert_refused(policy(), &claims_with("exp", None), refused);
    assert_good(policy(), &claims_with("iat", None));
    assert_good(policy(), &claims_with("nbf", None));
}

#[test]
fn the_time_of_issue_is_not_compared_with_the_clock() {
    for iat in [0.0, NOW + 1.0, NOW * 2.0, -1.0] {
        assert_good(policy(), &claims_with("iat", json!(iat)));
    }
}

#[test]
fn the_issuer_is_one_of_the_accepted_byte_for_byte() {
    let refused = |reason| (Code::InvalidIssuer, Claim::Iss, reason);
    assert_refused(policy(), &claims_with("iss", None), refused(Missing));
    for iss in no_strings().into_iter().chain([json!([ISSUER])]) {
        assert_refused(policy(), &claims_with("iss", iss), refused(Invalid));
    }
    let near = ["/", " ", "\u{200b}"].map(|end| format!("{ISSUER}{end}"));
    let others = [String::new(), ISSUER.to_uppercase(), ISSUER[..ISSUER.len() - 1].to_owned()];
    for iss in near.into_iter().chain(others) {
        assert_refused(policy(), &claims_with("iss", json!(iss)), refused(Mismatch));
    }
    let two = Policy { issuers: vec!["https://a.invalid".into(), ISSUER.into()], ..policy() };
    assert_good(two.clone(), &claims());
    let failure = claim_failure(&check(two, &claims_with("iss", json!("b"))));
    assert_eq!(failure.expected, Some(json!(["https://a.invalid", ISSUER])));
    assert_eq!(failure.actual, Some(json!("b")));
    assert_refused(Policy { issuers: vec![], ..policy() }, &claims(), refused(Mismatch));
}

#[test]
fn the_audience_holds_one_of_the_accepted() {
    let refused = |reason| (Code::InvalidAudience, Claim::Aud, reason);
    assert_refused(policy(), &claims_with("aud", None), refused(Missing));
    for aud in [json!(null), json!(1), json!({}), json!([CLIENT_ID, 1]), json!([[CLIENT_ID]])] {
        assert_refused(policy(), &claims_with("aud", aud), refused(Invalid));
    }
    for aud in
        [json!(""), json!("other"), json!([]), json!(["other"]), json!(format!("{CLIENT_ID},a"))]
    {
        assert_refused(policy(), &claims_with("aud", aud), refused(Mismatch));
    }
    for aud in [json!([CLIENT_ID]), json!(["other", CLIENT_ID]), json!([CLIENT_ID, CLIENT_ID])] {
        assert_good(policy(), &claims_with("aud", aud));
    }
    let two = Policy { audiences: Some(vec!["a".into(), "b".into()]), ..policy() };
    assert_good(two.clone(), &claims_with("aud", json!("b")));
    assert_good(two.clone(), &claims_with("aud", json!(["c", "a"])));
    let failure = claim_failure(&check(two, &claims()));
    assert_eq!(failure.expected, Some(json!(["a", "b"])));
}

#[test]
fn without_an_audience_to_compare_its_type_still_counts() {
    let off = Policy { audiences: None, ..policy() };
    for aud in [None, Some(json!("anything")), Some(json!([])), Some(json!(["anything"]))] {
        assert_good(off.clone(), &claims_with("aud", aud));
    }
    let refused = (Code::InvalidAudience, Claim::Aud, Invalid);
    for aud in [json!(null), json!(1), json!({}), json!(["a", null])] {
        assert_refused(off.clone(), &claims_with("aud", aud), refused);
    }
}

#[test]
fn the_subject_is_a_non_empty_string() {
    let refused = |reason| (Code::InvalidSubject, Claim::Sub, reason);
    assert_refused(policy(), &claims_with("sub", None), refused(Missing));
    for sub in no_strings().into_iter().chain([json!("")]) {
        assert_refused(policy(), &claims_with("sub", sub), refused(Invalid));
    }
    assert_good(policy(), &claims_with("sub", json!(" ")));
}

#[test]
fn the_subject_is_a_user_and_no_machine() {
    let refused = (Code::InvalidSubject, Claim::Sub, Mismatch);
    for machine in ["client_", CLIENT_ID, "client_01OTHER"] {
        assert_refused(policy(), &claims_with("sub", json!(machine)), refused);
    }
    for user in ["client", "Client_01", "user_client_01", " client_01", "auth0|client_01"] {
        assert_good(policy(), &claims_with("sub", json!(user)));
    }
}

#[test]
fn a_client_id_that_is_there_is_ours() {
    let refused = |reason| (Code::InvalidClaim, Claim::ClientId, reason);
    assert_good(policy(), &claims_with("client_id", None));
    for client_id in no_strings() {
        assert_refused(policy(), &claims_with("client_id", client_id), refused(Invalid));
    }
    for client_id in ["", "client_02", "CLIENT_01TEST"] {
        assert_refused(policy(), &claims_with("client_id", json!(client_id)), refused(Mismatch));
    }
    let unset = Policy { client_id: None, ..policy() };
    assert_good(unset.clone(), &claims_with("client_id", json!("client_02")));
    assert_good(unset, &claims_with("client_id", json!(1)));
}

#[test]
fn the_organization_is_one_of_those_asked_for() {
    let asked = Policy { organization_ids: Some(vec!["org_1".into(), "org_2".into()]), ..policy() };
    let refused = (Code::ForbiddenOrganization, Claim::OrgId, Missing);
    assert_refused(asked.clone(), &claims(), refused);
    for org_id in no_strings() {
        let refused = (Code::InvalidClaim, Claim::OrgId, Invalid);
        assert_refused(asked.clone(), &claims_with("org_id", org_id), refused);
    }
    for org_id in ["", "org_3", "ORG_1"] {
        let refused = (Code::ForbiddenOrganization, Claim::OrgId, Mismatch);
        assert_refused(asked.clone(), &claims_with("org_id", json!(org_id)), refused);
    }
    assert_good(asked.clone(), &claims_with("org_id", json!("org_1")));
    assert_good(asked, &claims_with("org_id", json!("org_2")));
    assert_good(policy(), &claims_with("org_id", json!(1)));
}

/// Claims that contain both `role` and `roles`.
fn with_roles(role: Option<Value>, roles: Option<Value>) -> Value {
    let mut claims = claims_with("role", role);
    if let Some(roles) = roles {
        claims["roles"] = roles;
    }
    claims
}

#[test]
fn one_role_is_enough() {
    let asked = Policy { roles: Some(vec!["admin".into(), "owner".into()]), ..policy() };
    let refused = |reason| (Code::MissingPermission, Claim::Roles, reason);
    assert_refused(asked.clone(), &claims(), refused(Missing));
    for (role, roles) in [
        (Some("guest"), None),
        (None, Some(vec!["guest"])),
        (None, Some(vec![])),
        (Some("guest"), Some(vec!["Admin"])),
    ] {
        let claims = with_roles(role.map(|it| json!(it)), roles.map(|it| json!(it)));
        assert_refused(asked.clone(), &claims, refused(Mismatch));
    }
    for (role, roles) in [
        (Some("admin"), None),
        (None, Some(vec!["guest", "owner"])),
        (Some("guest"), Some(vec!["admin"])),
        (Some("owner"), Some(vec![])),
    ] {
        let claims = with_roles(role.map(|it| json!(it)), roles.map(|it| json!(it)));
        assert_good(asked.clone(), &claims);
    }
    for role in no_strings() {
        let refused = (Code::InvalidClaim, Claim::Role, Invalid);
        assert_refused(asked.clone(), &with_roles(Some(role), Some(json!(["admin"]))), refused);
    }
    for roles in [json!(null), json!("admin"), json!({}), json!(["admin", 1])] {
        let refused = (Code::InvalidClaim, Claim::Roles, Invalid);
        assert_refused(asked.clone(), &with_roles(Some(json!("admin")), Some(roles)), refused);
    }
    assert_good(policy(), &with_roles(Some(json!(1)), Some(json!("admin"))));
    let failure = claim_failure(&check(asked, &with_roles(Some(json!("a")), Some(json!(["b"])))));
    assert_eq!(failure.expected, Some(json!(["admin", "owner"])));
    assert_eq!(failure.actual, Some(json!(["a", "b"])));
}

#[test]
fn all_permissions_are_needed() {
    let asked = Policy { permissions: Some(vec!["read".into(), "write".into()]), ..policy() };
    let refused = |reason| (Code::MissingPermission, Claim::Permissions, reason);
    assert_refused(asked.clone(), &claims(), refused(Missing));
    for held in [vec![], vec!["read"], vec!["write"], vec!["read", "WRITE"], vec!["read write"]] {
        let claims = claims_with("permissions", json!(held));
        assert_refused(asked.clone(), &claims, refused(Mismatch));
    }
    for held in [vec!["read", "write"], vec!["write", "more", "read"]] {
        assert_good(asked.clone(), &claims_with("permissions", json!(held)));
    }
    for held in [json!(null), json!("read write"), json!({}), json!(["read", "write", 1])] {
        let refused = (Code::InvalidClaim, Claim::Permissions, Invalid);
        assert_refused(asked.clone(), &claims_with("permissions", held), refused);
    }
    assert_good(policy(), &claims_with("permissions", json!("read")));
    assert_good(Policy { permissions: Some(vec![]), ..policy() }, &claims());
}

#[test]
fn impersonation_is_denied_where_that_is_asked() {
    let deny = Policy { deny_impersonation: true, ..policy() };
    assert_good(deny.clone(), &claims());
    for act in [json!({ "sub": "admin@example.com" }), json!({})] {
        assert_good(policy(), &claims_with("act", act.clone()));
        let refused = (Code::ImpersonationDenied, Claim::Act, Mismatch);
        assert_refused(deny.clone(), &claims_with("act", act), refused);
    }
    for act in [json!(null), json!(false), json!("admin"), json!([]), json!(0)] {
        let refused = (Code::InvalidClaim, Claim::Act, Invalid);
        assert_refused(deny.clone(), &claims_with("act", act), refused);
    }
}

/// A token of 16 kB against the longest array that an option may be. Comparing all pairs took half a
/// minute here. The bound is generous, since other tests run at the same time.
#[test]
fn long_lists_cost_no_more_than_their_sum() {
    let held: Vec<String> = (0..1_500).map(|number| format!("h{number}")).collect();
    let asked: Vec<String> = (0..10_000).map(|number| format!("asked for {number}")).collect();
    let with_last = |last: &str| [asked.as_slice(), &[last.to_owned()]].concat();
    let started = std::time::Instant::now();
    let audiences = |list: Vec<String>| Policy { audiences: Some(list), ..policy() };
    let aud = claims_with("aud", json!(held));
    assert_refused(audiences(asked.clone()), &aud, (Code::InvalidAudience, Claim::Aud, Mismatch));
    assert_good(audiences(with_last("h1499")), &aud);
    let failure = claim_failure(&check(audiences(with_last(" H1499 ")), &aud));
    assert!(failure.cause.hint.contains("only in case"), "{}", failure.cause.hint);

    let roles = claims_with("roles", json!(held));
    let any_role = |list: Vec<String>| Policy { roles: Some(list), ..policy() };
    assert_refused(
        any_role(asked.clone()),
        &roles,
        (Code::MissingPermission, Claim::Roles, Mismatch),
    );
    assert_good(any_role(with_last("h1499")), &roles);

    let permissions = claims_with("permissions", json!(held));
    let all = |list: Vec<String>| Policy { permissions: Some(list), ..policy() };
    let refused = (Code::MissingPermission, Claim::Permissions, Mismatch);
    assert_good(all(held.iter().cycle().take(10_000).cloned().collect()), &permissions);
    assert_refused(all([held.as_slice(), &["x".to_owned()]].concat()), &permissions, refused);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}
