//! Key sets in memory, fetched once for all callers.
//!
//! An [`Entry`] holds the keys of one source and remembers how its fetches ended. Read [`table`]
//! first: it decides what to do, as a pure function. `state` is what the entry remembers, of which
//! `flights` is what requests change, `stored` is its set, `waiting` is a request under way with its
//! callers, and `entry` does what the table says, whose decisions `outcome` turns into answers.
//! `inspection` looks at an entry and changes nothing. `journal` is told what happens.
//! `key_snapshot` writes a set as a text, and reads it in another process. `source` holds the words
//! that all of them use. The network and the clock belong to the caller ([`Fetcher`], [`Clock`]).

mod entry;
mod flights;
mod inspection;
mod journal;
mod key_snapshot;
mod outcome;
mod refusal;
mod response;
mod source;
mod state;
mod stored;
pub mod table;
mod telling;
mod waiting;

pub use entry::{Entry, Fetcher, Flight};
pub use inspection::Snapshot;
pub use journal::{
    Fetched, Journal, KeyEvent, KeyEventKind, KeyName, MAX_KEY_ID_BYTES, MAX_KEYS_TOLD,
};
pub use key_snapshot::{MAX_SNAPSHOT_BYTES, SnapshotFault};
pub use response::KeySetResponse;
pub use source::{Clock, Failed, Moment, Source};
pub(crate) use source::{KeysResult, Lookup, Patience, Served, Wanted};
pub use state::Counters;
pub use waiting::MAX_WAITERS;
