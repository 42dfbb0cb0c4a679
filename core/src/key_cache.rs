//! Key sets in memory, fetched once for all callers.
//!
//! An [`Entry`] holds the keys of one source and remembers how its fetches ended. Read [`table`]
//! first: it decides what to do, as a pure function. `state` is what the entry remembers, `waiting`
//! is a request under way with its callers, and `entry` does what the table says. `journal` is told
//! what happens. `source` holds the words that all of them use. The network and the clock belong to the caller ([`Fetcher`],
//! [`Clock`]).

mod entry;
mod journal;
mod refusal;
mod response;
mod source;
mod state;
pub mod table;
mod telling;
mod waiting;

pub use entry::{Entry, Fetcher, Flight, Snapshot};
pub use journal::{
    Fetched, Journal, KeyEvent, KeyEventKind, KeyName, MAX_KEY_ID_BYTES, MAX_KEYS_TOLD,
};
pub use response::KeySetResponse;
pub use source::{Clock, Failed, Moment, Source};
pub(crate) use source::{KeysResult, Lookup, Patience, Served, Wanted};
pub use state::Counters;
pub use waiting::MAX_WAITERS;
