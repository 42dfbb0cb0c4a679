//! A compact JWS that nobody vouches for yet: size, segments, strict base64url, header.
//!
//! [`UntrustedToken`] hands out no claim. [`UntrustedToken::verify`] consumes it, and only what
//! comes back from there can be read as claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::algorithm::{self, Algorithm, AllowList};
use crate::error::{Malformed, Refusal, Segment};
use crate::json::{Object, Value};
use crate::key::VerifyingKey;

/// The longest token that is looked at, in bytes. WorkOS's tokens have up to 5.5 kB; the limit is
/// what common HTTP servers allow for all headers together.
pub const MAX_TOKEN_BYTES: usize = 16_384;

/// The decoded segments of a token; what [`UntrustedToken`] borrows from.
#[derive(Debug)]
pub(crate) struct Segments<'token> {
    signing_input: &'token str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'token> Segments<'token> {
    /// Splits and decodes (RFC 7515, section 5.2, steps 1, 2, 6 and 7).
    pub(crate) fn decode(token: &'token str) -> Result<Self, Malformed> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(too_long(token));
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong_segment_count(token));
        };
        // The signing input ends before the second dot, which stands before the signature.
        let signing_input = token
            .strip_suffix(signature)
            .and_then(|rest| rest.strip_suffix('.'))
            .ok_or(Malformed::SegmentCount)?;
        let decode =
            |text, segment| decode_segment(text, segment).map_err(|fault| recognise(token, fault));
        Ok(Self {
            signing_input,
            header: decode(header, Segment::Header)?,
            payload: decode(payload, Segment::Payload)?,
            signature: decode(signature, Segment::Signature)?,
        })
    }
}

/// RFC 4648, section 5, without padding. The engine refuses padding, white space, any other
/// alphabet and trailing bits that are not zero: otherwise one signature could be spelled in
/// several ways, and a refused token be tried again under another spelling.
fn decode_segment(text: &str, segment: Segment) -> Result<Vec<u8>, Malformed> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Malformed::NotBase64url(segment))
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
    recognise(token, fallback)
}

/// Names the well-known things that people pass in place of a token.
fn recognise(token: &str, fallback: Malformed) -> Malformed {
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

/// A well-formed token whose signature has not been checked.
#[derive(Debug)]
pub(crate) struct UntrustedToken<'segments> {
    segments: &'segments Segments<'segments>,
    header: Object<'segments>,
    payload: Object<'segments>,
}

impl<'segments> UntrustedToken<'segments> {
    /// Check 1: header and payload are strict JSON objects.
    pub(crate) fn parse(segments: &'segments Segments<'segments>) -> Result<Self, Malformed> {
        let object =
            |bytes, segment| Object::parse(bytes).map_err(|fault| Malformed::Json(segment, fault));
        Ok(Self {
            segments,
            header: object(&segments.header, Segment::Header)?,
            payload: object(&segments.payload, Segment::Payload)?,
        })
    }

    /// Check 2: the header, in the order in which the public documentation lists its faults.
    pub(crate) fn header(&self, allowed: &AllowList) -> Result<Header, Refusal> {
        let algorithm = self.string("alg").ok_or(Refusal::Malformed(Malformed::Algorithm))?;
        let algorithm = algorithm::by_name(algorithm)
            .filter(|algorithm| allowed.holds(*algorithm))
            .ok_or(Refusal::UnsupportedAlgorithm)?;
        let key_id = self.string("kid").ok_or(Refusal::Malformed(Malformed::KeyId))?;
        self.extensions().map_err(Refusal::Malformed)?;
        Ok(Header { algorithm, key_id: key_id.to_owned() })
    }

    /// `jku`, `jwk`, `x5u` and `x5c` are absent here on purpose: a token never brings its own key.
    fn extensions(&self) -> Result<(), Malformed> {
        if self.header.get("crit").is_some() {
            return Err(Malformed::Critical);
        }
        if !matches!(self.header.get("b64"), None | Some(Value::Bool(true))) {
            return Err(Malformed::UnencodedPayload);
        }
        match self.header.get("typ") {
            None => Ok(()),
            Some(typ) if typ.as_str().is_some_and(is_access_token_type) => Ok(()),
            Some(_) => Err(Malformed::Type),
        }
    }

    fn string(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// What the token says of its issuer, for the one question that is asked before the signature:
    /// whether looking for its key elsewhere is worth a request.
    pub(crate) fn unverified_issuer(&self) -> Option<&Value<'segments>> {
        self.payload.get("iss")
    }

    /// Check 4: the signature, over the bytes as they were received (RFC 7515, section 5.2).
    pub(crate) fn verify(
        self,
        key: &VerifyingKey,
        algorithm: Algorithm,
    ) -> Result<SignedClaims<'segments>, Refusal> {
        let Segments { signing_input, payload, signature, .. } = self.segments;
        if !key.verify(algorithm, signing_input.as_bytes(), signature) {
            return Err(Refusal::InvalidSignature);
        }
        Ok(SignedClaims { claims: self.payload, text: payload })
    }
}

/// `JWT` or `at+jwt` in any case, `application/` in front allowed (RFC 7515, section 4.1.9;
/// RFC 9068, section 2.1).
fn is_access_token_type(typ: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => typ.get(PREFIX.len()..),
        _ => Some(typ),
    };
    bare.is_some_and(|bare| bare.eq_ignore_ascii_case("jwt") || bare.eq_ignore_ascii_case("at+jwt"))
}

/// What the header says, once it has passed check 2.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: String,
}

/// The payload of a token whose signature was good.
#[derive(Debug)]
pub(crate) struct SignedClaims<'segments> {
    claims: Object<'segments>,
    text: &'segments [u8],
}

impl<'segments> SignedClaims<'segments> {
    pub(crate) fn claims(&self) -> &Object<'segments> {
        &self.claims
    }

    /// The payload as a text for JavaScript. It was parsed from UTF-8, so nothing is lost here.
    pub(crate) fn javascript_text(&self) -> String {
        self.claims.javascript_text(&String::from_utf8_lossy(self.text))
    }
}
