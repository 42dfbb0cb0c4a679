//! What an explanation asks the keys: first what `verify` asks ([`search`]), then what people want to
//! know. The latter fetches and counts nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::claims;
use crate::error::Refusal;
use crate::key::VerifyingKey;
use crate::key_cache::{Lookup, Wanted};
use crate::key_set::KeySet;
use crate::token::{Segments, UntrustedToken};
use crate::verifier::{Call, KeySource, Keys, Pending};

/// How many `kid`s of a key set are shown: more than WorkOS or an identity provider publishes.
const MAX_KEY_IDS: usize = 20;

/// How the search for the token's key went, as `verify` makes it.
pub(super) enum Search {
    /// `None` if the token is refused before.
    Ended(Option<Found>),
    Wait(Box<Pending>),
}

pub(super) type Found = Result<Arc<VerifyingKey>, Refusal>;

/// Check 3, if the token gets there.
pub(super) fn search(call: &Call<'_>, token: &str) -> Search {
    let Ok(segments) = Segments::decode(token) else { return Search::Ended(None) };
    let allowed = &call.verifier.policy.algorithms;
    let Ok(token) = UntrustedToken::read(&segments, allowed) else { return Search::Ended(None) };
    match call.find(&token) {
        Lookup::Key(key) => Search::Ended(Some(Ok(key))),
        Lookup::Refused(refusal) => Search::Ended(Some(Err(refusal))),
        Lookup::Wait => {
            let (issuer, reading) =
                (call.compare_issuer(&token), token.reading(claims::is_checked));
            let (hash, now, segments) = (None, call.now, segments.into_owned());
            Search::Wait(Box::new(Pending { segments, hash, reading, issuer, now }))
        }
    }
}

/// The key, if the call may use it now.
pub(super) fn peek(call: &Call<'_>, wanted: Wanted<'_>) -> Option<Arc<VerifyingKey>> {
    let find = |keys: &KeySet| keys.find(wanted.key_id, wanted.algorithm).ok().map(Arc::clone);
    match (&call.keys, &call.verifier.keys) {
        (Keys::InMemory(_), KeySource::Cached(entry, policy)) => entry.peek(wanted, policy),
        (Keys::InMemory(_), KeySource::Fixed(keys)) => find(keys),
        (Keys::Final(served), _) => find(&served.keys),
        (Keys::Unavailable(_), _) => None,
    }
}

/// The `kid`s of the usable keys, if there is a set in memory.
pub(super) fn key_ids(call: &Call<'_>) -> Option<Vec<String>> {
    let list = |keys: &KeySet| {
        keys.key_ids().into_iter().take(MAX_KEY_IDS).map(ToOwned::to_owned).collect()
    };
    match (&call.keys, &call.verifier.keys) {
        (Keys::Final(served), _) => Some(list(&served.keys)),
        (_, KeySource::Fixed(keys)) => Some(list(keys)),
        (_, KeySource::Cached(entry, _)) => entry.snapshot().set.map(|(keys, _)| list(&keys)),
    }
}

/// The age of the keys in memory and their lifetime, if they have outlived it.
pub(super) fn outlived(call: &Call<'_>) -> Option<(Duration, Duration)> {
    match &call.verifier.keys {
        KeySource::Fixed(_) => None,
        KeySource::Cached(entry, policy) => entry.outlived(policy),
    }
}
