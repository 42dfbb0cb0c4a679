//! The likely cause of a refusal, from the text of the refused token.
//!
//! A [`Refusal`] says what is wrong; here a row of the table of causes is chosen that says why. This
//! happens only when a token has been refused, reads the token at most once more, and can't change
//! the refusal. Nothing of the token is kept: what comes out is a row, whose texts are fixed.

mod form;
mod marks;
mod segment;
mod signature;

use segment::decoded;

use crate::error::causes::{form as form_causes, header, issuer as issuers};
use crate::error::{Cause, Malformed, Refusal};
use crate::issuer;
use crate::json::Object;

/// The longest token that is looked at, in bytes: what an attacker makes up must not cost more than
/// it did to refuse it. WorkOS's tokens have up to 5.5 kB.
const MAX_BYTES: usize = 8_192;

/// The row for a token that is refused before its key is looked for (checks 1 and 2).
pub(crate) fn unread(token: &str, refusal: &Refusal) -> Option<&'static Cause> {
    if token.len() > MAX_BYTES {
        return None;
    }
    match refusal {
        Refusal::Malformed(Malformed::Algorithm | Malformed::KeyId) => provider(token),
        Refusal::Malformed(Malformed::Type) => provider(token).or_else(|| typ(token)),
        Refusal::Malformed(malformed) => form::cause(token, *malformed),
        Refusal::UnsupportedAlgorithm => provider(token).or_else(|| algorithm(token)),
        Refusal::ForeignIssuer(_)
        | Refusal::NoEntry(_)
        | Refusal::UnknownKey { .. }
        | Refusal::InvalidSignature
        | Refusal::Claim(_)
        | Refusal::Session(_)
        | Refusal::KeysUnavailable { .. } => None,
    }
}

/// The row for a token whose signature is not good. `signature_bytes` is how long the key's are.
pub(crate) fn unsigned(token: &str, signature_bytes: usize) -> Option<&'static Cause> {
    if signature::is_cut_off(token, signature_bytes) {
        return Some(&form_causes::CUT_OFF_SIGNATURE);
    }
    if token.len() > MAX_BYTES {
        return None;
    }
    signature::cause(token)
}

/// The identity provider that the payload names: its tokens have headers of their own.
fn provider(token: &str) -> Option<&'static Cause> {
    let payload = decoded(token, 1)?;
    issuer::provider(&Object::parse(&payload).ok()?).map(issuers::provider)
}

fn typ(token: &str) -> Option<&'static Cause> {
    let header = decoded(token, 0)?;
    let header = Object::parse(&header).ok()?;
    match header.get("typ")?.as_str()?.to_ascii_lowercase().trim_start_matches("application/") {
        "dpop+jwt" => Some(&header::DPOP_PROOF),
        "logout+jwt" | "secevent+jwt" => Some(&header::LOGOUT_TOKEN),
        _ => None,
    }
}

fn algorithm(token: &str) -> Option<&'static Cause> {
    let header = decoded(token, 0)?;
    let header = Object::parse(&header).ok()?;
    let algorithm = header.get("alg")?.as_str()?.to_ascii_lowercase();
    match algorithm.as_str() {
        "none" => Some(&header::UNSIGNED),
        "hs256" | "hs384" | "hs512" => Some(&header::SHARED_SECRET),
        _ => None,
    }
}
