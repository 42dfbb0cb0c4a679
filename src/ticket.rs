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
    gathered: Mutex<Gathered>,
    wake: Wake,
}

/// What has gathered since the environment's thread last looked.
#[derive(Default)]
pub(crate) struct Gathered {
    /// The outcomes, with the numbers of their calls.
    pub(crate) settled: Vec<(u64, Settled)>,
    /// What the answers to watched calls are based on.
    pub(crate) sightings: Vec<(u64, Sighting)>,
    /// The buffers of refused tokens, for the thread to use again.
    pub(crate) buffers: Vec<String>,
}

/// A call's right to one outcome. A ticket that is dropped settles itself as a failed fetch, so
/// that no call waits forever.
pub(crate) struct Ticket {
    /// JavaScript has chosen it, and gives it to no other call.
    number: u64,
    channel: Arc<Channel>,
    answered: bool,
    is_watched: bool,
}

/// Who watches a call.
pub(crate) struct Watcher {
    number: u64,
    channel: Arc<Channel>,
}

/// A call that is done.
pub(crate) struct Done {
    pub(crate) ticket: Ticket,
    pub(crate) settled: Settled,
    /// The buffer of the token, if it is not that of the outcome.
    pub(crate) spare: Option<String>,
}

impl Ticket {
    /// The ticket of this number.
    pub(crate) fn new(number: u64, channel: Arc<Channel>) -> Self {
        Self { number, channel, answered: false, is_watched: witness::is_watching() }
    }

    /// If the call is watched: whom to tell what its answer is based on.
    pub(crate) fn watcher(&self) -> Option<Watcher> {
        let watcher = || Watcher { number: self.number, channel: Arc::clone(&self.channel) };
        self.is_watched.then(watcher)
    }

    pub(crate) fn settle(self, settled: Settled) {
        Self::settle_all(vec![Done { ticket: self, settled, spare: None }]);
    }

    /// Settles several calls, those of one environment together.
    pub(crate) fn settle_all(mut done: Vec<Done>) {
        while let Some(first) = done.first() {
            let channel = Arc::clone(&first.ticket.channel);
            let (together, others): (Vec<_>, Vec<_>) =
                done.into_iter().partition(|done| Arc::ptr_eq(&done.ticket.channel, &channel));
            done = others;
            channel.push(together);
        }
    }

    /// Marks the ticket as settled, and gives the number that its outcome goes by.
    fn answer(mut self) -> u64 {
        self.answered = true;
        self.number
    }
}

impl Watcher {
    /// Runs what answers the call, which must not panic.
    pub(crate) fn watch<R>(&self, answer: impl FnOnce() -> R) -> R {
        let (result, sighting) = witness::watch(answer);
        if let Some(sighting) = sighting {
            self.channel.gathered().sightings.push((self.number, sighting));
        }
        result
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.answered {
            let failure = FetchFailure::Internal;
            let refusal = Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO };
            self.channel
                .gather(|gathered| gathered.settled.push((self.number, Err(refusal.into()))));
        }
    }
}

impl Gathered {
    /// Adds a call that is done.
    pub(crate) fn add(&mut self, Done { ticket, settled, spare }: Done) {
        self.settled.push((ticket.answer(), settled));
        self.buffers.extend(spare);
    }
}

impl Channel {
    pub(crate) fn new(wake: Wake) -> Self {
        Self { gathered: Mutex::default(), wake }
    }

    /// Adds outcomes, with one wake-up for the whole batch.
    fn push(&self, done: Vec<Done>) {
        self.gather(|gathered| done.into_iter().for_each(|done| gathered.add(done)));
    }

    fn gather(&self, add: impl FnOnce(&mut Gathered)) {
        let mut gathered = self.gathered();
        let was_empty = gathered.settled.is_empty();
        add(&mut gathered);
        drop(gathered);
        if was_empty {
            self.wake();
        }
    }

    pub(crate) fn wake(&self) {
        self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }

    pub(crate) fn take(&self) -> Gathered {
        std::mem::take(&mut *self.gathered())
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
