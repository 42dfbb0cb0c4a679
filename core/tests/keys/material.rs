//! The numbers and points that make up a key.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::*;

/// A key of some size or exponent, and a token that it signed. They were made once, with `openssl
/// genpkey` and Node's `crypto.sign`. The private halves are gone.
#[derive(Deserialize)]
struct RsaFixture {
    bits: usize,
    exponent: String,
    jwk: Value,
    token: String,
}

#[test]
fn rsa_keys_have_2048_to_8192_bits_and_an_odd_exponent_of_at_most_33() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rsa.json");
    let fixtures: Vec<RsaFixture> =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(fixtures.len(), 9);
    for RsaFixture { bits, exponent, jwk, token } in fixtures {
        let verdict = verify(&verifier(policy(), &key_set([&jwk])), &token);
        let expected = match (bits, exponent.as_str()) {
            (2047, _) => Some(unknown(Some(Unusable::ShortModulus))),
            (8194, _) => Some(unknown(Some(Unusable::LongModulus))),
            // 2^33 + 1
            (_, "8589934593") => Some(unknown(Some(Unusable::Exponent))),
            _ => None,
        };
        assert_eq!(verdict.err().map(|refused| refused.refusal), expected, "{bits}, {exponent}");
    }
}

#[test]
fn rsa_numbers_are_read_strictly() {
    let signer = Signer::shared();
    let modulus = signer.jwk["n"].as_str().unwrap();
    // 2^8192 + 1 has 8193 bits. "AAAA" is three zero octets.
    let too_long = format!("AAAB{}AQ", "A".repeat(1_364));
    let cases = [
        (json!({ "n": too_long }), Unusable::LongModulus),
        (json!({ "n": format!("{}A", &modulus[..modulus.len() - 1]) }), Unusable::EvenModulus),
        (json!({ "n": "" }), Unusable::ShortModulus),
        (json!({ "n": format!("{modulus}==") }), Unusable::Padding),
        (json!({ "n": format!("{modulus}\n") }), Unusable::Encoding),
        (json!({ "n": modulus.replace(['-', '_'], "+") + "+" }), Unusable::Encoding),
        (json!({ "n": 65_537 }), Unusable::MissingNumber),
        (json!({ "n": null }), Unusable::MissingNumber),
        (json!({ "e": null }), Unusable::MissingNumber),
        (json!({ "e": 65_537 }), Unusable::MissingNumber),
        (json!({ "e": "" }), Unusable::Exponent),
        (json!({ "e": "AA" }), Unusable::Exponent),
        (json!({ "e": "AQ" }), Unusable::Exponent),
        (json!({ "e": "Ag" }), Unusable::Exponent),
        (json!({ "e": "AQAA" }), Unusable::Exponent),
    ];
    for (changes, reason) in cases {
        assert_unusable(signer, altered(signer, &changes), reason);
    }
    assert_usable(signer, altered(signer, &json!({ "n": format!("AAAA{modulus}") })));
    assert_usable(signer, altered(signer, &json!({ "e": "AAEAAQ" })));
}

#[test]
fn points_are_whole_and_on_their_curve() {
    let p256 = Signer::new("ES256", "key_1");
    let p384 = Signer::new("ES384", "key_1");
    let edwards = Signer::new("EdDSA", "key_1");
    let [x, y] = ["x", "y"].map(|name| p256.jwk[name].as_str().unwrap().to_owned());
    let longer = format!("AAAA{x}");
    // The octets of the point, with the border between the coordinates moved by one.
    let octets = [&x, &y].map(|text| URL_SAFE_NO_PAD.decode(text).unwrap()).concat();
    let [short, long] = [&octets[..31], &octets[31..]].map(|part| URL_SAFE_NO_PAD.encode(part));
    let cases = [
        (&p256, json!({ "x": y, "y": x }), Unusable::Point),
        (&p256, json!({ "x": longer }), Unusable::Point),
        (&p256, json!({ "x": short, "y": long }), Unusable::Point),
        (&p256, json!({ "y": "AAAA" }), Unusable::Point),
        (&p256, json!({ "y": null }), Unusable::MissingNumber),
        (&p256, json!({ "y": format!("{y}=") }), Unusable::Padding),
        (&p256, json!({ "crv": "P-384", "alg": "ES384" }), Unusable::Point),
        (&p256, json!({ "crv": "P-521" }), Unusable::Curve),
        (&p256, json!({ "crv": "secp256k1" }), Unusable::Curve),
        (&p256, json!({ "crv": "Ed25519" }), Unusable::Curve),
        (&p256, json!({ "crv": null }), Unusable::Curve),
        (&p384, json!({ "crv": "P-256", "alg": "ES256" }), Unusable::Point),
        (&edwards, json!({ "x": "AAAA" }), Unusable::Point),
        (&edwards, json!({ "x": longer }), Unusable::Point),
        (&edwards, json!({ "x": null }), Unusable::MissingNumber),
        (&edwards, json!({ "crv": "Ed448" }), Unusable::Curve),
        (&edwards, json!({ "crv": "X25519" }), Unusable::Curve),
        (&edwards, json!({ "crv": "P-256" }), Unusable::Curve),
        (&edwards, json!({ "kty": "oct", "k": "AAAA" }), Unusable::KeyType),
        (&edwards, json!({ "kty": "okp" }), Unusable::KeyType),
        (&edwards, json!({ "kty": null }), Unusable::KeyType),
    ];
    for (signer, changes, reason) in cases {
        assert_unusable(signer, altered(signer, &changes), reason);
    }
}
