//! What is kept of a token that waits for its key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::algorithm::AllowList;
use crate::claims::is_checked;
use crate::json::Object;
use crate::token::{Segments, UntrustedToken};

/// A token of this payload that nobody signed.
fn token(payload: &str) -> String {
    let segments = [r#"{"alg":"RS256","kid":"key_1"}"#, payload, "unsigned"];
    segments.map(|segment| URL_SAFE_NO_PAD.encode(segment)).join(".")
}

/// Whether the claims of this payload are kept, and whether the issuer is this one once the token is
/// resumed.
fn set_aside(payload: &str, issuer: &str) -> (bool, bool) {
    let token = token(payload);
    let segments = Segments::decode(&token).unwrap();
    let read = UntrustedToken::read(&segments, &AllowList::default()).unwrap();
    let reading = read.reading(is_checked);
    let are_kept = reading.claims.is_some();
    let segments = segments.into_owned();
    assert_eq!(segments.token(), token);
    let resumed = UntrustedToken::resume(&segments, reading).unwrap();
    assert_eq!(resumed.key_id(), "key_1");
    (are_kept, resumed.compare_issuer(&[issuer.to_owned()]).is_ok())
}

#[test]
fn ordinary_claims_are_kept() {
    let payload = json!({ "iss": "issuer", "permissions": ["read"], "custom": "x".repeat(5_000) });
    assert_eq!(set_aside(&payload.to_string(), "issuer"), (true, true));
}

#[test]
fn claims_of_more_than_4_kib_are_read_again() {
    let payload = |filling: usize| json!({ "iss": "i", "sub": "a".repeat(filling) }).to_string();
    let memory =
        |payload: &str| Object::parse(payload.as_bytes()).unwrap().only(is_checked).heap_size();
    let filling = 4_096 - memory(&payload(0));
    for (filling, are_kept) in [(filling, true), (filling + 1, false)] {
        let payload = payload(filling);
        assert_eq!(set_aside(&payload, "i"), (are_kept, true), "{}", memory(&payload));
    }
}

#[test]
fn an_escaped_name_anywhere_is_read_again() {
    for payload in [r#"{"iss":"i","\u0061":1}"#, r#"{"iss":"i","x":[{"\u0061":1}]}"#] {
        assert_eq!(set_aside(payload, "i"), (false, true), "{payload}");
    }
}
