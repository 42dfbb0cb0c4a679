//! How a check reads a claim, and how it fails.

use serde_json::json;

use crate::error::causes::{claims as causes, clock};
use crate::error::{Cause, Claim, ClaimFailure, Reason};
use crate::json::Value;

pub(super) fn numeric_date(claim: Claim, value: &Value<'_>) -> Result<f64, ClaimFailure> {
    value.as_number().ok_or_else(|| invalid(claim, value, &clock::NUMERIC_DATE))
}

pub(super) fn strings<'value>(
    claim: Claim,
    value: &'value Value<'_>,
) -> Result<Vec<&'value str>, ClaimFailure> {
    value.as_strings().ok_or_else(|| invalid(claim, value, &causes::CLAIM_TYPE))
}

pub(super) fn one_or_many<'value>(value: &'value Value<'_>) -> Vec<&'value str> {
    value.as_str().map(|one| vec![one]).or_else(|| value.as_strings()).unwrap_or_default()
}

/// The accepted values, in the form in which the caller probably wrote them.
pub(super) fn one_or_all(accepted: &[String]) -> serde_json::Value {
    match accepted {
        [one] => json!(one),
        all => json!(all),
    }
}

pub(super) fn failure(claim: Claim, reason: Reason, cause: &'static Cause) -> ClaimFailure {
    ClaimFailure { claim, reason, expected: None, actual: None, max_age_seconds: None, cause }
}

pub(super) fn invalid(claim: Claim, value: &Value<'_>, cause: &'static Cause) -> ClaimFailure {
    ClaimFailure { actual: Some(value.into()), ..failure(claim, Reason::Invalid, cause) }
}

pub(super) fn mismatch(
    claim: Claim,
    expected: serde_json::Value,
    actual: &Value<'_>,
    cause: &'static Cause,
) -> ClaimFailure {
    ClaimFailure {
        expected: Some(expected),
        actual: Some(actual.into()),
        ..failure(claim, Reason::Mismatch, cause)
    }
}
