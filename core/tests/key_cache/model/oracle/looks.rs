//! What somebody sees who looks at the entry.

use std::time::Duration;

use verify_workos_token_core::key_cache::Moment;

use super::super::history::{Seen, Sight};
use super::super::rules::{Ruling, allow};
use super::Oracle;

impl Oracle<'_> {
    /// What somebody must see. `None` if more than one thing is right.
    pub(super) fn sight(&self, sight: Sight, now: Moment) -> Option<Seen> {
        Some(match sight {
            Sight::Snapshot => {
                let set = self.facts.set.as_ref();
                let set = set.map(|set| (set.keys.iter().flatten().count(), set.age(now)));
                Seen::Snapshot { counters: self.counts.clone(), set }
            }
            Sight::Resting(cooldown) => Seen::Resting(
                self.facts.live.is_none()
                    && self.facts.back_off_left(now).is_none()
                    && self.facts.cooldown_left(cooldown, now).is_none(),
            ),
            Sight::TimeLeft(request) => {
                let is_live = self.facts.live.as_ref().is_some_and(|live| live.request == request);
                Seen::TimeLeft(if is_live { self.facts.time_left(now) } else { Duration::ZERO })
            }
            Sight::Export => return None,
        })
    }

    pub(super) fn saw(&mut self, deed: usize, seen: &Seen) -> Ruling {
        if let Seen::Export(export) = seen {
            return self.saw_export(self.progress[deed].now, *export);
        }
        let expected = self.progress[deed].expected.take();
        let is_expected = expected.as_ref() == Some(seen);
        if is_expected { Ok(()) } else { Err(format!("a look, not {expected:?}").into()) }
    }

    /// A snapshot makes no key younger, but for what clocks drift apart, and none older.
    fn saw_export(&self, now: Moment, export: Option<(usize, Duration)>) -> Ruling {
        let (Some(set), Some((keys, fetched_at))) = (&self.facts.set, export) else {
            return allow(export.is_none() && self.facts.set.is_none(), "keys out of nowhere");
        };
        allow(keys == set.keys.iter().flatten().count(), "a snapshot of other keys")?;
        let (age, written) = (set.age(now), now.wall.saturating_sub(fetched_at));
        allow(written + Duration::from_secs(1) >= age, "a snapshot that makes keys younger")?;
        allow(written <= age + Duration::from_millis(1), "a snapshot that makes keys older")
    }
}
