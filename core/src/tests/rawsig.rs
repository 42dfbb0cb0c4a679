//! The `rawsig-*` vectors: one key, one message, one signature.

use serde::Deserialize;
use serde_json::value::RawValue;
use verify_workos_token_corpus::{self as corpus, ACCEPT, Expect, Judge, Tokens};

use crate::algorithm::{self, Algorithm};
use crate::error::Unusable;
use crate::json::Object;
use crate::key::VerifyingKey;

/// The number of cases, so that none is skipped unnoticed.
const CASES: usize = 1_523;
/// The cases of ES512 and Ed448, which can't be allowed.
const CASES_WITHOUT_AN_ALGORITHM: usize = 183;

/// Signatures of one key.
#[derive(Deserialize)]
struct Group {
    source: String,
    alg: String,
    jwk: Box<RawValue>,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    id: String,
    msg: String,
    sig: String,
    expect: Expect,
}

#[test]
fn signatures_of_wycheproof() {
    let mut judge = Judge::of(Tokens::AsTheyAre);
    let mut without_an_algorithm = 0;
    for group in corpus::read::<Group>("rawsig-") {
        let jwk = Object::parse(group.jwk.get().as_bytes()).unwrap();
        let key = VerifyingKey::parse(&jwk);
        if is_unsupported(&group) {
            // Whatever the vector expects, there is no key and so no signature.
            assert_eq!(key.unwrap_err(), Unusable::Curve, "{}", group.source);
            without_an_algorithm += group.tests.len();
            continue;
        }
        let algorithm = algorithm::by_name(&group.alg).unwrap();
        for test in group.tests {
            let outcome = outcome(key.as_ref(), algorithm, &test);
            judge.judge(&test.id, outcome, (outcome == ACCEPT) == (test.expect == Expect::Accept));
        }
    }
    assert_eq!(without_an_algorithm, CASES_WITHOUT_AN_ALGORITHM);
    judge.conclude(CASES - CASES_WITHOUT_AN_ALGORITHM);
}

/// Section 2 of the contract lists the algorithms.
fn is_unsupported(group: &Group) -> bool {
    group.alg == "ES512" || group.jwk.get().contains("\"Ed448\"")
}

fn outcome(
    key: Result<&VerifyingKey, &Unusable>,
    algorithm: Algorithm,
    test: &Test,
) -> &'static str {
    match key {
        Err(_) => "UNKNOWN_KEY",
        Ok(key) if key.verify(algorithm, &octets(&test.msg), &octets(&test.sig)) => ACCEPT,
        Ok(_) => "INVALID_SIGNATURE",
    }
}

fn octets(hexadecimal: &str) -> Vec<u8> {
    let pairs = (0..hexadecimal.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
}
