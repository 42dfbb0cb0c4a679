//! The words of the cache: where keys come from, what a caller looks for, what it gets, and time.
//! There are no decisions here.

use std::sync::Arc;
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::error::{FetchFailure, Refusal};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;
use crate::witness::Origin;

/// Where keys come from and how they are fetched. Two sources that differ in any field never share
/// an entry: one caller must not be served keys that another caller's proxy or authority delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The normalized URL of the key set.
    pub url: String,
    /// PEM certificates to trust in addition to those that Node trusts.
    pub extra_roots: Option<String>,
    /// The proxy to fetch through.
    pub proxy: Option<String>,
}

/// A moment on two clocks.
///
/// The monotonic clock stands still while a machine is suspended, and the wall clock can be set.
/// The larger of the two differences is the most time that can have passed, so a machine that
/// resumes does not mistake old keys for fresh ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Time since some fixed moment of this process.
    pub monotonic: Duration,
    /// Time since 1970.
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

/// The outside world: time, and random numbers for jitter.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
    /// A random number from 0 to 1.
    fn fraction(&self) -> f64;
}

/// The key that a caller looks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'token> {
    pub(crate) key_id: &'token str,
    pub(crate) algorithm: Algorithm,
}

/// The immediate result of looking for a key.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// The key may be used now.
    Key(Arc<VerifyingKey>),
    /// There is no key, and waiting would not help.
    Refused(Refusal),
    /// A fetch may bring the key: see [`super::Entry::wait`].
    Wait,
}

/// Whether the caller of a lookup can wait for a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    CanWait,
    /// The caller needs a result at once. A fetch that would help starts in the background.
    CannotWait,
}

/// The end of a wait: a set that may hold the key, or the reason why there is none.
pub(crate) type KeysResult = Result<Served, Refusal>;

/// A set for a caller who has waited.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) keys: Arc<KeySet>,
    pub(crate) origin: Origin,
}

/// Takes the end of a wait. It is called exactly once.
pub(crate) type Settle = Box<dyn FnOnce(KeysResult) + Send>;

/// Why a request brought no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// What went wrong.
    pub cause: FetchFailure,
    /// The pause that the server asks for before the next request.
    pub retry_after: Option<Duration>,
    /// Whether the process stood still during the request, as serverless functions do between
    /// calls. The server is then not to blame, and the next request need not be delayed.
    pub stood_still: bool,
}

impl Failed {
    /// A request that was under way while the process stood still.
    pub(super) const fn stood_still() -> Self {
        Self { cause: FetchFailure::Timeout, retry_after: None, stood_still: true }
    }
}

impl From<FetchFailure> for Failed {
    fn from(cause: FetchFailure) -> Self {
        Self { cause, retry_after: None, stood_still: false }
    }
}
