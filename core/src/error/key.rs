//! Why a key is not used.

/// Why a key of a set is not used (check 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// `kty` is none of RSA, EC and OKP.
    KeyType,
    /// `crv` is none of P-256, P-384 and Ed25519, or does not go with `kty`.
    Curve,
    /// `use` is present and not `sig`.
    Use,
    /// `key_ops` is present and is not a list of distinct strings with `verify` among them.
    Operations,
    /// `alg` is present and is no algorithm that this key can have.
    Algorithm,
    /// A number of the key is missing, or not strict base64url.
    Encoding,
    /// The RSA modulus is even, or has fewer than 2048 or more than 8192 bits.
    Modulus,
    /// The RSA exponent is even, below 3, or above 33 bits.
    Exponent,
    /// The point is not on its curve, or not of the curve's length.
    Point,
    /// Another usable key of the set has the same `kid`.
    Ambiguous,
    /// `alg` is another one than the token's.
    OtherAlgorithm,
}

impl Unusable {
    /// The reason, as part of a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyType => "its kty is none of rsa, ec and okp",
            Self::Curve => "its crv is none of p-256, p-384 and ed25519",
            Self::Use => "its use is not sig",
            Self::Operations => "its key_ops do not allow verify",
            Self::Algorithm => "its alg does not go with its kty",
            Self::Encoding => "one of its numbers is missing or not base64url",
            Self::Modulus => "its rsa modulus is even or not of 2048 to 8192 bits",
            Self::Exponent => "its rsa exponent is even, below 3 or above 33 bits",
            Self::Point => "its point is not on its curve",
            Self::Ambiguous => "another key of the set has the same kid",
            Self::OtherAlgorithm => "its alg is not the token's",
        }
    }
}
