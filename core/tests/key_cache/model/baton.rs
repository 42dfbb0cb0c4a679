//! Threads of which one runs at a time. Whoever holds the baton runs, and chance says whom it is
//! handed to. So each interleaving repeats with its seed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::chance::Chance;

/// How long a thread waits for the baton before something must be wrong: the one that holds it waits
/// for a lock, so somebody handed the baton over while holding that lock.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Baton {
    turns: Mutex<Turns>,
    changed: Condvar,
}

struct Turns {
    /// Whose turn it is.
    holder: usize,
    /// Who has not finished.
    running: Vec<usize>,
    chance: Chance,
}

/// A thread's part in the race. Dropping it leaves the race, so a thread that panics stops nobody.
pub(super) struct Runner<'baton> {
    baton: &'baton Baton,
    number: usize,
}

impl Baton {
    pub(super) fn new(threads: usize, seed: u64) -> Self {
        let running = (0..threads).collect();
        let turns = Turns { holder: 0, running, chance: Chance::new(seed) };
        Self { turns: Mutex::new(turns), changed: Condvar::new() }
    }

    /// Waits for the first turn of a thread.
    pub(super) fn enter(&self, number: usize) -> Runner<'_> {
        self.wait(self.turns(), number);
        Runner { baton: self, number }
    }

    /// Lets chance decide who runs next, and waits for the next turn.
    pub(super) fn hand_over(&self, number: usize) {
        let mut turns = self.turns();
        if turns.running.is_empty() {
            return;
        }
        turns.hand_over();
        if turns.holder != number {
            self.changed.notify_all();
            self.wait(turns, number);
        }
    }

    fn wait(&self, turns: MutexGuard<'_, Turns>, number: usize) {
        let is_others_turn = |turns: &mut Turns| turns.holder != number;
        let (turns, waited) = self
            .changed
            .wait_timeout_while(turns, PATIENCE, is_others_turn)
            .unwrap_or_else(PoisonError::into_inner);
        drop(turns);
        assert!(!waited.timed_out(), "the baton was handed over under a lock");
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turns {
    fn hand_over(&mut self) {
        if !self.running.is_empty() {
            self.holder = self.chance.pick(&self.running);
        }
    }
}

impl Drop for Runner<'_> {
    fn drop(&mut self) {
        let mut turns = self.baton.turns();
        turns.running.retain(|number| *number != self.number);
        turns.hand_over();
        self.baton.changed.notify_all();
    }
}
