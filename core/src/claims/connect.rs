//! What is asked of a token of WorkOS Connect alone: one that an application requested for a user,
//! as MCP clients do, or for itself (a machine-to-machine token).

use serde_json::json;

use crate::claims::failing::{failure, invalid, mismatch};
use crate::claims::policy::{Connect, Policy, Profile};
use crate::claims::strings::Strings;
use crate::error::causes::{claims as causes, connect, issuer as issuers};
use crate::error::{Cause, Claim, ClaimFailure, Reason};
use crate::issuer::is_id_token;
use crate::json::Object;
use crate::marks;

/// Refuses a session's token if its issuer happens to be accepted. The `sid` of a Connect token is
/// the user's consent, and a machine's has none.
pub(super) fn kind(_: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("sid") else { return Ok(()) };
    match value.as_str() {
        None => Err(invalid(Claim::Sid, value, &causes::CLAIM_TYPE)),
        Some(sid) if sid.starts_with(marks::SESSION) => Err(ClaimFailure {
            actual: Some(value.into()),
            ..failure(Claim::Sid, Reason::Mismatch, &connect::SESSION)
        }),
        Some(_) => Ok(()),
    }
}

pub(super) fn subject(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("sub") else {
        return Err(failure(Claim::Sub, Reason::Missing, &causes::NO_SUBJECT));
    };
    let sub = value.as_str().filter(|sub| !sub.is_empty());
    let sub = sub.ok_or_else(|| invalid(Claim::Sub, value, &causes::NO_SUBJECT))?;
    let (is_accepted, cause): (fn(&Connect) -> bool, &Cause) = if sub.starts_with(marks::USER) {
        (|asked| asked.users, &connect::USER)
    } else if sub.starts_with(marks::MACHINE) {
        (|asked| asked.machines, &connect::MACHINE)
    } else {
        (|_| false, &connect::SUBJECT)
    };
    if asked_by(policy).is_some_and(is_accepted) {
        return Ok(());
    }
    let actual = Some(value.into());
    Err(ClaimFailure { actual, ..failure(Claim::Sub, Reason::Mismatch, cause) })
}

/// The application that requested the token. An ID token, which is signed with the same key and may
/// have the same audience, has none.
pub(super) fn client_id(_: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("client_id") else {
        let cause = match is_id_token(claims) {
            true => &issuers::ID_TOKEN,
            false => &connect::NO_CLIENT_ID,
        };
        return Err(failure(Claim::ClientId, Reason::Missing, cause));
    };
    match value.as_str() {
        Some(client_id) if !client_id.is_empty() => Ok(()),
        _ => Err(invalid(Claim::ClientId, value, &connect::CLIENT_ID_TYPE)),
    }
}

/// RFC 7800, section 3.1: `cnf` binds the token to a key that its sender must prove to have. Whoever
/// accepts such a token as a bearer token undoes that.
pub(super) fn confirmation(_: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("cnf") else { return Ok(()) };
    let actual = Some(value.into());
    Err(ClaimFailure { actual, ..failure(Claim::Cnf, Reason::Mismatch, &connect::BOUND) })
}

/// RFC 8693, section 4.2: `scope` is a string with one scope or more, separated by spaces. Its type
/// counts even if none is required, since applications read it.
pub(super) fn scope(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let value = claims.get("scope");
    let held: Vec<&str> = match value {
        None => Vec::new(),
        Some(value) => match value.as_str() {
            Some(text) => text.split(' ').collect(),
            None => return Err(invalid(Claim::Scope, value, &connect::SCOPE_TYPE)),
        },
    };
    let Some(required) = scopes_of(policy) else { return Ok(()) };
    if Strings::new(&held, required.len()).hold_all(required) {
        return Ok(());
    }
    Err(match value {
        Some(value) => mismatch(Claim::Scope, json!(required), value, &connect::SCOPES),
        None => ClaimFailure {
            expected: Some(json!(required)),
            ..failure(Claim::Scope, Reason::Missing, &connect::SCOPES)
        },
    })
}

/// The scopes that `scope` must contain.
pub(super) fn scopes_of(policy: &Policy) -> Option<&[String]> {
    asked_by(policy).and_then(|asked| asked.scopes.as_deref())
}

fn asked_by(policy: &Policy) -> Option<&Connect> {
    match &policy.profile {
        Profile::Connect(asked) => Some(asked),
        Profile::Session => None,
    }
}
