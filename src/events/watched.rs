//! What one environment watches.

use std::collections::HashMap;

use verify_workos_token_core::witness::Sighting;

/// The most sightings that wait to be asked for. Each is asked for as soon as its call's promise is
/// settled, so this many are there only if JavaScript has stopped to ask.
const MAX_SIGHTINGS: usize = 16_384;

#[derive(Default)]
pub(crate) struct Watched {
    /// The calls that are being watched, the innermost last: the ticket of each, if it waits.
    calls: Vec<Option<u32>>,
    sightings: HashMap<u32, Sighting>,
    /// The number of the last key event that was read; `None` as long as nobody has listened.
    read_until: Option<u64>,
}

impl Watched {
    pub(crate) fn begin(&mut self) {
        self.calls.push(None);
    }

    /// The ticket of the call that has returned, if it waits.
    pub(crate) fn end(&mut self) -> Option<u32> {
        self.calls.pop().flatten()
    }

    /// The innermost call waits.
    pub(crate) fn waits(&mut self, number: u32) {
        if let Some(call) = self.calls.last_mut() {
            *call = Some(number);
        }
    }

    /// Keeps what the answers to calls that waited are based on, by their tickets' numbers.
    pub(crate) fn keep(&mut self, sightings: Vec<(u32, Sighting)>) {
        for (number, sighting) in sightings {
            if self.sightings.len() < MAX_SIGHTINGS {
                self.sightings.insert(number, sighting);
            }
        }
    }

    pub(crate) fn take(&mut self, number: u32) -> Option<Sighting> {
        self.sightings.remove(&number)
    }

    pub(crate) fn read_until(&self) -> Option<u64> {
        self.read_until
    }

    pub(crate) fn has_read(&mut self, number: u64) {
        self.read_until = Some(number);
    }
}
