//! Outcomes as plain data: the claims as a text, or a record of a refusal.

use napi::bindgen_prelude::{Either, Either5, Undefined};
use napi_derive::napi;
use verify_workos_token_core::error::{Cause, FetchFailure, Refusal};
use verify_workos_token_core::json::javascript_text;
use verify_workos_token_core::verifier::{Refused, Verdict};

/// The claims as a text for JavaScript, or the refusal.
pub(crate) type Outcome = Either<String, RefusalRecord>;

/// The immediate answer to a call.
pub(crate) enum Answer {
    /// A new token is accepted: the claims as a text for JavaScript.
    Claims(String),
    /// A remembered token is accepted: its number in the verified-token cache.
    Found(u64),
    /// A refusal.
    Refused(Box<RefusalRecord>),
    /// No answer yet: the token's key must be fetched.
    Fetch,
    /// No answer yet: one token too many for this turn of the event loop.
    Later,
    /// No answer yet: the callback will be called.
    Taken,
}

impl Answer {
    pub(crate) fn of(refused: Refused) -> Self {
        Self::Refused(Box::new(refused.into()))
    }
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        verdict.map_or_else(Self::of, |verified| Self::Claims(verified.into_claims()))
    }
}

/// An [`Answer`] as JavaScript gets it.
pub(crate) type AnswerValue = Either5<String, f64, RefusalRecord, bool, Undefined>;

impl From<Answer> for AnswerValue {
    #[allow(clippy::cast_precision_loss, reason = "a counter stays far below 2^53")]
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Claims(text) => Self::A(text),
            Answer::Found(id) => Self::B(id as f64),
            Answer::Refused(record) => Self::C(*record),
            Answer::Fetch => Self::D(true),
            Answer::Later => Self::D(false),
            Answer::Taken => Self::E(()),
        }
    }
}

/// A refusal, for `WorkosTokenError` to be made from.
#[napi(object, object_from_js = false)]
pub struct RefusalRecord {
    /// The public code.
    pub code: &'static str,
    /// One fact in lower case.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
    /// The claim that failed.
    pub claim: Option<&'static str>,
    /// `missing`, `invalid` or `mismatch`.
    pub reason: Option<&'static str>,
    /// What the check asks for, as a text for JavaScript.
    pub expected: Option<String>,
    /// What the token holds, as a text for JavaScript.
    pub actual: Option<String>,
    /// The claims as a text for JavaScript, when the signature was good.
    pub claims: Option<String>,
    /// How long ago the user may have signed in, if it was longer ago.
    pub max_age_seconds: Option<u32>,
    /// When the same call may have another outcome.
    pub retry_after_seconds: Option<f64>,
    /// What the fetch of the keys met.
    pub cause: Option<CauseRecord>,
}

/// What the fetch of the keys met.
#[napi(object, object_from_js = false)]
pub struct CauseRecord {
    /// A stable name.
    pub code: &'static str,
    /// One fact in lower case.
    pub message: String,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
}

impl From<Refused> for RefusalRecord {
    fn from(refused: Refused) -> Self {
        let hint = refused.cause().hint;
        let Refused { refusal, claims, .. } = refused;
        let mut record = Self {
            code: refusal.code().as_str(),
            message: refusal.message().into_owned(),
            hint,
            claim: None,
            reason: None,
            expected: None,
            actual: None,
            claims,
            max_age_seconds: None,
            retry_after_seconds: refusal.retry_after().map(|pause| pause.as_secs_f64()),
            cause: None,
        };
        match refusal {
            Refusal::Claim(failure) => {
                record.claim = Some(failure.claim.as_str());
                record.reason = Some(failure.reason.as_str());
                record.max_age_seconds = failure.max_age_seconds;
                record.expected = failure.expected.as_ref().map(javascript_text);
                record.actual = failure.actual.as_ref().map(javascript_text);
            }
            Refusal::ForeignIssuer(cause) => {
                record.claim = Some("iss");
                record.reason = Some(cause.reason().as_str());
            }
            Refusal::Session(fault) => record.reason = Some(fault.reason().as_str()),
            Refusal::KeysUnavailable { failure, .. } => record.cause = Some(failure.into()),
            _ => {}
        }
        record
    }
}

impl From<FetchFailure> for CauseRecord {
    fn from(failure: FetchFailure) -> Self {
        let message = failure.message().into_owned();
        Self { code: failure.code(), message, status: failure.status() }
    }
}

/// A row of the table of causes.
#[napi(object, object_from_js = false)]
pub struct CauseRow {
    /// A stable name.
    pub id: &'static str,
    /// How it is recognized.
    pub recognized: &'static str,
    /// The codes that come with it.
    pub codes: Vec<&'static str>,
    /// What to do about it.
    pub hint: &'static str,
}

impl From<&'static Cause> for CauseRow {
    fn from(&Cause { id, recognized, codes, hint }: &'static Cause) -> Self {
        let codes = codes.iter().map(|code| code.as_str()).collect();
        Self { id, recognized, codes, hint }
    }
}
