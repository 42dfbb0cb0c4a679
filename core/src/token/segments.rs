//! The three segments of a compact JWS, decoded.

use std::borrow::Cow;
use std::cell::Cell;
use std::mem;
use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::Simd;
use base64::engine::general_purpose::NO_PAD;

use crate::error::{Malformed, Segment};

/// The longest token that is read, in bytes. WorkOS's tokens have up to 5.5 kB; common HTTP servers
/// allow this much for all headers together.
pub const MAX_TOKEN_BYTES: usize = 16_384;

/// The decoder for this processor, which takes 32 characters at a time if it can. What is left is
/// decoded one by one, and a character that does not belong there is refused in either way.
static BASE64URL: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));

/// The decoded segments of a token. [`super::UntrustedToken`] borrows from them.
#[derive(Debug)]
pub(crate) struct Segments<'token> {
    token: Cow<'token, str>,
    buffers: Buffers,
    header_bytes: usize,
}

/// The decoded bytes. Each thread uses one pair for all of its tokens, one after the other, since
/// allocating and clearing new ones costs more than decoding into them.
#[derive(Debug, Default)]
struct Buffers {
    /// The header and, right behind it, the payload.
    texts: Vec<u8>,
    signature: Vec<u8>,
}

thread_local! {
    /// At most 12 kB: no more is decoded of a token.
    static SPARE_BUFFERS: Cell<Buffers> = const { Cell::new(Buffers::new()) };
}

impl<'token> Segments<'token> {
    /// Splits and decodes (RFC 7515, section 5.2, steps 1, 2, 6 and 7).
    pub(crate) fn decode(token: &'token str) -> Result<Self, Malformed> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(too_long(token));
        }
        let Some([header, payload, signature]) = split(token) else {
            return Err(wrong_segment_count(token));
        };
        let mut segments =
            Self { token: Cow::Borrowed(token), buffers: Buffers::empty(), header_bytes: 0 };
        let Buffers { texts, signature: octets } = &mut segments.buffers;
        let refuse = |fault| recognize(token, fault);
        append(header, texts, Segment::Header).map_err(refuse)?;
        segments.header_bytes = texts.len();
        append(payload, texts, Segment::Payload).map_err(refuse)?;
        append(signature, octets, Segment::Signature).map_err(refuse)?;
        Ok(segments)
    }

    /// The same segments, with a copy of the token.
    pub(crate) fn into_owned(mut self) -> Segments<'static> {
        Segments {
            token: Cow::Owned(mem::take(&mut self.token).into_owned()),
            buffers: mem::take(&mut self.buffers),
            header_bytes: self.header_bytes,
        }
    }

    /// The whole token, as it was received.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn header(&self) -> &[u8] {
        self.text(0..self.header_bytes)
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.text(self.header_bytes..self.buffers.texts.len())
    }

    fn text(&self, range: Range<usize>) -> &[u8] {
        self.buffers.texts.get(range).unwrap_or_default()
    }

    pub(super) fn signature(&self) -> &Vec<u8> {
        &self.buffers.signature
    }
}

impl Drop for Segments<'_> {
    fn drop(&mut self) {
        // Fails only while the thread ends. Then the buffers end with it.
        let _ = SPARE_BUFFERS.try_with(|spare| spare.set(mem::take(&mut self.buffers)));
    }
}

impl Buffers {
    const fn new() -> Self {
        Self { texts: Vec::new(), signature: Vec::new() }
    }

    /// This thread's buffers, with nothing in them.
    fn empty() -> Self {
        let mut buffers = SPARE_BUFFERS.try_with(Cell::take).unwrap_or_default();
        buffers.texts.clear();
        buffers.signature.clear();
        buffers
    }
}

/// The three segments, as they were received.
#[inline]
pub(crate) fn split(token: &str) -> Option<[&str; 3]> {
    let mut parts = token.split('.');
    let segments = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(segments)
}

/// One segment, decoded by itself.
pub(crate) fn decode_segment(text: &str, segment: Segment) -> Result<Vec<u8>, Malformed> {
    let mut octets = Vec::new();
    append(text, &mut octets, segment).map(|()| octets)
}

/// RFC 4648, section 5, without padding. The engine refuses padding, white space, other alphabets
/// and nonzero trailing bits. Otherwise one signature could be spelled in several ways, and a
/// refused token could be tried again under another spelling.
#[inline]
fn append(text: &str, buffer: &mut Vec<u8>, segment: Segment) -> Result<(), Malformed> {
    BASE64URL.decode_vec(text, buffer).map_err(|_| Malformed::NotBase64url(segment))
}

fn too_long(token: &str) -> Malformed {
    match token.starts_with(SEALED_SESSION_PREFIX) {
        true => Malformed::SealedSession,
        false => Malformed::TooLong,
    }
}

/// The prefix of iron-webcrypto's seals, in which WorkOS's SDKs keep sessions.
const SEALED_SESSION_PREFIX: &str = "Fe26.2";
const API_KEY_PREFIX: &str = "sk_";

fn wrong_segment_count(token: &str) -> Malformed {
    let fallback = match token.bytes().filter(|byte| *byte == b'.').count() {
        4 => Malformed::Encrypted,
        _ => Malformed::SegmentCount,
    };
    recognize(token, fallback)
}

/// Names the well-known things that people pass instead of a token.
fn recognize(token: &str, fallback: Malformed) -> Malformed {
    if token.is_empty() {
        Malformed::Empty
    } else if token.starts_with(SEALED_SESSION_PREFIX) {
        Malformed::SealedSession
    } else if token.starts_with(API_KEY_PREFIX) {
        Malformed::ApiKey
    } else if token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        Malformed::BearerPrefix
    } else {
        fallback
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// What no segment has, and of what it has the last one of each kind.
    const CHARACTERS: &str = "=+/. \n\0\u{7f}\u{e9}\u{20ac}@[`{,:;Zz9-_";

    #[test]
    fn are_decoded_alike_with_and_without_what_the_processor_has() {
        // Long ones are decoded in blocks of 32, shorter ones one by one.
        for length in (0..=68).chain([95, 96, 97, 130]) {
            let good: String = (0..length).map(|at| char::from(b"Aa0-_q"[at % 6])).collect();
            for at in 0..=length {
                for character in CHARACTERS.chars() {
                    let mut text = good.clone();
                    text.replace_range(at..length.min(at + 1), &character.to_string());
                    let (expected, decoded) =
                        (URL_SAFE_NO_PAD.decode(&text), decode_segment(&text, Segment::Payload));
                    assert_eq!(decoded.ok(), expected.ok(), "{text:?}");
                }
            }
        }
    }
}
