//! Why a key of a set can't be used.

/// Why a key of a set can't be used (check 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It is not a JSON object, or readers could understand it differently.
    NotAnObject,
    /// `kid` is missing or not a string.
    KeyId,
    /// `kty` is none of RSA, EC and OKP.
    KeyType,
    /// `crv` is none of P-256, P-384 and Ed25519, or does not match `kty`.
    Curve,
    /// `use` is present and not `sig`.
    Use,
    /// `key_ops` is present and is not an array of distinct strings that contains `verify`.
    Operations,
    /// `alg` is present and not a string.
    AlgorithmType,
    /// `alg` is none of the algorithms that can be allowed.
    UnknownAlgorithm,
    /// `alg` does not match `kty` or `crv`.
    Algorithm,
    /// A number of the key is missing or not a string.
    MissingNumber,
    /// A number of the key is padded (RFC 7515, section 2: base64url without `=`).
    Padding,
    /// A number of the key is not strict base64url.
    Encoding,
    /// The RSA modulus has fewer than 2048 bits.
    ShortModulus,
    /// The RSA modulus has more than 8192 bits.
    LongModulus,
    /// The RSA modulus is even.
    EvenModulus,
    /// The RSA exponent is even, below 3, or above 33 bits.
    Exponent,
    /// The point is not on its curve, or not of the curve's length.
    Point,
    /// A different key of the set has the same `kid` and fits the same algorithm.
    Ambiguous,
    /// Its `alg`, `kty` or `crv` does not fit the token's algorithm.
    OtherAlgorithm,
}

impl Unusable {
    /// Every reason.
    pub const ALL: [Self; 19] = [
        Self::NotAnObject,
        Self::KeyId,
        Self::KeyType,
        Self::Curve,
        Self::Use,
        Self::Operations,
        Self::AlgorithmType,
        Self::UnknownAlgorithm,
        Self::Algorithm,
        Self::MissingNumber,
        Self::Padding,
        Self::Encoding,
        Self::ShortModulus,
        Self::LongModulus,
        Self::EvenModulus,
        Self::Exponent,
        Self::Point,
        Self::Ambiguous,
        Self::OtherAlgorithm,
    ];

    /// The reason, as part of a sentence about the key.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAnObject => "it is not a strict json object",
            Self::KeyId => "it has no kid, or one that is not a string",
            Self::KeyType => "its kty is none of RSA, EC and OKP",
            Self::Curve => "its crv is none of P-256, P-384 and Ed25519, or does not match its kty",
            Self::Use => "its use is not sig",
            Self::Operations => "its key_ops do not allow verify",
            Self::AlgorithmType => "its alg is not a string",
            Self::UnknownAlgorithm => "its alg is not a signature algorithm that can be allowed",
            Self::Algorithm => "its alg does not go with its kty or crv",
            Self::MissingNumber => "n, e, x or y is missing or not a string",
            Self::Padding => "n, e, x or y is padded with =",
            Self::Encoding => "n, e, x or y is not base64url",
            Self::ShortModulus => "its rsa modulus has fewer than 2048 bits",
            Self::LongModulus => "its rsa modulus has more than 8192 bits",
            Self::EvenModulus => "its rsa modulus is even",
            Self::Exponent => "its rsa exponent is even, below 3 or above 33 bits",
            Self::Point => "its point is not on its curve",
            Self::Ambiguous => "a different key of the set has the same kid",
            Self::OtherAlgorithm => "it is not for the token's alg",
        }
    }
}
