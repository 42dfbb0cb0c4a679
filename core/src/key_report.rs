//! What a key set holds, key by key, for people to read. No token is verified with it.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::algorithm::{ALLOWABLE, AllowList};
use crate::error::{FetchFailure, Unusable};
use crate::json::{Object, Value};
use crate::key::{self, VerifyingKey};
use crate::key_set::{self, KeySet};

/// The most keys that are described: a document of 1 MiB can list hundreds of thousands, and
/// nobody reads more.
pub const MAX_DESCRIBED_KEYS: usize = 100;

/// A key set, and its keys in the order of the document.
#[derive(Debug)]
pub struct KeySetReport {
    /// The set, as a verifier would use it.
    pub set: KeySet,
    /// The first [`MAX_DESCRIBED_KEYS`] keys.
    pub keys: Vec<KeyReport>,
    /// How many keys the document lists.
    pub listed: usize,
    /// How many keys of the whole set can be used with an allowed algorithm.
    pub usable: usize,
}

/// One key of a set. What the document holds is repeated as it is, if it is a string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyReport {
    /// The key's name in the headers of tokens.
    pub kid: Option<String>,
    /// `RSA`, `EC` or `OKP`.
    pub kty: Option<String>,
    /// The algorithm that the key is for.
    pub alg: Option<String>,
    /// The bits of an RSA modulus, or of a curve that is known.
    pub size_bits: Option<usize>,
    /// `sig`, or what else the key is for.
    #[serde(rename = "use")]
    pub usage: Option<String>,
    /// Whether tokens can be verified with the key.
    pub usable: bool,
    /// Why they can't.
    pub reason: Option<&'static str>,
}

impl KeySetReport {
    /// Reads the text of a key set, for a verifier with this allow-list.
    ///
    /// # Errors
    /// Those of [`KeySet::parse`].
    pub fn read(text: &[u8], algorithms: &AllowList) -> Result<Self, FetchFailure> {
        let listed = key_set::document(text)?;
        let set = KeySet::of_keys(&listed);
        let described = listed.iter().take(MAX_DESCRIBED_KEYS);
        let keys = described.map(|jwk| KeyReport::of(jwk, &set, algorithms)).collect();
        let usable = set.usable_with(algorithms);
        Ok(Self { listed: listed.len(), set, keys, usable })
    }
}

impl KeyReport {
    fn of(jwk: &RawValue, set: &KeySet, algorithms: &AllowList) -> Self {
        let jwk = Object::parse(jwk.get().as_bytes());
        let member = |name| Some(jwk.as_ref().ok()?.get(name)?.as_str()?.to_owned());
        let reason = match &jwk {
            Ok(jwk) => fault(jwk, set, algorithms).err(),
            Err(_) => Some(Unusable::NotAnObject.as_str()),
        };
        Self {
            kid: member("kid"),
            kty: member("kty"),
            alg: member("alg"),
            size_bits: jwk.as_ref().ok().and_then(size_bits),
            usage: member("use"),
            usable: reason.is_none(),
            reason,
        }
    }
}

/// Judges a key as [`KeySet`] does, and by the allow-list.
fn fault(jwk: &Object<'_>, set: &KeySet, algorithms: &AllowList) -> Result<(), &'static str> {
    let key_id = jwk.get("kid").and_then(Value::as_str).ok_or(Unusable::KeyId.as_str())?;
    let key = VerifyingKey::parse(jwk).map_err(Unusable::as_str)?;
    let mut fitting = ALLOWABLE
        .iter()
        .map(|(_, algorithm)| *algorithm)
        .filter(|algorithm| algorithms.holds(*algorithm) && key.allows(*algorithm))
        .peekable();
    if fitting.peek().is_none() {
        return Err("no algorithm in `algorithms` fits it");
    }
    // Two different keys of one `kid` stand in each other's way.
    let serves = |algorithm| {
        set.find(key_id, algorithm).is_ok_and(|found| found.thumbprint() == key.thumbprint())
    };
    match fitting.any(serves) {
        true => Ok(()),
        false => Err(Unusable::Ambiguous.as_str()),
    }
}

/// Of a key that can't be used as well: its size may be the reason.
fn size_bits(jwk: &Object<'_>) -> Option<usize> {
    let member = |name| jwk.get(name).and_then(Value::as_str);
    match (member("kty")?, member("crv")) {
        ("RSA", _) => key::number(jwk, "n").ok().map(|modulus| key::bits(&modulus)),
        ("EC", Some("P-256")) | ("OKP", Some("Ed25519")) => Some(256),
        ("EC", Some("P-384")) => Some(384),
        ("EC", Some("P-521")) => Some(521),
        _ => None,
    }
}
