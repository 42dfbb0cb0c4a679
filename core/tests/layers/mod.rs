//! The layers that are not public, each against the vectors that are about it alone.
//!
//! A module of the crate: the path to it is in `src/lib.rs`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, and that is how it says so"
)]

#[path = "../corpus/mod.rs"]
mod corpus;

mod completed;
mod json_property;
mod json_texts;
mod rawsig;
mod thumbprints;
