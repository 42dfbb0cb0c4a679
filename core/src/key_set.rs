//! A JSON Web Key Set, read once: which `kid` stands for which usable key (RFC 7517, section 5).
//!
//! A `kid` need not be unique in a set: one may name an RSA key and an EC key, and tokens tell them
//! apart by `alg`. Two different keys with the same `kid` for the same algorithm are ambiguous, and
//! neither is used.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::algorithm::{ALLOWABLE, Algorithm, AllowList};
use crate::error::{FetchFailure, Unusable};
use crate::json::{Object, Value};
use crate::key::{Thumbprint, VerifyingKey, sha256};

/// The keys of one source. An unusable key never affects the others.
#[derive(Debug, Default)]
pub struct KeySet {
    by_id: HashMap<String, Named>,
    /// Why no key can be used, if the reason is the same for all.
    problem: Option<Unusable>,
    usable_keys: usize,
    hash: [u8; 32],
}

/// The keys with one `kid`. A key that can't be used, or not with the token's algorithm, does not
/// affect the others.
#[derive(Debug, Default)]
struct Named {
    usable: Vec<Arc<VerifyingKey>>,
    /// What is wrong with the first unusable key.
    unusable: Option<Unusable>,
}

/// The keys are read one by one, so a malformed key does not spoil the set.
#[derive(Deserialize)]
struct Document<'text> {
    #[serde(borrow)]
    keys: Vec<&'text RawValue>,
}

impl KeySet {
    /// Reads the text of a key set.
    ///
    /// # Errors
    /// [`FetchFailure::NotJson`], [`FetchFailure::NotAKeySet`] and their special cases, as for a
    /// key server's response. A set without a usable key is not an error here.
    pub fn parse(text: &[u8]) -> Result<Self, FetchFailure> {
        Ok(Self::of_keys(&document(text)?))
    }

    /// The set of these keys, each of them a JWK that has not been read yet.
    pub(crate) fn of_keys(keys: &[&RawValue]) -> Self {
        let mut by_id: HashMap<String, Named> = HashMap::new();
        let mut problems: Vec<Unusable> = Vec::new();
        for jwk in keys {
            problems.extend(add(&mut by_id, jwk.get()).err());
        }
        Self::of(by_id, problems)
    }

    fn of(by_id: HashMap<String, Named>, mut problems: Vec<Unusable>) -> Self {
        let mut lines = Vec::new();
        for (key_id, named) in &by_id {
            let thumbprints = named.thumbprints(|_| true);
            if thumbprints.is_empty() && !named.usable.is_empty() {
                problems.push(Unusable::Ambiguous);
            }
            let key_id = sha256(key_id.as_bytes());
            lines.extend(thumbprints.into_iter().map(|thumbprint| [key_id, thumbprint].concat()));
        }
        lines.sort_unstable();
        problems.dedup();
        let problem = match (lines.is_empty(), problems.as_slice()) {
            (true, [problem]) => Some(*problem),
            _ => None,
        };
        Self { by_id, problem, usable_keys: lines.len(), hash: sha256(&lines.concat()) }
    }

    /// The usable key with this `kid` for this algorithm, or what is wrong with the key that has
    /// it.
    pub(crate) fn find(
        &self,
        key_id: &str,
        algorithm: Algorithm,
    ) -> Result<&Arc<VerifyingKey>, Option<Unusable>> {
        let named = self.by_id.get(key_id).ok_or(None)?;
        named.find(algorithm).map_err(Some)
    }

    /// The `kid`s of the keys that can be used, in order.
    pub(crate) fn key_ids(&self) -> Vec<&str> {
        let usable = self.by_id.iter().filter(|(_, named)| !named.thumbprints(|_| true).is_empty());
        let mut key_ids: Vec<&str> = usable.map(|(key_id, _)| key_id.as_str()).collect();
        key_ids.sort_unstable();
        key_ids
    }

    /// How many keys can be used.
    #[must_use]
    pub fn usable_keys(&self) -> usize {
        self.usable_keys
    }

    /// How many keys can be used with one of these algorithms.
    pub(crate) fn usable_with(&self, algorithms: &AllowList) -> usize {
        let allowed = |algorithm: Algorithm| algorithms.holds(algorithm);
        self.by_id.values().map(|named| named.thumbprints(allowed).len()).sum()
    }

    /// Why no key of the set can be used, if the reason is the same for all.
    #[must_use]
    pub fn problem(&self) -> Option<Unusable> {
        self.problem
    }

    /// A SHA-256 hash of the usable keys and their `kid`s. Equal sets have equal hashes, whatever the
    /// order of their keys.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.hash
    }

    /// The same in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        hexadecimal(&self.hash)
    }

    /// The usable keys as JWKs, in an order of their own. A set of them finds the same keys,
    /// ambiguous ones included.
    pub(crate) fn jwks(&self) -> Vec<String> {
        let named = self.by_id.iter();
        let mut jwks: Vec<String> = named
            .flat_map(|(key_id, named)| named.usable.iter().map(|key| key.jwk(key_id)))
            .collect();
        jwks.sort_unstable();
        jwks
    }

    /// Each usable key: its `kid`, and its thumbprint in base64url.
    pub(crate) fn identities(&self) -> impl Iterator<Item = (String, String)> {
        self.by_id.iter().flat_map(|(key_id, named)| {
            let thumbprints = named.thumbprints(|_| true).into_iter();
            thumbprints.map(|thumbprint| (key_id.clone(), URL_SAFE_NO_PAD.encode(thumbprint)))
        })
    }
}

