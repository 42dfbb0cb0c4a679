//! Key sets in memory, fetched once for all who ask.
//!
//! An [`Entry`] keeps the keys of one source and what happened to the attempts to fetch them.
//! [`table`] decides, `state` remembers, `entry` does what the table says. The network and the clock
//! are the caller's ([`Fetcher`], [`Clock`]).

mod answer;
mod entry;
mod source;
mod state;
pub mod table;

pub use answer::Answer;
pub use entry::{Entry, Flight, Snapshot};
pub use source::{Clock, Failed, Fetcher, Moment, Outcome, Settle, Source};
pub(crate) use source::{Lookup, Patience, Wanted};
pub use state::{Counters, MAX_WAITERS};
