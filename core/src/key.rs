//! One JSON Web Key, read into a key that verifies signatures.
//!
//! This is the only file that names the cryptography. A key is parsed once, not for every token.

use std::sync::OnceLock;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::signature::{Error as SignatureError, Verifier as SignatureVerifier};

use crate::algorithm::{self, Algorithm};
use crate::error::Unusable;
use crate::json::{Object, Value};

/// The shortest RSA modulus (RFC 7518, section 3.3).
const MIN_MODULUS_BITS: usize = 2048;
/// The longest RSA modulus. Verification time grows with its square, and aws-lc accepts no more.
const MAX_MODULUS_BITS: usize = 8192;
/// The longest RSA exponent that aws-lc accepts.
const MAX_EXPONENT_BITS: usize = 33;
/// The first byte of an uncompressed point (SEC 1, section 2.3.3).
const UNCOMPRESSED_POINT: u8 = 4;
/// The length of an Ed25519 public key (RFC 8032, section 5.1.5).
const ED25519_KEY_BYTES: usize = 32;

const RSA_ALGORITHMS: [(Algorithm, &RsaParameters); 6] = [
    (Algorithm::RS256, &RSA_PKCS1_2048_8192_SHA256),
    (Algorithm::RS384, &RSA_PKCS1_2048_8192_SHA384),
    (Algorithm::RS512, &RSA_PKCS1_2048_8192_SHA512),
    (Algorithm::PS256, &RSA_PSS_2048_8192_SHA256),
    (Algorithm::PS384, &RSA_PSS_2048_8192_SHA384),
    (Algorithm::PS512, &RSA_PSS_2048_8192_SHA512),
];

/// A usable public key.
#[derive(Debug)]
pub(crate) struct VerifyingKey {
    /// The one algorithm that the JWK names, if it names one.
    declared: Option<Algorithm>,
    material: Material,
    /// The members that make up the key, as RFC 7638 writes them.
    canonical: String,
    thumbprint: Thumbprint,
}

/// RFC 7638 with SHA-256: two keys with equal thumbprints are the same key.
pub(crate) type Thumbprint = [u8; 32];

#[derive(Debug)]
enum Material {
    /// aws-lc ties a parsed key to one padding and hash. So there is a slot for each algorithm,
    /// which is filled when it is first needed.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8>, parsed: Box<[Slot; RSA_ALGORITHMS.len()]> },
    /// The curve determines the algorithm.
    Curve { algorithm: Algorithm, parsed: ParsedPublicKey },
}

type Slot = OnceLock<Option<ParsedPublicKey>>;

impl VerifyingKey {
    /// Reads a JWK (RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2). The key set
    /// handles `kid`. `x5c`, `x5t`, private members and unknown members are ignored.
    pub(crate) fn parse(jwk: &Object<'_>) -> Result<Self, Unusable> {
        check_use(jwk)?;
        check_operations(jwk)?;
        let declared = declared_algorithm(jwk)?;
        let (material, canonical) = match string(jwk, "kty") {
            Some("RSA") => rsa(jwk)?,
            Some("EC") => elliptic_curve(jwk)?,
            Some("OKP") => edwards_curve(jwk)?,
            _ => return Err(Unusable::KeyType),
        };
        let thumbprint = thumbprint(&canonical);
        let key = Self { declared, material, canonical, thumbprint };
        match declared {
            Some(algorithm) if !key.material.fits(algorithm) => Err(Unusable::Algorithm),
            _ => Ok(key),
        }
    }

    /// Whether the key may be used with this algorithm (RFC 8725, section 3.1).
    pub(crate) fn allows(&self, algorithm: Algorithm) -> bool {
        self.declared.is_none_or(|declared| declared == algorithm) && self.material.fits(algorithm)
    }

    /// Whether both keys fit the same algorithms.
    pub(crate) fn serves_like(&self, other: &Self) -> bool {
        let kind = |key: &Self| match key.material {
            Material::Rsa { .. } => None,
            Material::Curve { algorithm, .. } => Some(algorithm),
        };
        self.declared == other.declared && kind(self) == kind(other)
    }

    /// The length of this key's signatures, in bytes (RFC 8017, section 8; RFC 7518, section 3.4;
    /// RFC 8032, section 5.1.6).
    pub(crate) fn signature_bytes(&self) -> usize {
        match &self.material {
            Material::Rsa { modulus, .. } => modulus.len(),
            Material::Curve { algorithm: Algorithm::ES384, .. } => 96,
            Material::Curve { .. } => 64,
        }
    }

