//! What the journal is told of the end of a request.

use super::journal::{Changes, Fetched, KeyEventKind};
use super::source::Moment;
use super::state::State;
use super::waiting::{InFlight, Purpose};
use crate::error::FetchFailure;
use crate::key_set::KeySet;

impl State {
    /// A request that brought or confirmed a set has ended.
    pub(super) fn tell_set(
        &self,
        flight: &InFlight,
        before: Option<&KeySet>,
        not_modified: bool,
        now: Moment,
    ) {
        let Some(set) = self.set.as_ref().filter(|_| self.scribe.is_open()) else { return };
        let changes = match not_modified {
            true => Changes::default(),
            false => Changes::between(before, &set.keys),
        };
        let (added, removed) = (changes.added.len(), changes.removed.len());
        let fetched = Fetched { not_modified, key_set: set.keys.digest(), added, removed };
        self.tell_end(flight, Ok(fetched), now);
        for change in changes.told() {
            self.scribe.record(flight.number, now, change);
        }
    }

    pub(super) fn tell_end(
        &self,
        flight: &InFlight,
        result: Result<Fetched, FetchFailure>,
        now: Moment,
    ) {
        let ended = KeyEventKind::RequestEnded {
            for_unknown_key: flight.purpose == Purpose::UnknownKey,
            started_at: flight.started_at.wall,
            duration: now.since(flight.started_at),
            result,
        };
        self.scribe.record(flight.number, now, ended);
    }
}
