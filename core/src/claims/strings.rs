//! Strings of a claim, in which those of an option are looked up.

use std::collections::HashSet;

/// Up to this many comparisons are made one by one. A hash costs as much as a few dozen of them.
const MAX_COMPARISONS: usize = 1_024;

/// The strings of a claim, in which those of an option are looked up. There can be thousands of
/// both, and comparing all pairs would take a second.
pub(super) enum Strings<'claim> {
    Few(&'claim [&'claim str]),
    Many(HashSet<&'claim str>),
}

impl<'claim> Strings<'claim> {
    pub(super) fn new(held: &'claim [&'claim str], lookups: usize) -> Self {
        match held.len().saturating_mul(lookups) <= MAX_COMPARISONS {
            true => Self::Few(held),
            false => Self::Many(held.iter().copied().collect()),
        }
    }

    fn hold(&self, wanted: &str) -> bool {
        match self {
            Self::Few(held) => held.contains(&wanted),
            Self::Many(held) => held.contains(wanted),
        }
    }

    pub(super) fn hold_any(&self, wanted: &[String]) -> bool {
        wanted.iter().any(|one| self.hold(one))
    }

    pub(super) fn hold_all(&self, wanted: &[String]) -> bool {
        wanted.iter().all(|one| self.hold(one))
    }
}
