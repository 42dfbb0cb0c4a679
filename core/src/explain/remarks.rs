//! What refuses nothing but deserves attention. Fixed sentences: nothing in them but numbers comes
//! from a token.

use super::sources;
use crate::error::causes::clock::CLOCK_BEHIND;
use crate::json::{Object, Value};
use crate::verifier::Call;

/// How soon a token must expire for that to be mentioned, in seconds: about the time between a
/// request and its retry.
const EXPIRES_SOON_SECONDS: f64 = 60.0;

/// `payload` only if its signature was verified: about others there is nothing to say.
pub(super) fn of(call: &Call<'_>, payload: Option<&Object<'_>>) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(payload) = payload {
        remarks.extend(clock(payload, call.now));
        remarks.extend(expiry(payload, call));
        remarks.extend(not_before(payload, call));
        remarks.extend(impersonation(payload, call));
    }
    if call.verifier.policy.audiences.is_none() {
        remarks.push("the audience is not checked, since `audience` is null".to_owned());
    }
    remarks.extend(stale_keys(call));
    remarks
}

/// `iat` is never compared by a check (RFC 7519, section 4.1.6), but a token from the future shows
/// that a clock is off, and this machine's is more likely to be.
fn clock(payload: &Object<'_>, now: f64) -> Option<String> {
    let ahead = seconds(time(payload, "iat")? - now)?;
    Some(format!("iat is {ahead} in the future. {}", CLOCK_BEHIND.hint))
}

fn expiry(payload: &Object<'_>, call: &Call<'_>) -> Option<String> {
    let left = time(payload, "exp")? - call.now;
    let tolerance = f64::from(call.verifier.policy.clock_tolerance_seconds);
    if !left.is_finite() || left > EXPIRES_SOON_SECONDS || left + tolerance <= 0.0 {
        return None;
    }
    match seconds(left) {
        Some(left) => Some(format!("the token expires in {left}")),
        None => Some("the token has expired, but is within the clock tolerance".to_owned()),
    }
}

fn not_before(payload: &Object<'_>, call: &Call<'_>) -> Option<String> {
    let early = time(payload, "nbf")? - call.now;
    let tolerance = f64::from(call.verifier.policy.clock_tolerance_seconds);
    let early = seconds(early).filter(|_| early <= tolerance)?;
    Some(format!("the token becomes valid in {early}, which is within the clock tolerance"))
}

fn impersonation(payload: &Object<'_>, call: &Call<'_>) -> Option<String> {
    let is_allowed = payload.get("act").is_some() && !call.verifier.policy.deny_impersonation;
    is_allowed.then(|| "the token belongs to an impersonation session, which is allowed".to_owned())
}

fn stale_keys(call: &Call<'_>) -> Option<String> {
    let (age, lifetime) = sources::outlived(call)?;
    let (age, lifetime) = (age.as_secs(), lifetime.as_secs());
    Some(format!(
        "the keys in memory are {age} seconds old, although they are fresh for {lifetime} only: \
         they are being refetched, or fetching them fails"
    ))
}

fn time(payload: &Object<'_>, name: &str) -> Option<f64> {
    payload.get(name).and_then(Value::as_number)
}

/// A span of time in words, rounded up; `None` if there is none left.
fn seconds(span: f64) -> Option<String> {
    match span.ceil() {
        seconds if seconds < 1.0 || !seconds.is_finite() => None,
        1.0 => Some("1 second".to_owned()),
        seconds => Some(format!("{seconds} seconds")),
    }
}
