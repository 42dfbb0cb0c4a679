//! Seals for the tests, written independently of the code that opens them.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::claims;
use super::signer::Signer;

/// The password of most tests: the shortest that is allowed.
pub(crate) const PASSWORD: &str = "a password of 32 characters long";

/// The parts of a seal, as they are written.
pub(crate) struct Parts {
    pub(crate) id: &'static str,
    pub(crate) salt: String,
    pub(crate) iv: [u8; 16],
    pub(crate) expiry: String,
    pub(crate) mac_salt: String,
    pub(crate) suffix: &'static str,
    /// Bytes that are encrypted in place of the text and its padding.
    pub(crate) unpadded: Option<Vec<u8>>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            id: "1",
            salt: "0123456789abcdef".repeat(4),
            iv: *b"sixteen bytes iv",
            expiry: String::new(),
            mac_salt: "fedcba9876543210".repeat(4),
            suffix: "~2",
            unpadded: None,
        }
    }
}

impl Parts {
    /// Seals a text with a password.
    pub(crate) fn seal(self, text: &str, password: &str) -> String {
        let Self { id, salt, iv, expiry, mac_salt, suffix, unpadded } = self;
        let padded = unpadded.unwrap_or_else(|| padded(text));
        let ciphertext = URL_SAFE_NO_PAD.encode(encrypted(&derive(password, &salt), iv, &padded));
        let iv = URL_SAFE_NO_PAD.encode(iv);
        let body = format!("Fe26.2*{id}*{salt}*{iv}*{ciphertext}*{expiry}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &derive(password, &mac_salt));
        let mac = URL_SAFE_NO_PAD.encode(hmac::sign(&key, body.as_bytes()));
        format!("{body}*{mac_salt}*{mac}{suffix}")
    }
}

/// Seals a text as WorkOS's SDKs do.
pub(crate) fn seal(text: &str) -> String {
    Parts::default().seal(text, PASSWORD)
}

/// A session as the SDKs seal it: its user is the subject of its token.
pub(crate) fn session() -> Value {
    json!({
        "accessToken": Signer::shared().sign(&claims()),
        "refreshToken": "a refresh token",
        "user": { "object": "user", "id": "user_01", "email": "ada@example.com" },
        "authenticationMethod": "Password",
    })
}

fn derive(password: &str, salt: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let (salt, password) = (salt.as_bytes(), password.as_bytes());
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, NonZeroU32::MIN, salt, password, &mut key);
    key
}

/// PKCS #7 (RFC 5652, section 6.3).
fn padded(text: &str) -> Vec<u8> {
    let missing = 16 - text.len() % 16;
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(text.len() + missing, u8::try_from(missing).unwrap());
    bytes
}

/// AES-256-CBC over whole blocks. The cipher adds a block of padding, which is cut off.
fn encrypted(key: &[u8; 32], iv: [u8; 16], blocks: &[u8]) -> Vec<u8> {
    let key = UnboundCipherKey::new(&AES_256, key).unwrap();
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
    let mut bytes = blocks.to_vec();
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    key.less_safe_encrypt(&mut bytes, context).unwrap();
    bytes.truncate(blocks.len());
    bytes
}
