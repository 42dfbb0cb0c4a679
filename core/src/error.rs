//! Why a call was refused: closed enums, with the code and the message of each.
//!
//! A leaf: nothing here reads a token. A message is one fact in lower case and never holds a byte
//! of a token; what to do about it is said in [`crate::hint`].

use std::borrow::Cow;
use std::time::Duration;

use crate::hint;

/// The stable code of a refusal, as users meet it in `WorkosTokenError.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Not a compact JWS whose header and payload are strict JSON objects.
    MalformedToken,
    /// `alg` is not on the allow-list.
    UnsupportedAlgorithm,
    /// The key set is at hand and holds no usable key under the token's `kid`.
    UnknownKey,
    /// The key did not make this signature.
    InvalidSignature,
    /// `exp` has passed.
    TokenExpired,
    /// `nbf` lies ahead.
    TokenNotYetValid,
    /// `iss` is missing, of the wrong type, or another's.
    InvalidIssuer,
    /// `aud` is missing, of the wrong type, or names others.
    InvalidAudience,
    /// `sub` is missing, of the wrong type, or empty.
    InvalidSubject,
    /// Any other claim that is missing or not what it must be.
    InvalidClaim,
    /// `org_id` is not one of the organizations asked for.
    ForbiddenOrganization,
    /// A permission or role that was asked for is not in the token.
    MissingPermission,
    /// The token was made for an impersonator, and these are denied.
    ImpersonationDenied,
    /// The keys could not be had: nothing was said about the token.
    JwksFetchFailed,
    /// The caller's options are wrong. Raised in JavaScript alone, where options are read.
    InvalidOptions,
}

impl Code {
    /// Every code, in the order of the public documentation.
    pub const ALL: [Self; 15] = [
        Self::MalformedToken,
        Self::UnsupportedAlgorithm,
        Self::UnknownKey,
        Self::InvalidSignature,
        Self::TokenExpired,
        Self::TokenNotYetValid,
        Self::InvalidIssuer,
        Self::InvalidAudience,
        Self::InvalidSubject,
        Self::InvalidClaim,
        Self::ForbiddenOrganization,
        Self::MissingPermission,
        Self::ImpersonationDenied,
        Self::JwksFetchFailed,
        Self::InvalidOptions,
    ];

    /// The code as users see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedToken => "MALFORMED_TOKEN",
            Self::UnsupportedAlgorithm => "UNSUPPORTED_ALGORITHM",
            Self::UnknownKey => "UNKNOWN_KEY",
            Self::InvalidSignature => "INVALID_SIGNATURE",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::TokenNotYetValid => "TOKEN_NOT_YET_VALID",
            Self::InvalidIssuer => "INVALID_ISSUER",
            Self::InvalidAudience => "INVALID_AUDIENCE",
            Self::InvalidSubject => "INVALID_SUBJECT",
            Self::InvalidClaim => "INVALID_CLAIM",
            Self::ForbiddenOrganization => "FORBIDDEN_ORGANIZATION",
            Self::MissingPermission => "MISSING_PERMISSION",
            Self::ImpersonationDenied => "IMPERSONATION_DENIED",
            Self::JwksFetchFailed => "JWKS_FETCH_FAILED",
            Self::InvalidOptions => "INVALID_OPTIONS",
        }
    }
}

/// A refusal: what stands between this call and the token's claims.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The token's form, or its header (checks 1 and 2).
    Malformed(Malformed),
    /// `alg` is a string that the allow-list lacks.
    UnsupportedAlgorithm,
    /// The set in memory lacks the `kid`, and the unverified `iss` is another's or none. Only the
    /// likely cause is kept: nothing unverified is ever shown.
    ForeignIssuer(IssuerCause),
    /// No usable key under the token's `kid`.
    UnknownKey {
        /// What is wrong with the key that does stand under this `kid`, if one does.
        unusable: Option<Unusable>,
        /// Set when the answer comes from the cooldown and not from a fetch.
        retry_after: Option<Duration>,
    },
    /// The signature is not the key's.
    InvalidSignature,
    /// A claim of a token whose signature was good.
    Claim(Box<ClaimFailure>),
    /// The keys could not be had.
    KeysUnavailable {
        /// What the last attempt met.
        failure: FetchFailure,
        /// When another attempt may be made.
        retry_after: Duration,
    },
}

