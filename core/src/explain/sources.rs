//! What an explanation asks the keys beyond the lookup that `verify` makes. Nothing here fetches or
//! counts anything.

use std::sync::Arc;
use std::time::Duration;

use crate::key::VerifyingKey;
use crate::key_cache::Wanted;
use crate::key_set::KeySet;
use crate::verifier::{Call, KeySource, Keys};

/// How many `kid`s of a key set are shown: more than WorkOS or an identity provider publishes.
const MAX_KEY_IDS: usize = 20;

/// The key, if the call may use it now.
pub(super) fn peek(call: &Call<'_>, wanted: Wanted<'_>) -> Option<Arc<VerifyingKey>> {
    let find = |keys: &KeySet| keys.find(wanted.key_id, wanted.algorithm).ok().map(Arc::clone);
    match (&call.keys, &call.verifier.keys) {
        (Keys::InMemory(_), KeySource::Cached(entry, policy)) => entry.peek(wanted, policy),
        (Keys::InMemory(_), KeySource::Fixed(keys)) => find(keys),
        (Keys::Final(keys), _) => find(keys),
        (Keys::Unavailable(_), _) => None,
    }
}

/// The `kid`s of the usable keys, if there is a set in memory.
pub(super) fn key_ids(call: &Call<'_>) -> Option<Vec<String>> {
    let list = |keys: &KeySet| {
        keys.key_ids().into_iter().take(MAX_KEY_IDS).map(ToOwned::to_owned).collect()
    };
    match (&call.keys, &call.verifier.keys) {
        (Keys::Final(keys), _) => Some(list(keys)),
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
