//! What a sealed session must hold, and what is handed out of it.

use std::collections::HashSet;

use serde_json::{Value, json};
use verify_workos_token_core::claims::{Carrier, Policy};
use verify_workos_token_core::error::{Code, Reason, Refusal, SessionFault};
use verify_workos_token_core::seal::Passwords;
use verify_workos_token_core::session::{Opened, check_user, open};

use crate::support::sealer::{PASSWORD, seal, session};
use crate::support::{NOW, check, claim_failure, claims, claims_with, code, failed_claim, policy};

const MISMATCH: SessionFault = SessionFault::Password { white_space: false };

fn opened(text: &str) -> Result<Opened, SessionFault> {
    open(&seal(text), &Passwords::new(vec![PASSWORD.to_owned()]), NOW)
}

fn fault(text: &str) -> SessionFault {
    opened(text).err().expect("a fault")
}

fn with(name: &str, value: Value) -> String {
    let mut session = session();
    session[name] = value;
    session.to_string()
}

#[test]
fn hands_out_the_token_and_the_user_and_never_the_refresh_token() {
    let session = session();
    let Opened { access_token, has_user, user_id, details } =
        opened(&session.to_string()).ok().unwrap();
    assert_eq!(access_token, session["accessToken"]);
    assert!(has_user);
    assert_eq!(user_id.as_deref(), Some("user_01"));
    let expected = json!([session["user"], null, "Password"]);
    assert_eq!(serde_json::from_str::<Value>(&details).unwrap(), expected);
    assert!(!details.contains("refresh"));
}

#[test]
fn takes_what_is_absent_or_null_for_absent() {
    for text in [r#"{"accessToken":"a"}"#.to_owned(), with("user", Value::Null)] {
        let Opened { has_user, user_id, details, .. } = opened(&text).ok().unwrap();
        assert_eq!((has_user, user_id), (false, None));
        assert!(details.starts_with("[null,null,"), "{details}");
    }
}