    pub(crate) fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// The key as a JWK with this `kid`, without what plays no part.
    pub(crate) fn jwk(&self, key_id: &str) -> String {
        let key_id = serde_json::Value::from(key_id);
        let algorithm = self.declared.and_then(algorithm::name_of);
        let algorithm = algorithm.map(|name| format!(r#""alg":"{name}","#)).unwrap_or_default();
        let members = self.canonical.trim_start_matches('{');
        format!(r#"{{"kid":{key_id},{algorithm}{members}"#)
    }

    /// Whether this key made this signature with this algorithm.
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &Vec<u8>) -> bool {
        if !self.allows(algorithm) {
            return false;
        }
        self.material
            .parsed(algorithm)
            .is_some_and(|key| ParsedVerifier { algorithm, key }.verify(message, signature).is_ok())
    }
}

/// A parsed key behind `jsonwebtoken`'s trait for verifiers.
struct ParsedVerifier<'key> {
    algorithm: Algorithm,
    key: &'key ParsedPublicKey,
}

impl SignatureVerifier<Vec<u8>> for ParsedVerifier<'_> {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        let result = match rsa_hash(self.algorithm) {
            // aws-lc sets up less for a hash than for a message.
            Some(hash) => self.key.verify_digest_sig(&digest::digest(hash, message), signature),
            None => self.key.verify_sig(message, signature),
        };
        result.map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for ParsedVerifier<'_> {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// The hash of RSA's algorithms (RFC 7518, sections 3.3 and 3.5). aws-lc compares it with the one that
/// the key was parsed for.
fn rsa_hash(algorithm: Algorithm) -> Option<&'static digest::Algorithm> {
    match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => Some(&digest::SHA256),
        Algorithm::RS384 | Algorithm::PS384 => Some(&digest::SHA384),
        Algorithm::RS512 | Algorithm::PS512 => Some(&digest::SHA512),
        _ => None,
    }
}

impl Material {
    fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => RSA_ALGORITHMS.iter().any(|(candidate, _)| *candidate == algorithm),
            Self::Curve { algorithm: only, .. } => *only == algorithm,
        }
    }

    fn parsed(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        match self {
            Self::Curve { parsed, .. } => Some(parsed),
            Self::Rsa { modulus, exponent, parsed } => {
                let mut slots = RSA_ALGORITHMS.iter().zip(parsed.iter());
                let ((_, parameters), slot) =
                    slots.find(|((candidate, _), _)| *candidate == algorithm)?;
                slot.get_or_init(|| parse_rsa(modulus, exponent, parameters)).as_ref()
            }
        }
    }
}

fn check_use(jwk: &Object<'_>) -> Result<(), Unusable> {
    match jwk.get("use") {
        None => Ok(()),
        Some(value) if value.as_str() == Some("sig") => Ok(()),
        Some(_) => Err(Unusable::Use),
    }
}

/// RFC 7517, section 4.3: the strings are distinct. To verify, `verify` must be among them.
fn check_operations(jwk: &Object<'_>) -> Result<(), Unusable> {
    let Some(value) = jwk.get("key_ops") else { return Ok(()) };
    let mut operations = value.as_strings().ok_or(Unusable::Operations)?;
    let count = operations.len();
    operations.sort_unstable();
    operations.dedup();
    match operations.len() == count && operations.contains(&"verify") {
        true => Ok(()),
        false => Err(Unusable::Operations),
    }
}

fn declared_algorithm(jwk: &Object<'_>) -> Result<Option<Algorithm>, Unusable> {
    let Some(value) = jwk.get("alg") else { return Ok(None) };
    let name = value.as_str().ok_or(Unusable::AlgorithmType)?;
    algorithm::by_name(name).map(Some).ok_or(Unusable::UnknownAlgorithm)
}

