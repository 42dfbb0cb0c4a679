//! What a caller may require beyond what every token must have.

use serde_json::json;

use crate::claims::failing::{failure, invalid, mismatch, numeric_date, one_or_all, strings};
use crate::claims::likely;
use crate::claims::policy::Policy;
use crate::claims::strings::Strings;
use crate::error::causes::claims as causes;
use crate::error::{Cause, Claim, ClaimFailure, Reason};
use crate::json::{Object, Value};

pub(super) fn organization(
    policy: &Policy,
    claims: &Object<'_>,
    _: f64,
) -> Result<(), ClaimFailure> {
    let Some(accepted) = &policy.organization_ids else { return Ok(()) };
    let Some(value) = claims.get("org_id") else {
        let missing = failure(Claim::OrgId, Reason::Missing, &causes::NO_ORGANIZATION);
        return Err(ClaimFailure { expected: Some(one_or_all(accepted)), ..missing });
    };
    match value.as_str() {
        None => Err(invalid(Claim::OrgId, value, &causes::CLAIM_TYPE)),
        Some(organization) if contains(accepted, organization) => Ok(()),
        Some(_) => {
            let cause = likely::organization(accepted);
            Err(mismatch(Claim::OrgId, one_or_all(accepted), value, cause))
        }
    }
}

/// One of the roles is enough, in `role` or in `roles`.
pub(super) fn roles(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(accepted) = &policy.roles else { return Ok(()) };
    let held = held_roles(claims)?;
    if Strings::new(&held, accepted.len()).hold_any(accepted) {
        return Ok(());
    }
    let reason = match claims.get("role").or(claims.get("roles")) {
        None => Reason::Missing,
        Some(_) => Reason::Mismatch,
    };
    Err(ClaimFailure {
        expected: Some(json!(accepted)),
        actual: Some(json!(held)),
        ..failure(Claim::Roles, reason, likely::roles(claims, &held, accepted))
    })
}

pub(super) fn held_roles<'claims>(
    claims: &'claims Object<'_>,
) -> Result<Vec<&'claims str>, ClaimFailure> {
    let mut held = Vec::new();
    if let Some(value) = claims.get("role") {
        held.push(value.as_str().ok_or_else(|| invalid(Claim::Role, value, &causes::CLAIM_TYPE))?);
    }
    if let Some(value) = claims.get("roles") {
        held.extend(strings(Claim::Roles, value)?);
    }
    Ok(held)
}

pub(super) fn permissions(
    policy: &Policy,
    claims: &Object<'_>,
    _: f64,
) -> Result<(), ClaimFailure> {
    let required = policy.permissions.as_deref();
    let cause = |held: &[&str], required: &[String]| likely::permissions(claims, held, required);
    hold_all(claims, Claim::Permissions, required, cause)
}

pub(super) fn entitlements(
    policy: &Policy,
    claims: &Object<'_>,
    _: f64,
) -> Result<(), ClaimFailure> {
    let required = policy.entitlements.as_deref();
    hold_all(claims, Claim::Entitlements, required, |_, _| &causes::ENTITLEMENTS)
}

pub(super) fn feature_flags(
    policy: &Policy,
    claims: &Object<'_>,
    _: f64,
) -> Result<(), ClaimFailure> {
    let required = policy.feature_flags.as_deref();
    hold_all(claims, Claim::FeatureFlags, required, |_, _| &causes::FEATURE_FLAGS)
}

/// Every one of the required strings must be in the claim.
fn hold_all(
    claims: &Object<'_>,
    claim: Claim,
    required: Option<&[String]>,
    cause: impl FnOnce(&[&str], &[String]) -> &'static Cause,
) -> Result<(), ClaimFailure> {
    let Some(required) = required else { return Ok(()) };
    let value = claims.get(claim.as_str());
    let held = match value {
        Some(value) => strings(claim, value)?,
        None => Vec::new(),
    };
    if Strings::new(&held, required.len()).hold_all(required) {
        return Ok(());
    }
    let reason = match value {
        None => Reason::Missing,
        Some(_) => Reason::Mismatch,
    };
    Err(ClaimFailure {
        expected: Some(json!(required)),
        actual: Some(json!(held)),
        ..failure(claim, reason, cause(&held, required))
    })
}

/// RFC 8693, section 4.1: `act` is an object that identifies the party who is acting.
pub(super) fn impersonation(
    policy: &Policy,
    claims: &Object<'_>,
    _: f64,
) -> Result<(), ClaimFailure> {
    match claims.get("act") {
        Some(value) if policy.deny_impersonation => match value {
            Value::Object(_) => Err(ClaimFailure {
                actual: Some(value.into()),
                ..failure(Claim::Act, Reason::Mismatch, &causes::IMPERSONATION)
            }),
            _ => Err(invalid(Claim::Act, value, &causes::CLAIM_TYPE)),
        },
        _ => Ok(()),
    }
}

/// RFC 9470, section 4: the user must have signed in within the last so many seconds. A time in the
/// future, by a clock that differs from this one, counts as just now.
pub(super) fn authentication_age(
    policy: &Policy,
    claims: &Object<'_>,
    now: f64,
) -> Result<(), ClaimFailure> {
    let Some(max_age) = policy.max_auth_age_seconds else { return Ok(()) };
    let earliest = now - f64::from(max_age);
    let failure = match claims.get("auth_time") {
        None => ClaimFailure {
            expected: Some(json!(earliest)),
            ..failure(Claim::AuthTime, Reason::Missing, &causes::NO_AUTH_TIME)
        },
        Some(value) => {
            // Written so that NaN is refused.
            if numeric_date(Claim::AuthTime, value)? >= earliest {
                return Ok(());
            }
            mismatch(Claim::AuthTime, json!(earliest), value, &causes::AUTH_TIME)
        }
    };
    Err(ClaimFailure { max_age_seconds: Some(max_age), ..failure })
}

fn contains(accepted: &[String], candidate: &str) -> bool {
    accepted.iter().any(|one| one == candidate)
}
