//! Outcomes as plain data: the claims as a text, or a record of a refusal.

use std::ptr;

use napi::bindgen_prelude::{
    Either, Either5, JsValuesTupleIntoVec, ToNapiValue, TypeName, Undefined,
};
use napi::{Env, Result, ValueType, check_status, sys};
use napi_derive::napi;
use verify_workos_token_core::entries::{Accepted, Verdict};
use verify_workos_token_core::error::{Cause, FetchFailure, Refusal};
use verify_workos_token_core::json::javascript_text;
use verify_workos_token_core::verifier::Refused;

use crate::ticket::Settled;

/// The claims as a text for JavaScript, or the refusal.
pub(crate) type Outcome = Either<ClaimsText, RefusalRecord>;

/// What JavaScript gets of a verdict.
pub(crate) fn outcome(verdict: Settled) -> Outcome {
    match verdict {
        Ok(text) => Either::A(ClaimsText(text)),
        Err(refused) => Either::B(refused.into()),
    }
}

/// The claims of an accepted token as a text. Of several entries, its first character says which one
/// accepted the token.
pub(crate) fn claims_text(accepted: Accepted) -> String {
    if accepted.entry.is_none() {
        return accepted.verified.into_claims();
    }
    let mut text = String::new();
    write_claims(&accepted, &mut text);
    text
}

/// The same, behind what is in a text.
pub(crate) fn write_claims(Accepted { verified, entry }: &Accepted, text: &mut String) {
    if let Some(entry) = entry {
        let place = u8::try_from(*entry).unwrap_or(u8::MAX);
        text.push(char::from(place.saturating_add(FIRST_ENTRY)));
    }
    text.push_str(verified.claims());
}

/// The character of the first entry. Up to 32 entries, all of them are ASCII.
const FIRST_ENTRY: u8 = b'0';

/// Claims as a text for JavaScript.
pub struct ClaimsText(pub(crate) String);

impl TypeName for ClaimsText {
    fn type_name() -> &'static str {
        "String"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ToNapiValue for ClaimsText {
    // SAFETY: as the trait asks of its callers, `env` is the environment of the present call.
    unsafe fn to_napi_value(env: sys::napi_env, Self(text): Self) -> Result<sys::napi_value> {
        // SAFETY: as the trait asks of its callers, `env` is the environment of the present call.
        unsafe { text_value(env, &text) }
    }
}

/// Nearly all claims are ASCII, which V8 copies as Latin-1 without decoding it first.
///
/// # Safety
/// `env` is the environment of the present call.
unsafe fn text_value(env: sys::napi_env, text: &str) -> Result<sys::napi_value> {
    let create = match text.is_ascii() {
        true => sys::napi_create_string_latin1,
        false => sys::napi_create_string_utf8,
    };
    let mut value = ptr::null_mut();
    let length = text.len().cast_signed();
    // SAFETY: `env` is live, and the text has the length given. ASCII is the same in Latin-1 and in
    // UTF-8.
    check_status!(unsafe { create(env, text.as_ptr().cast(), length, &raw mut value) })?;
    Ok(value)
}

/// The outcomes of calls that waited, behind the numbers of these calls: the arguments of one call
/// into JavaScript. That is cheaper than an array, whose elements would be set one by one.
pub struct Batch(Vec<sys::napi_value>);

impl Batch {
    /// Makes the arguments, for a call in the present scope. The texts' buffers go into `buffers`.
    pub(crate) fn new(
        env: Env,
        outcomes: impl ExactSizeIterator<Item = (u64, Settled)>,
        buffers: &mut Vec<String>,
    ) -> Self {
        let mut values = Vec::with_capacity(outcomes.len().saturating_mul(2));
        for (number, settled) in outcomes {
            // One that can't be made must not cost the others theirs.
            let pair = Self::pair(env.raw(), number, settled, buffers);
            values.extend(pair.into_iter().flatten());
        }
        Self(values)
    }

    #[allow(clippy::cast_precision_loss, reason = "JavaScript has counted it")]
    fn pair(
        env: sys::napi_env,
        number: u64,
        settled: Settled,
        buffers: &mut Vec<String>,
    ) -> Result<[sys::napi_value; 2]> {
        // SAFETY: `env` is that of the present call.
        let number = unsafe { f64::to_napi_value(env, number as f64) }?;
        let outcome = match settled {
            // SAFETY: as above.
            Ok(text) => unsafe { text_value(env, &text) }.inspect(|_| buffers.push(text)),
            // SAFETY: as above.
            Err(refused) => unsafe { RefusalRecord::to_napi_value(env, refused.into()) },
        };
        Ok([number, outcome?])
    }
}

impl JsValuesTupleIntoVec for Batch {
    fn into_vec(self, _: sys::napi_env) -> Result<Vec<sys::napi_value>> {
        Ok(self.0)
    }
}

/// The immediate answer to a call.
pub(crate) enum Answer {
    /// A new token is accepted: the claims as a text for JavaScript.
    Claims(ClaimsText),
    /// A remembered token is accepted: its number in the verified-token cache.
    Found(u64),
    /// A refusal.
    Refused(Box<RefusalRecord>),
    /// No answer yet: the token's key must be fetched.
    Fetch,
    /// No answer yet: one token too many for this turn of the event loop.
    Later,
    /// No answer yet: the outcome will be dispatched.
    Taken,
}

impl Answer {
    pub(crate) fn of(refused: Refused) -> Self {
        Self::Refused(Box::new(refused.into()))
    }
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        verdict.map_or_else(Self::of, |accepted| Self::Claims(ClaimsText(claims_text(accepted))))
    }
}

/// An [`Answer`] as JavaScript gets it.
pub(crate) type AnswerValue = Either5<ClaimsText, f64, RefusalRecord, bool, Undefined>;

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
    pub claims: Option<ClaimsText>,
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
            claims: claims.map(ClaimsText),
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
            Refusal::ForeignIssuer(cause) | Refusal::NoEntry(cause) => {
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
