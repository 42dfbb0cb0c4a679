//! What the publisher of a key has to change (RFC 7517, section 4; RFC 7518, section 6).

use crate::error::cause::{Cause, causes};
use crate::error::key::Unusable;

causes! {
    NOT_AN_OBJECT = "key-not-an-object" [JwksFetchFailed, UnknownKey]
        "a key is not an object, or has a member twice" =>
        "Each entry of `keys` must be a JSON object without duplicate member names.";
    KEY_ID = "key-without-id" [JwksFetchFailed]
        "a key has no `kid`" =>
        "Give the key the `kid` that tokens name in their header. Without it, the key is never \
        found.";
    KEY_TYPE = "key-type" [JwksFetchFailed, UnknownKey]
        "a key's `kty` or `crv` is none that is supported" =>
        "Publish an RSA key, an EC key on P-256 or P-384, or an OKP key on Ed25519. WorkOS uses \
        RSA.";
    KEY_USE = "key-use" [JwksFetchFailed, UnknownKey]
        "a key's `use` is not `sig`" =>
        "The key is marked for another use, such as encryption (`enc`). Publish the signing key, \
        with `use` absent or `sig`.";
    KEY_OPERATIONS = "key-operations" [JwksFetchFailed, UnknownKey]
        "a key's `key_ops` do not allow `verify`" =>
        "`key_ops` of a public signing key must be an array that contains `verify`. Correct it or \
        leave it out.";
    KEY_ALGORITHM_TYPE = "key-algorithm-type" [JwksFetchFailed, UnknownKey]
        "a key's `alg` is not a string" =>
        "`alg` must be a string such as RS256. Leave it out rather than set it to null.";
    KEY_ALGORITHM = "key-algorithm" [JwksFetchFailed, UnknownKey]
        "a key's `alg` is no signature algorithm of its type" =>
        "`alg` must be the signature algorithm of this kind of key: RS256 for the RSA keys of \
        WorkOS. Correct it or leave it out.";
    KEY_NUMBERS = "key-numbers" [JwksFetchFailed, UnknownKey]
        "a number of a key is missing or not a string" =>
        "An RSA key needs `n` and `e`, an EC key `x` and `y`, an OKP key `x`, each as a string.";
    KEY_PADDING = "key-padding" [JwksFetchFailed, UnknownKey]
        "a number of a key ends with `=`" =>
        "Remove the `=` at the end of `n`, `e`, `x` and `y`: base64url in a JWK is never padded \
        (RFC 7515, section 2).";
    KEY_ENCODING = "key-encoding" [JwksFetchFailed, UnknownKey]
        "a number of a key is not base64url" =>
        "Encode `n`, `e`, `x` and `y` as base64url: with `-` and `_`, without white space, line \
        breaks or padding.";
    SHORT_MODULUS = "short-key" [JwksFetchFailed, UnknownKey]
        "an RSA key has fewer than 2048 bits" =>
        "RSA keys below 2048 bits can be broken and are refused (RFC 7518, section 3.3). Sign with \
        a key of 2048 bits or more.";
    LONG_MODULUS = "long-key" [JwksFetchFailed, UnknownKey]
        "an RSA key has more than 8192 bits" =>
        "RSA keys above 8192 bits are refused, since each signature would take too long. Sign with \
        a shorter key.";
    KEY_DAMAGED = "damaged-key" [JwksFetchFailed, UnknownKey]
        "a key's numbers are not those of a public key" =>
        "This is not a valid public key: it is damaged or wrongly encoded. Export it again.";
    KEY_AMBIGUOUS = "ambiguous-key" [JwksFetchFailed, UnknownKey]
        "two different keys have the same `kid`" =>
        "Give each key its own `kid`. If two different keys share one, there is no telling which \
        is meant.";
    OTHER_ALGORITHM = "key-of-other-algorithm" [UnknownKey]
        "the key with the token's `kid` is for another algorithm" =>
        "The key set has this kid, but for another algorithm than the one in the token's header. \
        Check `alg` and `kty` of the key at the JWKS URL.";
}

pub(crate) fn unusable(unusable: Unusable) -> &'static Cause {
    match unusable {
        Unusable::NotAnObject => &NOT_AN_OBJECT,
        Unusable::KeyId => &KEY_ID,
        Unusable::KeyType | Unusable::Curve => &KEY_TYPE,
        Unusable::Use => &KEY_USE,
        Unusable::Operations => &KEY_OPERATIONS,
        Unusable::AlgorithmType => &KEY_ALGORITHM_TYPE,
        Unusable::UnknownAlgorithm | Unusable::Algorithm => &KEY_ALGORITHM,
        Unusable::MissingNumber => &KEY_NUMBERS,
        Unusable::Padding => &KEY_PADDING,
        Unusable::Encoding => &KEY_ENCODING,
        Unusable::ShortModulus => &SHORT_MODULUS,
        Unusable::LongModulus => &LONG_MODULUS,
        Unusable::EvenModulus | Unusable::Exponent | Unusable::Point => &KEY_DAMAGED,
        Unusable::Ambiguous => &KEY_AMBIGUOUS,
        Unusable::OtherAlgorithm => &OTHER_ALGORITHM,
    }
}
