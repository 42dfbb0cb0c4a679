//! A JSON Web Key Set, read once: which `kid` names which usable key (RFC 7517, section 5).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::algorithm::Algorithm;
use crate::error::{FetchFailure, Unusable};
use crate::json::{Object, Value};
use crate::key::{VerifyingKey, sha256};

/// The keys of one source. A key that can't be used never spoils its neighbours.
#[derive(Debug)]
pub struct KeySet {
    by_id: HashMap<String, Result<Arc<VerifyingKey>, Unusable>>,
    hash: [u8; 32],
}

/// The members are read one by one, so that a malformed key stays that key's problem.
#[derive(Deserialize)]
struct Document<'text> {
    #[serde(borrow)]
    keys: Vec<&'text RawValue>,
}

impl KeySet {
    /// Reads the text of a key set.
    ///
    /// # Errors
    /// [`FetchFailure::NotJson`] and [`FetchFailure::NotAKeySet`], as they would be met in the
    /// answer of a key server. A set without a usable key is no error here.
    pub fn parse(text: &[u8]) -> Result<Self, FetchFailure> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text); // a byte order mark
        let document: Document<'_> = serde_json::from_slice(text).map_err(|error| {
            if error.is_data() { FetchFailure::NotAKeySet } else { FetchFailure::NotJson }
        })?;
        // serde reads a struct from an array as well; a key set is an object.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err(FetchFailure::NotAKeySet);
        }
        let mut set = Self { by_id: HashMap::new(), hash: [0; 32] };
        for jwk in document.keys {
            set.add(jwk.get());
        }
        set.hash = set.compute_hash();
        Ok(set)
    }

    /// Two usable keys under one `kid` are ambiguous, and neither is used; a usable key under the
    /// `kid` of an unusable one is used.
    fn add(&mut self, jwk: &str) {
        let Ok(jwk) = Object::parse(jwk.as_bytes()) else { return };
        let Some(key_id) = jwk.get("kid").and_then(Value::as_str) else { return };
        let parsed = VerifyingKey::parse(&jwk).map(Arc::new);
        match self.by_id.entry(key_id.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(parsed);
            }
            Entry::Occupied(mut entry) => {
                let merged = match (entry.get(), parsed) {
                    (Ok(_), Ok(_)) | (Err(Unusable::Ambiguous), _) => Err(Unusable::Ambiguous),
                    (Ok(key), Err(_)) => Ok(Arc::clone(key)),
                    (Err(_), parsed) => parsed,
                };
                *entry.get_mut() = merged;
            }
        }
    }

    /// The usable key of this `kid` for this algorithm, or what is wrong with the one that is there.
    pub(crate) fn find(
        &self,
        key_id: &str,
        algorithm: Algorithm,
    ) -> Result<&Arc<VerifyingKey>, Option<Unusable>> {
        match self.by_id.get(key_id) {
            None => Err(None),
            Some(Err(unusable)) => Err(Some(*unusable)),
            Some(Ok(key)) if key.allows(algorithm) => Ok(key),
            Some(Ok(_)) => Err(Some(Unusable::OtherAlgorithm)),
        }
    }

    /// How many keys can be used.
    #[must_use]
    pub fn usable_keys(&self) -> usize {
        self.by_id.values().filter(|key| key.is_ok()).count()
    }

    /// A SHA-256 over the usable keys and their `kid`s, in hexadecimal: equal for equal sets, in
    /// whatever order they are written.
    #[must_use]
    pub fn hash(&self) -> String {
        self.hash.iter().fold(String::new(), |mut text, octet| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{octet:02x}");
            text
        })
    }

    fn compute_hash(&self) -> [u8; 32] {
        let mut lines: Vec<Vec<u8>> = self
            .by_id
            .iter()
            .filter_map(|(key_id, key)| Some((sha256(key_id.as_bytes()), key.as_ref().ok()?)))
            .map(|(key_id, key)| [key_id, *key.thumbprint()].concat())
            .collect();
        lines.sort_unstable();
        sha256(&lines.concat())
    }
}