impl Refusal {
    /// The public code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed(_) => Code::MalformedToken,
            Self::UnsupportedAlgorithm => Code::UnsupportedAlgorithm,
            Self::ForeignIssuer(_) => Code::InvalidIssuer,
            Self::UnknownKey { .. } => Code::UnknownKey,
            Self::InvalidSignature => Code::InvalidSignature,
            Self::Claim(failure) => failure.code(),
            Self::KeysUnavailable { .. } => Code::JwksFetchFailed,
        }
    }

    /// One fact in lower case.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Malformed(malformed) => malformed.message(),
            Self::UnsupportedAlgorithm => {
                "the token's algorithm is not on the allow-list of this verifier".into()
            }
            Self::ForeignIssuer(IssuerCause::Missing) => "the token names no issuer".into(),
            Self::ForeignIssuer(_) => {
                "the token names another issuer, and its key is not in the key set".into()
            }
            Self::UnknownKey { unusable: Some(unusable), .. } => {
                format!("the key named by the token cannot be used: {}", unusable.as_str()).into()
            }
            Self::UnknownKey { .. } => "no key of the key set has the token's kid".into(),
            Self::InvalidSignature => "the signature was not made by the key it names".into(),
            Self::Claim(failure) => failure.message(),
            Self::KeysUnavailable { failure, .. } => {
                format!("the signing keys could not be had: {}", failure.message()).into()
            }
        }
    }

    /// What to do about it: a fixed sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Malformed(malformed) => hint::malformed(*malformed),
            Self::UnsupportedAlgorithm => hint::UNSUPPORTED_ALGORITHM,
            Self::ForeignIssuer(cause) => hint::issuer(*cause),
            Self::UnknownKey { unusable: Some(_), .. } => hint::UNUSABLE_KEY,
            Self::UnknownKey { retry_after: Some(_), .. } => hint::UNKNOWN_KEY_COOLDOWN,
            Self::UnknownKey { .. } => hint::UNKNOWN_KEY,
            Self::InvalidSignature => hint::INVALID_SIGNATURE,
            Self::Claim(failure) => failure.hint,
            Self::KeysUnavailable { failure, .. } => hint::fetch(*failure),
        }
    }

    /// When the same call may have another outcome, if it may at all.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::UnknownKey { retry_after, .. } => *retry_after,
            Self::KeysUnavailable { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}

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
    fn message(self) -> Cow<'static, str> {
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

/// Why a key of a set is not used (check 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The entry is not a strict JSON object.
    NotAnObject,
    /// `kid` is missing or not a string.
    KeyId,
    /// `kty` is none of RSA, EC and OKP.
    KeyType,
    /// `crv` is none of P-256, P-384 and Ed25519, or does not go with `kty`.
    Curve,
    /// `use` is present and not `sig`.
    Use,
    /// `key_ops` is present and is not a list of distinct strings with `verify` among them.
    Operations,
    /// `alg` is present and is no algorithm that this key can have.
    Algorithm,
    /// A number of the key is missing, or not strict base64url.
    Encoding,
    /// The RSA modulus is even, or has fewer than 2048 or more than 8192 bits.
    Modulus,
    /// The RSA exponent is even, below 3, or above 33 bits.
    Exponent,
    /// The point is not on its curve, or not of the curve's length.
    Point,
    /// Another usable key of the set has the same `kid`.
    Ambiguous,
    /// `alg` is another one than the token's.
    OtherAlgorithm,
}

