//! The form and the header of a token, read a second time: checks 1 and 2.

use crate::json::{self, STRICT, Value};

/// The longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 16_384;
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The first thing that is wrong, by the order of the public documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Length,
    Segments,
    /// The number of the segment, from 0.
    Encoding(usize),
    Json(usize),
    Algorithm,
    NotAllowed,
    KeyId,
    Critical,
    Unencoded,
    Type,
}

pub struct Form {
    pub segments: [Vec<u8>; 3],
    pub algorithm: String,
    pub key_id: String,
}

pub fn read(token: &str, allowed: &[&str]) -> Result<Form, Fault> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Fault::Length);
    }
    let texts: Vec<&str> = token.split('.').collect();
    let texts: [&str; 3] = texts.try_into().map_err(|_| Fault::Segments)?;
    let mut segments = [const { Vec::new() }; 3];
    for (at, text) in texts.into_iter().enumerate() {
        segments[at] = decode(text).ok_or(Fault::Encoding(at))?;
    }
    let object = |at: usize| {
        let read = json::read(&segments[at], STRICT).ok_or(Fault::Json(at))?;
        matches!(read.value, Value::Object(_)).then_some(read.value).ok_or(Fault::Json(at))
    };
    let (header, _) = (object(0)?, object(1)?);
    let algorithm = header.get("alg").and_then(Value::as_str).ok_or(Fault::Algorithm)?;
    if !allowed.contains(&algorithm) {
        return Err(Fault::NotAllowed);
    }
    let key_id = header.get("kid").and_then(Value::as_str).ok_or(Fault::KeyId)?;
    let (algorithm, key_id) = (algorithm.to_owned(), key_id.to_owned());
    check_extensions(&header)?;
    Ok(Form { segments, algorithm, key_id })
}

fn check_extensions(header: &Value) -> Result<(), Fault> {
    if header.get("crit").is_some() {
        return Err(Fault::Critical);
    }
    if header.get("b64").is_some_and(|b64| *b64 != Value::Bool(true)) {
        return Err(Fault::Unencoded);
    }
    let Some(typ) = header.get("typ") else { return Ok(()) };
    let types = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];
    let is_known = |typ: &str| types.contains(&typ.to_ascii_lowercase().as_str());
    if typ.as_str().is_some_and(is_known) { Ok(()) } else { Err(Fault::Type) }
}

/// Strict base64url: what was decoded has exactly this spelling.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (encode(&octets) == text).then_some(octets)
}

pub fn encode(octets: &[u8]) -> String {
    let mut text = String::new();
    for three in octets.chunks(3) {
        let octet = |at: usize| u32::from(three.get(at).copied().unwrap_or_default());
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        for at in 0..=three.len() {
            let digit = bits >> (18 - 6 * at) & 63;
            text.push(char::from(ALPHABET[digit as usize]));
        }
    }
    text
}
