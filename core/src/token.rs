//! A compact JWS that nothing vouches for yet: size, segments, strict base64url, header.
//!
//! A token moves through three types, and only the last one hands out claims:
//!
//! 1. [`Segments`]: split and decoded. It owns the bytes that the others borrow.
//! 2. [`UntrustedToken`]: header and payload are strict JSON, and the header is acceptable.
//! 3. [`SignedToken`]: the result of [`UntrustedToken::verify`], the only way to one.
//!
//! A token whose key has to be fetched first is set aside as its segments and a [`Reading`]. Once
//! the key is there, the two become an [`UntrustedToken`] again ([`UntrustedToken::resume`]), and
//! nothing is decoded or parsed a second time.

mod segments;

use std::borrow::Cow;

use crate::algorithm::{self, Algorithm, AllowList};
use crate::error::{IssuerCause, JsonFault, Malformed, Refusal, Segment};
use crate::issuer;
use crate::json::{self, Object, Value};
use crate::key::VerifyingKey;

pub use self::segments::MAX_TOKEN_BYTES;
pub(crate) use self::segments::{Segments, decode_segment, split};

/// The most memory that the claims of a waiting token may take, in bytes. Ordinary claims take
/// about 1 kB; those that an attacker makes up could take 100 kB and are read again instead.
const MAX_KEPT_CLAIMS_BYTES: usize = 4_096;

/// A well-formed token with an acceptable header, whose signature has not been checked.
#[derive(Debug)]
pub(crate) struct UntrustedToken<'segments> {
    segments: &'segments Segments<'segments>,
    algorithm: Algorithm,
    key_id: Cow<'segments, str>,
    payload_text: &'segments str,
    payload: Object<'segments>,
    /// Whether a member name of the payload is written with an escape.
    has_escaped_name: bool,
}

impl<'segments> UntrustedToken<'segments> {
    /// Checks 1 and 2: header and payload are strict JSON objects, then what the header says.
    pub(crate) fn read(
        segments: &'segments Segments<'segments>,
        allowed: &AllowList,
    ) -> Result<Self, Refusal> {
        let (_, header) = object(segments.header(), Segment::Header)?;
        let (payload_text, payload) = object(segments.payload(), Segment::Payload)?;
        let (algorithm, key_id) = check_header(&header, allowed)?;
        let has_escaped_name = payload.has_escaped_name();
        Ok(Self { segments, algorithm, key_id, payload_text, payload, has_escaped_name })
    }

    /// What to keep while the token waits for its key. `is_needed` names the claims that will be
    /// checked.
    pub(crate) fn reading(&self, is_needed: impl Fn(&str) -> bool) -> Reading {
        // Names lose their escapes when they are copied, and the text for JavaScript needs them.
        let claims = (!self.has_escaped_name).then(|| self.payload.only(is_needed));
        Reading {
            algorithm: self.algorithm,
            key_id: self.key_id.clone().into_owned(),
            claims: claims.filter(|claims| claims.heap_size() <= MAX_KEPT_CLAIMS_BYTES),
        }
    }

    /// The token as it was before it was set aside.
    pub(crate) fn resume(
        segments: &'segments Segments<'segments>,
        reading: Reading,
    ) -> Result<Self, Refusal> {
        let Reading { algorithm, key_id, claims } = reading;
        let key_id = Cow::Owned(key_id);
        let is_kept = claims.is_some();
        let (payload_text, payload) = match claims {
            Some(claims) => (text(segments.payload(), Segment::Payload)?, claims),
            None => object(segments.payload(), Segment::Payload)?,
        };
        // Claims with such a name are not kept ([`Self::reading`]).
        let has_escaped_name = !is_kept && payload.has_escaped_name();
        Ok(Self { segments, algorithm, key_id, payload_text, payload, has_escaped_name })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The whole token, as it was received.
    pub(crate) fn text(&self) -> &'segments str {
        self.segments.token()
    }

    /// What each segment was decoded to.
    #[cfg(fuzzing)]
    pub(crate) fn decoded(&self) -> [&[u8]; 3] {
        [self.segments.header(), self.segments.payload(), self.segments.signature()]
    }

    /// Compares the issuer that the token claims. Nothing else is read before the signature is
    /// verified, and it answers one question only: is it worth a request to look for the token's
    /// key? What comes back of the token is a cause, which selects a fixed hint.
    pub(crate) fn compare_issuer(&self, accepted: &[String]) -> Result<(), IssuerCause> {
        issuer::compare(&self.payload, accepted)
    }

    /// Whether the issuer that the token claims is one of these. It only decides which of several
    /// verifiers are asked at all.
    pub(crate) fn names_one_of(&self, issuers: &[String]) -> bool {
        issuer::is_one_of(&self.payload, issuers)
    }

    /// Check 4: the signature, over the bytes as they were received (RFC 7515, section 5.2).
    pub(crate) fn verify(&self, key: &VerifyingKey) -> Result<SignedToken<'_, 'segments>, Refusal> {
        let (token, signature) = (self.segments.token(), self.segments.signature());
        check_signature(token, signature, self.algorithm, key).map(|()| SignedToken(self))
    }
}

/// Check 1 alone, for explanations: [`UntrustedToken::read`] makes it along with check 2.
pub(crate) fn check_form(token: &str) -> Result<(), Refusal> {
    let segments = Segments::decode(token).map_err(Refusal::Malformed)?;
    object(segments.header(), Segment::Header)?;
    object(segments.payload(), Segment::Payload)?;
    Ok(())
}

