//! Work on responses that would hold up the network's thread.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::Semaphore;

/// What is larger is read on a thread of its own. A key set of this size takes some 5 ms at the most
/// (keys on P-384), and WorkOS's have 2 kB.
const MAX_READ_HERE_BYTES: usize = 64 * 1_024;
/// The most threads at once. Large responses are rare, and wait for each other alone.
const MAX_READERS: usize = 1;

static READERS: Semaphore = Semaphore::const_new(MAX_READERS);

/// Does the work on a response with a body of this size: here if it is small, and otherwise on another
/// thread, so that the requests of other sources go on. If none can be started, they wait.
pub(super) async fn aside(body_bytes: usize, work: impl FnOnce() + Send + 'static) {
    if body_bytes <= MAX_READ_HERE_BYTES {
        return work();
    }
    // It fails only if it is closed, which never happens.
    let place = READERS.acquire().await.ok();
    let work = Arc::new(Mutex::new(Some(work)));
    let parcel = Arc::clone(&work);
    let reader = thread::Builder::new().name("workos-large-jwks".to_owned());
    let started = reader.spawn(move || {
        take_and_do(&parcel);
        drop(place);
    });
    if started.is_err() {
        take_and_do(&work);
    }
}

fn take_and_do(work: &Mutex<Option<impl FnOnce()>>) {
    let taken = work.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(work) = taken {
        work();
    }
}
