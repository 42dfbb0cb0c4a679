//! Reads the vectors in `__test__/vectors` and judges outcomes by them.
//!
//! The tests of core have two homes: `core/tests` for the public surface and `core/src/tests` for
//! what is private. Both read the same vectors, so this is a crate of its own. It knows nothing of
//! core: Rust builds a separate copy of core for its private tests, and the types would not match.

#![allow(
    clippy::expect_used,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]

pub mod completing;
pub mod jwt;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What a vector expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// The token is accepted.
    Accept,
    /// The token is refused.
    Reject,
    /// Either, as long as there is a result.
    Any,
}

/// The outcome of an accepted token. The outcome of a refused token is its code.
pub const ACCEPT: &str = "accept";

/// The codes with which a verifier may report this reason.
pub fn codes(reason: &str) -> &'static [&'static str] {
    match reason {
        "malformed" => &["MALFORMED_TOKEN"],
        "algorithm" => &["UNSUPPORTED_ALGORITHM"],
        // A token without a `kid` names no key, and a fetched set without a usable key is a
        // failure.
        "key" => &["UNKNOWN_KEY", "JWKS_FETCH_FAILED", "MALFORMED_TOKEN"],
        "signature" => &["INVALID_SIGNATURE"],
        "expired" => &["TOKEN_EXPIRED"],
        "not_yet_valid" => &["TOKEN_NOT_YET_VALID"],
        "issuer" => &["INVALID_ISSUER"],
        "audience" => &["INVALID_AUDIENCE"],
        "claims" => &["INVALID_CLAIM", "INVALID_SUBJECT", "INVALID_ISSUER", "INVALID_AUDIENCE"],
        unknown => panic!("a reason that has no code: {unknown}"),
    }
}

/// Reads every vector file whose name starts with `prefix`, sorted by name.
pub fn read<Case: DeserializeOwned>(prefix: &str) -> Vec<Case> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.starts_with(prefix));
    names.sort_unstable();
    names.iter().flat_map(|name| read_file::<Vec<Case>>(name)).collect()
}

fn read_file<Content: DeserializeOwned>(name: &str) -> Content {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../__test__/vectors"))
}

/// Cases in which a rule of the contract leads to an outcome that the vector does not expect.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    rule: String,
    /// Whether it holds for the tokens as they are or completed; for both if absent.
    tokens: Option<Tokens>,
    outcome: String,
    cases: Vec<String>,
}

/// Which tokens are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tokens {
    /// As the vectors have them.
    AsTheyAre,
    /// With `kid`, `iss` and `sub` supplied if they lack them.
    Completed,
}

/// Compares outcomes with what the vectors expect, or the exceptions to them.
pub struct Judge {
    exceptions: HashMap<String, String>,
    met: HashSet<String>,
    faults: Vec<String>,
}

impl Judge {
    /// A judge with the exceptions that hold for these tokens.
    pub fn of(tokens: Tokens) -> Self {
        let mut exceptions = HashMap::new();
        for exception in read_file::<Vec<Exception>>("exceptions.json") {
            let Exception { rule, tokens: only, outcome, cases } = exception;
            assert!(rule.starts_with("Section "), "not a rule of the contract: {rule}");
            if only.is_some_and(|only| only != tokens) {
                continue;
            }
            for id in cases {
                let before = exceptions.insert(id, outcome.clone());
                assert_eq!(before, None, "a case is excepted twice");
            }
        }
        Self { exceptions, met: HashSet::new(), faults: Vec::new() }
    }

    /// `fits` says whether the outcome is one that the vector itself expects. An exception is then
    /// not needed, which is a fault too.
    pub fn judge(&mut self, id: &str, outcome: &str, fits: bool) {
        let fault = match self.exceptions.get(id) {
            None if fits => None,
            None => Some(format!("{id}: {outcome} is not what the vector asks for")),
            Some(excepted) if excepted != outcome => {
                Some(format!("{id}: {outcome} is not what the contract asks for: {excepted}"))
            }
            Some(_) if fits => Some(format!("{id}: the exception is not needed")),
            Some(_) => None,
        };
        self.faults.extend(fault);
        self.met.insert(id.to_owned());
    }

    /// Fails if there are faults, or if a different number of cases was judged.
    pub fn conclude(self, cases: usize) {
        assert!(
            self.faults.is_empty(),
            "{} faults:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
        assert_eq!(self.met.len(), cases, "the number of cases");
    }
}
