//! The HTTP response to a request for a key set, and what can be used of it.

use std::time::Duration;

use crate::error::FetchFailure;
use crate::key_set::KeySet;

/// The HTTP response to a request for a key set, as the fetcher received it.
#[derive(Debug, Clone)]
pub struct KeySetResponse {
    /// The decompressed body of a response with status 200; `None` for status 304.
    pub body: Option<Vec<u8>>,
    /// The entity tag of the body.
    pub etag: Option<String>,
    /// The lifetime that the server asks for ([`crate::freshness`]).
    pub max_age: Option<Duration>,
}

/// A response with a usable key set, or one that confirms the set in memory.
pub(super) struct UsableResponse {
    /// The set and its entity tag; `None` if the server says that the set has not changed.
    pub(super) content: Option<(KeySet, Option<String>)>,
    pub(super) max_age: Option<Duration>,
}

impl KeySetResponse {
    pub(super) fn read(self) -> Result<UsableResponse, FetchFailure> {
        let Self { body, etag, max_age } = self;
        let Some(body) = body else { return Ok(UsableResponse { content: None, max_age }) };
        let keys = KeySet::parse(&body)?;
        match keys.usable_keys() {
            0 => Err(FetchFailure::NoUsableKey(keys.problem())),
            _ => Ok(UsableResponse { content: Some((keys, etag)), max_age }),
        }
    }
}
