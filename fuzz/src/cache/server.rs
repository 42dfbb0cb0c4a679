//! What the server may send, and the tokens that its keys are asked for.

use std::sync::LazyLock;
use std::time::Duration;

use verify_workos_token_core::key_cache::Moment;
use verify_workos_token_core::key_set::KeySet;

use super::oracle::Landed;
use crate::form::encode;
use crate::policy::ISSUER;

/// The keys that a server may publish. One more is asked for, which none ever has.
pub(super) const KEYS: usize = 4;

/// The set that a request brought: its keys, whether it has a tag, and its lifetime.
pub(super) fn landed(
    (keys, has_tag, server_max_age): (u8, bool, Option<Duration>),
    request: u64,
    at: Moment,
) -> Landed {
    let digest = DIGESTS[usize::from(keys)];
    Landed { keys, digest, at, age_then: None, server_max_age, has_tag, request }
}

/// The set of these keys, a bit each.
pub(super) fn document(keys: u8) -> String {
    let listed = (0..KEYS).filter(|key| keys >> key & 1 == 1);
    crate::jwk::document(listed.map(|key| JWKS[key].clone()))
}

static JWKS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let jwk = |key: usize| {
        let mut modulus = [0xa5; 256];
        modulus[1] = u8::try_from(key).expect("a few keys");
        format!(r#"{{"kty":"RSA","kid":"key_{key}","n":"{}","e":"AQAB"}}"#, encode(&modulus))
    };
    (0..KEYS).map(jwk).collect()
});

static DIGESTS: LazyLock<Vec<[u8; 32]>> = LazyLock::new(|| {
    let digest = |keys| KeySet::parse(document(keys).as_bytes()).expect("a key set").digest();
    (0..1 << KEYS).map(digest).collect()
});

/// A token that nobody has signed.
pub(super) fn token(key: usize, is_foreign: bool) -> String {
    let header = format!(r#"{{"alg":"RS256","kid":"key_{key}"}}"#);
    let issuer = if is_foreign { "https://other.invalid" } else { ISSUER };
    let payload = format!(r#"{{"iss":"{issuer}"}}"#);
    [header.as_bytes(), payload.as_bytes(), b"unsigned"].map(encode).join(".")
}
