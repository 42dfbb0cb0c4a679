//! Keys that are generated for each run of the tests, and the tokens that they sign.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::Pkcs8V1Der;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, crypto};
use serde_json::{Value, json};
use verify_workos_token_core::algorithm::{self, Algorithm};

/// `jsonwebtoken` takes RSA keys as PKCS #1. In the PKCS #8 form of a 2048-bit key, that is what
/// follows this many bytes of header.
const PKCS8_HEADER_BYTES: usize = 26;

/// A key that signs, and its public half.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) algorithm: &'static str,
    /// With `kid`, `use` and `alg`, as WorkOS publishes its keys.
    pub(crate) jwk: Value,
    key: EncodingKey,
}

impl Signer {
    /// The RS256 key of most tests. Generating one takes long.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Signer> = LazyLock::new(|| Signer::new("RS256", "key_1"));
        &SHARED
    }

    /// Another RS256 key with the same `kid`: a forger's, or a replacement.
    pub(crate) fn other() -> &'static Self {
        static OTHER: LazyLock<Signer> = LazyLock::new(|| Signer::new("RS256", "key_1"));
        &OTHER
    }

    pub(crate) fn new(algorithm: &'static str, key_id: &str) -> Self {
        let (key, mut jwk) = match algorithm {
            "ES256" => elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            "ES384" => elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            "EdDSA" => edwards(),
            _ => rsa(),
        };
        jwk["kid"] = json!(key_id);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(algorithm);
        Self { algorithm, jwk, key }
    }

    /// The same key with another `kid`.
    pub(crate) fn named(&self, key_id: &str) -> Self {
        let mut named = self.clone();
        named.jwk["kid"] = json!(key_id);
        named
    }

    /// The same key for another algorithm of its family.
    pub(crate) fn for_algorithm(&self, algorithm: &'static str) -> Self {
        let mut other = self.clone();
        other.algorithm = algorithm;
        other.jwk["alg"] = json!(algorithm);
        other
    }

    /// The header of a WorkOS token: only `alg` and `kid`.
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": self.algorithm, "kid": self.jwk["kid"] })
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_text(self.header().to_string(), claims.to_string())
    }

    /// Signs any header and payload.
    pub(crate) fn sign_text(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.sign_segments(&URL_SAFE_NO_PAD.encode(header), &URL_SAFE_NO_PAD.encode(payload))
    }

    /// Signs any two segments, base64url or not.
    pub(crate) fn sign_segments(&self, header: &str, payload: &str) -> String {
        let message = format!("{header}.{payload}");
        let algorithm = algorithm::by_name(self.algorithm).unwrap();
        let signature = crypto::sign(message.as_bytes(), &self.key, algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// A token as `jsonwebtoken` writes it.
    pub(crate) fn encode(&self, claims: &Value) -> String {
        let algorithm: Algorithm = algorithm::by_name(self.algorithm).unwrap();
        let mut header = jsonwebtoken::Header::new(algorithm);
        header.kid = self.jwk["kid"].as_str().map(str::to_owned);
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

fn rsa() -> (EncodingKey, Value) {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let key = EncodingKey::from_rsa_der(&pkcs8.as_ref()[PKCS8_HEADER_BYTES..]);
    let public = pair.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let modulus = number(public.modulus().big_endian_without_leading_zero());
    let exponent = number(public.exponent().big_endian_without_leading_zero());
    (key, json!({ "kty": "RSA", "n": modulus, "e": exponent }))
}

fn elliptic(algorithm: &'static EcdsaSigningAlgorithm, curve: &str) -> (EncodingKey, Value) {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
    // The first byte says that the point is uncompressed.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
    let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    (key, json!({ "kty": "EC", "crv": curve, "x": coordinate(x), "y": coordinate(y) }))
}

fn edwards() -> (EncodingKey, Value) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let key = EncodingKey::from_ed_der(pair.to_pkcs8().unwrap().as_ref());
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    (key, json!({ "kty": "OKP", "crv": "Ed25519", "x": x }))
}
