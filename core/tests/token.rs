//! The form of a token (check 1), and its header (check 2).

mod header;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use verify_workos_token_core::error::{Code, JsonFault, Malformed, Refusal, Segment};
use verify_workos_token_core::token::MAX_TOKEN_BYTES;

use crate::support::signer::Signer;
use crate::support::{claims, key_set, policy, refusal, token_of_length, verifier, verify};

/// The refusal of a text before any key is looked up.
fn outcome(token: &str) -> Result<(), Refusal> {
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    verify(&verifier, token).map(drop).map_err(|refused| refused.refusal)
}

#[track_caller]
fn assert_malformed(token: &str, malformed: Malformed) {
    assert_eq!(outcome(token), Err(Refusal::Malformed(malformed)), "{token:.80}");
    assert_eq!(refusal_code(token), Code::MalformedToken);
}

fn refusal_code(token: &str) -> Code {
    outcome(token).unwrap_err().code()
}

/// A good token with these members in its header, in addition to `alg` and `kid` or in their place.
fn with_header(changes: &Value) -> String {
    let signer = Signer::shared();
    let mut header = signer.header();
    for (name, value) in changes.as_object().unwrap() {
        header[name] = value.clone();
    }
    signer.sign_text(header.to_string(), claims().to_string())
}

#[test]
fn a_token_has_at_most_16_384_bytes() {
    assert_eq!(MAX_TOKEN_BYTES, 16_384);
    assert_eq!(outcome(&token_of_length(16_384)), Ok(()));
    assert_malformed(&token_of_length(16_385), Malformed::TooLong);
    assert_malformed(&".".repeat(16_385), Malformed::TooLong);
    assert_malformed(&"A".repeat(10_000_000), Malformed::TooLong);
    assert_malformed(&".".repeat(16_384), Malformed::SegmentCount);
    // Bytes, not characters.
    assert_malformed(&"é".repeat(8_193), Malformed::TooLong);
    assert_malformed(&"é".repeat(8_192), Malformed::SegmentCount);
}

#[test]
fn a_token_has_three_segments() {
    let token = with_header(&json!({}));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    for text in [".", "a", "a.b", signed, &format!("{token}."), &format!("{token}.{signature}")] {
        assert_malformed(text, Malformed::SegmentCount);
    }
    assert_malformed("", Malformed::Empty);
    assert_malformed("....", Malformed::Encrypted);
    assert_malformed(&format!("{token}.a.b"), Malformed::Encrypted);
    assert_malformed("a.b.c.d.e.f", Malformed::SegmentCount);
    assert_malformed("..", Malformed::Json(Segment::Header, JsonFault::Syntax));
}

#[test]
fn well_known_mistakes_are_recognised() {
    let token = with_header(&json!({}));
    for scheme in ["Bearer ", "bearer ", "BEARER "] {
        assert_malformed(&format!("{scheme}{token}"), Malformed::BearerPrefix);
    }
    assert_malformed("Bearer ", Malformed::BearerPrefix);
    assert_malformed("Fe26.2*1*abc*def", Malformed::SealedSession);
    assert_malformed("Fe26.2*1*a.b*c", Malformed::SealedSession);
    assert_malformed(&format!("Fe26.2*{}", "a".repeat(20_000)), Malformed::SealedSession);
    assert_malformed("sk_test_abc", Malformed::ApiKey);
    assert_malformed("sk_live_a.b.c", Malformed::ApiKey);
    assert_malformed(&format!(" {token}"), Malformed::NotBase64url(Segment::Header));
    assert_malformed(&format!("\"{token}\""), Malformed::NotBase64url(Segment::Header));
    assert_malformed(&format!("{token}\n"), Malformed::NotBase64url(Segment::Signature));
}

#[test]
fn each_segment_is_strict_base64url() {
    let token = with_header(&json!({}));
    let parts: Vec<&str> = token.split('.').collect();
    let segments = [Segment::Header, Segment::Payload, Segment::Signature];
    for (index, segment) in segments.into_iter().enumerate() {
        let good = parts[index];
        let spellings = [
            format!("{good}="),
            format!("{good}=="),
            format!("{good} "),
            format!("{good}\r\n"),
            format!(" {good}"),
            format!("{good}A+"),
            format!("{good}A/"),
            format!("{good}%3D"),
            format!("{good}é"),
            format!("{good}\0"),
            // 4n + 1 characters encode nothing.
            "AAAAA".to_owned(),
        ];
        for spelling in spellings {
            let mut parts = parts.clone();
            parts[index] = &spelling;
            assert_malformed(&parts.join("."), Malformed::NotBase64url(segment));
        }
    }
}

