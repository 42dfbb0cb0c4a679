//! Seals, written independently of the code that opens them.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};

use crate::form::{decode, encode};

/// The parts of a seal that are chosen by whoever seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    pub id: String,
    pub salt: String,
    pub iv: [u8; 16],
    pub expiry: String,
    pub mac_salt: String,
}

impl Parts {
    /// Those of a seal, if it has them.
    pub fn of(sealed: &str) -> Option<Self> {
        let parts: Vec<&str> = sealed.split(['*', '~']).collect();
        let &["Fe26.2", id, salt, iv, _, expiry, mac_salt, ..] = parts.as_slice() else {
            return None;
        };
        let iv = decode(iv)?.try_into().ok()?;
        let [id, salt, expiry, mac_salt] = [id, salt, expiry, mac_salt].map(str::to_owned);
        Some(Self { id, salt, iv, expiry, mac_salt })
    }

    /// Seals a text, without a version.
    pub fn seal(&self, text: &[u8], password: &str) -> String {
        let Self { id, salt, iv, expiry, mac_salt } = self;
        let key = UnboundCipherKey::new(&AES_256, &derive(password, salt)).expect("32 bytes");
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).expect("a key");
        let mut ciphertext = text.to_vec();
        let context = EncryptionContext::Iv128(FixedLength::from(*iv));
        key.less_safe_encrypt(&mut ciphertext, context).expect("encrypts");
        let (iv, ciphertext) = (encode(iv), encode(&ciphertext));
        let body = format!("Fe26.2*{id}*{salt}*{iv}*{ciphertext}*{expiry}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &derive(password, mac_salt));
        let mac = encode(hmac::sign(&key, body.as_bytes()).as_ref());
        format!("{body}*{mac_salt}*{mac}")
    }
}

fn derive(password: &str, salt: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let (salt, password) = (salt.as_bytes(), password.as_bytes());
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, NonZeroU32::MIN, salt, password, &mut key);
    key
}
