//! The texts of `JSONTestSuite` and a few more, against the strict reader.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use verify_workos_token_corpus::{self as corpus, ACCEPT, Expect, Judge, Tokens};

use crate::error::{Code, JsonFault};
use crate::json::Object;

/// The number of cases, so that none is skipped unnoticed.
const CASES: usize = 155;

#[derive(Deserialize)]
struct Case {
    id: String,
    expect: Expect,
    text_b64: Option<String>,
    repeat: Option<Repeat>,
}

/// A text that is too long to be written out.
#[derive(Deserialize)]
struct Repeat {
    unit: String,
    count: usize,
    suffix: String,
}

#[test]
fn texts_of_jsontestsuite() {
    let mut judge = Judge::of(Tokens::AsTheyAre);
    for case in corpus::read::<Case>("json-texts") {
        let outcome = match Object::parse(&case.text()) {
            // The question here is whether it is strict JSON, not whether it is an object.
            Ok(_) | Err(JsonFault::NotAnObject) => ACCEPT,
            Err(_) => Code::MalformedToken.as_str(),
        };
        let fits = match case.expect {
            Expect::Accept => outcome == ACCEPT,
            Expect::Reject => outcome != ACCEPT,
            Expect::Any => true,
        };
        judge.judge(&case.id, outcome, fits);
    }
    judge.conclude(CASES);
}

impl Case {
    fn text(&self) -> Vec<u8> {
        match (&self.text_b64, &self.repeat) {
            (Some(text), None) => STANDARD.decode(text).unwrap(),
            (None, Some(Repeat { unit, count, suffix })) => {
                format!("{}{suffix}", unit.repeat(*count)).into_bytes()
            }
            _ => panic!("{}: a text or a repetition", self.id),
        }
    }
}
