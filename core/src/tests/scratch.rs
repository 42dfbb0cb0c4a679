//! The buffers that a thread decodes its tokens into, one after the other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::algorithm::AllowList;
use crate::error::{Code, JsonFault, Malformed, Refusal, Segment};
use crate::token::{Segments, UntrustedToken};
use crate::token_cache::{MAX_TOKEN_BYTES, TokenCache};

const HEADER: &str = r#"{"alg":"RS256","kid":"key_1"}"#;

fn token(header: &str, payload: &str) -> String {
    [header, payload, "unsigned"].map(|segment| URL_SAFE_NO_PAD.encode(segment)).join(".")
}

/// Whether the token says that this is its issuer, or why the token can't be read.
fn names(token: &str, issuer: &str) -> Result<bool, Refusal> {
    let segments = Segments::decode(token).map_err(Refusal::Malformed)?;
    let read = UntrustedToken::read(&segments, &AllowList::default())?;
    Ok(read.compare_issuer(&[issuer.to_owned()]).is_ok())
}

#[test]
fn nothing_of_a_token_is_left_for_the_next() {
    let payload = |issuer: &str| format!(r#"{{"iss":"{issuer}"}}"#);
    let (long, short) = ("a".repeat(9_000), "b".to_owned());
    let cut = format!("{}.!.x", URL_SAFE_NO_PAD.encode(HEADER));
    for _ in 0..3 {
        assert_eq!(names(&token(HEADER, &payload(&long)), &long), Ok(true));
        assert_eq!(names(&token(HEADER, &payload(&short)), &short), Ok(true));
        assert_eq!(names(&cut, &short).unwrap_err().code(), Code::MalformedToken);
        assert_eq!(names(&token(HEADER, "{}"), &short), Ok(false));
    }
}

#[test]
fn tokens_that_are_there_together_have_buffers_of_their_own() {
    let texts = ["one", "two"].map(|issuer| token(HEADER, &format!(r#"{{"iss":"{issuer}"}}"#)));
    let segments = texts.each_ref().map(|text| Segments::decode(text).unwrap().into_owned());
    for (segments, issuer) in segments.iter().zip(["one", "two"]) {
        let read = UntrustedToken::read(segments, &AllowList::default()).unwrap();
        assert_eq!(read.compare_issuer(&[issuer.to_owned()]), Ok(()));
    }
}

#[test]
fn header_and_payload_are_texts_each_by_itself() {
    // The two halves of one character, in two segments.
    let halves = ["é".as_bytes(), b"{}"].concat();
    let (first, second) = halves.split_at(1);
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    for (header, payload, segment) in [
        ([HEADER.as_bytes(), first].concat(), second.to_vec(), Segment::Header),
        (HEADER.as_bytes().to_vec(), second.to_vec(), Segment::Payload),
    ] {
        let token = format!("{}.{}.AA", encode(&header), encode(&payload));
        let refusal = Refusal::Malformed(Malformed::Json(segment, JsonFault::NotUtf8));
        assert_eq!(names(&token, ""), Err(refusal));
    }
}

#[test]
fn a_token_is_hashed_by_all_its_bytes_and_only_if_it_may_be_remembered() {
    let cache = TokenCache::default();
    let token = "a".repeat(MAX_TOKEN_BYTES);
    let hash = cache.hash(&token);
    assert!(hash.is_some());
    assert_eq!(hash, cache.hash(&token));
    assert_ne!(hash, cache.hash(&token[1..]));
    assert_eq!(cache.hash(&format!("{token}a")), None);
    assert_ne!(hash, TokenCache::default().hash(&token), "each cache has a seed of its own");
}
