//! Why a call was refused: closed enums, each with its code and message, and the table of causes
//! ([`causes`]), which has the hints.
//!
//! This module uses no other, and nothing here reads a token. A message is one fact, in lower case.
//! A hint says what to do about it. Neither ever contains a byte of a token, so both can be logged.

mod cause;
pub mod causes;
mod claim;
mod code;
mod fetch;
mod issuer;
mod key;
mod malformed;
mod reason;
mod session;

use std::borrow::Cow;
use std::time::Duration;

pub use cause::Cause;
pub use claim::{Claim, ClaimFailure};
pub use code::Code;
pub use fetch::FetchFailure;
pub use issuer::{IssuerCause, Provider};
pub use key::Unusable;
pub use malformed::{JsonFault, Malformed, Segment};
pub use reason::Reason;
pub use session::SessionFault;

/// A refusal: why the caller does not get the token's claims.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The token's form or its header is wrong (checks 1 and 2).
    Malformed(Malformed),
    /// `alg` is a string that is not on the allow-list.
    UnsupportedAlgorithm,
    /// The set in memory lacks the `kid`, and the unverified `iss` is missing or not an accepted
    /// one (`INVALID_ISSUER`). Only the likely cause is kept: nothing unverified is ever shown.
    ForeignIssuer(IssuerCause),
    /// Of several entries, none has the unverified `iss` (`INVALID_ISSUER`).
    NoEntry(IssuerCause),
    /// There is no usable key with the token's `kid`.
    UnknownKey {
        /// What is wrong with the key that has this `kid`, if there is one.
        unusable: Option<Unusable>,
        /// Set if the cooldown prevented a fetch: how soon another one may be made.
        retry_after: Option<Duration>,
    },
    /// The signature was not made with the key.
    InvalidSignature,
    /// A claim failed its check. The signature was verified.
    Claim(Box<ClaimFailure>),
    /// The value is no session that may be opened, or the session is not its user's.
    Session(SessionFault),
    /// The keys are unavailable (`JWKS_FETCH_FAILED`).
    KeysUnavailable {
        /// How the last attempt failed.
        failure: FetchFailure,
        /// How soon another attempt may be made.
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
            Self::ForeignIssuer(_) | Self::NoEntry(_) => Code::InvalidIssuer,
            Self::UnknownKey { .. } => Code::UnknownKey,
            Self::InvalidSignature => Code::InvalidSignature,
            Self::Claim(failure) => failure.code(),
            Self::Session(_) => Code::InvalidSession,
            Self::KeysUnavailable { .. } => Code::JwksFetchFailed,
        }
    }

    /// One fact, in lower case.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Malformed(malformed) => malformed.message(),
            Self::UnsupportedAlgorithm => {
                "the token's algorithm is not on this verifier's allow-list".into()
            }
            Self::ForeignIssuer(IssuerCause::Missing) | Self::NoEntry(IssuerCause::Missing) => {
                "the token names no issuer".into()
            }
            Self::NoEntry(_) => "the token names an issuer that no entry accepts".into(),
            Self::ForeignIssuer(_) => {
                "the token names another issuer, and its key is not in the key set".into()
            }
            Self::UnknownKey { unusable: Some(unusable), .. } => {
                format!("the key that the token names can't be used: {}", unusable.as_str()).into()
            }
            Self::UnknownKey { .. } => "no key in the key set has the token's kid".into(),
            Self::InvalidSignature => {
                "the signature was not made with the key that the token names".into()
            }
            Self::Claim(failure) => failure.message(),
            Self::Session(fault) => fault.message().into(),
            Self::KeysUnavailable { failure, .. } => {
                format!("the signing keys are unavailable: {}", failure.message()).into()
            }
        }
    }

    /// The likely cause, as far as the refusal itself tells.
    #[must_use]
    pub fn cause(&self) -> &'static Cause {
        match self {
            Self::Malformed(malformed) => causes::form::malformed(*malformed),
            Self::UnsupportedAlgorithm => &causes::header::ALGORITHM,
            Self::ForeignIssuer(cause) | Self::NoEntry(cause) => causes::issuer::unsigned(*cause),
            Self::UnknownKey { unusable: Some(unusable), .. } => causes::jwk::unusable(*unusable),
            Self::UnknownKey { retry_after: Some(_), .. } => &causes::header::UNKNOWN_KEY_COOLDOWN,
            Self::UnknownKey { .. } => &causes::header::UNKNOWN_KEY,
            Self::InvalidSignature => &causes::header::INVALID_SIGNATURE,
            Self::Claim(failure) => failure.cause,
            Self::Session(fault) => causes::session::session(*fault),
            Self::KeysUnavailable { failure, .. } => causes::keys::fetch(*failure),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.cause().hint
    }

    /// How soon the same call may have a different result, if ever.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::UnknownKey { retry_after, .. } => *retry_after,
            Self::KeysUnavailable { retry_after, .. } => Some(*retry_after),
            Self::Malformed(_)
            | Self::UnsupportedAlgorithm
            | Self::ForeignIssuer(_)
            | Self::NoEntry(_)
            | Self::InvalidSignature
            | Self::Claim(_)
            | Self::Session(_) => None,
        }
    }
}
