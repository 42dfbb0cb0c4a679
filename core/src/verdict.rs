//! What a verification ends with.

use std::sync::Arc;

use crate::error::{Cause, ClaimFailure, Refusal};
use crate::key::VerifyingKey;
use crate::recognize;
use crate::token_cache::Remembered;

/// The result of a verification.
pub type Verdict = Result<Verified, Refused>;

/// A token that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub enum Verified {
    /// A token that was not remembered: the claims as a text for JavaScript.
    New(String),
    /// A remembered token.
    Again(Arc<Remembered>),
}

impl Verified {
    /// The claims as a text for JavaScript. This is the payload as it was signed, unless V8 could
    /// misread that ([`crate::json::javascript_text`]).
    #[must_use]
    pub fn claims(&self) -> &str {
        match self {
            Self::New(text) => text,
            Self::Again(remembered) => remembered.text(),
        }
    }

    /// The same, as a text of its own.
    #[must_use]
    pub fn into_claims(self) -> String {
        match self {
            Self::New(text) => text,
            Self::Again(remembered) => remembered.text().to_owned(),
        }
    }
}

/// A token that failed a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// What stopped it.
    pub refusal: Refusal,
    /// The payload's text, if the signature was verified.
    pub claims: Option<String>,
    /// What the token's text says about the cause, if that is more than the refusal says.
    pub cause: Option<&'static Cause>,
}

impl Refused {
    /// The likely cause.
    #[must_use]
    pub fn cause(&self) -> &'static Cause {
        self.cause.unwrap_or_else(|| self.refusal.cause())
    }

    /// A token that was stopped by checks 1 and 2.
    pub(crate) fn unread(token: &str, refusal: Refusal) -> Self {
        let cause = recognize::unread(token, &refusal);
        Self { cause, ..refusal.into() }
    }

    /// A token whose signature this key has not made.
    pub(crate) fn unsigned(token: &str, key: &VerifyingKey, refusal: Refusal) -> Self {
        Self { cause: recognize::unsigned(token, key.signature_bytes()), ..refusal.into() }
    }

    /// A token that was stopped by check 5, after its signature was verified.
    pub(crate) fn unfit(failure: ClaimFailure, claims: String) -> Self {
        Self { claims: Some(claims), ..Refusal::Claim(Box::new(failure)).into() }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, claims: None, cause: None }
    }
}
