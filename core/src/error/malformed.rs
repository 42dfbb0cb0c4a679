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

/// What the strict JSON reader refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFault {
    /// Not UTF-8.
    NotUtf8,
    /// It starts with a byte order mark.
    ByteOrderMark,
    /// Not JSON, or it contains a value that JavaScript would read differently.
    Syntax,
    /// JSON, but not an object.
    NotAnObject,
    /// It is nested too deeply.
    TooDeep,
    /// It contains too many values.
    TooManyValues,
    /// An object has two members of the same name.
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
            Self::TooManyValues => "contains more than 2000 values",
            Self::DuplicateName => "contains a duplicate member name",
        }
    }
}

/// What makes a token malformed (checks 1 and 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The caller passed something other than a string. The text names its type.
    NotAString(&'static str),
    /// An empty string.
    Empty,
    /// More bytes than [`crate::token::MAX_TOKEN_BYTES`].
    TooLong,
    /// `Bearer ` was not removed.
    BearerPrefix,
    /// A sealed session cookie, not the access token inside it.
    SealedSession,
    /// An API key.
    ApiKey,
    /// Five segments: an encrypted token (RFC 7516).
    Encrypted,
    /// The token has neither three segments nor one of the forms above.
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
    /// `b64` is anything but `true` (RFC 7797).
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
            Self::Encrypted => "the token has five segments, so it is encrypted".into(),
            Self::SegmentCount => "the token does not have exactly three segments".into(),
            Self::NotBase64url(segment) => {
                format!("the token's {} is not strict base64url", segment.as_str()).into()
            }
            Self::Json(segment, fault) => {
                format!("the token's {} {}", segment.as_str(), fault.as_str()).into()
            }
            Self::Algorithm => "the token header's alg is missing or not a string".into(),
            Self::KeyId => "the token header's kid is missing or not a string".into(),
            Self::Critical => "the token header requires a critical extension".into(),
            Self::UnencodedPayload => "the token header's b64 is not true".into(),
            Self::Type => "the token's typ is neither JWT nor at+jwt".into(),
        }
    }
}
