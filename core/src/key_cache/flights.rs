//! What the flights of an entry change in what it remembers. Like all of [`State`], it waits for nothing
//! and reads no clock.

use std::sync::Arc;
use std::time::Duration;

use super::journal::KeyEventKind;
use super::response::UsableResponse;
use super::source::{Failed, Moment};
use super::state::{Failure, State};
use super::stored::Stored;
use super::table;
use super::waiting::{InFlight, Purpose, Waiter};
use crate::error::FetchFailure;
use crate::key_set::KeySet;

/// The status of the response "not modified" to a conditional request (RFC 9110, section 15.4.5).
const NOT_MODIFIED: u16 = 304;

impl State {
    /// Records a new flight, which replaces the one before it.
    pub(super) fn start(&mut self, purpose: Purpose, timeout: Duration, now: Moment) -> u64 {
        let number = self.last_flight.saturating_add(1);
        self.last_flight = number;
        self.counters.fetches = self.counters.fetches.saturating_add(1);
        self.flight = Some(InFlight::new(number, purpose, timeout, now));
        let for_unknown_key = purpose == Purpose::UnknownKey;
        self.scribe.record(number, now, KeyEventKind::RequestStarted { for_unknown_key });
        number
    }

    /// Ends a flight whose time was over long ago but which nobody has ended: the process stood
    /// still. This delays no further attempt. The callers who waited for it are returned.
    pub(super) fn end_overdue(&mut self, now: Moment) -> Vec<Waiter> {
        let Some(overdue) = self.flight.take_if(|flight| flight.is_overdue(now)) else {
            return Vec::new();
        };
        self.stale_serve_told = false;
        let failed = Failed::stood_still();
        self.tell_end(&overdue, Err(failed.cause), now);
        self.record_failure(failed, now, 0.0);
        overdue.waiters
    }

    /// Records the end of a flight. Returns the set that it brought or confirmed, if any.
    pub(super) fn conclude(
        &mut self,
        flight: &InFlight,
        response: Result<UsableResponse, Failed>,
        now: Moment,
        fraction: f64,
    ) -> Option<Arc<KeySet>> {
        self.counters.last_duration = Some(now.since(flight.started_at));
        self.stale_serve_told = false;
        // A response that lay in a socket while the machine was suspended says nothing about today.
        let response = if flight.is_overdue(now) { Err(Failed::stood_still()) } else { response };
        match response.and_then(|response| self.store(response, flight, now, fraction)) {
            Ok(keys) => Some(keys),
            Err(failed) => {
                self.tell_end(flight, Err(failed.cause), now);
                self.record_failure(failed, now, fraction);
                None
            }
        }
    }

    /// A good response replaces the whole set, so a withdrawn key stops working at once. The
    /// response "not modified" makes the set fresh again.
    fn store(
        &mut self,
        response: UsableResponse,
        flight: &InFlight,
        now: Moment,
        fraction: f64,
    ) -> Result<Arc<KeySet>, Failed> {
        let not_modified = response.content.is_none();
        let stored = self.stored(response, now, fraction)?;
        let keys = Arc::clone(&stored.keys);
        let before = self.set.replace(stored);
        self.tell_set(flight, before.as_ref().map(|set| &*set.keys), not_modified, now);
        self.failure = None;
        self.refresh_died = false;
        if flight.purpose == Purpose::UnknownKey {
            // Counted from its start: a key that is published later is found at most one cooldown
            // after that.
            self.cooling_since = Some(flight.started_at);
        }
        Ok(keys)
    }

    fn stored(
        &self,
        response: UsableResponse,
        now: Moment,
        fraction: f64,
    ) -> Result<Stored, Failed> {
        let UsableResponse { content, max_age } = response;
        let (keys, etag, server_max_age) = match (content, &self.set) {
            (Some((keys, etag)), _) => (Arc::new(keys), etag, max_age),
            // "Not modified" need not repeat the lifetime. It is valid only in response to a
            // request that named a tag.
            (None, Some(set)) if set.etag.is_some() => {
                (Arc::clone(&set.keys), set.etag.clone(), max_age.or(set.server_max_age))
            }
            (None, _) => return Err(FetchFailure::Status(NOT_MODIFIED).into()),
        };
        let refresh_share = table::refresh_share(fraction);
        let snapshot_age = None;
        Ok(Stored { keys, since: now, snapshot_age, etag, refresh_share, server_max_age })
    }

    /// A failure never replaces a good set. It only delays the next attempt: by the back-off, or by
    /// the server's own `Retry-After` if that is longer, up to the longest back-off.
    fn record_failure(&mut self, failed: Failed, now: Moment, fraction: f64) {
        self.counters.fetch_failures = self.counters.fetch_failures.saturating_add(1);
        self.refresh_died = failed.stood_still && self.set.is_some();
        if failed.stood_still {
            return;
        }
        let before = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);
        let in_a_row = before.saturating_add(1);
        let requested = failed.retry_after.unwrap_or_default().min(table::BACK_OFF_MAX);
        let pause = table::back_off(in_a_row, fraction).max(requested);
        self.failure = Some(Failure { in_a_row, cause: failed.cause, at: now, pause });
        let back_off = KeyEventKind::BackOff { pause, failures: in_a_row };
        self.scribe.record(self.last_flight, now, back_off);
    }
}
