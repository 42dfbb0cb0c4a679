//! Which of several refusals is told: that of the entry in which the token came furthest.

use crate::claims;
use crate::error::Refusal;
use crate::verdict::Refused;

/// The refusal to tell, of what was found before and what an entry says.
pub(super) fn further(before: Option<Refused>, refused: Refused) -> Refused {
    match before {
        Some(before) if !is_further(&refused.refusal, &before.refusal) => before,
        _ => refused,
    }
}

/// Whether a token came further before this refusal than before the other. Of equals the first
/// counts, unless the second says that it may soon be different.
pub(crate) fn is_further(refusal: &Refusal, other: &Refusal) -> bool {
    let (one, two) = (progress(refusal), progress(other));
    one > two || (one == two && is_sooner(refusal, other))
}

/// How far a token came before this stopped it, in the order of the checks. Missing keys count as
/// more than an unknown key or another algorithm: with keys, the token might be accepted. Whoever
/// refuses a signature or a claim does so for good.
fn progress(refusal: &Refusal) -> usize {
    /// What a claim adds its place to.
    const CLAIMS: usize = 6;
    match refusal {
        Refusal::Malformed(_) => 0,
        Refusal::UnsupportedAlgorithm => 1,
        Refusal::ForeignIssuer(_) | Refusal::NoEntry(_) => 2,
        Refusal::UnknownKey { .. } => 3,
        Refusal::KeysUnavailable { .. } => 4,
        Refusal::InvalidSignature => 5,
        Refusal::Claim(failure) => CLAIMS.saturating_add(claims::place_of(failure.claim)),
        // A session is looked at before its token and after it, never by an entry.
        Refusal::Session(_) => usize::MAX,
    }
}

fn is_sooner(one: &Refusal, other: &Refusal) -> bool {
    match (one.retry_after(), other.retry_after()) {
        (Some(one), Some(other)) => one < other,
        (one, other) => one.is_some() && other.is_none(),
    }
}
