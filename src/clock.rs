//! The time, and chance.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::{Instant, SystemTime};

use verify_workos_token_core::key_cache::{Clock, Moment};

/// Time since the registry was first used and since 1970, and chance for the jitter.
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment { monotonic: self.0.elapsed(), wall }
    }

    fn fraction(&self) -> f64 {
        // Chance enough for a jitter. aws-lc's would gather entropy first, for some ten
        // milliseconds.
        let chance = RandomState::new().hash_one(());
        f64::from(u32::try_from(chance >> 32).unwrap_or_default()) / f64::from(u32::MAX)
    }
}
