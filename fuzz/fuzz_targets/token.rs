//! A token's form and header, beside a second reader: both find the same, or the same fault. The whole
//! verifier agrees, by each of its ways, and shows nothing of a token that nobody signed.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use verify_workos_token_core::algorithm::{AllowList, name_of};
use verify_workos_token_core::error::{Code, Malformed, Refusal, Segment};
use verify_workos_token_core::explain::Explained;
use verify_workos_token_core::fuzzing::read_token;
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::token_cache::TokenCache;
use verify_workos_token_core::verifier::{KeySource, Step, Verdict, Verifier};
use verify_workos_token_fuzz::form::{self, Fault, Form, encode};
use verify_workos_token_fuzz::policy::{ALLOWED, policy};

const NOW: f64 = 1_750_000_000.0;
/// What separates the three texts of an input that is encoded here.
const SEPARATOR: u8 = 0;

fuzz_target!(|input: &[u8]| {
    let Some(token) = token_of(input) else { return };
    let allowed = AllowList::from_names(ALLOWED).expect("names of algorithms");
    let second = form::read(&token, &ALLOWED);
    match (read_token(&token, &allowed), &second) {
        (Ok(read), Ok(Form { segments, algorithm, key_id })) => {
            assert_eq!(read.segments, *segments);
            assert_eq!(read.segments.map(|segment| encode(&segment)).join("."), token);
            assert_eq!((name_of(read.algorithm), &read.key_id), (Some(algorithm.as_str()), key_id));
        }
        (Err(refusal), Err(fault)) => assert!(is_of(&refusal, *fault), "{refusal:?} {fault:?}"),
        (first, _) => panic!("two verdicts, ours is {first:?}"),
    }
    verify(&token, second.err());
});

/// The input as it is, or three texts that become segments: bytes that are changed at random rarely
/// stay base64url.
fn token_of(input: &[u8]) -> Option<String> {
    match input.split_first()? {
        (&SEPARATOR, texts) => {
            let texts = texts.splitn(3, |byte| *byte == SEPARATOR);
            Some(texts.map(encode).collect::<Vec<_>>().join("."))
        }
        _ => String::from_utf8(input.to_vec()).ok(),
    }
}

fn is_of(refusal: &Refusal, fault: Fault) -> bool {
    let number = |segment: &Segment| match segment {
        Segment::Header => 0,
        Segment::Payload => 1,
        Segment::Signature => 2,
    };
    let Refusal::Malformed(malformed) = refusal else {
        return *refusal == Refusal::UnsupportedAlgorithm && fault == Fault::NotAllowed;
    };
    match malformed {
        Malformed::NotAString(_) => false,
        Malformed::TooLong => fault == Fault::Length,
        Malformed::Encrypted | Malformed::SegmentCount => fault == Fault::Segments,
        Malformed::NotBase64url(segment) => fault == Fault::Encoding(number(segment)),
        Malformed::Json(segment, _) => fault == Fault::Json(number(segment)),
        Malformed::Algorithm => fault == Fault::Algorithm,
        Malformed::KeyId => fault == Fault::KeyId,
        Malformed::Critical => fault == Fault::Critical,
        Malformed::UnencodedPayload => fault == Fault::Unencoded,
        Malformed::Type => fault == Fault::Type,
        // Well-known values that are no tokens.
        Malformed::Empty
        | Malformed::BearerPrefix
        | Malformed::SealedSession
        | Malformed::ApiKey => {
            matches!(fault, Fault::Length | Fault::Segments | Fault::Encoding(_))
        }
    }
}

/// Over a set with one key, which has signed none of these tokens.
fn verify(token: &str, fault: Option<Fault>) {
    let (plain, cached) = &*VERIFIERS;
    let verdicts = [plain, cached].map(|verifier| {
        let Step::Done(verdict) = verifier.verify(token, NOW) else {
            panic!("nothing to wait for")
        };
        verdict
    });
    let [code, others @ ..] = [
        code(&verdicts[0]),
        code(&verdicts[1]),
        code(&plain.verify_sync(token, NOW)),
        code(&cached.verify_sync(token, NOW)),
    ];
    assert_eq!(others, [code; 3]);
    match fault {
        Some(Fault::NotAllowed) => assert_eq!(code, Code::UnsupportedAlgorithm),
        Some(_) => assert_eq!(code, Code::MalformedToken),
        None => {
            assert!(matches!(code, Code::InvalidIssuer | Code::UnknownKey | Code::InvalidSignature))
        }
    }
    assert_eq!(cached.token_cache.as_ref().map(|cache| cache.usage().entries), Some(0));
    let Explained::Done(explanation) = plain.explain(token, NOW) else {
        panic!("nothing to wait for")
    };
    assert_eq!(explanation.refusal.map(|refused| refused.refusal.code()), Some(code));
    assert!(!explanation.verified);
}

fn code(verdict: &Verdict) -> Code {
    let refused = verdict.as_ref().expect_err("nobody signed it");
    assert_eq!(refused.claims, None);
    assert!(!refused.cause().hint.is_empty());
    refused.refusal.code()
}

static VERIFIERS: LazyLock<(Verifier, Verifier)> = LazyLock::new(|| {
    let keys = format!(
        r#"{{"keys":[{{"kty":"RSA","kid":"key_1","n":"{}","e":"AQAB"}}]}}"#,
        encode(&[0xa5; 256])
    );
    let keys = Arc::new(KeySet::parse(keys.as_bytes()).expect("a key set"));
    assert_eq!(keys.usable_keys(), 1);
    let keys = KeySource::Fixed(keys);
    let plain = Verifier { policy: policy(), keys, token_cache: None };
    let cached = Verifier { token_cache: Some(Arc::new(TokenCache::default())), ..plain.clone() };
    (plain, cached)
});
