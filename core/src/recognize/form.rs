//! What was passed in place of a token, or has happened to it on its way (check 1).

use crate::error::causes::form as causes;
use crate::error::{Cause, JsonFault, Malformed, Segment};
use crate::json::Object;
use crate::recognize::marks::Marks;
use crate::recognize::segment::decoded;

/// What every token begins with: `{"` in base64url.
const START: &str = "eyJ";
/// The same, encoded once more.
const START_ENCODED: &str = "ZXlK";
/// The quotation marks that are typed, and those that editors put in their place.
const QUOTATION_MARKS: [char; 7] = ['"', '\'', '`', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}'];
const ELLIPSIS: char = '\u{2026}';
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
    let marks = Marks::of(token);
    if marks.has(Marks::DOT) && token.contains("...") || marks.has_char(token, |it| it == ELLIPSIS)
    {
        return Some(&causes::ELLIPSIS);
    }
    let text = token.trim();
    if text.starts_with(QUOTATION_MARKS) || text.ends_with(QUOTATION_MARKS) {
        return Some(&causes::QUOTED);
    }
    if marks.has(Marks::SEMICOLON) || marks.has(Marks::EQUALS) && text.contains("=eyJ") {
        Some(&causes::COOKIE)
    } else if marks.has(Marks::COMMA) {
        Some(&causes::LIST)
    } else if marks.has(Marks::PERCENT) {
        Some(&causes::URL_ENCODED)
    } else if marks.has(Marks::SPACE) || marks.has_char(token, is_invisible) {
        Some(&causes::WHITE_SPACE)
    } else if !marks.has(Marks::DOT) && token.starts_with(START_ENCODED) {
        Some(&causes::ENCODED_TWICE)
    } else if marks.has(Marks::BASE64) {
        Some(&causes::STANDARD_BASE64)
    } else {
        marks.has(Marks::EQUALS).then_some(&causes::PADDED)
    }
}

fn is_invisible(char: char) -> bool {
    char.is_whitespace() || INVISIBLE.contains(&char)
}

/// A token that ends before its signature, or a text that never was one.
fn cut(token: &str) -> Option<&'static Cause> {
    let is_clean = Marks::of(token).are_clean();
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
    if !Marks::of(token).are_clean() {
        return None;
    }
    Some(match segment {
        Segment::Signature => &causes::CUT_OFF_SIGNATURE,
        Segment::Header | Segment::Payload => &causes::BROKEN_PAYLOAD,
    })
}