#[test]
fn trailing_bits_are_zero() {
    // Two characters carry 12 bits, and an octet uses 8 of them.
    for last in ["B", "P", "Q"] {
        let expected = match last {
            "Q" => Malformed::Json(Segment::Header, JsonFault::Syntax),
            _ => Malformed::NotBase64url(Segment::Header),
        };
        assert_malformed(&format!("A{last}.e30.AA"), expected);
    }
    let token = with_header(&json!({}));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(signature.len() % 4, 2, "256 octets leave four bits over");
    let spellings = "ABCDEFGHIJKLMNOP".chars().chain("QRSTUVWXYZabcdef".chars());
    let head = &signature[..signature.len() - 1];
    let accepted = spellings.chain("ghijklmnopqrstuv".chars()).chain("wxyz0123456789-_".chars());
    let accepted = accepted.filter(|last| outcome(&format!("{signed}.{head}{last}")).is_ok());
    assert_eq!(accepted.count(), 1, "a signature has one spelling");
}

#[test]
fn header_and_payload_are_strict_json_objects() {
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let faults: [(&[u8], JsonFault); 14] = [
        (b"", JsonFault::Syntax),
        (b"{", JsonFault::Syntax),
        (b"{} ,", JsonFault::Syntax),
        (b"{'alg':1}", JsonFault::Syntax),
        (b"{\"a\":1e400}", JsonFault::Syntax),
        (b"{\"a\":\"\\udfff\"}", JsonFault::Syntax),
        (b"null", JsonFault::NotAnObject),
        (b"[]", JsonFault::NotAnObject),
        (b"\"{}\"", JsonFault::NotAnObject),
        (b"\xef\xbb\xbf{}", JsonFault::ByteOrderMark),
        (b"{\"a\":\"\xff\"}", JsonFault::NotUtf8),
        (b"\xff\xfe{\0}\0", JsonFault::NotUtf8),
        (b"{\"a\":1,\"a\":1}", JsonFault::DuplicateName),
        (b"{\"a\":{\"b\":1,\"\\u0062\":2}}", JsonFault::DuplicateName),
    ];
    let signer = Signer::shared();
    let (header, payload) = (signer.header().to_string(), claims().to_string());
    for (text, fault) in faults {
        let token = signer.sign_text(text, &payload);
        assert_malformed(&token, Malformed::Json(Segment::Header, fault));
        let token = signer.sign_text(&header, text);
        assert_malformed(&token, Malformed::Json(Segment::Payload, fault));
    }
    let deep = |levels| {
        let deep = format!("{{\"deep\":{},", nested(levels));
        signer.sign_text(&header, payload.replacen('{', &deep, 1))
    };
    assert_eq!(outcome(&deep(31)), Ok(()), "the outer object is the first of 32 levels");
    assert_malformed(&deep(32), Malformed::Json(Segment::Payload, JsonFault::TooDeep));
}

#[test]
fn what_is_no_string_is_named_by_its_kind() {
    let refusal = Refusal::Malformed(Malformed::NotAString("a number"));
    assert_eq!(refusal.code(), Code::MalformedToken);
    assert_eq!(refusal.message(), "the token must be a string, not a number");
}

#[test]
fn what_was_signed_are_the_bytes_as_they_came() {
    let signer = Signer::shared();
    let spaced = claims().to_string().replace(',', " ,\n\t").replacen("user", "\\u0075ser", 1);
    let token = signer.sign_text(format!(" {} ", signer.header()), &spaced);
    let verifier = verifier(policy(), &key_set([&signer.jwk]));
    assert_eq!(verify(&verifier, &token).unwrap().claims(), spaced);

    let parts: Vec<&str> = token.split('.').collect();
    let compact = URL_SAFE_NO_PAD.encode(claims().to_string());
    let respelled = format!("{}.{compact}.{}", parts[0], parts[2]);
    assert_eq!(refusal(verify(&verifier, &respelled)), Refusal::InvalidSignature);
}
