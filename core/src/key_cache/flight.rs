//! One request, and what it brought.

use std::sync::Arc;
use std::time::Duration;

use super::{Entry, Source};
use crate::error::FetchFailure;
use crate::key_set::KeySet;

/// The status of an answer to a conditional request (RFC 9110, section 15.4.5).
pub(super) const NOT_MODIFIED: u16 = 304;

/// What a request brought.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The body of an answer with status 200, decompressed; `None` with status 304.
    pub body: Option<Vec<u8>>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The lifetime that the server asks for ([`crate::freshness`]).
    pub max_age: Option<Duration>,
}

/// An answer that can be used.
pub(super) struct Fetched {
    pub(super) content: Option<(KeySet, Option<String>)>,
    pub(super) max_age: Option<Duration>,
}

impl Fetched {
    pub(super) fn read(Answer { body, etag, max_age }: Answer) -> Result<Self, FetchFailure> {
        let Some(body) = body else { return Ok(Self { content: None, max_age }) };
        let keys = KeySet::parse(&body)?;
        match keys.usable_keys() {
            0 => Err(FetchFailure::NoUsableKey),
            _ => Ok(Self { content: Some((keys, etag)), max_age }),
        }
    }
}

/// One request under way. Dropping it counts as a failure, so that nobody waits forever.
pub struct Flight {
    pub(super) entry: Option<Arc<Entry>>,
}

impl Flight {
    /// What to fetch.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.entry.as_ref().map(|entry| &entry.source)
    }

    /// The time that is left for the request. It can grow while the request is under way, when a
    /// caller joins who gives it more.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        let Some(entry) = &self.entry else { return Duration::ZERO };
        let now = entry.clock.now();
        let state = entry.state();
        state.flight.as_ref().map_or(Duration::ZERO, |flight| flight.deadline().saturating_sub(now))
    }

    /// The entity tag of the set in memory, to ask whether it has changed.
    #[must_use]
    pub fn etag(&self) -> Option<String> {
        self.entry.as_ref()?.state().set.as_ref()?.etag.clone()
    }

    /// Ends the flight: what was answered, or what went wrong.
    pub fn finish(self, answer: Result<Answer, FetchFailure>) {
        self.finish_with_pause(answer, Duration::ZERO);
    }

    /// The same, where the server asks for a pause before the next attempt.
    pub fn finish_with_pause(mut self, answer: Result<Answer, FetchFailure>, pause: Duration) {
        if let Some(entry) = self.entry.take() {
            entry.land(answer, pause);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.land(Err(FetchFailure::Internal), Duration::ZERO);
        }
    }
}
