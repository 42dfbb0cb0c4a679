//! Sealed values: the form that iron-webcrypto, iron-session and WorkOS's SDKs for JavaScript share.
//!
//! ```text
//! Fe26.2*<id>*<salt>*<iv>*<ciphertext>*<expiry>*<MAC salt>*<MAC>~<version>
//! ```
//!
//! Two keys of 32 bytes are derived from the password, each with a salt of its own (PBKDF2 with
//! HMAC-SHA1 and one iteration): one for AES-256-CBC, the other for HMAC-SHA256 over everything
//! before the MAC salt. Nothing is decrypted before that MAC is verified, so that nobody without a
//! password learns anything from the padding. The keys are not cached: each seal has its own salts,
//! and deriving both takes less than 3 µs.
//!
//! The version is not covered by the MAC. It is dropped and nothing depends on it: in other readers,
//! whoever changes it chooses how the content is read.

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::error::SessionFault;

/// The longest sealed value that is read, in bytes: a token of the greatest length, the user and
/// the rest, encrypted and in base64url. Browsers keep cookies of up to 4,096 bytes.
pub const MAX_SEALED_BYTES: usize = 32_768;

/// How much longer than its expiry a seal is accepted, in milliseconds. The libraries that write
/// seals allow for the same clock skew.
const EXPIRY_SKEW_MS: f64 = 60_000.0;

/// A salt is 256 bits in hexadecimal. It is used as text, not decoded.
const SALT_CHARACTERS: usize = 64;
const KEY_BYTES: usize = 32;
const IV_BYTES: usize = 16;
const BLOCK_BYTES: usize = 16;
const MAC_BYTES: usize = 32;
/// The MAC in base64url.
const MAC_CHARACTERS: usize = 43;

/// One iteration is what the format asks for: the password is expected to be random.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN;

const PREFIX: &str = "Fe26.2";

/// The passwords with which a value may have been sealed, each tried in turn. They are wiped from
/// memory when they are dropped, and never shown.
pub struct Passwords(Vec<Zeroizing<String>>);

impl Passwords {
    /// Takes the passwords, without a copy.
    #[must_use]
    pub fn new(passwords: Vec<String>) -> Self {
        Self(passwords.into_iter().map(Zeroizing::new).collect())
    }

    /// Why a seal that none of them opens is refused.
    pub(crate) fn mismatch(&self) -> SessionFault {
        let has_edge = |password: &Zeroizing<String>| password.trim() != password.as_str();
        SessionFault::Password { white_space: self.0.iter().any(has_edge) }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passwords")
    }
}

/// A sealed value in parts, which nothing vouches for yet.
struct Seal<'sealed> {
    /// Everything before the MAC salt, without the asterisk that follows.
    authenticated: &'sealed str,
    salt: &'sealed str,
    iv: [u8; IV_BYTES],
    ciphertext: Vec<u8>,
    mac_salt: &'sealed str,
    mac: [u8; MAC_BYTES],
}

/// Opens a sealed value. The text is wiped from memory when it is dropped. `now` is in seconds since
/// 1970; if it is not a number, a seal with an expiry is refused as expired.
///
/// # Errors
/// Why the value is no seal of one of these passwords that may still be opened.
pub fn unseal(
    sealed: &str,
    passwords: &Passwords,
    now: f64,
) -> Result<Zeroizing<Vec<u8>>, SessionFault> {
    let seal = Seal::read(sealed, now)?;
    let password = passwords.0.iter().find(|password| seal.is_authentic(password));
    password.and_then(|password| seal.decrypt(password)).ok_or_else(|| passwords.mismatch())
}

impl<'sealed> Seal<'sealed> {
    /// The form and the expiry.
    fn read(sealed: &'sealed str, now: f64) -> Result<Self, SessionFault> {
        if sealed.is_empty() {
            return Err(SessionFault::Empty);
        }
        if sealed.len() > MAX_SEALED_BYTES {
            return Err(SessionFault::TooLong);
        }
        let body = without_version(sealed).ok_or_else(|| recognize(sealed))?;
        let parts: Vec<&str> = body.split('*').collect();
        let &[PREFIX, id, salt, iv, ciphertext, expiry, mac_salt, mac] = parts.as_slice() else {
            return Err(recognize(sealed));
        };
        // The id says which password of a map was used. All are tried, so it has no meaning here.
        let is_word =
            |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_word(id) || !is_salt(salt) || !is_salt(mac_salt) {
            return Err(recognize(sealed));
        }
        check_expiry(expiry, now).map_err(|fault| fault.unwrap_or_else(|| recognize(sealed)))?;
        let authenticated = authenticated(body, mac_salt, mac).ok_or_else(|| recognize(sealed))?;
        Self::decode(authenticated, [salt, iv, ciphertext, mac_salt, mac])
            .ok_or_else(|| recognize(sealed))
    }