/// A digest as users see it.
#[must_use]
pub fn hexadecimal(digest: &[u8; 32]) -> String {
    digest.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string can't fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// What a text is that is no key set. `is_json` if it is at least JSON.
fn failure_of(text: &[u8], is_json: bool) -> FetchFailure {
    let start = text.trim_ascii_start();
    if !is_json {
        return match start.starts_with(b"<") {
            true => FetchFailure::Html,
            false => FetchFailure::NotJson,
        };
    }
    if start.starts_with(b"[") && is_array_of_keys(text) {
        return FetchFailure::BareKeys;
    }
    match serde_json::from_slice::<OtherDocument<'_>>(text) {
        Ok(OtherDocument { keys: Some(_), .. }) | Err(_) => FetchFailure::NotAKeySet,
        Ok(OtherDocument { kty: Some(_), .. }) => FetchFailure::BareKeys,
        Ok(OtherDocument { jwks_uri: None, issuer: None, .. }) => FetchFailure::NotAKeySet,
        Ok(_) => FetchFailure::Discovery,
    }
}

/// An array whose first entry is an object with `kty`.
fn is_array_of_keys(text: &[u8]) -> bool {
    let keys = serde_json::from_slice::<Vec<&RawValue>>(text).unwrap_or_default();
    let first = keys.first().and_then(|key| serde_json::from_str(key.get()).ok());
    first.is_some_and(|OtherDocument { kty, .. }| kty.is_some())
}

/// The members by which other documents are known.
#[derive(Deserialize)]
struct OtherDocument<'text> {
    #[serde(borrow, default)]
    keys: Option<&'text RawValue>,
    #[serde(borrow, default)]
    kty: Option<&'text RawValue>,
    #[serde(borrow, default)]
    jwks_uri: Option<&'text RawValue>,
    #[serde(borrow, default)]
    issuer: Option<&'text RawValue>,
}

impl Named {
    /// Two different keys for the same algorithms already prove that neither can be used. No more
    /// are kept: otherwise a set of ten thousand keys would take seconds to read.
    fn add(&mut self, key: VerifyingKey) {
        let mut alike = self.usable.iter().filter(|known| known.serves_like(&key));
        let is_known = match (alike.next(), alike.next()) {
            (None, _) => false,
            (Some(known), None) => known.thumbprint() == key.thumbprint(),
            (Some(_), Some(_)) => true,
        };
        if !is_known {
            self.usable.push(Arc::new(key));
        }
    }

    /// Two different keys for one algorithm are ambiguous, and neither is used. The same key listed
    /// twice is one key (RFC 7638).
    fn find(&self, algorithm: Algorithm) -> Result<&Arc<VerifyingKey>, Unusable> {
        let mut fitting = self.usable.iter().filter(|key| key.allows(algorithm));
        let Some(key) = fitting.next() else {
            return Err(match (self.usable.is_empty(), self.unusable) {
                (true, Some(unusable)) => unusable,
                _ => Unusable::OtherAlgorithm,
            });
        };
        match fitting.all(|other| other.thumbprint() == key.thumbprint()) {
            true => Ok(key),
            false => Err(Unusable::Ambiguous),
        }
    }

    /// The keys that can be used with at least one of the allowed algorithms.
    fn thumbprints(&self, is_allowed: impl Fn(Algorithm) -> bool) -> BTreeSet<Thumbprint> {
        let allowed =
            ALLOWABLE.iter().map(|(_, algorithm)| *algorithm).filter(|one| is_allowed(*one));
        let found = allowed.filter_map(|algorithm| self.find(algorithm).ok());
        found.map(|key| *key.thumbprint()).collect()
    }
}

/// The keys that a document lists, unread.
pub(crate) fn document(text: &[u8]) -> Result<Vec<&RawValue>, FetchFailure> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text); // a byte order mark
    let document: Document<'_> =
        serde_json::from_slice(text).map_err(|error| failure_of(text, error.is_data()))?;
    // serde also reads a struct from an array, but a key set is an object.
    match text.trim_ascii_start().starts_with(b"{") {
        true => Ok(document.keys),
        false => Err(FetchFailure::NotAKeySet),
    }
}

fn add(by_id: &mut HashMap<String, Named>, jwk: &str) -> Result<(), Unusable> {
    let jwk = Object::parse(jwk.as_bytes()).map_err(|_| Unusable::NotAnObject)?;
    let key_id = jwk.get("kid").and_then(Value::as_str).ok_or(Unusable::KeyId)?;
    let named = by_id.entry(key_id.to_owned()).or_default();
    match VerifyingKey::parse(&jwk) {
        Ok(key) => {
            named.add(key);
            Ok(())
        }
        Err(unusable) => {
            named.unusable = named.unusable.or(Some(unusable));
            Err(unusable)
        }
    }
}