/// The header of a token that was verified, as a text for JavaScript.
#[must_use]
pub fn header_text(token: &str) -> Option<String> {
    let segments = Segments::decode(token).ok()?;
    let (text, header) = object(segments.header(), Segment::Header).ok()?;
    Some(javascript_text(text, &header, header.has_escaped_name()))
}

/// The payload of a token that was verified, as a text for JavaScript, with the claims of these names.
pub(crate) fn verified_payload(
    token: &str,
    names: impl Iterator<Item = &'static str>,
) -> Option<(String, Object<'static>)> {
    let segments = Segments::decode(token).ok()?;
    let (text, payload) = object(segments.payload(), Segment::Payload).ok()?;
    Some((javascript_text(text, &payload, payload.has_escaped_name()), payload.named(names)))
}

/// Check 4: `signature` is that of everything before the last dot of the token.
#[inline]
pub(crate) fn check_signature(
    token: &str,
    signature: &Vec<u8>,
    algorithm: Algorithm,
    key: &VerifyingKey,
) -> Result<(), Refusal> {
    let signing_input = token.rsplit_once('.').map_or("", |(signing_input, _)| signing_input);
    match key.verify(algorithm, signing_input.as_bytes(), signature) {
        true => Ok(()),
        false => Err(Refusal::InvalidSignature),
    }
}

/// A segment's text, and the object in it.
fn object(bytes: &[u8], segment: Segment) -> Result<(&str, Object<'_>), Refusal> {
    let text = text(bytes, segment)?;
    Object::read(text).map(|object| (text, object)).map_err(|fault| not_json(segment, fault))
}

fn text(bytes: &[u8], segment: Segment) -> Result<&str, Refusal> {
    json::text(bytes).map_err(|fault| not_json(segment, fault))
}

fn not_json(segment: Segment, fault: JsonFault) -> Refusal {
    Refusal::Malformed(Malformed::Json(segment, fault))
}

/// Check 2, in the order in which the public documentation lists the faults.
fn check_header<'text>(
    header: &Object<'text>,
    allowed: &AllowList,
) -> Result<(Algorithm, Cow<'text, str>), Refusal> {
    let algorithm = check_algorithm(header, allowed)?;
    Ok((algorithm, check_key_id(header)?))
}

/// The first half of check 2: `alg`.
#[inline]
pub(crate) fn check_algorithm(
    header: &Object<'_>,
    allowed: &AllowList,
) -> Result<Algorithm, Refusal> {
    let Some(Value::String(algorithm)) = header.get("alg") else {
        return Err(Refusal::Malformed(Malformed::Algorithm));
    };
    algorithm::by_name(algorithm)
        .filter(|algorithm| allowed.holds(*algorithm))
        .ok_or(Refusal::UnsupportedAlgorithm)
}

/// The second half of check 2: `kid` and the extensions.
#[inline]
pub(crate) fn check_key_id<'text>(header: &Object<'text>) -> Result<Cow<'text, str>, Refusal> {
    let Some(Value::String(key_id)) = header.get("kid") else {
        return Err(Refusal::Malformed(Malformed::KeyId));
    };
    check_extensions(header).map_err(Refusal::Malformed)?;
    Ok(key_id.clone())
}

/// `jku`, `jwk`, `x5u` and `x5c` are absent here on purpose: a token never brings its own key.
fn check_extensions(header: &Object<'_>) -> Result<(), Malformed> {
    if header.get("crit").is_some() {
        return Err(Malformed::Critical);
    }
    if !matches!(header.get("b64"), None | Some(Value::Bool(true))) {
        return Err(Malformed::UnencodedPayload);
    }
    match header.get("typ") {
        None => Ok(()),
        Some(typ) if typ.as_str().is_some_and(is_access_token_type) => Ok(()),
        Some(_) => Err(Malformed::Type),
    }
}

/// `JWT` or `at+jwt` in any case, optionally after `application/` (RFC 7515, section 4.1.9;
/// RFC 9068, section 2.1).
fn is_access_token_type(typ: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => typ.get(PREFIX.len()..),
        _ => Some(typ),
    };
    bare.is_some_and(|bare| bare.eq_ignore_ascii_case("jwt") || bare.eq_ignore_ascii_case("at+jwt"))
}

/// What was read from a token that waits for its key. It borrows nothing from the token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: String,
    /// The claims that will be checked; `None` if they have to be read again.
    pub(crate) claims: Option<Object<'static>>,
}

/// A token whose signature was verified, so that its claims may be read.
#[derive(Debug)]
pub(crate) struct SignedToken<'token, 'segments>(&'token UntrustedToken<'segments>);

impl<'segments> SignedToken<'_, 'segments> {
    /// The whole token, as it was received.
    pub(crate) fn token(&self) -> &str {
        self.0.segments.token()
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.0.key_id
    }

    pub(crate) fn claims(&self) -> &Object<'segments> {
        &self.0.payload
    }

    /// The payload as a text for JavaScript.
    pub(crate) fn javascript_text(&self) -> String {
        let UntrustedToken { payload_text, payload, has_escaped_name, .. } = self.0;
        javascript_text(payload_text, payload, *has_escaped_name)
    }
}

/// An object as a text for JavaScript ([`crate::json`]): `text`, from which it was read, if it can be.
fn javascript_text(text: &str, object: &Object<'_>, has_escaped_name: bool) -> String {
    match has_escaped_name {
        false => text.to_owned(),
        true => object.rewritten_text(),
    }
}
