//! The segments of a token that has been refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes of a segment, counted from 0.
pub(super) fn decoded(token: &str, segment: usize) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(token.split('.').nth(segment)?).ok()
}
