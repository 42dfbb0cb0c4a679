//! What a caller may require beyond permissions: entitlements, feature flags and a recent sign-in.

use serde_json::{Value, json};
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::Reason::{Invalid, Mismatch, Missing};
use verify_workos_token_core::error::{Claim, Code, Reason};

use crate::support::{NOW, check, claim_failure, claims, claims_with, code, failed_claim, policy};

/// The policy that requires these strings.
type Requiring = fn(Vec<String>) -> Policy;

/// A claim, and the policy that requires strings in it.
const LISTS: [(Claim, Requiring); 2] = [
    (Claim::Entitlements, |all| Policy { entitlements: Some(all), ..policy() }),
    (Claim::FeatureFlags, |all| Policy { feature_flags: Some(all), ..policy() }),
];

#[test]
fn all_entitlements_and_all_feature_flags_are_needed() {
    for (claim, requiring) in LISTS {
        let asked = requiring(vec!["a".into(), "b".into()]);
        let refused = |held: Option<Value>| {
            failed_claim(check(asked.clone(), &claims_with(claim.as_str(), held)))
        };
        assert_eq!(refused(None), (Code::MissingPermission, claim, Missing));
        for held in [json!([]), json!(["a"]), json!(["a", "B"]), json!(["a b"])] {
            assert_eq!(refused(Some(held)), (Code::MissingPermission, claim, Mismatch));
        }
        for held in [json!(null), json!("a b"), json!({}), json!(["a", "b", 1])] {
            assert_eq!(refused(Some(held)), (Code::InvalidClaim, claim, Invalid));
        }
        for held in [json!(["a", "b"]), json!(["b", "c", "a"])] {
            assert!(check(asked.clone(), &claims_with(claim.as_str(), held)).is_ok());
        }
        // Where nothing is required, nothing is looked at.
        assert!(check(policy(), &claims_with(claim.as_str(), json!("a"))).is_ok());
    }
}

fn signed_in(auth_time: impl Into<Option<Value>>, max_age: u32) -> Option<(Code, Claim, Reason)> {
    let policy = Policy { max_auth_age_seconds: Some(max_age), ..policy() };
    let verdict = check(policy, &claims_with("auth_time", auth_time));
    verdict.is_err().then(|| failed_claim(verdict))
}

#[test]
fn a_sign_in_may_be_just_so_old_and_no_older() {
    let again = |reason| Some((Code::ReauthenticationRequired, Claim::AuthTime, reason));
    let year = 31_536_000;
    for max_age in [0, 1, 600, year] {
        let oldest = NOW - f64::from(max_age);
        assert_eq!(signed_in(json!(oldest), max_age), None, "{max_age}");
        assert_eq!(signed_in(json!(oldest - 0.5), max_age), again(Mismatch), "{max_age}");
    }
    // The tolerance is for `exp` and `nbf`; a clock that is ahead makes no one sign in twice.
    for future in [NOW + 1.0, NOW + 1e9] {
        assert_eq!(signed_in(json!(future), 0), None);
    }
    assert_eq!(signed_in(None, year), again(Missing));
    for wrong in [json!(null), json!("1750000000"), json!([NOW]), json!({}), json!(true)] {
        let invalid = Some((Code::InvalidClaim, Claim::AuthTime, Invalid));
        assert_eq!(signed_in(wrong, year), invalid);
    }
    assert!(check(policy(), &claims_with("auth_time", json!("x"))).is_ok());
}

#[test]
fn the_failure_says_how_old_a_sign_in_may_be() {
    let policy = Policy { max_auth_age_seconds: Some(600), ..policy() };
    for auth_time in [None, Some(json!(NOW - 601.0))] {
        let verdict = check(policy.clone(), &claims_with("auth_time", auth_time));
        let failure = claim_failure(&verdict);
        assert_eq!(failure.max_age_seconds, Some(600));
        assert_eq!(failure.expected, Some(json!(NOW - 600.0)));
        assert!(failure.cause.hint.contains("sign in again"));
    }
    let invalid = claim_failure(&check(policy, &claims_with("auth_time", json!("x"))));
    assert_eq!(invalid.max_age_seconds, None);
}

#[test]
fn a_user_who_must_sign_in_again_has_everything_else() {
    let policy = Policy {
        max_auth_age_seconds: Some(60),
        permissions: Some(vec!["read".to_owned()]),
        ..policy()
    };
    assert_eq!(code(check(policy.clone(), &claims())), Code::MissingPermission);
    let allowed = claims_with("permissions", json!(["read"]));
    assert_eq!(code(check(policy, &allowed)), Code::ReauthenticationRequired);
}
