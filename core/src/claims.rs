//! Check 5: the claims of a signed token against a policy.
//!
//! [`check`] makes the checks in a fixed order and reports the first failure. `now` is a parameter:
//! nothing here reads a clock. Claims that
//! the policy does not mention are not looked at, except those that every token must have.

mod likely;

use std::collections::HashSet;

use serde_json::json;

use crate::algorithm::AllowList;
use crate::error::causes::{claims as causes, clock, issuer as issuers};
use crate::error::{Cause, Claim, ClaimFailure, Reason};
use crate::issuer;
use crate::json::{Object, Value};

/// What a token must satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The allow-list for `alg`.
    pub algorithms: AllowList,
    /// What `client_id` must equal, if the token has it.
    pub client_id: Option<String>,
    /// `iss` must equal one of these. If there are none, nothing matches.
    pub issuers: Vec<String>,
    /// `aud` must contain one of these. `None` turns the check off, which callers have to ask for.
    pub audiences: Option<Vec<String>>,
    /// Allowed clock skew for `exp` and `nbf`, in seconds.
    pub clock_tolerance_seconds: u16,
    /// `org_id` must be one of these.
    pub organization_ids: Option<Vec<String>>,
    /// `role` or `roles` must contain at least one of these.
    pub roles: Option<Vec<String>>,
    /// `permissions` must contain all of these.
    pub permissions: Option<Vec<String>>,
    /// Whether a token with `act` is refused.
    pub deny_impersonation: bool,
}

/// Whether the checks, or the causes of their failures, read the claim of this name.
pub(crate) fn is_checked(name: &str) -> bool {
    Claim::ALL.iter().any(|claim| claim.as_str() == name)
        || name == "scope"
        || issuer::ID_TOKEN_CLAIMS.contains(&name)
}

type Check = fn(&Policy, &Object<'_>, f64) -> Result<(), ClaimFailure>;

/// The checks, in the order in which they are made, each with the claim that it is about.
const CHECKS: [(Claim, Check); 11] = [
    (Claim::Exp, expiry),
    (Claim::Nbf, not_before),
    (Claim::Iat, issued_at),
    (Claim::Iss, issuer),
    (Claim::Aud, audience),
    (Claim::Sub, subject),
    (Claim::ClientId, client_id),
    (Claim::OrgId, organization),
    (Claim::Roles, roles),
    (Claim::Permissions, permissions),
    (Claim::Act, impersonation),
];

/// Reports the first failure, if there is one. `now` is in seconds since 1970. If it is not a
/// number, every token is refused as expired.
pub(crate) fn check(policy: &Policy, claims: &Object<'_>, now: f64) -> Result<(), ClaimFailure> {
    CHECKS.iter().try_for_each(|(_, check)| check(policy, claims, now))
}

/// Makes every check that the policy asks for, whether those before it have failed or not.
pub(crate) fn check_each(
    policy: &Policy,
    claims: &Object<'_>,
    now: f64,
) -> impl Iterator<Item = (Claim, Result<(), ClaimFailure>)> {
    checked(policy).map(move |(claim, check)| (*claim, check(policy, claims, now)))
}

/// The claims that the policy has checked, in order.
pub(crate) fn checked_by(policy: &Policy) -> impl Iterator<Item = Claim> {
    checked(policy).map(|(claim, _)| *claim)
}

fn checked(policy: &Policy) -> impl Iterator<Item = &'static (Claim, Check)> {
    CHECKS.iter().filter(|(claim, _)| match claim {
        Claim::Exp | Claim::Nbf | Claim::Iat | Claim::Iss | Claim::Aud | Claim::Sub => true,
        Claim::ClientId => policy.client_id.is_some(),
        Claim::OrgId => policy.organization_ids.is_some(),
        Claim::Role | Claim::Roles => policy.roles.is_some(),
        Claim::Permissions => policy.permissions.is_some(),
        Claim::Act => policy.deny_impersonation,
    })
}

/// What a token holds for the check of a claim, if it has the right type. For people, like
/// [`expected`].
pub(crate) fn actual(claims: &Object<'_>, claim: Claim) -> Option<serde_json::Value> {
    match claim {
        Claim::Role | Claim::Roles => held_roles(claims).ok().map(|held| json!(held)),
        _ => claims.get(claim.as_str()).map(Into::into),
    }
}

