//! Explanations of sealed sessions.

use serde_json::{Value, json};
use verify_workos_token_core::claims::Carrier;
use verify_workos_token_core::error::SessionFault;
use verify_workos_token_core::seal::Passwords;
use verify_workos_token_core::session::open;

use super::*;
use crate::support::sealer::{PASSWORD, seal, session};

/// The explanation of a session with this content, under the policy of sessions.
fn explain_session(content: &Value) -> Explanation {
    let policy = Policy { carrier: Carrier::Session { requires_audience: false }, ..policy() };
    let passwords = Passwords::new(vec![PASSWORD.to_owned()]);
    let opened = open(&seal(&content.to_string()), &passwords, NOW).ok().unwrap();
    explain(policy, &opened.access_token).of_session(&opened)
}

fn holding(claims: &Value) -> Value {
    let mut content = session();
    content["accessToken"] = Signer::shared().sign(claims).into();
    content["user"]["id"] = claims["sub"].clone();
    content
}

#[test]
fn of_a_good_session_has_the_seal_first_and_the_user_last() {
    let explanation = explain_session(&holding(&claims()));
    assert_eq!(explanation.refusal, None);
    let names: Vec<_> = results(&explanation).into_iter().map(|(name, _)| name).collect();
    assert_eq!((names.first(), names.last()), (Some(&"seal"), Some(&"user")));
    assert!(results(&explanation).iter().all(|(_, ok)| *ok == Some(true)));
    assert!(explanation.remarks[0].starts_with("the value is a sealed session"));
    let user = check(&explanation, "user");
    assert_eq!((&user.expected, &user.actual), (&Some(json!("user_01")), &Some(json!("user_01"))));
}

#[test]
fn leaves_the_user_out_where_there_is_none() {
    let mut content = holding(&claims());
    content["user"] = Value::Null;
    let explanation = explain_session(&content);
    assert_eq!(explanation.refusal, None);
    assert!(results(&explanation).iter().all(|(name, _)| *name != "user"));
}

#[test]
fn of_another_user_names_both_ids() {
    let mut content = holding(&claims());
    content["user"] = json!({ "id": "user_2", "email": "ada@example.com" });
    let explanation = explain_session(&content);
    assert_eq!(code_of(&explanation), Some(Code::InvalidSession));
    let user = check(&explanation, "user");
    assert_eq!((&user.expected, &user.actual), (&Some(json!("user_01")), &Some(json!("user_2"))));
    assert!(
        matches!(&user.outcome, Outcome::Failed { message, .. } if message.contains("subject"))
    );
    content["user"] = json!({ "email": "ada@example.com" });
    let explanation = explain_session(&content);
    assert_eq!(code_of(&explanation), Some(Code::InvalidSession));
    assert_eq!(check(&explanation, "user").actual, None);
}

#[test]
fn the_refusal_of_the_token_comes_before_that_of_the_user() {
    let mut content = holding(&claims_with("exp", json!(1)));
    content["user"] = json!({ "id": "user_2" });
    let explanation = explain_session(&content);
    assert_eq!(code_of(&explanation), Some(Code::TokenExpired));
    assert_eq!(result(&explanation, "user"), Some(false));
    content["accessToken"] = json!("a.b.c");
    let explanation = explain_session(&content);
    assert_eq!(code_of(&explanation), Some(Code::MalformedToken));
    assert_eq!(result(&explanation, "seal"), Some(true));
    assert_eq!(result(&explanation, "user"), None);
}

#[test]
fn the_audience_may_be_missing_and_must_be_right_where_it_is_there() {
    let mut without = claims();
    without.as_object_mut().unwrap().remove("aud");
    assert_eq!(explain_session(&holding(&without)).refusal, None);
    let other = explain_session(&holding(&claims_with("aud", json!("client_other"))));
    assert_eq!(code_of(&other), Some(Code::InvalidAudience));
}

#[test]
fn of_what_can_not_be_opened_makes_no_other_check() {
    let signer = Signer::shared();
    let verifier = verifier(policy(), &key_set([&signer.jwk]));
    let fault = SessionFault::Password { white_space: false };
    let explanation = verifier.explain_unopened(Some(fault), NOW);
    assert_eq!(explanation.refusal, Some(Refusal::Session(fault).into()));
    let rest: Vec<_> = results(&explanation).split_off(1);
    assert_eq!(result(&explanation, "seal"), Some(false));
    assert!(rest.iter().all(|(_, ok)| ok.is_none()), "{rest:?}");
    assert_eq!(rest.last(), Some(&("user", None)));

    let without_password = verifier.explain_unopened(None, NOW);
    assert_eq!(without_password.refusal, None);
    assert!(without_password.remarks[0].contains("`verifyWorkosToken` refuses it"));
    assert!(results(&without_password).iter().all(|(_, ok)| ok.is_none()));
    let Outcome::NotMade(reason) = &check(&without_password, "seal").outcome else { panic!() };
    assert!(reason.contains("no cookie password"));
}

#[test]
fn never_holds_the_refresh_token_or_more_of_the_user() {
    let mut content = holding(&claims());
    content["user"]["id"] = content["accessToken"].clone();
    let explanation = explain_session(&content);
    assert_eq!(
        check(&explanation, "user").actual,
        Some(json!("(hidden: it repeats a part of the token)"))
    );
    let shown = format!("{explanation:?}");
    for secret in ["a refresh token", "ada@example.com", PASSWORD] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
