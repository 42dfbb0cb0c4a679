//! Which refusal is told: the one of the entry in which the token came furthest.

use serde_json::json;
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::{Connect, Policy, Profile};
use verify_workos_token_core::error::{Code, FetchFailure, IssuerCause, Refusal};

use super::{
    OTHER_ISSUER, code, fetched, fixed, for_audience, for_issuer, ours, policy, several, theirs,
    verify,
};
use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{CLIENT_ID, NOW, claims, claims_with, set_text, unsigned};

#[test]
fn what_is_no_token_comes_before_everything() {
    let world = World::default();
    let entries = several([
        fetched(policy(), world.entry("https://a.invalid")),
        fetched(for_issuer(OTHER_ISSUER), world.entry("https://b.invalid")),
    ]);
    let payload = claims().to_string();
    let tokens = [
        String::new(),
        "a.b".to_owned(),
        unsigned(r#"{"alg":"ES256","alg":"ES256","kid":"key_1"}"#, &payload),
        unsigned(r#"{"alg":1,"kid":"key_1"}"#, &payload),
        unsigned(r#"{"alg":"ES256"}"#, &payload),
        unsigned(r#"{"alg":"ES256","kid":"key_1","crit":[]}"#, &payload),
        unsigned(r#"{"alg":"ES256","kid":"key_1"}"#, "[]"),
        unsigned(r#"{"alg":"ES256"}"#, &claims_with("iss", json!("https://other")).to_string()),
    ];
    for token in tokens {
        assert_eq!(code(verify(&entries, &token)), Code::MalformedToken, "{token}");
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn an_issuer_of_no_entry_starts_no_request() {
    let world = World::default();
    let entries = several([
        fetched(policy(), world.entry("https://a.invalid")),
        fetched(for_issuer(OTHER_ISSUER), world.entry("https://b.invalid")),
    ]);
    let cases = [
        (None, IssuerCause::Missing),
        (Some(json!(1)), IssuerCause::WrongType),
        (Some(json!(format!("{OTHER_ISSUER}/"))), IssuerCause::TrailingSlash),
        (
            Some(json!("https://api.workos.com/user_management/client_C")),
            IssuerCause::OtherClientId,
        ),
    ];
    for (issuer, cause) in cases {
        let token = ours().sign(&claims_with("iss", issuer));
        let refused = verify(&entries, &token).unwrap_err();
        assert_eq!(refused.refusal, Refusal::NoEntry(cause));
        assert_eq!(refused.refusal.code(), Code::InvalidIssuer);
        assert_eq!(refused.claims, None);
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn an_algorithm_that_no_entry_allows_is_refused_at_once() {
    let signer = ours();
    let allows = |names: &[&str]| Policy {
        algorithms: AllowList::from_names(names.iter().copied()).unwrap(),
        ..policy()
    };
    let token = signer.sign(&claims());
    let entries = several([fixed(allows(&["RS256"]), signer), fixed(allows(&["ES384"]), signer)]);
    assert_eq!(code(verify(&entries, &token)), Code::UnsupportedAlgorithm);
    let entries = several([fixed(allows(&["RS256"]), signer), fixed(allows(&["ES256"]), signer)]);
    assert_eq!(verify(&entries, &token).unwrap().entry, Some(1));
    // The entry that allows it says more than the one that doesn't, whatever it says.
    let other = Signer::new("ES256", "key_2");
    let entries = several([fixed(allows(&["ES256"]), &other), fixed(allows(&["RS256"]), signer)]);
    assert_eq!(code(verify(&entries, &token)), Code::UnknownKey);
}

#[test]
fn the_later_check_is_told_whichever_entry_comes_first() {
    let (signer, other) = (ours(), theirs());
    let unknown = theirs().named("key_2");
    let with = |change: fn(&mut Policy)| {
        let mut changed = policy();
        change(&mut changed);
        changed
    };
    // Each comes further than the one before it.
    let entries = || {
        [
            (fixed(policy(), &unknown), Code::UnknownKey),
            (fixed(policy(), other), Code::InvalidSignature),
            (fixed(for_audience("other"), signer), Code::InvalidAudience),
            (fixed(with(|it| it.client_id = Some("other".into())), signer), Code::InvalidClaim),
            (
                fixed(with(|it| it.organization_ids = Some(vec!["org".into()])), signer),
                Code::ForbiddenOrganization,
            ),
            (
                fixed(with(|it| it.permissions = Some(vec!["p".into()])), signer),
                Code::MissingPermission,
            ),
            (fixed(with(|it| it.deny_impersonation = true), signer), Code::ImpersonationDenied),
            (
                fixed(with(|it| it.max_auth_age_seconds = Some(1)), signer),
                Code::ReauthenticationRequired,
            ),
        ]
    };
    let token = signer.sign(&claims_with("act", json!({ "sub": "admin" })));
    for (first, (one, one_code)) in entries().into_iter().enumerate() {
        for (second, (other, other_code)) in entries().into_iter().enumerate() {
            let told = code(verify(&several([one.clone(), other]), &token));
            assert_eq!(told, if first > second { one_code } else { other_code });
        }
    }
}

#[test]
fn of_two_equal_refusals_the_first_is_told() {
    let signer = ours();
    let token = signer.sign(&claims_with("aud", json!("none")));
    let entries = several([fixed(for_audience("one"), signer), fixed(policy(), signer)]);
    match verify(&entries, &token).unwrap_err().refusal {
        Refusal::Claim(failure) => assert_eq!(failure.expected, Some(json!("one"))),
        other => panic!("{other:?}"),
    }
}

/// Fetches fail for `a`, and `b` has a key.
fn a_is_down(
    other: &Signer,
) -> (World, std::sync::Arc<verify_workos_token_core::entries::Entries>) {
    let world = World::default();
    let entries = several([
        fetched(policy(), world.entry("https://a.invalid")),
        fixed(for_audience("other"), other),
    ]);
    (world, entries)
}

#[test]
fn missing_keys_are_told_only_if_no_entry_refuses_for_good() {
    let signer = ours();
    let unknown = theirs().named("key_2");
    let cases = [
        (&unknown, Code::JwksFetchFailed),
        (theirs(), Code::InvalidSignature),
        (signer, Code::InvalidAudience),
    ];
    for (other, expected) in cases {
        let (world, entries) = a_is_down(other);
        let call = Call::by_entries(&entries, &signer.sign(&claims()));
        assert!(call.is_waiting());
        world.fail(FetchFailure::Connect);
        assert_eq!(code(call.outcome()), expected);
    }
    // And the other way round: whoever is first.
    let world = World::default();
    let entries =
        several([fixed(policy(), &unknown), fetched(policy(), world.entry("https://a.invalid"))]);
    let call = Call::by_entries(&entries, &signer.sign(&claims()));
    world.fail(FetchFailure::Connect);
    assert_eq!(code(call.outcome()), Code::JwksFetchFailed);
}

#[test]
fn an_entry_with_keys_accepts_while_another_is_down() {
    let signer = ours();
    let (world, entries) = a_is_down(signer);
    let call = Call::by_entries(&entries, &signer.sign(&claims_with("aud", json!("other"))));
    world.fail(FetchFailure::Connect);
    assert_eq!(call.outcome().unwrap().entry, Some(1));
}

#[test]
fn an_unknown_key_may_come_soon_if_one_entry_says_so() {
    let (signer, unknown) = (ours(), theirs().named("key_2"));
    let world = World::default();
    let entries =
        several([fixed(policy(), &unknown), fetched(policy(), world.entry("https://a.invalid"))]);
    let token = signer.sign(&claims());
    // A cold fetch, one for the unknown key, and the cooldown.
    for is_soon in [false, false, true] {
        let call = Call::by_entries(&entries, &token);
        while call.is_waiting() {
            world.answer(set_text([&unknown.jwk]));
        }
        match call.outcome().unwrap_err().refusal {
            Refusal::UnknownKey { retry_after, .. } => assert_eq!(retry_after.is_some(), is_soon),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn without_waiting_an_entry_without_keys_is_one_that_is_down() {
    let signer = ours();
    let world = World::default();
    let entries = several([
        fetched(policy(), world.entry("https://a.invalid")),
        fixed(for_audience("other"), signer),
    ]);
    let verify = |claims| entries.verify_sync(&signer.sign(&claims), NOW);
    assert_eq!(verify(claims_with("aud", json!("other"))).unwrap().entry, Some(1));
    assert_eq!(code(verify(claims_with("aud", json!([CLIENT_ID])))), Code::InvalidAudience);
    // It was started in the background.
    assert_eq!(world.requests(), 1);
    world.answer(set_text([&signer.jwk]));
    assert_eq!(verify(claims()).unwrap().entry, Some(0));
}

#[test]
fn a_foreign_issuer_is_explained_by_the_kind_of_token_that_an_entry_is_for() {
    let signer = ours();
    let connect = || Policy {
        profile: Profile::Connect(Connect { users: true, machines: false, scopes: None }),
        ..for_issuer("https://acme.authkit.app")
    };
    let (session, authkit) =
        ("https://api.workos.com/user_management/client_C", "https://other.authkit.app");
    let cases = [
        (vec![policy()], authkit, IssuerCause::AuthkitDomain),
        (vec![connect()], authkit, IssuerCause::OtherAuthkitDomain),
        (vec![policy(), connect()], authkit, IssuerCause::OtherAuthkitDomain),
        (vec![connect()], session, IssuerCause::Session),
        (vec![connect(), policy()], session, IssuerCause::OtherClientId),
    ];
    for (policies, issuer, cause) in cases {
        let entries = several(policies.into_iter().map(|policy| fixed(policy, signer)));
        let token = signer.sign(&claims_with("iss", json!(issuer)));
        assert_eq!(verify(&entries, &token).unwrap_err().refusal, Refusal::NoEntry(cause));
    }
}

#[test]
fn of_two_profiles_with_one_issuer_the_entry_for_the_token_says_what_is_wrong() {
    let signer = ours();
    let connect = Policy {
        profile: Profile::Connect(Connect { users: true, machines: false, scopes: None }),
        client_id: None,
        ..for_audience("https://mcp.invalid")
    };
    let entries = several([fixed(connect, signer), fixed(policy(), signer)]);
    let connect_claims = |aud: &str| {
        let mut claims = claims_with("aud", json!(aud));
        claims["sid"] = json!("app_consent_01");
        claims["scope"] = json!("openid");
        claims["client_id"] = json!("https://client.invalid/metadata.json");
        claims
    };
    let accepted = |claims| verify(&entries, &signer.sign(&claims)).unwrap().entry;
    assert_eq!(accepted(claims()), Some(1));
    assert_eq!(accepted(connect_claims("https://mcp.invalid")), Some(0));
    let refused = |claims| code(verify(&entries, &signer.sign(&claims)));
    assert_eq!(refused(claims_with("aud", json!("other"))), Code::InvalidAudience);
    assert_eq!(refused(connect_claims("https://other.invalid")), Code::InvalidAudience);
}
