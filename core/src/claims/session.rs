//! What is asked of a session's token alone.

use serde_json::json;

use crate::claims::failing::{failure, invalid, mismatch};
use crate::claims::likely;
use crate::claims::policy::{Policy, Profile};
use crate::error::causes::claims as causes;
use crate::error::{Claim, ClaimFailure, Reason};
use crate::json::Object;
use crate::marks;

pub(super) fn subject(_: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("sub") else {
        return Err(failure(Claim::Sub, Reason::Missing, &causes::NO_SUBJECT));
    };
    match value.as_str() {
        Some(sub) if sub.starts_with(marks::MACHINE) => Err(ClaimFailure {
            actual: Some(value.into()),
            ..failure(Claim::Sub, Reason::Mismatch, &causes::MACHINE)
        }),
        Some(sub) if !sub.is_empty() => Ok(()),
        _ => Err(invalid(Claim::Sub, value, &causes::NO_SUBJECT)),
    }
}

/// Older tokens have no `client_id`. If it is present, it must be right.
pub(super) fn client_id(policy: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let (Some(expected), Some(value)) = (client_id_of(policy), claims.get("client_id")) else {
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

/// What `client_id` must equal, if the token has it.
pub(super) fn client_id_of(policy: &Policy) -> Option<&str> {
    match policy.profile {
        Profile::Session => policy.client_id.as_deref(),
        // It names the application that requested the token.
        Profile::Connect(_) => None,
    }
}

/// Refuses a token of WorkOS Connect if its issuer and audience happen to be accepted. Its `sid` is
/// the user's consent, or at least no session next to a `scope`. Older tokens and those of emulators
/// may have no `sid`. A machine's token, which never has one, is refused for its `sub`.
pub(super) fn kind(_: &Policy, claims: &Object<'_>, _: f64) -> Result<(), ClaimFailure> {
    let Some(value) = claims.get("sid") else { return Ok(()) };
    let sid = value.as_str().ok_or_else(|| invalid(Claim::Sid, value, &causes::CLAIM_TYPE))?;
    let has_scope = claims.get("scope").is_some();
    if sid.starts_with(marks::SESSION) || (!has_scope && !sid.starts_with(marks::CONSENT)) {
        return Ok(());
    }
    let actual = Some(value.into());
    Err(ClaimFailure { actual, ..failure(Claim::Sid, Reason::Mismatch, &causes::CONNECT_TOKEN) })
}
