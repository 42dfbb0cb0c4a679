//! What the fuzz targets reach into. `cfg(fuzzing)` is set for them alone, so none of this ships.
//!
//! Nothing is decided here: each function hands out what the ones that ship have read.

use crate::algorithm::{Algorithm, AllowList};
use crate::error::{JsonFault, Refusal};
use crate::json::Object;
use crate::key_set::KeySet;
use crate::token::{Segments, UntrustedToken};

/// A strict JSON object, as it was read.
#[derive(Debug)]
pub struct ReadObject {
    /// Its value.
    pub value: serde_json::Value,
    /// The text that JavaScript gets in place of the one that was read, if it gets another.
    pub rewritten: Option<String>,
}

/// Reads a strict JSON object.
///
/// # Errors
/// Why it is none.
pub fn read_object(text: &[u8]) -> Result<ReadObject, JsonFault> {
    let object = Object::parse(text)?;
    let rewritten = object.has_escaped_name().then(|| object.rewritten_text());
    Ok(ReadObject { value: (&object).into(), rewritten })
}

/// A token that passed checks 1 and 2.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadToken {
    /// The decoded header, payload and signature.
    pub segments: [Vec<u8>; 3],
    /// `alg`.
    pub algorithm: Algorithm,
    /// `kid`.
    pub key_id: String,
}

/// Makes checks 1 and 2, and sets the token aside and takes it up again, as for a key that has to be
/// fetched. Both must find the same.
///
/// # Errors
/// The refusal.
///
/// # Panics
/// If they don't.
pub fn read_token(token: &str, allowed: &AllowList) -> Result<ReadToken, Refusal> {
    let segments = Segments::decode(token).map_err(Refusal::Malformed)?;
    let token = UntrustedToken::read(&segments, allowed)?;
    let (read, issuer) = (seen(&token), token.compare_issuer(&[]));
    let reading = token.reading(crate::claims::is_checked);
    let segments = segments.into_owned();
    let resumed = UntrustedToken::resume(&segments, reading)?;
    assert_eq!((&read, issuer), (&seen(&resumed), resumed.compare_issuer(&[])));
    Ok(read)
}

fn seen(token: &UntrustedToken<'_>) -> ReadToken {
    ReadToken {
        segments: token.decoded().map(<[u8]>::to_vec),
        algorithm: token.algorithm(),
        key_id: token.key_id().to_owned(),
    }
}

/// The usable key with this `kid` for this algorithm, as a JWK.
#[must_use]
pub fn find_key(keys: &KeySet, key_id: &str, algorithm: Algorithm) -> Option<String> {
    keys.find(key_id, algorithm).ok().map(|key| key.jwk(key_id))
}

/// The usable keys as JWKs.
#[must_use]
pub fn usable_jwks(keys: &KeySet) -> Vec<String> {
    keys.jwks()
}