    /// Strict base64url, as in a token: otherwise one seal could be spelled in several ways.
    fn decode(
        authenticated: &'sealed str,
        [salt, iv, ciphertext, mac_salt, mac]: [&'sealed str; 5],
    ) -> Option<Self> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let iv = bytes(iv)?.try_into().ok()?;
        let ciphertext = bytes(ciphertext)?;
        let mac = bytes(mac)?.try_into().ok()?;
        let has_whole_blocks = ciphertext.len().is_multiple_of(BLOCK_BYTES);
        let seal = Self { authenticated, salt, iv, ciphertext, mac_salt, mac };
        (has_whole_blocks && !seal.ciphertext.is_empty()).then_some(seal)
    }

    /// Compares in constant time (aws-lc's `hmac::verify`).
    fn is_authentic(&self, password: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*derive(password, self.mac_salt));
        hmac::verify(&key, self.authenticated.as_bytes(), &self.mac).is_ok()
    }

    /// `None` if the padding is wrong, which only someone who has the password can bring about.
    fn decrypt(self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        let key = UnboundCipherKey::new(&AES_256, &*derive(password, self.salt)).ok()?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
        let context = DecryptionContext::Iv128(FixedLength::from(self.iv));
        let mut text = Zeroizing::new(self.ciphertext);
        let length = key.decrypt(&mut text, context).ok()?.len();
        // The padding stays in the vector's memory, and is wiped with it.
        text.truncate(length);
        Some(text)
    }
}

/// Everything before the MAC salt, without the asterisk between them.
fn authenticated<'sealed>(body: &'sealed str, mac_salt: &str, mac: &str) -> Option<&'sealed str> {
    let rest = body.strip_suffix(mac)?.strip_suffix('*')?;
    rest.strip_suffix(mac_salt)?.strip_suffix('*')
}

/// The value without `~` and the digits of a version. `None` if anything else follows a `~`.
fn without_version(sealed: &str) -> Option<&str> {
    let Some((body, version)) = sealed.split_once('~') else { return Some(sealed) };
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(body)
}

fn is_salt(text: &str) -> bool {
    text.len() == SALT_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Milliseconds since 1970, or empty: WorkOS's sessions have none. The error is `None` for what is
/// neither.
fn check_expiry(expiry: &str, now: f64) -> Result<(), Option<SessionFault>> {
    if expiry.is_empty() {
        return Ok(());
    }
    let is_number = !expiry.starts_with('0') && expiry.bytes().all(|byte| byte.is_ascii_digit());
    let expiry: f64 = if is_number { expiry.parse().map_err(|_| None)? } else { return Err(None) };
    // Written so that NaN is refused.
    if now * 1_000.0 - EXPIRY_SKEW_MS < expiry { Ok(()) } else { Err(Some(SessionFault::Expired)) }
}

fn derive(password: &str, salt: &str) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let (salt, password) = (salt.as_bytes(), password.as_bytes());
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, ITERATIONS, salt, password, &mut *key);
    key
}

/// What begins like the cookie of authkit-remix and of authkit-react-router: `{"jwt":"Fe26`, in
/// base64.
const SIGNED_WRAPPER: &str = "eyJqd3QiOiJGZTI2";
/// What begins like a Fernet token of the version that Python's `cryptography` writes.
const FERNET: &str = "gAAAA";
/// A JSON object in base64url: the header of a token.
const JSON_OBJECT: &str = "eyJ";
/// Shorter values are typed by hand; a session that AES-GCM has sealed is much longer.
const MIN_GCM_CHARACTERS: usize = 128;

/// Names the well-known things that are found in the place of a seal.
fn recognize(sealed: &str) -> SessionFault {
    let is_quote = |end: char| matches!(end, '"' | '\'');
    if sealed.starts_with(is_quote) || sealed.ends_with(is_quote) {
        SessionFault::Quoted
    } else if sealed.contains('%') && !sealed.starts_with(SIGNED_WRAPPER) {
        SessionFault::Encoded
    } else if sealed.starts_with(PREFIX) {
        if is_cut(sealed) { SessionFault::Cut } else { SessionFault::Damaged }
    } else if sealed.contains("Fe26.2*") {
        SessionFault::NotAlone
    } else if sealed.starts_with(SIGNED_WRAPPER) {
        SessionFault::SignedWrapper
    } else if sealed.starts_with(JSON_OBJECT) && sealed.split('.').count() == 3 {
        SessionFault::BareToken
    } else if sealed.starts_with(FERNET) || is_one_base64(sealed) {
        SessionFault::OtherSdk
    } else {
        SessionFault::NotASeal
    }
}

/// Whether the end is missing.
fn is_cut(sealed: &str) -> bool {
    let body = sealed.split('~').next().unwrap_or_default();
    let last = body.rsplit('*').next().unwrap_or_default();
    match body.bytes().filter(|byte| *byte == b'*').count() {
        0..7 => true,
        7 => last.len() < MAC_CHARACTERS,
        _ => false,
    }
}

/// Whether this may be what the SDKs for Go and Ruby write: bytes in base64, of either alphabet.
fn is_one_base64(sealed: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    sealed.len() >= MIN_GCM_CHARACTERS && sealed.bytes().all(is_base64)
}
