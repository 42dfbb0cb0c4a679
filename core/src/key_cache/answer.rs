//! What a request brought.

use std::time::Duration;

use crate::error::FetchFailure;
use crate::key_set::KeySet;

/// The HTTP response to a request for a key set.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The body of a response with status 200, decompressed; `None` with status 304.
    pub body: Option<Vec<u8>>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The lifetime that the server asks for ([`crate::freshness`]).
    pub max_age: Option<Duration>,
}

/// A response that can be used.
pub(super) struct Fetched {
    /// The set and its entity tag; `None` where the server says that it has not changed.
    pub(super) content: Option<(KeySet, Option<String>)>,
    pub(super) max_age: Option<Duration>,
}

impl Answer {
    pub(super) fn read(self) -> Result<Fetched, FetchFailure> {
        let Self { body, etag, max_age } = self;
        let Some(body) = body else { return Ok(Fetched { content: None, max_age }) };
        let keys = KeySet::parse(&body)?;
        match keys.usable_keys() {
            0 => Err(FetchFailure::NoUsableKey(keys.problem())),
            _ => Ok(Fetched { content: Some((keys, etag)), max_age }),
        }
    }
}
