//! Key events as plain data.

use std::time::Duration;

use napi_derive::napi;
use verify_workos_token_core::key_cache::{KeyEvent, KeyEventKind};
use verify_workos_token_core::key_set::hexadecimal;

use crate::outcome::CauseRecord;

/// Something that happened to keys. Which members there are depends on `kind`.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub(crate) struct KeyEventRecord {
    /// The number of the event in the process.
    pub sequence: f64,
    /// What happened.
    pub kind: &'static str,
    /// The number of the key source in the process.
    pub entry: f64,
    /// The URL of the keys.
    pub jwks_url: String,
    /// The number of the source's last request.
    pub request: f64,
    /// When, in milliseconds since 1970.
    pub at: f64,
    /// What the request was made for.
    pub reason: Option<&'static str>,
    /// When the request began, in milliseconds since 1970.
    pub started_at: Option<f64>,
    /// How many milliseconds the request took.
    pub duration_ms: Option<f64>,
    /// How the request ended.
    pub outcome: Option<&'static str>,
    /// Why it failed.
    pub cause: Option<CauseRecord>,
    /// The hash of the set.
    pub key_set_hash: Option<String>,
    /// How many keys are new.
    pub keys_added: Option<u32>,
    /// How many keys are gone.
    pub keys_removed: Option<u32>,
    /// The key's `kid`.
    pub kid: Option<String>,
    /// The key's thumbprint.
    pub thumbprint: Option<String>,
    /// How many milliseconds ago the keys were fetched.
    pub age_ms: Option<f64>,
    /// How many milliseconds the next request is delayed.
    pub pause_ms: Option<f64>,
    /// How many requests failed in a row.
    pub failures: Option<u32>,
}

impl From<(u64, KeyEvent)> for KeyEventRecord {
    #[allow(clippy::cast_precision_loss, reason = "counters stay far below 2^53")]
    fn from((sequence, event): (u64, KeyEvent)) -> Self {
        let KeyEvent { entry, url, at, request, kind } = event;
        Self {
            sequence: sequence as f64,
            entry: entry as f64,
            jwks_url: url.as_ref().to_owned(),
            request: request as f64,
            at: milliseconds(at),
            ..kind.into()
        }
    }
}

impl From<KeyEventKind> for KeyEventRecord {
    fn from(kind: KeyEventKind) -> Self {
        let none = Self::default();
        match kind {
            KeyEventKind::RequestStarted { for_unknown_key } => {
                Self { kind: "request", reason: Some(reason(for_unknown_key)), ..none }
            }
            KeyEventKind::RequestEnded { for_unknown_key, started_at, duration, result } => {
                let ended = Self {
                    kind: "request ended",
                    reason: Some(reason(for_unknown_key)),
                    started_at: Some(milliseconds(started_at)),
                    duration_ms: Some(milliseconds(duration)),
                    ..none
                };
                match result {
                    Ok(fetched) => Self {
                        outcome: Some(if fetched.not_modified {
                            "not modified"
                        } else {
                            "fetched"
                        }),
                        key_set_hash: Some(hexadecimal(&fetched.key_set)),
                        keys_added: Some(count(fetched.added)),
                        keys_removed: Some(count(fetched.removed)),
                        ..ended
                    },
                    Err(failure) => {
                        Self { outcome: Some("failed"), cause: Some(failure.into()), ..ended }
                    }
                }
            }
            KeyEventKind::KeyAdded(key) => Self {
                kind: "key added",
                kid: Some(key.key_id),
                thumbprint: Some(key.thumbprint),
                ..none
            },
            KeyEventKind::KeyRemoved(key) => Self {
                kind: "key removed",
                kid: Some(key.key_id),
                thumbprint: Some(key.thumbprint),
                ..none
            },
            KeyEventKind::StaleServe { age } => {
                Self { kind: "stale serve", age_ms: Some(milliseconds(age)), ..none }
            }
            KeyEventKind::BackOff { pause, failures } => Self {
                kind: "back-off",
                pause_ms: Some(milliseconds(pause)),
                failures: Some(failures),
                ..none
            },
        }
    }
}

fn reason(for_unknown_key: bool) -> &'static str {
    if for_unknown_key { "unknown kid" } else { "renewal" }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
