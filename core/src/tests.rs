//! Tests of what is private. All others see the crate as the addon does, from `core/tests`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]

mod base64url;
mod completed;
mod imports;
mod json_property;
mod json_texts;
mod named_claims;
mod rawsig;
mod scratch;
mod thumbprints;
mod waiting;
