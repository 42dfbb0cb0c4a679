//! Proves that a WorkOS access token is genuine, meant for this application and still valid.
//!
//! This crate is pure: no network, no clock, no environment, no Node. It is told the time, handed a
//! way to fetch, and says what a token comes to. The addon around it only converts.
//!
//! The map, from the outside in:
//!
//! - [`verifier`]: the checks, in order. Start here.
//! - [`token`]: a compact JWS that nobody vouches for yet. [`json`]: strict JSON under it.
//! - [`key_set`] and `key`: JSON Web Keys, parsed once; `key` alone names the cryptography.
//! - [`claims`] and `issuer`: what is asked of a token whose signature was good.
//! - [`key_cache`]: key sets in memory, fetched once for all who ask; [`key_cache::table`] decides.
//! - [`freshness`]: how long a key server wants its answer to be kept.
//! - [`token_cache`]: tokens whose signature was good before.
//! - [`error`]: every way to be refused, and what to do about it.
//!
//! The invariants:
//!
//! - No claim is read before the signature was good, but for one comparison: of the unverified
//!   issuer, to spare a request for a key that could not help.
//! - What verified with one source's keys is never good for another's.
//! - Nothing that a forger sends is kept.
//! - Everything is bounded: a token's size, its nesting, a key set's size, each cache, each wait.
//! - An outage is never taken for a bad token.

#![forbid(unsafe_code)]

pub mod algorithm;
pub mod claims;
pub mod error;
pub mod freshness;
mod issuer;
pub mod json;
mod key;
pub mod key_cache;
pub mod key_set;
pub mod token;
pub mod token_cache;
pub mod verifier;

// Tests of what is not public; all others see the crate as the addon does, from `tests/main.rs`.
#[cfg(test)]
extern crate self as verify_workos_token_core;
#[cfg(test)]
#[path = "../tests/layers/mod.rs"]
mod layers;