impl Unusable {
    /// The reason, as part of a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAnObject => "it is not a json object with unique names",
            Self::KeyId => "it has no kid",
            Self::KeyType => "its kty is none of rsa, ec and okp",
            Self::Curve => "its crv is none of p-256, p-384 and ed25519",
            Self::Use => "its use is not sig",
            Self::Operations => "its key_ops do not allow verify",
            Self::Algorithm => "its alg does not go with its kty",
            Self::Encoding => "one of its numbers is missing or not base64url",
            Self::Modulus => "its rsa modulus is even or not of 2048 to 8192 bits",
            Self::Exponent => "its rsa exponent is even, below 3 or above 33 bits",
            Self::Point => "its point is not on its curve",
            Self::Ambiguous => "another key of the set has the same kid",
            Self::OtherAlgorithm => "its alg is not the token's",
        }
    }
}

/// The likely cause of an issuer that does not match; what hints are chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerCause {
    /// No `iss` at all.
    Missing,
    /// `iss` is not a string.
    WrongType,
    /// The same but for a slash at the end.
    TrailingSlash,
    /// WorkOS's issuer for another client id.
    OtherClientId,
    /// `https://api.workos.com` alone.
    Legacy,
    /// An AuthKit domain: a Connect, MCP or machine-to-machine token.
    AuthkitDomain,
    /// An identity provider behind WorkOS.
    IdentityProvider,
    /// An emulator on this machine.
    Loopback,
    /// None of these.
    Other,
}

impl IssuerCause {
    /// In which way `iss` fails.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Missing => Reason::Missing,
            Self::WrongType => Reason::Invalid,
            _ => Reason::Mismatch,
        }
    }
}

/// A claim that a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the claim of its name")]
pub enum Claim {
    Exp,
    Nbf,
    Iat,
    Iss,
    Aud,
    Sub,
    ClientId,
    OrgId,
    Role,
    Roles,
    Permissions,
    Act,
}

impl Claim {
    /// The claim's name in a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
            Self::Iss => "iss",
            Self::Aud => "aud",
            Self::Sub => "sub",
            Self::ClientId => "client_id",
            Self::OrgId => "org_id",
            Self::Role => "role",
            Self::Roles => "roles",
            Self::Permissions => "permissions",
            Self::Act => "act",
        }
    }
}

/// In which way a claim fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is not there.
    Missing,
    /// It is of the wrong type, or empty where it must not be.
    Invalid,
    /// It is well formed and not what this call asks for.
    Mismatch,
}

impl Reason {
    /// The reason as users see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Mismatch => "mismatch",
        }
    }
}

/// A claim that fails its check. Only ever made for a token whose signature was good.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimFailure {
    /// Which claim.
    pub claim: Claim,
    /// In which way.
    pub reason: Reason,
    /// What the check asks for.
    pub expected: Option<serde_json::Value>,
    /// What the token holds.
    pub actual: Option<serde_json::Value>,
    /// What to do about it.
    pub hint: &'static str,
}

