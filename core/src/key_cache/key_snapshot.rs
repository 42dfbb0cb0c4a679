//! The keys of a source as a text, for a process that has yet to fetch them.
//!
//! The text is compact JSON: `{ "v": 1, "jwksUrl", "fetchedAt", "keys", "sha256" }`. `fetchedAt` is
//! in milliseconds since 1970. `keys` are the usable keys as JSON Web Keys, with nothing in them that
//! plays no part. `sha256` is the hash, in hexadecimal, of the same text without that member.
//!
//! The hash shows damage, and proves nothing about the origin: whoever can write the text decides
//! which tokens are accepted. When a text is read, the hash is taken of what was understood, written
//! anew. So it covers the URL, the time and every key, and a text that was indented is as good.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::source::Moment;
use super::table::CachePolicy;
use crate::key::sha256;
use crate::key_set::{KeySet, hexadecimal};

/// The longest snapshot, in bytes: some 150 RSA keys of 2048 bits. WorkOS's sets have one or two.
pub const MAX_SNAPSHOT_BYTES: usize = 65_536;

/// The one version that there is.
const VERSION: u32 = 1;

/// Why a snapshot is ignored. That is never an error: the keys are fetched instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotFault {
    /// It is too long, not a snapshot, of another version, or the hash does not match.
    Damaged,
    /// It has the keys of another URL.
    Foreign,
    /// It says that its keys will be fetched in the future. One of the clocks is wrong.
    Future,
    /// The grace time of its keys is over.
    Expired,
}

impl SnapshotFault {
    /// Its name in the public counters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Foreign => "foreign",
            Self::Future => "future",
            Self::Expired => "expired",
        }
    }
}

/// Keys, and their age when the snapshot was read.
pub(super) struct KeySnapshot {
    pub(super) keys: KeySet,
    pub(super) age: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document<'text> {
    v: u32,
    jwks_url: String,
    fetched_at: u64,
    #[serde(borrow)]
    keys: &'text RawValue,
    sha256: String,
}

impl KeySnapshot {
    /// Reads a snapshot of the keys of this URL, for a caller with this policy.
    pub(super) fn read(
        text: &str,
        url: &str,
        policy: &CachePolicy,
        now: Moment,
    ) -> Result<Self, SnapshotFault> {
        let (document, keys) = sound(text).ok_or(SnapshotFault::Damaged)?;
        if document.jwks_url != url {
            return Err(SnapshotFault::Foreign);
        }
        let fetched_at = Duration::from_millis(document.fetched_at);
        let age = now.wall.checked_sub(fetched_at).ok_or(SnapshotFault::Future)?;
        if age >= policy.lifetime(None).saturating_add(policy.stale_if_error) {
            return Err(SnapshotFault::Expired);
        }
        Ok(Self { keys, age })
    }
}

/// The snapshot of a set. `None` if it would be too long.
pub(super) fn write(url: &str, fetched_at: Duration, keys: &KeySet) -> Option<String> {
    let fetched_at = u64::try_from(fetched_at.as_millis()).ok()?;
    let content = content(url, fetched_at, keys);
    let hash = hexadecimal(&sha256(format!("{content}}}").as_bytes()));
    let text = format!(r#"{content},"sha256":"{hash}"}}"#);
    (text.len() <= MAX_SNAPSHOT_BYTES).then_some(text)
}

/// The text without its hash and its end.
fn content(url: &str, fetched_at: u64, keys: &KeySet) -> String {
    let url = serde_json::Value::from(url);
    let keys = keys.jwks().join(",");
    format!(r#"{{"v":{VERSION},"jwksUrl":{url},"fetchedAt":{fetched_at},"keys":[{keys}]"#)
}

fn sound(text: &str) -> Option<(Document<'_>, KeySet)> {
    if text.len() > MAX_SNAPSHOT_BYTES || !text.trim_start().starts_with('{') {
        return None;
    }
    let document: Document<'_> = serde_json::from_str(text).ok()?;
    let keys = format!(r#"{{"keys":{}}}"#, document.keys.get());
    let keys = KeySet::parse(keys.as_bytes()).ok().filter(|keys| keys.usable_keys() > 0)?;
    let content = content(&document.jwks_url, document.fetched_at, &keys);
    let hash = hexadecimal(&sha256(format!("{content}}}").as_bytes()));
    (document.v == VERSION && document.sha256 == hash).then_some((document, keys))
}
