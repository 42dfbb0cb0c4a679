//! The certificates that Node trusts, which JavaScript hands over while the first request is under
//! way.
//!
//! Reading them takes JavaScript some milliseconds, in which names are resolved and connections are
//! made. So a request starts first and waits here before its first TLS handshake. The JavaScript
//! that starts a request hands roots over next, or says that it could not read them, which ends the
//! wait of the requests that started before. The same goes for JavaScript that leaves a token to
//! another thread, where the request starts. Nobody does either if that JavaScript was a worker that
//! has been terminated in between. Then the next call for keys over TLS hands them over; otherwise the
//! wait ends by itself.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use verify_workos_token_core::error::FetchFailure;

/// How long roots are waited for. They take some ten milliseconds, and on a machine that is short of
/// everything a hundred times that.
const ROOTS_LIMIT: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct Roots {
    /// In PEM.
    given: OnceLock<Vec<String>>,
    /// Whether a request has expected them since they were last missed.
    wanted: AtomicBool,
    misses: AtomicU64,
    changed: Notify,
}

/// A moment at which roots were expected: how often they had been missed by then.
#[derive(Clone, Copy)]
pub(super) struct Expected(u64);

impl Roots {
    /// Whether a request expects them. `None` once they are given.
    pub(super) fn wanted(&self) -> Option<bool> {
        match self.given.get() {
            Some(_) => None,
            None => Some(self.wanted.load(Ordering::Acquire)),
        }
    }

    /// Takes the roots once; later ones are ignored, so that every request trusts the same.
    pub(super) fn give(&self, roots: Vec<String>) {
        let _ = self.given.set(roots);
        self.changed.notify_waiters();
    }

    /// They could not be read: what expects them by now fails.
    pub(super) fn miss(&self) {
        self.wanted.store(false, Ordering::Release);
        self.misses.fetch_add(1, Ordering::Release);
        self.changed.notify_waiters();
    }

    pub(super) fn expect(&self) -> Expected {
        // In this order, so that a miss in between doesn't hide that this request still waits.
        let misses = self.misses.load(Ordering::Acquire);
        self.wanted.store(true, Ordering::Release);
        Expected(misses)
    }

    pub(super) async fn wait(&self, Expected(misses): Expected) -> Result<&[String], FetchFailure> {
        let arrival = async {
            loop {
                // Before the look: what changes after it is noticed.
                let changed = self.changed.notified();
                if let Some(roots) = self.given.get() {
                    return Ok(roots.as_slice());
                }
                if self.misses.load(Ordering::Acquire) != misses {
                    return Err(FetchFailure::NoTrustRoots);
                }
                changed.await;
            }
        };
        timeout(ROOTS_LIMIT, arrival).await.unwrap_or(Err(FetchFailure::NoTrustRoots))
    }
}
