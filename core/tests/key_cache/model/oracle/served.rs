//! What was served when, and what failed.

use std::time::Duration;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::{Failed, Moment, SnapshotFault};

use super::super::history::{Response, Snapshot, Told};
use super::super::rules::{Set, Setback, lifetime, since};
use super::Oracle;

impl Oracle<'_> {
    /// Ends a request whose time is over, as whoever comes next does. Its callers are returned.
    pub(super) fn end_overdue(&mut self, now: Moment) -> Vec<usize> {
        let Some(live) = self.facts.live.take_if(|live| live.is_overdue(now)) else {
            return Vec::new();
        };
        self.stale_told = false;
        self.told.push(Told::Ended { for_unknown: live.for_unknown, is_good: false });
        self.fail(died(), now, 0.0);
        live.waiters
    }

    pub(super) fn land(&mut self, deed: usize, request: usize, now: Moment) {
        let Some(live) = self.facts.live.take_if(|live| live.request == request) else { return };
        self.counts.last_duration = Some(since(now, live.began));
        let fraction = self.progress[deed].fraction;
        let brought = if live.is_overdue(now) {
            Err(died())
        } else {
            self.brought(self.history.requests[request].response.as_ref(), fraction, now)
        };
        self.stale_told = false;
        let (for_unknown, is_good) = (live.for_unknown, brought.is_ok());
        self.told.push(Told::Ended { for_unknown, is_good });
        match brought {
            Ok(set) => {
                self.progress[deed].brought = Some(set.clone());
                self.facts.set = Some(set);
                (self.facts.setback, self.facts.died) = (None, false);
                if live.for_unknown {
                    self.facts.cooling_since = Some(live.began);
                }
            }
            Err(failed) => self.fail(failed, now, fraction),
        }
        self.progress[deed].pending.extend(live.waiters);
    }

    /// The set that a response stands for.
    fn brought(
        &self,
        response: Option<&Response>,
        fraction: f64,
        since: Moment,
    ) -> Result<Set, Failed> {
        let refresh_share = share(fraction);
        match response.unwrap() {
            Response::Set { keys, tag, max_age } => {
                let (keys, has_tag, max_age) = (*keys, tag.is_some(), *max_age);
                Ok(Set { keys, has_tag, max_age, since, snapshot_age: None, refresh_share })
            }
            Response::Unmodified { max_age } => match &self.facts.set {
                Some(set) if set.has_tag => {
                    let max_age = max_age.or(set.max_age);
                    Ok(Set { max_age, since, snapshot_age: None, refresh_share, ..set.clone() })
                }
                Some(_) | None => Err(FetchFailure::Status(304).into()),
            },
            Response::NoKeys => Err(FetchFailure::NoUsableKey(None).into()),
            Response::Failed(failed) => Err(*failed),
            Response::Dropped => Err(FetchFailure::Internal.into()),
        }
    }

    fn fail(&mut self, failed: Failed, at: Moment, fraction: f64) {
        self.counts.failures += 1;
        self.facts.died = failed.stood_still && self.facts.set.is_some();
        if failed.stood_still {
            return;
        }
        let in_a_row = self.facts.setback.as_ref().map_or(0, |setback| setback.in_a_row) + 1;
        let pause = pause(in_a_row, fraction);
        let asked = failed.retry_after.unwrap_or_default().min(Duration::from_secs(30));
        let (cause, pause) = (failed.cause, pause.max(asked));
        self.told.push(Told::BackOff { pause, failures: in_a_row });
        self.facts.setback = Some(Setback { cause, at, pause, in_a_row });
    }

    /// A snapshot is taken if nothing was ever fetched, and if it is younger than another.
    pub(super) fn give(&mut self, number: usize, now: Moment, fraction: f64) {
        let Snapshot { keys, fetched_at, fault, policy } = &self.history.snapshots[number];
        let age = now.wall.checked_sub(*fetched_at);
        let good_for = lifetime(policy, None) + policy.stale_if_error;
        let fault = fault.or(match age {
            None => Some(SnapshotFault::Future),
            Some(age) if age >= good_for => Some(SnapshotFault::Expired),
            Some(_) => None,
        });
        if fault.is_some() {
            self.counts.snapshots_ignored += 1;
            self.counts.snapshot_fault = fault;
            return;
        }
        let says = |set: &Set| set.snapshot_age.map(|age| set.since.wall.saturating_sub(age));
        let is_older = |set: &Set| says(set).is_some_and(|other| other < *fetched_at);
        if self.facts.set.as_ref().is_none_or(is_older) {
            self.counts.snapshots_used += 1;
            let (keys, has_tag, max_age, since) = (*keys, false, None, now);
            let (snapshot_age, refresh_share) = (age, share(fraction));
            let set = Set { keys, has_tag, max_age, since, snapshot_age, refresh_share };
            self.facts.set = Some(set);
        }
    }
}

/// A request that died because the process stood still.
fn died() -> Failed {
    Failed { stood_still: true, ..FetchFailure::Timeout.into() }
}

/// The share of its lifetime after which a set is refreshed.
fn share(fraction: f64) -> f64 {
    (0.9_f64 - 0.8).mul_add(fraction, 0.8)
}

/// From 250 ms to a ceiling that doubles with each failure, up to 30 s.
fn pause(in_a_row: u32, fraction: f64) -> Duration {
    let least = Duration::from_millis(250);
    let ceiling = Duration::from_secs_f64((0.25 * f64::from(in_a_row).exp2()).min(30.0));
    least + (ceiling - least).mul_f64(fraction)
}
