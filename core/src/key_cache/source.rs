//! The vocabulary of the cache: where keys come from, what is asked for, what comes of it, and the
//! outside world as the cache sees it. No logic.

use std::sync::Arc;
use std::time::Duration;

use super::entry::Flight;
use crate::algorithm::Algorithm;
use crate::error::{FetchFailure, Refusal};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;

/// Where keys come from, and what they are fetched with: an entry never serves another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The normalized URL of the key set.
    pub url: String,
    /// Certificates in PEM that are trusted in addition to those that Node trusts.
    pub extra_roots: Option<String>,
    /// The proxy to fetch through.
    pub proxy: Option<String>,
}

/// A moment, by two clocks.
///
/// The monotonic one stands still while a machine is suspended, and the wall clock can be set: the
/// larger of the two differences says how much time has passed at most, so that a machine that
/// resumes does not take old keys for fresh ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since some fixed moment of this process.
    pub monotonic: Duration,
    /// Since 1970.
    pub wall: Duration,
}

impl Moment {
    /// How long ago `earlier` was, by whichever clock says more.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        monotonic.max(self.wall.saturating_sub(earlier.wall))
    }
}

/// The outside world: time, and chance for the jitter.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
    /// A random number from 0 to 1.
    fn fraction(&self) -> f64;
}

/// The outside world: the network.
pub trait Fetcher: Send + Sync {
    /// Starts one request and returns at once. The flight is finished from any thread; one that is
    /// dropped counts as failed.
    fn start(&self, flight: Flight);
    /// Calls `wake` after `delay`, from any thread.
    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>);
}

/// The key that a caller looks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'token> {
    pub(crate) key_id: &'token str,
    pub(crate) algorithm: Algorithm,
}

/// What a lookup gives at once.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// The key, servable now.
    Key(Arc<VerifyingKey>),
    /// No key, and no reason to wait.
    Refused(Refusal),
    /// A fetch may bring it: see [`super::Entry::wait`].
    Wait,
}

/// Whether the caller of a lookup can wait for a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    CanWait,
    /// Gets an answer at once; a fetch that would help is started behind it.
    CannotWait,
}

/// What a wait brings: a set in which the key may be, or why there is none.
pub type Outcome = Result<Arc<KeySet>, Refusal>;

/// Takes the outcome of a wait, exactly once.
pub type Settle = Box<dyn FnOnce(Outcome) + Send>;

/// Why a request brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// What it met.
    pub cause: FetchFailure,
    /// The pause that the server asks for before the next one.
    pub retry_after: Option<Duration>,
    /// Whether the process stood still meanwhile, as functions do between two calls: then it is the
    /// pause that failed and not the server, and the next request need not be put off.
    pub stood_still: bool,
}

impl From<FetchFailure> for Failed {
    fn from(cause: FetchFailure) -> Self {
        Self { cause, retry_after: None, stood_still: false }
    }
}
