//! The table of causes: everything that is known to go wrong, how it is recognized, and what to do
//! about it. Every hint is in a row of this table, and `docs/troubleshooting.md` is made from it.
//!
//! Each file holds the rows of one stage, and the functions that choose among them by a fact. What
//! chooses by the text of a refused token is `crate::recognize`.

pub(crate) mod claims;
pub(crate) mod clock;
pub(crate) mod connect;
pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod issuer;
pub(crate) mod jwk;
pub(crate) mod keys;
pub(crate) mod session;

use super::cause::Cause;

/// Every row, in the order of the checks.
pub fn all() -> impl Iterator<Item = &'static Cause> {
    let tokens = [form::ROWS, header::ROWS, issuer::ROWS, clock::ROWS, claims::ROWS];
    let others = [connect::ROWS, session::ROWS, keys::ROWS, jwk::ROWS];
    tokens.into_iter().chain(others).flatten().copied()
}
