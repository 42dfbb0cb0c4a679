//! What the model takes for granted: whoever begins to wait, and a response that arrives, read the
//! clock under the entry's lock. Only so does a time tell what was known at that time.

use std::sync::{Arc, Mutex, OnceLock, Weak, mpsc};
use std::thread;
use std::time::Duration;

use verify_workos_token_core::key_cache::{Clock, Entry, Moment, Source};

use super::super::{CACHE_POLICY, Call, Setting, URL, World, caller};

/// How long a lock is asked for before it counts as held.
const PATIENCE: Duration = Duration::from_millis(200);

/// A clock that asks for the entry's lock at each reading.
#[derive(Default)]
struct Prying {
    world: World,
    entry: OnceLock<Weak<Entry>>,
    /// Whether the lock was held, reading by reading.
    held: Mutex<Vec<bool>>,
}

impl Clock for Prying {
    fn now(&self) -> Moment {
        if let Some(entry) = self.entry.get().and_then(Weak::upgrade) {
            let (told, ear) = mpsc::channel();
            thread::spawn(move || told.send(entry.has_keys()));
            self.held.lock().unwrap().push(ear.recv_timeout(PATIENCE).is_err());
        }
        self.world.now()
    }

    fn fraction(&self) -> f64 {
        self.world.fraction()
    }
}

#[test]
fn whoever_waits_or_lands_reads_the_clock_under_the_lock() {
    let clock = Arc::new(Prying::default());
    let source = Source { url: URL.to_owned(), extra_roots: None, proxy: None };
    let world = clock.world.clone();
    let entry = Arc::new(Entry::new(source, Arc::new(world.clone()), Arc::clone(&clock) as _));
    assert!(clock.entry.set(Arc::downgrade(&entry)).is_ok());
    let ready = Call::ready(&caller(&entry, CACHE_POLICY));
    world.answer(Setting::cold().keys());
    assert_eq!(ready.outcome(), Ok(()));
    assert_eq!(*clock.held.lock().unwrap(), [true, true]);
}
