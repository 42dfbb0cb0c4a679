//! The last events of the process's keys, for every environment to read at its own pace.
//!
//! Requests end on a thread of their own, perhaps while no JavaScript waits. Nothing is sent to
//! JavaScript then: the event loop would have to be held for it. An environment with listeners reads
//! here with its next call, and when one of its calls is answered.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use verify_workos_token_core::key_cache::{Journal, KeyEvent};

/// The most events that are kept, some 300 kB: a failing source makes three per request, and backs
/// off 250 ms at least, so this is a minute and a half of the busiest source.
pub(crate) const MAX_EVENTS: usize = 1_024;

/// Events, numbered from 1 in the order in which they happened.
#[derive(Default)]
pub(crate) struct Ring {
    is_open: AtomicBool,
    last: AtomicU64,
    events: Mutex<VecDeque<(u64, KeyEvent)>>,
}

impl Ring {
    /// Begins to keep events. Returns the number of the last one, which is 0 if there is none.
    pub(crate) fn open(&self) -> u64 {
        self.is_open.store(true, Ordering::Relaxed);
        self.last.load(Ordering::Acquire)
    }

    /// The events after this number that are still there, if there are any.
    pub(crate) fn since(&self, number: u64) -> Option<Vec<(u64, KeyEvent)>> {
        if self.last.load(Ordering::Acquire) <= number {
            return None;
        }
        let events = self.events();
        let unread = events.iter().filter(|(sequence, _)| *sequence > number);
        Some(unread.cloned().collect())
    }

    fn events(&self) -> MutexGuard<'_, VecDeque<(u64, KeyEvent)>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Ring {
    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    fn record(&self, event: KeyEvent) {
        let mut events = self.events();
        let sequence = self.last.load(Ordering::Relaxed).saturating_add(1);
        if events.len() >= MAX_EVENTS {
            events.pop_front();
        }
        events.push_back((sequence, event));
        self.last.store(sequence, Ordering::Release);
    }
}