/// What the check of a claim asks for, if that is a value. For people: the checks don't use it.
pub(crate) fn expected(policy: &Policy, claim: Claim, now: f64) -> Option<serde_json::Value> {
    let tolerance = f64::from(policy.clock_tolerance_seconds);
    match claim {
        Claim::Exp => Some(json!(now - tolerance)),
        Claim::Nbf => Some(json!(now + tolerance)),
        Claim::Iss => Some(one_or_all(&policy.issuers)),
        Claim::Aud => policy.audiences.as_deref().map(one_or_all),
        Claim::ClientId => policy.client_id.as_ref().map(|one| json!(one)),
        Claim::OrgId => policy.organization_ids.as_deref().map(one_or_all),
        Claim::Role | Claim::Roles => policy.roles.as_ref().map(|roles| json!(roles)),
        Claim::Permissions => policy.permissions.as_ref().map(|all| json!(all)),
        Claim::Iat | Claim::Sub | Claim::Act => None,
    }
}

/// RFC 7519, section 4.1.4: a token expires "on or after" this time, so `now == exp` is expired.
fn expiry(policy: &Policy, claims: &Object<'_>, now: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("exp") else {
        return Err(failure(Claim::Exp, Reason::Missing, &clock::NO_EXPIRY));
    };
    let exp = numeric_date(Claim::Exp, value)?;
    let tolerance = f64::from(policy.clock_tolerance_seconds);
    // Written so that NaN is refused.
    if now < exp + tolerance {
        return Ok(());
    }
    Err(mismatch(Claim::Exp, json!(now - tolerance), value, clock::expired(now - exp)))
}

/// RFC 7519, section 4.1.5.
fn not_before(policy: &Policy, claims: &Object<'_>, now: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("nbf") else { return Ok(()) };
    let nbf = numeric_date(Claim::Nbf, value)?;
    let latest = now + f64::from(policy.clock_tolerance_seconds);
    if nbf <= latest {
        return Ok(());
    }
    Err(mismatch(Claim::Nbf, json!(latest), value, &clock::NOT_YET_VALID))
}

/// Only the type of `iat` is checked. RFC 7519, section 4.1.6 asks for no comparison with the
/// clock, and a clock that is a second slow must not refuse fresh tokens.
fn issued_at(_: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    claims.get("iat").map_or(Ok(()), |value| numeric_date(Claim::Iat, value).map(drop))
}

fn numeric_date(claim: Claim, value: &Value<'_>) -> Result<f64, ClaimFailure> {
    value.as_number().ok_or_else(|| invalid(claim, value, &clock::NUMERIC_DATE))
}

fn issuer(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let value = claims.get("iss");
    let Err(cause) = issuer::compare(claims, &policy.issuers) else { return Ok(()) };
    let cause = issuers::signed(cause);
    let expected = one_or_all(&policy.issuers);
    Err(match value {
        None => {
            ClaimFailure { expected: Some(expected), ..failure(Claim::Iss, Reason::Missing, cause) }
        }
        Some(value) if value.as_str().is_none() => invalid(Claim::Iss, value, cause),
        Some(value) => mismatch(Claim::Iss, expected, value, cause),
    })
}

/// RFC 7519, section 4.1.3. An array that contains anything but strings is refused as a whole.
/// Otherwise a reader that skips the rest would see a different audience than one that doesn't.
fn audience(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(accepted) = &policy.audiences else { return audience_type(claims) };
    let Some(value) = claims.get("aud") else {
        let missing = failure(Claim::Aud, Reason::Missing, &causes::NO_AUDIENCE);
        return Err(ClaimFailure { expected: Some(one_or_all(accepted)), ..missing });
    };
    audience_type(claims)?;
    let held = one_or_many(value);
    if Strings::new(&held, accepted.len()).hold_any(accepted) {
        return Ok(());
    }
    let cause = likely::audience(&held, accepted);
    Err(mismatch(Claim::Aud, one_or_all(accepted), value, cause))
}

/// The type is checked even if the comparison is turned off.
fn audience_type(claims: &Object<'_>) -> Result<(), ClaimFailure> {
    match claims.get("aud") {
        Some(value) if value.as_str().is_none() && value.as_strings().is_none() => {
            Err(invalid(Claim::Aud, value, &causes::AUDIENCE_TYPE))
        }
        _ => Ok(()),
    }
}

/// What `sub` starts with in a machine-to-machine token. It then names an application, not a user.
const MACHINE_SUBJECT_PREFIX: &str = "client_";

