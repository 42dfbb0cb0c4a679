//! Several waits that end together.

use crate::error::Refusal;

/// Takes the end of all waits.
pub(super) type Settle = Box<dyn FnOnce(Result<(), Refusal>) + Send>;

/// Waits that have not all ended.
pub(super) struct Gathering {
    left: usize,
    /// The failure of the first in order, and its place.
    failure: Option<(usize, Refusal)>,
    settle: Option<Settle>,
}

impl Gathering {
    /// For so many waits.
    pub(super) fn new(waits: usize, settle: Settle) -> Self {
        Self { left: waits, failure: None, settle: Some(settle) }
    }

    /// Adds the end of a wait; after the last one, whom to tell, and what.
    pub(super) fn add(
        &mut self,
        place: usize,
        result: Result<(), Refusal>,
    ) -> Option<(Settle, Result<(), Refusal>)> {
        self.left = self.left.saturating_sub(1);
        if let Err(refusal) = result
            && self.failure.as_ref().is_none_or(|(first, _)| place < *first)
        {
            self.failure = Some((place, refusal));
        }
        if self.left > 0 {
            return None;
        }
        let result = self.failure.take().map_or(Ok(()), |(_, refusal)| Err(refusal));
        self.settle.take().map(|settle| (settle, result))
    }
}
