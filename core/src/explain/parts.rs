//! A token taken apart as far as that goes: what is wrong with one part doesn't hide the others.

use serde_json::{Value, json};

use crate::error::{Malformed, Refusal, Segment};
use crate::json::Object;
use crate::token;

/// The decoded segments of a token, as far as they can be decoded.
#[derive(Default)]
pub(crate) struct Parts {
    header: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
    pub(crate) signature: Option<Vec<u8>>,
}

impl Parts {
    pub(crate) fn of(token: &str) -> Self {
        if token.len() > token::MAX_TOKEN_BYTES {
            return Self::default();
        }
        let Some([header, payload, signature]) = token::split(token) else {
            return Self::default();
        };
        Self {
            header: token::decode_segment(header, Segment::Header).ok(),
            payload: token::decode_segment(payload, Segment::Payload).ok(),
            signature: token::decode_segment(signature, Segment::Signature).ok(),
        }
    }

    pub(crate) fn header(&self) -> Option<Object<'_>> {
        object(self.header.as_ref())
    }

    pub(crate) fn payload(&self) -> Option<Object<'_>> {
        object(self.payload.as_ref())
    }
}

fn object(part: Option<&Vec<u8>>) -> Option<Object<'_>> {
    part.and_then(|bytes| Object::parse(bytes).ok())
}

/// What the header should contain, and what it contains, where it is at fault.
pub(crate) fn at_fault(
    rest: &Result<(), Refusal>,
    header: &Object<'_>,
) -> (Option<Value>, Option<Value>) {
    let Err(Refusal::Malformed(malformed)) = rest else { return (None, None) };
    let (member, expected) = match malformed {
        Malformed::KeyId => ("kid", None),
        Malformed::Critical => ("crit", None),
        Malformed::UnencodedPayload => ("b64", Some(json!(true))),
        Malformed::Type => ("typ", Some(json!(["JWT", "at+jwt"]))),
        _ => return (None, None),
    };
    (expected, header.get(member).map(Into::into))
}
