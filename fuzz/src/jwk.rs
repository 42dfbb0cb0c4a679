//! Which keys of a set can be used, decided a second time. Whether a point lies on its curve is left to
//! the core: such keys may be usable.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use crate::form::{decode, encode};
use crate::json::{self, STRICT, Value};

pub const RSA: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

/// A key, as far as it has passed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Jwk {
    pub key_id: String,
    /// The algorithms that it fits.
    pub algorithms: Vec<String>,
    /// What makes it this key.
    pub identity: Vec<String>,
    /// Whether its point has to be on a curve.
    pub has_point: bool,
}

/// The keys of a document that has exactly one member `keys`, each as it is written.
pub fn listed(document: &[u8]) -> Option<Vec<String>> {
    let document = document.strip_prefix("\u{feff}".as_bytes()).unwrap_or(document);
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(document).ok()?;
    let keys: Vec<&RawValue> = serde_json::from_str(members.get("keys")?.get()).ok()?;
    Some(keys.into_iter().map(|key| key.get().to_owned()).collect())
}

/// A document that lists these keys.
pub fn document<Key: AsRef<str>>(keys: impl IntoIterator<Item = Key>) -> String {
    let keys: Vec<_> = keys.into_iter().map(|key| key.as_ref().to_owned()).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// `None` if the key can't be used.
pub fn read(text: &str) -> Option<Jwk> {
    let jwk = json::read(text.as_bytes(), STRICT)?.value;
    matches!(jwk, Value::Object(_)).then_some(())?;
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let key_id = text("kid")?.to_owned();
    let is_signing = jwk.get("use").is_none_or(|usage| usage.as_str() == Some("sig"));
    let may_verify = jwk.get("key_ops").is_none_or(has_verify);
    (is_signing && may_verify).then_some(())?;
    let (fitting, identity, has_point) = match (text("kty")?, text("crv")) {
        ("RSA", _) => (RSA.to_vec(), rsa(&jwk)?, false),
        ("EC", Some("P-256")) => (vec!["ES256"], point(&jwk, "P-256", 32)?, true),
        ("EC", Some("P-384")) => (vec!["ES384"], point(&jwk, "P-384", 48)?, true),
        ("OKP", Some("Ed25519")) => (vec!["EdDSA"], edwards(&jwk)?, true),
        _ => return None,
    };
    let declared = jwk.get("alg").map(|algorithm| algorithm.as_str().unwrap_or("none"));
    let is_declared = |name: &&str| declared.is_none_or(|declared| declared == *name);
    let algorithms: Vec<_> = fitting.into_iter().filter(is_declared).map(str::to_owned).collect();
    (!algorithms.is_empty()).then_some(Jwk { key_id, algorithms, identity, has_point })
}

fn has_verify(operations: &Value) -> bool {
    let Value::Array(operations) = operations else { return false };
    let names: Option<BTreeSet<&str>> = operations.iter().map(Value::as_str).collect();
    names.is_some_and(|names| names.len() == operations.len() && names.contains("verify"))
}

fn octets(jwk: &Value, name: &str) -> Option<Vec<u8>> {
    jwk.get(name).and_then(Value::as_str).and_then(decode)
}

/// 2048 to 8192 bits, an odd modulus, an odd exponent of 2 to 33 bits.
fn rsa(jwk: &Value) -> Option<Vec<String>> {
    let number = |name| {
        let octets = octets(jwk, name)?;
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        let number = octets[zeros..].to_vec();
        let bits = number.len() * 8 - number.first()?.leading_zeros() as usize;
        (number.last()? % 2 == 1).then(|| (encode(&number), bits))
    };
    let ((modulus, modulus_bits), (exponent, exponent_bits)) = (number("n")?, number("e")?);
    let is_right = (2_048..=8_192).contains(&modulus_bits) && (2..=33).contains(&exponent_bits);
    is_right.then(|| vec![exponent, modulus])
}

fn point(jwk: &Value, curve: &str, length: usize) -> Option<Vec<String>> {
    let coordinate = |name| octets(jwk, name).filter(|octets| octets.len() == length);
    Some(vec![curve.to_owned(), encode(&coordinate("x")?), encode(&coordinate("y")?)])
}

fn edwards(jwk: &Value) -> Option<Vec<String>> {
    let x = octets(jwk, "x").filter(|octets| octets.len() == 32)?;
    Some(vec!["Ed25519".to_owned(), encode(&x)])
}
