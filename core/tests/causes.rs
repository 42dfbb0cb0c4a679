//! The table of causes, and the limits between its rows.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{Code, FetchFailure, causes};
use verify_workos_token_core::key_set::KeySet;

use crate::support::signer::Signer;
use crate::support::{
    CLIENT_ID, ISSUER, NOW, check, claims, claims_with, key_set, policy, verifier, verify,
};

/// The id of the row for a token that is refused under this policy.
fn cause_of(policy: Policy, token: &str) -> &'static str {
    let verifier = verifier(policy, &key_set([&Signer::shared().jwk]));
    verify(&verifier, token).unwrap_err().cause().id
}

fn cause_of_claims(policy: Policy, claims: &Value) -> &'static str {
    check(policy, claims).unwrap_err().cause().id
}

/// The token with its last character exchanged for another good one, so that the signature is bad.
fn forged(header: &str, payload: &str) -> String {
    let signature = URL_SAFE_NO_PAD.encode([7_u8; 256]);
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{signature}", encode(header), encode(payload))
}

#[test]
fn rows_are_distinct_and_read_well() {
    let rows: Vec<_> = causes::all().collect();
    assert!(rows.len() > 100, "{}", rows.len());
    for texts in [rows.iter().map(|row| row.id).collect::<HashSet<_>>(), hints()] {
        assert_eq!(texts.len(), rows.len());
    }
    for row in rows {
        assert!(row.id.bytes().all(|it| it.is_ascii_lowercase() || b"-0123456789".contains(&it)));
        assert!(row.hint.ends_with('.') && !row.hint.contains("  "), "{}", row.id);
        assert!(!row.recognized.ends_with('.') && !row.recognized.contains("  "), "{}", row.id);
        assert_eq!(row.codes.is_empty(), row.id == "clock-behind", "{}", row.id);
    }
}

fn hints() -> HashSet<&'static str> {
    causes::all().map(|row| row.hint).collect()
}

#[test]
fn every_code_of_a_refusal_has_a_row() {
    let codes: HashSet<Code> = causes::all().flat_map(|row| row.codes).copied().collect();
    // Options and requests are JavaScript's, which has a table of its own.
    assert_eq!(codes.len(), Code::ALL.len() - 2);
    assert!(!codes.contains(&Code::InvalidOptions));
    assert!(!codes.contains(&Code::CrossSiteRequest));
}

#[test]
fn an_expired_token_is_a_matter_of_the_clock_of_refreshing_or_of_the_session() {
    let cause = |ago: f64| cause_of_claims(policy(), &claims_with("exp", json!(NOW - ago)));
    assert_eq!(cause(5.0), "just-expired");
    assert_eq!(cause(59.5), "just-expired");
    assert_eq!(cause(60.0), "expired");
    assert_eq!(cause(3_599.5), "expired");
    assert_eq!(cause(3_600.0), "stale-session");
}