/// RFC 7518, section 6.3.1. Leading zero octets are dropped: common big-number libraries write one,
/// and the number is the same.
fn rsa(jwk: &Object<'_>) -> Result<(Material, String), Unusable> {
    let modulus = number(jwk, "n")?;
    let exponent = number(jwk, "e")?;
    check_modulus(&modulus)?;
    let exponent_bits = bits(&exponent);
    // An exponent of one bit is 1, and with it every message is its own signature.
    if !(2..=MAX_EXPONENT_BITS).contains(&exponent_bits) || !is_odd(&exponent) {
        return Err(Unusable::Exponent);
    }
    let canonical = format!(
        r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
        URL_SAFE_NO_PAD.encode(&exponent),
        URL_SAFE_NO_PAD.encode(&modulus)
    );
    Ok((Material::Rsa { modulus, exponent, parsed: Box::default() }, canonical))
}

fn check_modulus(modulus: &[u8]) -> Result<(), Unusable> {
    match bits(modulus) {
        ..MIN_MODULUS_BITS => Err(Unusable::ShortModulus),
        MIN_MODULUS_BITS..=MAX_MODULUS_BITS if is_odd(modulus) => Ok(()),
        MIN_MODULUS_BITS..=MAX_MODULUS_BITS => Err(Unusable::EvenModulus),
        _ => Err(Unusable::LongModulus),
    }
}

fn parse_rsa(n: &[u8], e: &[u8], parameters: &'static RsaParameters) -> Option<ParsedPublicKey> {
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
}

/// RFC 7518, section 6.2.1: coordinates have the full length of the curve. aws-lc checks that the
/// point is on the curve; otherwise signatures could be forged (RFC 8725, section 3.4).
fn elliptic_curve(jwk: &Object<'_>) -> Result<(Material, String), Unusable> {
    let (curve, algorithm, parameters, length): (_, _, &'static dyn VerificationAlgorithm, _) =
        match string(jwk, "crv") {
            Some("P-256") => ("P-256", Algorithm::ES256, &ECDSA_P256_SHA256_FIXED, 32),
            Some("P-384") => ("P-384", Algorithm::ES384, &ECDSA_P384_SHA384_FIXED, 48),
            _ => return Err(Unusable::Curve),
        };
    let (x, y) = (octets(jwk, "x")?, octets(jwk, "y")?);
    if x.len() != length || y.len() != length {
        return Err(Unusable::Point);
    }
    let point = [&[UNCOMPRESSED_POINT], x.as_slice(), y.as_slice()].concat();
    let parsed = ParsedPublicKey::new(parameters, point).map_err(|_| Unusable::Point)?;
    let canonical = format!(
        r#"{{"crv":"{curve}","kty":"EC","x":"{}","y":"{}"}}"#,
        URL_SAFE_NO_PAD.encode(&x),
        URL_SAFE_NO_PAD.encode(&y)
    );
    Ok((Material::Curve { algorithm, parsed }, canonical))
}

/// RFC 8037, section 2. Ed448 and the key-agreement curves can't be allowed.
fn edwards_curve(jwk: &Object<'_>) -> Result<(Material, String), Unusable> {
    if string(jwk, "crv") != Some("Ed25519") {
        return Err(Unusable::Curve);
    }
    let x = octets(jwk, "x")?;
    if x.len() != ED25519_KEY_BYTES {
        return Err(Unusable::Point);
    }
    let canonical =
        format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(&x));
    let parsed = ParsedPublicKey::new(&ED25519, x).map_err(|_| Unusable::Point)?;
    Ok((Material::Curve { algorithm: Algorithm::EdDSA, parsed }, canonical))
}

/// RFC 7638, section 3: only the required members, in lexical order, without white space.
fn thumbprint(canonical: &str) -> Thumbprint {
    sha256(canonical.as_bytes())
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut output = [0; 32];
    output.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    output
}

fn string<'jwk>(jwk: &'jwk Object<'_>, name: &str) -> Option<&'jwk str> {
    jwk.get(name).and_then(Value::as_str)
}

fn octets(jwk: &Object<'_>, name: &str) -> Result<Vec<u8>, Unusable> {
    let text = string(jwk, name).ok_or(Unusable::MissingNumber)?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| match text.ends_with('=') {
        true => Unusable::Padding,
        false => Unusable::Encoding,
    })
}

/// A big-endian number without leading zero octets.
pub(crate) fn number(jwk: &Object<'_>, name: &str) -> Result<Vec<u8>, Unusable> {
    let octets = octets(jwk, name)?;
    Ok(octets.iter().copied().skip_while(|octet| *octet == 0).collect())
}

pub(crate) fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |octet| octet.leading_zeros() as usize);
    number.len().saturating_mul(8).saturating_sub(leading)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|octet| octet & 1 == 1)
}