#[test]
fn leaves_the_text_of_the_user_as_it_is_unless_v8_could_misread_it() {
    let plain = r#"{"accessToken":"a","user":{"z":1.50,"id":"u","a":"\u0061"},"impersonator":{}}"#;
    let details = opened(plain).ok().unwrap().details;
    assert_eq!(details, r#"[{"z":1.50,"id":"u","a":"\u0061"},{},null]"#);
    let escaped = r#"{"accessToken":"a","user":{"\u0069d":"u","a\"b":[1]}}"#;
    let Opened { user_id, details, .. } = opened(escaped).ok().unwrap();
    assert_eq!(user_id.as_deref(), Some("u"));
    assert!(details.starts_with("~[\"array\",[\"object\","), "{details}");
}

#[test]
fn json_that_is_not_strict_is_the_fault_of_a_wrong_password() {
    let texts = ["", "x", "[]", "null", "\u{feff}{}", r#"{"accessToken":"a","accessToken":"a"}"#];
    for text in texts {
        assert_eq!(fault(text), MISMATCH, "{text}");
    }
}

#[test]
fn refuses_members_that_are_missing_or_of_the_wrong_type() {
    let cases = [
        ("{}".to_owned(), SessionFault::NoAccessToken),
        (r#"{"persistent":{"accessToken":"a"}}"#.to_owned(), SessionFault::NoAccessToken),
        (r#"{"nonce":"n","codeVerifier":"c","issuedAt":1}"#.to_owned(), SessionFault::SignInState),
        (with("accessToken", Value::Null), SessionFault::WrongType),
        (with("accessToken", json!(["a"])), SessionFault::WrongType),
        (with("user", json!("user_01")), SessionFault::WrongType),
        (with("user", json!([])), SessionFault::WrongType),
        (with("impersonator", json!("x")), SessionFault::WrongType),
        (with("authenticationMethod", json!({})), SessionFault::WrongType),
    ];
    for (text, expected) in cases {
        assert_eq!(fault(&text), expected, "{text}");
    }
}

#[test]
fn the_user_must_be_the_subject() {
    assert_eq!(check_user(Some("user_01"), "user_01"), Ok(()));
    for id in [Some("user_02"), Some("user_01 "), Some("USER_01"), Some(""), None] {
        assert_eq!(check_user(id, "user_01"), Err(SessionFault::OtherUser), "{id:?}");
    }
    let without_id = opened(&with("user", json!({ "id": 7 }))).ok().unwrap();
    assert_eq!(without_id.user_id, None);
}

#[test]
fn names_what_is_found_in_place_of_a_seal() {
    let long = "Ab0_".repeat(40);
    let good = seal("{}");
    let cut = &good[..good.len() - 30];
    let cases: [(&str, SessionFault, &str); 16] = [
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", SessionFault::BareToken, "verifyWorkosToken"),
        ("gAAAAABmQ2x", SessionFault::OtherSdk, "Python"),
        (&long, SessionFault::OtherSdk, "Go or Ruby"),
        (&format!("{long}=="), SessionFault::OtherSdk, "Go or Ruby"),
        (&format!("\"{good}\""), SessionFault::Quoted, "quotes"),
        (&format!("'{good}"), SessionFault::Quoted, "quotes"),
        (&good.replace('*', "%2A"), SessionFault::Encoded, "decodeURIComponent"),
        (&good.replace('*', "%252A"), SessionFault::Encoded, "decodeURIComponent"),
        (cut, SessionFault::Cut, "4,096 bytes"),
        (&good[..100], SessionFault::Cut, "4,096 bytes"),
        ("Fe26.2", SessionFault::Cut, "4,096 bytes"),
        ("eyJqd3QiOiJGZTI2LjIqMSox.c2lnbmF0dXJl", SessionFault::SignedWrapper, "authkit-remix"),
        ("eyJqd3QiOiJGZTI2LjIqMSo%3D.c2ln%2B", SessionFault::SignedWrapper, "authkit-remix"),
        (&format!("wos-session={good}"), SessionFault::NotAlone, "without its name"),
        ("x", SessionFault::NotASeal, "Fe26.2*"),
        (" ", SessionFault::NotASeal, "Fe26.2*"),
    ];
    for (sealed, expected, word) in cases {
        let fault = open(sealed, &Passwords::new(vec![PASSWORD.to_owned()]), NOW).err().unwrap();
        assert_eq!(fault, expected, "{sealed}");
        assert!(Refusal::Session(fault).hint().contains(word), "{sealed}");
    }
}

#[test]
fn each_fault_has_one_code_and_tells_how_it_failed() {
    let reasons = [
        (SessionFault::Empty, Reason::Missing),
        (SessionFault::TooLong, Reason::Invalid),
        (SessionFault::Expired, Reason::Invalid),
        (SessionFault::SignInState, Reason::Invalid),
        (MISMATCH, Reason::Mismatch),
        (SessionFault::OtherUser, Reason::Mismatch),
    ];
    for (fault, reason) in reasons {
        assert_eq!(fault.reason(), reason, "{fault:?}");
        let refusal = Refusal::Session(fault);
        assert_eq!(refusal.code(), Code::InvalidSession);
        assert_eq!(refusal.retry_after(), None);
    }
    let spaced = SessionFault::Password { white_space: true };
    let messages: HashSet<_> =
        [MISMATCH, spaced].map(|fault| Refusal::Session(fault).message()).into();
    assert_eq!(messages.len(), 1);
    assert!(Refusal::Session(spaced).hint().contains("white space"));
}

#[test]
fn an_audience_may_be_missing_only_in_a_session_whose_caller_names_none() {
    let carrier = |requires_audience| Carrier::Session { requires_audience };
    let within = |carrier| Policy { carrier, ..policy() };
    let without = claims_with("aud", None);
    assert!(check(within(carrier(false)), &without).is_ok());
    assert!(check(within(carrier(false)), &claims()).is_ok());
    for strict in [carrier(true), Carrier::Bare] {
        assert_eq!(code(check(within(strict), &without)), Code::InvalidAudience);
    }
    for aud in [json!("client_02"), json!([]), json!(null), json!([7])] {
        let verdict = check(within(carrier(false)), &claims_with("aud", aud.clone()));
        assert_eq!(failed_claim(verdict).0, Code::InvalidAudience, "{aud}");
    }
}

#[test]
fn an_expired_session_is_to_be_refreshed_by_the_sdk() {
    let expired = claims_with("exp", json!(NOW - 300.0));
    let session = Policy { carrier: Carrier::Session { requires_audience: true }, ..policy() };
    assert!(claim_failure(&check(session, &expired)).cause.hint.contains("loadSealedSession"));
    assert!(!claim_failure(&check(policy(), &expired)).cause.hint.contains("loadSealedSession"));
}
