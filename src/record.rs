//! Outcomes as plain data: a string of claims, or a record of a refusal.

use napi::bindgen_prelude::{Either, ToNapiValue};
use napi::{Result, sys};
use napi_derive::napi;
use verify_workos_token_core::error::{FetchFailure, Refusal};
use verify_workos_token_core::verifier::{Refused, Step, Verdict, Verified};

/// The claims' JSON text, or why there are none.
pub(crate) type Outcome = Either<String, RefusalRecord>;

/// What a call comes to at once.
pub enum Answer {
    /// A token that is new: the claims' JSON text.
    Claims(String),
    /// A token that was found in the verified-token cache: its number there.
    Found(u64),
    /// A refusal.
    Refused(Box<RefusalRecord>),
    /// Nothing yet: its key has to be fetched.
    Fetch,
    /// Nothing yet: it is one too many for this turn of the event loop.
    Later,
    /// Nothing yet: the callback is going to be called.
    Taken,
}

impl Answer {
    pub(crate) fn of(refused: Refused) -> Self {
        Self::Refused(Box::new(refused.into()))
    }
}

impl From<Step> for Answer {
    fn from(step: Step) -> Self {
        match step {
            Step::Done(verdict) => verdict.into(),
            Step::Wait(_) => Self::Fetch,
        }
    }
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        verdict.map_or_else(Self::of, |verified| Self::Claims(Verified::into_claims(verified)))
    }
}

impl ToNapiValue for Answer {
    // SAFETY: as the trait asks of its callers, `env` is the live environment of the present call.
    #[allow(clippy::cast_precision_loss, reason = "a counter stays far below 2^53")]
    unsafe fn to_napi_value(env: sys::napi_env, answer: Self) -> Result<sys::napi_value> {
        // SAFETY: `env` is handed on as it was received.
        unsafe {
            match answer {
                Self::Claims(text) => String::to_napi_value(env, text),
                Self::Found(id) => f64::to_napi_value(env, id as f64),
                Self::Refused(record) => RefusalRecord::to_napi_value(env, *record),
                Self::Fetch => bool::to_napi_value(env, true),
                Self::Later => bool::to_napi_value(env, false),
                Self::Taken => <()>::to_napi_value(env, ()),
            }
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
    /// What the check asks for, as JSON.
    pub expected: Option<String>,
    /// What the token holds, as JSON.
    pub actual: Option<String>,
    /// The claims' JSON text, when the signature was good.
    pub claims: Option<String>,
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
    fn from(Refused { refusal, claims }: Refused) -> Self {
        let mut record = Self {
            code: refusal.code().as_str(),
            message: refusal.message().into_owned(),
            hint: refusal.hint(),
            claim: None,
            reason: None,
            expected: None,
            actual: None,
            claims,
            retry_after_seconds: refusal.retry_after().map(|pause| pause.as_secs_f64()),
            cause: None,
        };
        match refusal {
            Refusal::Claim(failure) => {
                record.claim = Some(failure.claim.as_str());
                record.reason = Some(failure.reason.as_str());
                record.expected = failure.expected.map(|value| value.to_string());
                record.actual = failure.actual.map(|value| value.to_string());
            }
            Refusal::ForeignIssuer(cause) => {
                record.claim = Some("iss");
                record.reason = Some(cause.reason().as_str());
            }
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