#[test]
fn a_signature_that_is_too_short_is_cut_off() {
    let good = Signer::shared().sign(&claims());
    let (input, signature) = good.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let of_length = |length: usize| {
        let mut bytes = bytes.clone();
        bytes.resize(length, 0);
        bytes[0] ^= 1;
        cause_of(policy(), &format!("{input}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    };
    assert_eq!(of_length(255), "cut-off-in-signature");
    assert_eq!(of_length(256), "altered-or-forged");
    assert_eq!(of_length(257), "altered-or-forged");
    // Without its last character it is no longer base64url, and the code is another.
    let cut = &good[..good.len() - 1];
    assert_eq!(cause_of(policy(), cut), "cut-off-in-signature");
}

#[test]
fn a_token_with_white_space_or_an_endless_life_was_edited() {
    let header = Signer::shared().header().to_string();
    let with_life = |seconds: f64| {
        let payload = claims_with("exp", json!(NOW + seconds)).to_string();
        cause_of(policy(), &forged(&header, &payload))
    };
    assert_eq!(with_life(366.0 * 86_400.0), "altered-or-forged");
    assert_eq!(with_life(366.0 * 86_400.0 + 1.0), "edited-token");

    let pretty = serde_json::to_string_pretty(&claims()).unwrap();
    assert_eq!(cause_of(policy(), &forged(&header, &pretty)), "edited-token");
    let compact = claims_with("name", json!(r#"a "b" \ c"#)).to_string();
    assert_eq!(cause_of(policy(), &forged(&header, &compact)), "altered-or-forged");
    let spaced = header.replace(':', ": ");
    assert_eq!(cause_of(policy(), &forged(&spaced, &claims().to_string())), "edited-token");
    let local = claims_with("iss", json!("http://localhost:4100")).to_string();
    assert_eq!(cause_of(policy(), &forged(&header, &local)), "restarted-emulator");
}

/// Whoever waited for the key is told the same as whoever found it in memory.
#[test]
fn the_cause_does_not_depend_on_where_the_key_was() {
    for (name, value) in [("nonce", json!("n")), ("at_hash", json!("h"))] {
        let mut claims = claims_with("iss", json!("https://acme.authkit.app"));
        claims[name] = value;
        assert_eq!(cause_of_claims(policy(), &claims), "id-token");
        let unknown = Signer::shared().named("key_9").sign(&claims);
        assert_eq!(cause_of(policy(), &unknown), "id-token");
    }
    let other = ISSUER.replace(CLIENT_ID, "client_02");
    let claims = claims_with("iss", json!(other));
    assert_eq!(cause_of_claims(policy(), &claims), "other-client-same-environment");
    let unknown = Signer::shared().named("key_9").sign(&claims);
    assert_eq!(cause_of(policy(), &unknown), "other-environment");
}

#[test]
fn a_document_that_is_no_key_set_is_told_for_what_it_is() {
    let jwk = Signer::shared().jwk.to_string();
    let cases = [
        ("<!doctype html>".to_owned(), FetchFailure::Html),
        ("\n<html>".to_owned(), FetchFailure::Html),
        ("Not found".to_owned(), FetchFailure::NotJson),
        (r#"{"issuer":"https://a","jwks_uri":"https://a/b"}"#.to_owned(), FetchFailure::Discovery),
        (r#"{"issuer":"https://a"}"#.to_owned(), FetchFailure::Discovery),
        (r#"{"issuer":"https://a","keys":{}}"#.to_owned(), FetchFailure::NotAKeySet),
        (r#"{"message":"no"}"#.to_owned(), FetchFailure::NotAKeySet),
        (format!("[{jwk}]"), FetchFailure::BareKeys),
        ("[{}]".to_owned(), FetchFailure::NotAKeySet),
        ("[]".to_owned(), FetchFailure::NotAKeySet),
        (jwk, FetchFailure::BareKeys),
    ];
    for (text, failure) in cases {
        assert_eq!(KeySet::parse(text.as_bytes()).err(), Some(failure), "{text}");
    }
}

#[test]
fn a_text_of_more_than_8_kib_is_not_looked_at() {
    let quoted = |length: usize| format!("\"{}", "x".repeat(length - 1));
    assert_eq!(cause_of(policy(), &quoted(8_192)), "quoted-token");
    assert_eq!(cause_of(policy(), &quoted(8_193)), "wrong-segment-count");

    let edited = |filling: usize| {
        let header = Signer::shared().header().to_string();
        forged(&header, &format!("{} ", claims_with("filling", json!("a".repeat(filling)))))
    };
    let filling = (5_000..6_500).rfind(|filling| edited(*filling).len() <= 8_192).unwrap();
    assert_eq!(cause_of(policy(), &edited(filling)), "edited-token");
    assert_eq!(cause_of(policy(), &edited(filling + 1)), "altered-or-forged");
}
