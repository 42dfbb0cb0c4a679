//! The rules, through the public surface of the crate: every refusal, every limit from both sides,
//! the vectors of other projects, and the key cache with the tests' own clock and network.
//!
//! What is private is tested in `core/src/tests`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "a test that panics has failed, and that is how it says so"
)]

mod causes;
mod claim_values;
mod claims;
mod connect;
mod entries;
mod explain;
mod hints;
mod key_cache;
mod key_report;
mod keys;
mod order;
mod requirements;
mod resumed;
mod seals;
mod second_opinion;
mod sessions;
mod support;
mod token;
mod token_cache;
mod vectors;
mod witness;
