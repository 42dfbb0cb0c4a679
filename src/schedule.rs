//! Where a token is verified: here and now, in the next turn of the event loop, or on another
//! thread.
//!
//! A lone token never gains from another thread, whose waking alone takes longer than a signature.
//! Of many, those beyond the first few go to the pool, so that the event loop is not held. Two
//! counts tell them apart: how many calls came in a row without a pause in which promises are
//! settled (a burst, counted in JavaScript), and how many tokens were verified on the JavaScript
//! thread since the event loop was last seen to turn.

use crate::pool::{self, Job};
use crate::ticket::{Done, Ticket};

/// How many tokens of one burst are verified on the JavaScript thread. With 64 in flight the main
/// thread took 6.5 to 6.9 µs per token with four here (and batches of 16), 5.2 to 6.2 with two (and
/// batches of 32).
pub(crate) const VERIFIED_PER_BURST: u32 = 2;
/// How many tokens that come one after the other are verified on the JavaScript thread before one
/// has to wait for the next turn of the event loop: 0.6 ms of ordinary tokens. A turn is noticed
/// only if a call waits in it, so the count can span several. Waiting costs about 20 µs.
const VERIFIED_PER_TURN: u32 = 32;

/// Where a token is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the JavaScript thread, now.
    Here,
    /// On the JavaScript thread, when the event loop has turned.
    NextTurn,
    /// On one of the pool's threads.
    Pool,
}

/// What an environment has verified on its own thread, and what it has put off.
pub(crate) struct Schedule {
    left_in_turn: u32,
    /// The first token too many. Alone, it waits for the next turn; a second one shows that there
    /// are many, and both go to the pool.
    put_off: Option<Job>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { left_in_turn: VERIFIED_PER_TURN, put_off: None }
    }
}

impl Schedule {
    /// The one decision. `in_burst` is how many new tokens came just before, and `others_wait`
    /// whether other calls of this environment do. Without keys there is nothing to verify: the
    /// token is only read here, before it waits for them.
    pub(crate) fn place(&self, in_burst: u32, others_wait: bool, has_keys: bool) -> Place {
        let has_room = self.left_in_turn > 0 && in_burst < VERIFIED_PER_BURST;
        if has_room || !has_keys {
            Place::Here
        } else if in_burst > 0 || others_wait || self.put_off.is_some() {
            Place::Pool
        } else {
            Place::NextTurn
        }
    }

    /// Counts a token that is verified on this thread. Refused ones too: 16 kB take their time to
    /// parse, whatever is in them.
    pub(crate) fn count(&mut self) {
        self.left_in_turn = self.left_in_turn.saturating_sub(1);
    }

    /// Keeps a token for the next turn.
    pub(crate) fn put_off(&mut self, job: Job) {
        self.put_off = Some(job);
    }

    /// Begins another turn, and verifies the token that has waited for it.
    pub(crate) fn begin_turn(&mut self) -> Option<Done> {
        self.left_in_turn = VERIFIED_PER_TURN;
        let job = self.put_off.take()?;
        self.count();
        job.run()
    }

    /// Hands a token to the pool, with the one that was put off. If the pool is full, this
    /// thread does the work, which slows down the sender.
    pub(crate) fn hand_over(&mut self, job: Job) {
        for job in self.put_off.take().into_iter().chain([job]) {
            if let Err(job) = pool::submit(job) {
                Ticket::settle_all(job.run().into_iter().collect());
            }
        }
    }
}
