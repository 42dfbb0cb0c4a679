//! The set in memory, and its age.

use std::sync::Arc;
use std::time::Duration;

use super::source::Moment;
use super::table::CachePolicy;
use crate::key_set::KeySet;
use crate::witness::Origin;

/// The most that the two clocks drift apart without either being set.
const CLOCK_DRIFT: Duration = Duration::from_secs(1);

/// The set in memory.
pub(super) struct Stored {
    pub(super) keys: Arc<KeySet>,
    /// When it was fetched, or taken from a snapshot.
    pub(super) since: Moment,
    /// If it was taken from a snapshot: how old it was by then.
    pub(super) snapshot_age: Option<Duration>,
    pub(super) etag: Option<String>,
    pub(super) refresh_share: f64,
    pub(super) server_max_age: Option<Duration>,
}

impl Stored {
    /// The time since its fetch. The age that a snapshot had is added to what has passed since then,
    /// so that a wall clock which is set back afterwards makes no key younger.
    pub(super) fn age(&self, now: Moment) -> Duration {
        now.since(self.since).saturating_add(self.snapshot_age.unwrap_or_default())
    }

    /// If it was taken from a snapshot: when that says it was fetched, in time since 1970.
    pub(super) fn snapshot_from(&self) -> Option<Duration> {
        self.snapshot_age.map(|age| self.since.wall.saturating_sub(age))
    }

    pub(super) fn origin(&self, policy: &CachePolicy, now: Moment) -> Origin {
        let is_stale = self.age(now) >= policy.lifetime(self.server_max_age);
        if is_stale { Origin::Stale } else { Origin::Memory }
    }

    /// When it was fetched, in time since 1970 as the clock has it now.
    pub(super) fn fetched_at(&self, now: Moment) -> Duration {
        let recorded = self.since.wall.saturating_sub(self.snapshot_age.unwrap_or_default());
        let by_age = now.wall.saturating_sub(self.age(now));
        // Another time only if the clock was set back, not for what the two clocks differ by.
        if recorded <= by_age.saturating_add(CLOCK_DRIFT) { recorded } else { by_age }
    }
}
