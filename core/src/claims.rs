//! Check 5: the claims of a signed token against a policy.
//!
//! [`check`] makes the checks in a fixed order and reports the first failure. `now` is a parameter:
//! nothing here reads a clock. Claims that
//! the policy does not mention are not looked at, except those that every token must have.

mod failing;
mod likely;
mod policy;
mod requirements;
mod strings;

use serde_json::json;

use crate::error::causes::{claims as causes, clock, issuer as issuers, session};
use crate::error::{Claim, ClaimFailure, Reason};
use crate::issuer;
use crate::json::Object;

use failing::{failure, invalid, mismatch, numeric_date, one_or_all, one_or_many};
pub use policy::{Carrier, Policy};
use requirements::{
    authentication_age, entitlements, feature_flags, held_roles, impersonation, organization,
    permissions, roles,
};
use strings::Strings;

/// Whether the checks, or the causes of their failures, read the claim of this name.
pub(crate) fn is_checked(name: &str) -> bool {
    checked_names().any(|checked| checked == name)
}

/// The names of these claims, each once.
pub(crate) fn checked_names() -> impl Iterator<Item = &'static str> {
    let checked = Claim::ALL.iter().map(|claim| claim.as_str());
    checked.chain(["scope"]).chain(issuer::ID_TOKEN_CLAIMS.iter().copied())
}

type Check = fn(&Policy, &Object<'_>, f64) -> Result<(), ClaimFailure>;

/// The checks, in the order in which they are made, each with the claim that it is about.
const CHECKS: [(Claim, Check); 14] = [
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
    (Claim::Entitlements, entitlements),
    (Claim::FeatureFlags, feature_flags),
    (Claim::Act, impersonation),
    // Last: who signs in again for this must have everything else.
    (Claim::AuthTime, authentication_age),
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
        Claim::Entitlements => policy.entitlements.is_some(),
        Claim::FeatureFlags => policy.feature_flags.is_some(),
        Claim::AuthTime => policy.max_auth_age_seconds.is_some(),
        Claim::Act => policy.deny_impersonation,
    })
}

/// The place of a claim's check in the order in which they are made.
pub(crate) fn place_of(claim: Claim) -> usize {
    match claim {
        Claim::Exp => 0,
        Claim::Nbf => 1,
        Claim::Iat => 2,
        Claim::Iss => 3,
        Claim::Aud => 5,
        Claim::Sub => 6,
        Claim::ClientId => 7,
        Claim::OrgId => 9,
        // One check reads both.
        Claim::Role | Claim::Roles => 10,
        Claim::Permissions => 11,
        Claim::Entitlements => 12,
        Claim::FeatureFlags => 13,
        Claim::Act => 15,
        Claim::AuthTime => 16,
    }
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
        Claim::Entitlements => policy.entitlements.as_ref().map(|all| json!(all)),
        Claim::FeatureFlags => policy.feature_flags.as_ref().map(|all| json!(all)),
        Claim::AuthTime => policy.max_auth_age_seconds.map(|age| json!(now - f64::from(age))),
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
    let cause = match policy.carrier {
        Carrier::Bare => clock::expired(now - exp),
        Carrier::Session { .. } => &session::EXPIRED,
    };
    Err(mismatch(Claim::Exp, json!(now - tolerance), value, cause))
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
        if policy.carrier == (Carrier::Session { requires_audience: false }) {
            return Ok(());
        }
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
