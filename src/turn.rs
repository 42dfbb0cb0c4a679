//! Where a token is verified: here and now, in the next turn of the event loop, or on another thread.

use crate::isolate::Ticket;
use crate::pool::{self, Job};

/// How many tokens of one burst, a row of calls without a pause between them, are verified on the
/// JavaScript thread. A lone token never gains from another thread, whose waking alone takes longer
/// than a signature; of a burst the rest goes to the pool, so that the event loop is not held. With 64
/// in flight the main thread took 6.5 to 6.9 us per token with four here (and batches of 16), 5.2 to
/// 6.2 with two (and batches of 32).
pub(crate) const VERIFIED_PER_BURST: u32 = 2;
/// How many tokens that come one after the other are verified on the JavaScript thread before one has
/// to wait for the next turn of the event loop: 0.6 ms of ordinary tokens. A turn that ends without
/// one that waits is not seen, so that they count through several. To wait takes some 20 us.
const VERIFIED_PER_TURN: u32 = 32;

/// What was verified on the JavaScript thread since the event loop was last seen to turn.
pub(crate) struct Turn {
    left: u32,
    /// The first token too many. Alone, it waits for the next turn; a second one shows that there are
    /// many, and both go to the pool.
    deferred: Option<Job>,
}

impl Default for Turn {
    fn default() -> Self {
        Self { left: VERIFIED_PER_TURN, deferred: None }
    }
}

impl Turn {
    /// Whether another token may be verified on this thread; `in_burst` is how many came just before.
    pub(crate) fn has_room(&self, in_burst: u32) -> bool {
        self.left > 0 && in_burst < VERIFIED_PER_BURST
    }

    /// Counts a token that is verified on this thread. Refused ones too: 16 kB take their time to
    /// parse, whatever is in them.
    pub(crate) fn count(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// Begins another turn, and gives the token that has waited for it.
    pub(crate) fn begin(&mut self) -> Option<Job> {
        let deferred = self.deferred.take();
        self.left = VERIFIED_PER_TURN;
        if deferred.is_some() {
            self.count();
        }
        deferred
    }

    /// Keeps a token for the next turn.
    pub(crate) fn defer(&mut self, job: Job) {
        self.deferred = Some(job);
    }

    pub(crate) fn has_deferred(&self) -> bool {
        self.deferred.is_some()
    }

    /// Hands a token to the pool, with the one that was to wait.
    pub(crate) fn hand_over(&mut self, job: Job) {
        for job in self.deferred.take().into_iter().chain([job]) {
            if let Err(job) = pool::submit(job) {
                Ticket::settle_all(job.run().into_iter().collect());
            }
        }
    }
}
