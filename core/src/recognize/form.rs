//! What was passed in place of a token, or has happened to it on its way (check 1).

use crate::error::causes::form as causes;
use crate::error::{Cause, JsonFault, Malformed, Segment};
use crate::json::Object;
use crate::recognize::segment::decoded;

/// What every token begins with: `{"` in base64url.
const START: &str = "eyJ";
/// The same, encoded once more.
const START_ENCODED: &str = "ZXlK";
/// The quotation marks that are typed, and those that editors put in their place.
const QUOTATION_MARKS: [char; 7] = ['"', '\'', '`', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}'];
/// Characters that are not white space and can't be seen: a byte order mark, and spaces of no width.
const INVISIBLE: [char; 4] = ['\u{feff}', '\u{200b}', '\u{200c}', '\u{2060}'];

/// What well-known values begin with that are not tokens.
const PREFIXES: [(&str, &Cause); 20] = [
    ("Fe26.2", &causes::SEALED_SESSION),
    ("wos-session=", &causes::SEALED_SESSION),
    ("gAAAA", &causes::SEALED_SESSION),
    ("sk_", &causes::API_KEY),
    ("client_", &causes::ID),
    ("user_", &causes::ID),
    ("session_", &causes::ID),
    ("org_", &causes::ID),
    ("om_", &causes::ID),
    ("http://", &causes::URL),
    ("https://", &causes::URL),
    ("-----BEGIN", &causes::KEY),
    ("ya29.", &causes::OAUTH_TOKEN),
    ("gho_", &causes::OAUTH_TOKEN),
    ("ghu_", &causes::OAUTH_TOKEN),
    ("ghp_", &causes::OAUTH_TOKEN),
    ("xox", &causes::OAUTH_TOKEN),
    ("{", &causes::JSON_AROUND),
    ("[object", &causes::STRINGIFIED),
    ("[", &causes::JSON_AROUND),
];

/// The row for a malformed token, if its text says more than the fault.
pub(super) fn cause(token: &str, malformed: Malformed) -> Option<&'static Cause> {
    match malformed {
        Malformed::Encrypted => value(token).or_else(|| spelling(token)),
        Malformed::SegmentCount => value(token).or_else(|| spelling(token)).or_else(|| cut(token)),
        Malformed::NotBase64url(segment) => {
            value(token).or_else(|| spelling(token)).or_else(|| damaged(token, segment))
        }
        Malformed::Json(_, JsonFault::Syntax | JsonFault::NotUtf8 | JsonFault::NotAnObject) => {
            Some(&causes::BROKEN_PAYLOAD)
        }
        Malformed::NotAString(_)
        | Malformed::Empty
        | Malformed::TooLong
        | Malformed::BearerPrefix
        | Malformed::SealedSession
        | Malformed::ApiKey
        | Malformed::Json(_, _)
        | Malformed::Algorithm
        | Malformed::KeyId
        | Malformed::Critical
        | Malformed::UnencodedPayload
        | Malformed::Type => None,
    }
}

/// Something else than a token.
fn value(token: &str) -> Option<&'static Cause> {
    let text = token.trim();
    let begins =
        |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if text.is_empty() {
        return Some(&causes::EMPTY);
    }
    if begins("bearer") || begins("authorization") {
        return Some(&causes::BEARER_PREFIX);
    }
    if ["undefined", "null", "nan", "none"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(&causes::STRINGIFIED);
    }
    PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix)).map(|(_, cause)| *cause)
}

/// A token with something around it or in it that does not belong there.
fn spelling(token: &str) -> Option<&'static Cause> {
    if token.contains("...") || token.contains('\u{2026}') {
        return Some(&causes::ELLIPSIS);
    }
    let text = token.trim();
    if text.starts_with(QUOTATION_MARKS) || text.ends_with(QUOTATION_MARKS) {
        return Some(&causes::QUOTED);
    }
    if text.contains(';') || text.contains("=eyJ") {
        return Some(&causes::COOKIE);
    }
    if text.contains(',') {
        return Some(&causes::LIST);
    }
    if token.contains('%') {
        return Some(&causes::URL_ENCODED);
    }
    if token.contains(char::is_whitespace) || token.contains(INVISIBLE) {
        return Some(&causes::WHITE_SPACE);
    }
    alphabet(token)
}

/// Encoded by something that does not know base64url.
fn alphabet(token: &str) -> Option<&'static Cause> {
    if !token.contains('.') && token.starts_with(START_ENCODED) {
        return Some(&causes::ENCODED_TWICE);
    }
    if token.contains(['+', '/']) {
        return Some(&causes::STANDARD_BASE64);
    }
    token.contains('=').then_some(&causes::PADDED)
}

/// A token that ends before its signature, or a text that never was one.
fn cut(token: &str) -> Option<&'static Cause> {
    let is_clean = token.bytes().all(|byte| is_base64url(byte) || byte == b'.');
    let dots = token.bytes().filter(|byte| *byte == b'.').count();
    match dots {
        0 | 1 if is_clean && token.starts_with(START) => Some(match is_whole_payload(token) {
            true => &causes::NO_SIGNATURE,
            false => &causes::CUT_OFF,
        }),
        0 if is_clean => Some(&causes::OPAQUE),
        _ => None,
    }
}

fn is_whole_payload(token: &str) -> bool {
    decoded(token, 1).is_some_and(|payload| Object::parse(&payload).is_ok())
}

/// All characters are right, but their number, or the last one, is not.
fn damaged(token: &str, segment: Segment) -> Option<&'static Cause> {
    if !token.bytes().all(|byte| is_base64url(byte) || byte == b'.') {
        return None;
    }
    Some(match segment {
        Segment::Signature => &causes::CUT_OFF_SIGNATURE,
        Segment::Header | Segment::Payload => &causes::BROKEN_PAYLOAD,
    })
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}
