//! A ticket stands for a call that waits, and can be settled from any thread.
//!
//! The outcomes of one environment gather in its [`Channel`]. One wake-up hands them all out on the
//! environment's own thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use verify_workos_token_core::error::{FetchFailure, Refusal};
use verify_workos_token_core::verifier::Refused;
use verify_workos_token_core::witness::{self, Sighting};

/// How a call ends, before it is made into a record on its own thread.
pub(crate) type Settled = Result<String, Refused>;

/// Calls the environment's function that hands out what is settled.
pub(crate) type Wake = ThreadsafeFunction<(), (), (), Status, false>;

/// Where the outcomes of one environment's calls gather.
pub(crate) struct Channel {
    settled: Mutex<Vec<(u32, Settled)>>,
    /// What the answers to watched calls are based on.
    sightings: Mutex<Vec<(u32, Sighting)>>,
    wake: Wake,
}

/// A call's right to one outcome. A ticket that is dropped settles itself as a failed fetch, so
/// that no call waits forever.
pub(crate) struct Ticket {
    number: u32,
    channel: Arc<Channel>,
    answered: bool,
    is_watched: bool,
}

/// Who watches a call.
pub(crate) struct Watcher {
    number: u32,
    channel: Arc<Channel>,
}

impl Ticket {
    /// The ticket of this number.
    pub(crate) fn new(number: u32, channel: Arc<Channel>) -> Self {
        Self { number, channel, answered: false, is_watched: witness::is_watching() }
    }

    /// If the call is watched: whom to tell what its answer is based on.
    pub(crate) fn watcher(&self) -> Option<Watcher> {
        let watcher = || Watcher { number: self.number, channel: Arc::clone(&self.channel) };
        self.is_watched.then(watcher)
    }

    pub(crate) fn settle(self, settled: Settled) {
        let channel = Arc::clone(&self.channel);
        channel.push([(self.answer(), settled)]);
    }

    /// Settles several tickets, those of one environment together.
    pub(crate) fn settle_all(mut settled: Vec<(Self, Settled)>) {
        while let Some((first, _)) = settled.first() {
            let channel = Arc::clone(&first.channel);
            let (together, others): (Vec<_>, Vec<_>) =
                settled.into_iter().partition(|(ticket, _)| Arc::ptr_eq(&ticket.channel, &channel));
            settled = others;
            channel.push(together.into_iter().map(|(ticket, settled)| (ticket.answer(), settled)));
        }
    }

    /// Marks the ticket as settled, and gives the number that its outcome goes by.
    pub(crate) fn answer(mut self) -> u32 {
        self.answered = true;
        self.number
    }
}

impl Watcher {
    /// Runs what answers the call, which must not panic.
    pub(crate) fn watch<R>(&self, answer: impl FnOnce() -> R) -> R {
        let (result, sighting) = witness::watch(answer);
        if let Some(sighting) = sighting {
            self.channel.keep(self.number, sighting);
        }
        result
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.answered {
            let failure = FetchFailure::Internal;
            let refusal = Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO };
            self.channel.push([(self.number, Err(refusal.into()))]);
        }
    }
}

impl Channel {
    pub(crate) fn new(wake: Wake) -> Self {
        Self { settled: Mutex::default(), sightings: Mutex::default(), wake }
    }

    /// Adds outcomes, with one wake-up for the whole batch.
    fn push(&self, settled: impl IntoIterator<Item = (u32, Settled)>) {
        let mut queue = self.settled();
        let was_empty = queue.is_empty();
        queue.extend(settled);
        drop(queue);
        if was_empty {
            self.wake();
        }
    }

    pub(crate) fn wake(&self) {
        self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }

    pub(crate) fn take(&self) -> Vec<(u32, Settled)> {
        std::mem::take(&mut *self.settled())
    }

    fn keep(&self, number: u32, sighting: Sighting) {
        self.sightings.lock().unwrap_or_else(PoisonError::into_inner).push((number, sighting));
    }

    pub(crate) fn take_sightings(&self) -> Vec<(u32, Sighting)> {
        std::mem::take(&mut *self.sightings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn settled(&self) -> MutexGuard<'_, Vec<(u32, Settled)>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
