//! Why a call was refused: closed enums, with the code and the message of each.
//!
//! A leaf: nothing here reads a token. A message is one fact in lower case and never holds a byte
//! of a token; what to do about it is said in `hint`.

mod claim;
mod fetch;
pub(crate) mod hint;
mod key;
mod malformed;

use std::borrow::Cow;
use std::time::Duration;

pub use claim::{Claim, ClaimFailure, IssuerCause, Reason};
pub use fetch::FetchFailure;
pub use key::Unusable;
pub use malformed::{JsonFault, Malformed, Segment};

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
    /// `sub` is missing, of the wrong type, empty, or an application's.
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
                format!("the key that the token names can't be used: {}", unusable.as_str()).into()
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
            Self::UnknownKey { unusable: Some(unusable), .. } => hint::unusable(*unusable),
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
