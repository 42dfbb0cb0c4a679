//! Chance that repeats: the same seed makes the same episode on every machine.

use std::time::Duration;

/// `SplitMix64`, by Steele, Lea and Flood (2014).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below the limit.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap();
        usize::try_from(self.next() % limit).unwrap()
    }

    pub(super) fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// The place of a weight, with a probability in proportion to it.
    pub(super) fn weigh(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        unreachable!("the weights add up")
    }

    /// From 0 to 1. Both ends are drawn often: that is where rules change.
    pub(super) fn fraction(&mut self) -> f64 {
        match self.below(4) {
            0 | 1 => 0.0,
            2 => 1.0,
            _ => f64::from(u32::try_from(self.below(1_000)).unwrap()) / 1_000.0,
        }
    }

    /// A time below the limit.
    pub(super) fn time(&mut self, limit: Duration) -> Duration {
        let nanoseconds = u64::try_from(limit.as_nanos()).unwrap().max(1);
        Duration::from_nanos(self.next() % nanoseconds)
    }
}
