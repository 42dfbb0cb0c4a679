//! What the key server publishes and says, by chance.

use std::time::Duration;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::Failed;

use super::chance::Chance;
use super::history::{Keys, PUBLISHED_KIDS, Response, SIGNERS};

const SECOND: Duration = Duration::from_secs(1);

/// How a key server behaves.
pub(super) struct Server {
    /// How many of 100 requests fail.
    pub(super) fails: usize,
    /// How many of 100 responses name a tag.
    pub(super) tags: usize,
    /// The lifetimes that it may name.
    max_ages: Vec<Option<Duration>>,
}

impl Server {
    pub(super) fn new(chance: &mut Chance) -> Self {
        let lifetimes = [0, 1, 29, 30, 31, 100, 599, 3_600, 7_200].map(|time| Some(SECOND * time));
        let max_ages = (0..3).map(|_| chance.pick(&lifetimes)).chain([None, None]).collect();
        Self { fails: chance.pick(&[0, 10, 40, 80]), tags: chance.pick(&[0, 50, 100]), max_ages }
    }

    /// The keys that follow these.
    pub(super) fn rotate(keys: Keys, chance: &mut Chance) -> Keys {
        let mut next = keys;
        next[chance.below(PUBLISHED_KIDS)] = match chance.happens(60) {
            true => Some(chance.below(SIGNERS)),
            false => None,
        };
        if next.iter().all(Option::is_none) { keys } else { next }
    }

    /// What the server says to a request that named this tag, while it publishes these keys.
    pub(super) fn speak(&self, keys: Keys, tag: Option<&str>, chance: &mut Chance) -> Response {
        if chance.happens(self.fails) {
            return fail(chance);
        }
        let max_age = chance.pick(&self.max_ages);
        let current = format!("{keys:?}");
        let is_current = tag == Some(&*current);
        // Some say so without having been asked for a tag.
        if (is_current && chance.happens(70)) || (tag.is_none() && chance.happens(2)) {
            return Response::Unmodified { max_age };
        }
        let tag = chance.happens(self.tags).then_some(current);
        Response::Set { keys, tag, max_age }
    }
}

fn fail(chance: &mut Chance) -> Response {
    let pauses = [0, 1, 2, 10, 29, 30, 31, 300].map(|time| Some(SECOND * time));
    let failed = |cause: FetchFailure| Failed::from(cause);
    match chance.weigh(&[3, 3, 2, 1, 1]) {
        0 => Response::Failed(failed(FetchFailure::Connect)),
        1 => {
            let retry_after = chance.pick(&pauses);
            Response::Failed(Failed { retry_after, ..failed(FetchFailure::Status(503)) })
        }
        2 => Response::NoKeys,
        3 => Response::Dropped,
        _ => {
            // The fetcher noticed that the process stood still.
            let interrupted = failed(FetchFailure::Interrupted);
            Response::Failed(Failed { stood_still: true, ..interrupted })
        }
    }
}
