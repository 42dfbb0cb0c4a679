//! How the cache words a refusal, by why the caller can't have the key.

use std::time::Duration;

use super::waiting::Purpose;
use crate::error::{FetchFailure, Refusal, Unusable};

/// When to try again after a fetch was started in the background.
const RETRY_AFTER_BACKGROUND_FETCH: Duration = Duration::from_secs(1);

pub(super) fn unknown_key(unusable: Option<Unusable>, retry_after: Duration) -> Refusal {
    Refusal::UnknownKey { unusable, retry_after: Some(retry_after) }
}

pub(super) fn timed_out(retry_after: Duration) -> Refusal {
    Refusal::KeysUnavailable { failure: FetchFailure::Timeout, retry_after }
}

/// For the caller who would be one waiter too many.
pub(super) fn too_many_waiting(
    purpose: Purpose,
    unusable: Option<Unusable>,
    retry_after: Duration,
) -> Refusal {
    match purpose {
        Purpose::UnknownKey => unknown_key(unusable, retry_after),
        Purpose::Renewal => {
            Refusal::KeysUnavailable { failure: FetchFailure::TooManyWaiting, retry_after }
        }
    }
}

/// For a call that can't wait for the fetch that it started.
pub(super) fn cannot_wait(purpose: Purpose, unusable: Option<Unusable>, has_set: bool) -> Refusal {
    let retry_after = RETRY_AFTER_BACKGROUND_FETCH;
    let failure = match (purpose, has_set) {
        (Purpose::UnknownKey, _) => return unknown_key(unusable, retry_after),
        (Purpose::Renewal, true) => FetchFailure::Outdated,
        (Purpose::Renewal, false) => FetchFailure::NotFetched,
    };
    Refusal::KeysUnavailable { failure, retry_after }
}
