//! Check 5: the claims of a signed token against a policy.
//!
//! [`check`] makes the checks in a fixed order and reports the first failure. `now` is a parameter:
//! nothing here reads a clock. Claims that
//! the policy does not mention are not looked at, except those that every token must have.

mod connect;
mod failing;
mod likely;
mod policy;
mod requirements;
mod session;
mod strings;

use serde_json::json;

use crate::error::causes::session as session_causes;
use crate::error::causes::{claims as causes, clock, connect as connect_causes, issuer as issuers};
use crate::error::{Claim, ClaimFailure, Reason};
use crate::issuer;
use crate::json::Object;

use failing::{failure, invalid, mismatch, numeric_date, one_or_all, one_or_many};
pub use policy::{Carrier, Connect, Policy, Profile};
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
    checked.chain(issuer::ID_TOKEN_CLAIMS.iter().copied())
}

type Check = fn(&Policy, &Object<'_>, f64) -> Result<(), ClaimFailure>;

/// The checks of a session's token, in the order in which they are made, each with the claim that
/// it is about.
const SESSION_CHECKS: [(Claim, Check); 15] = [
    (Claim::Exp, expiry),
    (Claim::Nbf, not_before),
    (Claim::Iat, issued_at),
    (Claim::Iss, issuer),
    (Claim::Aud, audience),
    (Claim::Sub, session::subject),
    (Claim::ClientId, session::client_id),
    (Claim::Sid, session::kind),
    (Claim::OrgId, organization),
    (Claim::Roles, roles),
    (Claim::Permissions, permissions),
    (Claim::Entitlements, entitlements),
    (Claim::FeatureFlags, feature_flags),
    (Claim::Act, impersonation),
    // Last: who signs in again for this must have everything else.
    (Claim::AuthTime, authentication_age),
];

/// The same of a token of WorkOS Connect.
const CONNECT_CHECKS: [(Claim, Check); 17] = [
    (Claim::Exp, expiry),
    (Claim::Nbf, not_before),
    (Claim::Iat, issued_at),
    (Claim::Iss, issuer),
    // Before `aud`, which a session's token has too, and which would name a lesser cause.
    (Claim::Sid, connect::kind),
    (Claim::Aud, audience),
    (Claim::Sub, connect::subject),
    (Claim::ClientId, connect::client_id),
    (Claim::Cnf, connect::confirmation),
    (Claim::OrgId, organization),
    (Claim::Roles, roles),
    (Claim::Permissions, permissions),
    (Claim::Entitlements, entitlements),
    (Claim::FeatureFlags, feature_flags),
    (Claim::Scope, connect::scope),
    (Claim::Act, impersonation),
    (Claim::AuthTime, authentication_age),
];

fn checks(policy: &Policy) -> &'static [(Claim, Check)] {
    match policy.profile {
        Profile::Session => &SESSION_CHECKS,
        Profile::Connect(_) => &CONNECT_CHECKS,
    }
}

/// Reports the first failure, if there is one. `now` is in seconds since 1970. If it is not a
/// number, every token is refused as expired.
pub(crate) fn check(policy: &Policy, claims: &Object<'_>, now: f64) -> Result<(), ClaimFailure> {
    checks(policy).iter().try_for_each(|(_, check)| check(policy, claims, now))
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
    checks(policy).iter().filter(|(claim, _)| match claim {
        Claim::Exp
        | Claim::Nbf
        | Claim::Iat
        | Claim::Iss
        | Claim::Aud
        | Claim::Sub
        | Claim::Sid
        | Claim::Cnf
        | Claim::Scope => true,
        Claim::ClientId => policy.client_id.is_some() || policy.profile != Profile::Session,
        Claim::OrgId => policy.organization_ids.is_some(),
        Claim::Role | Claim::Roles => policy.roles.is_some(),
        Claim::Permissions => policy.permissions.is_some(),
        Claim::Entitlements => policy.entitlements.is_some(),
        Claim::FeatureFlags => policy.feature_flags.is_some(),
        Claim::AuthTime => policy.max_auth_age_seconds.is_some(),
        Claim::Act => policy.deny_impersonation,
    })
}

/// The place of a claim's check in the order in which they are made, in either profile. That the
/// token is of another kind comes before what it holds: the entry for its kind says more.
pub(crate) fn place_of(claim: Claim) -> usize {
    match claim {
        Claim::Exp => 0,
        Claim::Nbf => 1,
        Claim::Iat => 2,
        Claim::Iss => 3,
        Claim::Sid => 4,
        Claim::Aud => 5,
        Claim::Sub => 6,
        Claim::ClientId => 7,
        Claim::Cnf => 8,
        Claim::OrgId => 9,
        // One check reads both.
        Claim::Role | Claim::Roles => 10,
        Claim::Permissions => 11,
        Claim::Entitlements => 12,
        Claim::FeatureFlags => 13,
        Claim::Scope => 14,
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
        Claim::ClientId => session::client_id_of(policy).map(|one| json!(one)),
        Claim::Scope => connect::scopes_of(policy).map(|all| json!(all)),
        Claim::OrgId => policy.organization_ids.as_deref().map(one_or_all),
        Claim::Role | Claim::Roles => policy.roles.as_ref().map(|roles| json!(roles)),
        Claim::Permissions => policy.permissions.as_ref().map(|all| json!(all)),
        Claim::Entitlements => policy.entitlements.as_ref().map(|all| json!(all)),
        Claim::FeatureFlags => policy.feature_flags.as_ref().map(|all| json!(all)),
        Claim::AuthTime => policy.max_auth_age_seconds.map(|age| json!(now - f64::from(age))),
        Claim::Iat | Claim::Sub | Claim::Sid | Claim::Cnf | Claim::Act => None,
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
        Carrier::Session { .. } => &session_causes::EXPIRED,
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
    let cause = issuers::signed(policy.profile.issuer_cause(cause));
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
        let cause = match policy.profile {
            Profile::Session => &causes::NO_AUDIENCE,
            Profile::Connect(_) => &connect_causes::NO_AUDIENCE,
        };
        let missing = failure(Claim::Aud, Reason::Missing, cause);
        return Err(ClaimFailure { expected: Some(one_or_all(accepted)), ..missing });
    };
    audience_type(claims)?;
    let held = one_or_many(value);
    if Strings::new(&held, accepted.len()).hold_any(accepted) {
        return Ok(());
    }
    let cause = match policy.profile {
        Profile::Session => likely::audience(&held, accepted),
        Profile::Connect(_) => likely::connect_audience(claims, &held, accepted),
    };
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