impl ClaimFailure {
    fn code(&self) -> Code {
        use Reason::{Invalid, Mismatch};
        match (self.claim, self.reason) {
            (Claim::Exp, Mismatch) => Code::TokenExpired,
            (Claim::Nbf, Mismatch) => Code::TokenNotYetValid,
            (Claim::Iss, _) => Code::InvalidIssuer,
            (Claim::Aud, _) => Code::InvalidAudience,
            (Claim::Sub, _) => Code::InvalidSubject,
            (Claim::Exp | Claim::Nbf | Claim::Iat | Claim::ClientId, _) | (_, Invalid) => {
                Code::InvalidClaim
            }
            (Claim::OrgId, _) => Code::ForbiddenOrganization,
            (Claim::Role | Claim::Roles | Claim::Permissions, _) => Code::MissingPermission,
            (Claim::Act, _) => Code::ImpersonationDenied,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        let fact = match (self.claim, self.reason) {
            (Claim::Exp, Reason::Mismatch) => "the token has expired",
            (Claim::Nbf, Reason::Mismatch) => "the token is not valid yet",
            (Claim::Iss, Reason::Mismatch) => "the token was issued by another issuer",
            (Claim::Aud, Reason::Mismatch) => "the token is meant for another audience",
            (Claim::ClientId, Reason::Mismatch) => "the token was issued to another client id",
            (Claim::OrgId, Reason::Mismatch) => "the token is for another organization",
            (Claim::Roles, Reason::Mismatch) => "the token holds none of the required roles",
            (Claim::Permissions, Reason::Mismatch) => "the token lacks a required permission",
            (Claim::Act, Reason::Mismatch) => "the token was made for an impersonator",
            (claim, Reason::Missing) => {
                return format!("the token has no {} claim", claim.as_str()).into();
            }
            (claim, _) => {
                return format!("the token's {} claim is not valid", claim.as_str()).into();
            }
        };
        fact.into()
    }
}

/// What an attempt to get the keys met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchFailure {
    /// No attempt was made: a synchronous call met an empty memory.
    NotFetched,
    /// The host's name did not resolve.
    Dns,
    /// The host did not take the connection.
    Connect,
    /// The certificate's issuer is not trusted.
    TlsUnknownIssuer,
    /// The certificate has expired, or is not valid yet.
    TlsExpired,
    /// The certificate is for another host.
    TlsWrongName,
    /// Any other failure of TLS.
    Tls,
    /// No whole answer within the time limit.
    Timeout,
    /// The connection ended before the answer did, or the answer was no HTTP.
    Interrupted,
    /// A status other than 200.
    Status(u16),
    /// A redirect, which is never followed.
    Redirect(u16),
    /// More bytes than the limit, counted after decompression.
    TooLarge,
    /// Not JSON.
    NotJson,
    /// JSON, but no object with a list of keys.
    NotAKeySet,
    /// A key set in which no key can be used.
    NoUsableKey,
    /// The fetcher itself failed.
    Internal,
}

impl FetchFailure {
    /// A stable name for the cause.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFetched => "NOT_FETCHED",
            Self::Dns => "DNS",
            Self::Connect => "CONNECT",
            Self::TlsUnknownIssuer => "TLS_UNKNOWN_ISSUER",
            Self::TlsExpired => "TLS_EXPIRED",
            Self::TlsWrongName => "TLS_WRONG_NAME",
            Self::Tls => "TLS",
            Self::Timeout => "TIMEOUT",
            Self::Interrupted => "INTERRUPTED",
            Self::Status(_) => "STATUS",
            Self::Redirect(_) => "REDIRECT",
            Self::TooLarge => "TOO_LARGE",
            Self::NotJson => "NOT_JSON",
            Self::NotAKeySet => "NOT_A_KEY_SET",
            Self::NoUsableKey => "NO_USABLE_KEY",
            Self::Internal => "INTERNAL",
        }
    }

    /// The HTTP status that was met, if one was.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) | Self::Redirect(status) => Some(status),
            _ => None,
        }
    }

    /// The cause, as one fact in lower case.
    #[must_use]
    pub fn message(self) -> Cow<'static, str> {
        let fact = match self {
            Self::NotFetched => "no keys are in memory yet",
            Self::Dns => "the host name did not resolve",
            Self::Connect => "the connection was refused or not made",
            Self::TlsUnknownIssuer => "the server's certificate is from an unknown authority",
            Self::TlsExpired => "the server's certificate has expired or is not valid yet",
            Self::TlsWrongName => "the server's certificate is for another host",
            Self::Tls => "the tls handshake failed",
            Self::Timeout => "no whole answer came within the time limit",
            Self::Interrupted => "the connection ended before the answer did",
            Self::TooLarge => "the answer is larger than 1 MiB",
            Self::NotJson => "the answer is not json",
            Self::NotAKeySet => "the answer is not a json web key set",
            Self::NoUsableKey => "the key set holds no usable key",
            Self::Internal => "the fetch ended without an answer",
            Self::Status(status) => return format!("the server answered {status}").into(),
            Self::Redirect(status) => {
                return format!("the server answered with a redirect ({status})").into();
            }
        };
        fact.into()
    }
}
