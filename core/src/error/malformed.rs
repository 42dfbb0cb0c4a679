//! What makes a token malformed.

use std::borrow::Cow;

/// A segment of the compact serialization (RFC 7515, section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// The first.
    Header,
    /// The second.
    Payload,
    /// The third.
    Signature,
}

impl Segment {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        }
    }
}

/// What strict JSON refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFault {
    /// Not UTF-8.
    NotUtf8,
    /// Starts with a byte order mark.
    ByteOrderMark,
    /// Not JSON, or holds a value that a JavaScript reader would take otherwise.
    Syntax,
    /// JSON, but not an object.
    NotAnObject,
    /// Nested too deeply.
    TooDeep,
    /// Holds too many values.
    TooManyValues,
    /// One object holds two members of the same name.
    DuplicateName,
}

impl JsonFault {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotUtf8 => "is not utf-8",
            Self::ByteOrderMark => "starts with a byte order mark",
            Self::Syntax => "is not valid json",
            Self::NotAnObject => "is not a json object",
            Self::TooDeep => "is nested more than 32 levels deep",
            Self::TooManyValues => "holds more than 2000 values",
            Self::DuplicateName => "holds the same member name twice",
        }
    }
}

/// What makes a token malformed (checks 1 and 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The caller passed something else than a string; the kind of thing, as `typeof` names it.
    NotAString(&'static str),
    /// An empty string.
    Empty,
    /// More bytes than [`crate::token::MAX_TOKEN_BYTES`].
    TooLong,
    /// `Bearer ` was left in front.
    BearerPrefix,
    /// A sealed session cookie, not the access token inside it.
    SealedSession,
    /// An API key.
    ApiKey,
    /// Five segments: an encrypted token (RFC 7516).
    Encrypted,
    /// Neither three segments nor one of the above.
    SegmentCount,
    /// A segment that is not strict base64url.
    NotBase64url(Segment),
    /// A segment that is not a strict JSON object.
    Json(Segment, JsonFault),
    /// `alg` is missing or not a string.
    Algorithm,
    /// `kid` is missing or not a string.
    KeyId,
    /// `crit` is present (RFC 7515, section 4.1.11: unknown extensions must be refused).
    Critical,
    /// `b64` is something else than `true` (RFC 7797).
    UnencodedPayload,
    /// `typ` names another kind of token (RFC 8725, section 3.11).
    Type,
}

impl Malformed {
    pub(super) fn message(self) -> Cow<'static, str> {
        match self {
            Self::NotAString(kind) => format!("the token must be a string, not {kind}").into(),
            Self::Empty => "the token is an empty string".into(),
            Self::TooLong => "the token is longer than 16384 bytes".into(),
            Self::BearerPrefix => "the token starts with an authorization scheme".into(),
            Self::SealedSession => "the value is a sealed session cookie, not a token".into(),
            Self::ApiKey => "the value is an api key, not a token".into(),
            Self::Encrypted => "the token has five segments: it is encrypted".into(),
            Self::SegmentCount => "the token does not have exactly three segments".into(),
            Self::NotBase64url(segment) => {
                format!("the token's {} is not strict base64url", segment.as_str()).into()
            }
            Self::Json(segment, fault) => {
                format!("the token's {} {}", segment.as_str(), fault.as_str()).into()
            }
            Self::Algorithm => "the token's header has no alg that is a string".into(),
            Self::KeyId => "the token's header has no kid that is a string".into(),
            Self::Critical => "the token's header asks for a critical extension".into(),
            Self::UnencodedPayload => "the token's header has a b64 other than true".into(),
            Self::Type => "the token's typ is neither JWT nor at+jwt".into(),
        }
    }
}