fn subject(_: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("sub") else {
        return Err(failure(Claim::Sub, Reason::Missing, &causes::NO_SUBJECT));
    };
    match value.as_str() {
        Some(sub) if sub.starts_with(MACHINE_SUBJECT_PREFIX) => Err(ClaimFailure {
            actual: Some(value.into()),
            ..failure(Claim::Sub, Reason::Mismatch, &causes::MACHINE)
        }),
        Some(sub) if !sub.is_empty() => Ok(()),
        _ => Err(invalid(Claim::Sub, value, &causes::NO_SUBJECT)),
    }
}

/// Older tokens have no `client_id`. If it is present, it must be right.
fn client_id(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let (Some(expected), Some(value)) = (&policy.client_id, claims.get("client_id")) else {
        return Ok(());
    };
    match value.as_str() {
        None => Err(invalid(Claim::ClientId, value, &causes::CLIENT_ID_TYPE)),
        Some(client_id) if client_id == expected => Ok(()),
        Some(client_id) => {
            let cause = likely::client_id(client_id, claims.get("scope").is_some());
            Err(mismatch(Claim::ClientId, json!(expected), value, cause))
        }
    }
}

fn organization(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
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
fn roles(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
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

fn held_roles<'claims>(claims: &'claims Object<'_>) -> Result<Vec<&'claims str>, ClaimFailure> {
    let mut held = Vec::new();
    if let Some(value) = claims.get("role") {
        held.push(value.as_str().ok_or_else(|| invalid(Claim::Role, value, &causes::CLAIM_TYPE))?);
    }
    if let Some(value) = claims.get("roles") {
        held.extend(strings(Claim::Roles, value)?);
    }
    Ok(held)
}

/// Every permission is required.
fn permissions(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(required) = &policy.permissions else { return Ok(()) };
    let value = claims.get("permissions");
    let held = match value {
        Some(value) => strings(Claim::Permissions, value)?,
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
        ..failure(Claim::Permissions, reason, likely::permissions(claims, &held, required))
    })
}

/// RFC 8693, section 4.1: `act` is an object that identifies the party who is acting.
fn impersonation(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
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

fn strings<'value>(
    claim: Claim,
    value: &'value Value<'_>,
) -> Result<Vec<&'value str>, ClaimFailure> {
    value.as_strings().ok_or_else(|| invalid(claim, value, &causes::CLAIM_TYPE))
}

fn one_or_many<'value>(value: &'value Value<'_>) -> Vec<&'value str> {
    value.as_str().map(|one| vec![one]).or_else(|| value.as_strings()).unwrap_or_default()
}

/// Up to this many comparisons are made one by one. A hash costs as much as a few dozen of them.
const MAX_COMPARISONS: usize = 1_024;

/// The strings of a claim, in which those of an option are looked up. There can be thousands of
/// both, and comparing all pairs would take a second.
enum Strings<'claim> {
    Few(&'claim [&'claim str]),
    Many(HashSet<&'claim str>),
}

impl<'claim> Strings<'claim> {
    fn new(held: &'claim [&'claim str], lookups: usize) -> Self {
        match held.len().saturating_mul(lookups) <= MAX_COMPARISONS {
            true => Self::Few(held),
            false => Self::Many(held.iter().copied().collect()),
        }
    }

    fn hold(&self, wanted: &str) -> bool {
        match self {
            Self::Few(held) => held.contains(&wanted),
            Self::Many(held) => held.contains(wanted),
        }
    }

    fn hold_any(&self, wanted: &[String]) -> bool {
        wanted.iter().any(|one| self.hold(one))
    }

    fn hold_all(&self, wanted: &[String]) -> bool {
        wanted.iter().all(|one| self.hold(one))
    }
}

fn contains(accepted: &[String], candidate: &str) -> bool {
    accepted.iter().any(|one| one == candidate)
}

/// The accepted values, in the form in which the caller probably wrote them.
fn one_or_all(accepted: &[String]) -> serde_json::Value {
    match accepted {
        [one] => json!(one),
        all => json!(all),
    }
}

fn failure(claim: Claim, reason: Reason, cause: &'static Cause) -> ClaimFailure {
    ClaimFailure { claim, reason, expected: None, actual: None, cause }
}

fn invalid(claim: Claim, value: &Value<'_>, cause: &'static Cause) -> ClaimFailure {
    ClaimFailure { actual: Some(value.into()), ..failure(claim, Reason::Invalid, cause) }
}

fn mismatch(
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
