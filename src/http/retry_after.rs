//! The pause that a server asks for.

use std::time::{Duration, SystemTime};

use verify_workos_token_core::freshness;

/// Seconds, or a date (RFC 9110, section 10.2.3). `None` for a date that has passed and for anything
/// else.
pub(super) fn pause_of(text: &str, now: SystemTime) -> Option<Duration> {
    freshness::delta_seconds(text)
        .or_else(|| httpdate::parse_http_date(text).ok()?.duration_since(now).ok())
}
