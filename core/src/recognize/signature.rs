//! What has happened to a token whose signature is not good (check 4).
//!
//! Nothing of such a token proves anything, and a forger can imitate each of these. They are chosen
//! by what is usual, and every hint says to refuse the token.

use crate::error::Cause;
use crate::error::causes::header;
use crate::issuer;
use crate::json::{Object, Value};
use crate::recognize::segment::decoded;

/// No access token lives longer than this, in seconds: a year, and a day. WorkOS's live for five
/// minutes by default. People who edit a token write an `exp` that is far away.
const LONGEST_LIFE_SECONDS: f64 = 366.0 * 86_400.0;

/// Whether the signature is shorter than the key's signatures are.
pub(super) fn is_cut_off(token: &str, signature_bytes: usize) -> bool {
    // Four characters are three bytes (RFC 4648, section 4).
    let characters = token.rsplit_once('.').map_or(0, |(_, signature)| signature.len());
    characters.saturating_mul(3) / 4 < signature_bytes
}

pub(super) fn cause(token: &str) -> Option<&'static Cause> {
    let (header, payload) = (decoded(token, 0)?, decoded(token, 1)?);
    let claims = Object::parse(&payload).ok()?;
    if has_white_space(&header) || has_white_space(&payload) || lives_too_long(&claims) {
        return Some(&header::EDITED);
    }
    issuer::is_loopback(&claims).then_some(&header::RESTARTED_EMULATOR)
}

/// Whether a JSON text has white space outside of its strings, as an editor writes it and WorkOS
/// never does.
fn has_white_space(json: &[u8]) -> bool {
    let (mut in_string, mut is_escaped) = (false, false);
    json.iter().any(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_string = !in_string,
            byte => return !in_string && byte.is_ascii_whitespace(),
        }
        false
    })
}

fn lives_too_long(claims: &Object<'_>) -> bool {
    let time = |name| claims.get(name).and_then(Value::as_number);
    let (issued, expires) = (time("iat"), time("exp"));
    issued.zip(expires).is_some_and(|(issued, expires)| expires - issued > LONGEST_LIFE_SECONDS)
}
