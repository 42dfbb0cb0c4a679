//! Proves that a WorkOS access token is genuine, is meant for this application and is still valid.
//!
//! This crate is pure: it has no network, no clock, no environment and no Node. It is told the time
//! and is handed a way to fetch. The addon around it converts, schedules and fetches, and keeps one
//! [`key_cache::Entry`] per key source; it decides nothing about a token.
//!
//! The map, from the outside in:
//!
//! - [`verifier`]: the checks, in order. Start here. `verdict`: what they end with.
//! - [`entries`]: several verifiers for one stream of tokens; [`entries_explain`]: their explanations.
//! - [`token`]: a compact JWS that nothing vouches for yet. [`json`]: the strict JSON inside it.
//! - [`algorithm`]: the signature algorithms that can be allowed.
//! - [`key_set`] and `key`: JSON Web Keys, parsed once. Only `key` names the cryptography.
//! - [`key_report`]: what a key set holds, key by key, for people to read.
//! - [`claims`] and `issuer`: what a token must satisfy once its signature is verified. `marks`: what
//!   tells the kinds of tokens apart.
//! - [`key_cache`]: key sets in memory, fetched once for all callers. [`key_cache::table`] decides.
//! - [`session`]: a sealed session cookie, opened. [`seal`]: the form that it is sealed in.
//! - [`freshness`]: how long a key server wants its response to be cached.
//! - [`explain`]: the same checks for people, each made even if one before it failed.
//!   `explain_session` does so for sealed sessions.
//! - [`token_cache`]: tokens whose signature was verified before.
//! - [`witness`]: which keys an answer is based on, for a call that somebody watches.
//! - [`error`]: every way to be refused, and the table of causes with what to do about each.
//! - `recognize`: the likely cause of a refusal, from the text of the refused token.
//! - `fuzzing`: what the fuzz targets reach into, compiled for them alone.
//! - `lock`: how a mutex is locked.
//!
//! The modules form layers without import cycles, which a test checks. `error` is at the bottom.
//! `token`, `claims` and the two caches don't know one another: `verifier` connects them.
//!
//! The invariants:
//!
//! - No claim is read before the signature is verified, with two exceptions: the unverified issuer
//!   is compared, to save a request for a key that could not help and to tell which of several
//!   verifiers are asked, and [`explain`] shows people what is in a token, marked as unverified. Once a token is refused, its text may select one of the
//!   fixed hints, and nothing else.
//! - A signature that was verified with one source's keys never counts for another source.
//! - Nothing unverified is cached. A token that waits for its key is held only until the wait ends.
//! - Everything is bounded: the size and nesting of a token, the size of a key set, every cache and
//!   every wait.
//! - An outage is never reported as a bad token.

#![forbid(unsafe_code)]

pub mod algorithm;
pub mod claims;
pub mod entries;
pub mod entries_explain;
pub mod error;
pub mod explain;
mod explain_session;
pub mod freshness;
#[cfg(fuzzing)]
pub mod fuzzing;
mod issuer;
pub mod json;
mod key;
pub mod key_cache;
pub mod key_report;
pub mod key_set;
mod lock;
mod marks;
mod recognize;
pub mod seal;
pub mod session;
pub mod token;
pub mod token_cache;
mod verdict;
pub mod verifier;
pub mod witness;

#[cfg(test)]
mod tests;
