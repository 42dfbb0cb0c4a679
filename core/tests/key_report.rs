//! What a key set holds, key by key.

use serde_json::{Value, json};
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_report::{KeyReport, KeySetReport, MAX_DESCRIBED_KEYS};

use crate::support::set_text;
use crate::support::signer::Signer;

const NO_ALGORITHM: &str = "no algorithm in `algorithms` fits it";
const SAME_KID: &str = "a different key of the set has the same kid";

fn report(jwks: &[Value], algorithms: &[&'static str]) -> KeySetReport {
    let algorithms = AllowList::from_names(algorithms.iter().copied()).unwrap();
    KeySetReport::read(set_text(jwks).as_bytes(), &algorithms).unwrap()
}

fn reasons(jwks: &[Value], algorithms: &[&'static str]) -> (Vec<Option<&'static str>>, usize) {
    let report = report(jwks, algorithms);
    for key in &report.keys {
        assert_eq!(key.usable, key.reason.is_none());
    }
    (report.keys.iter().map(|key| key.reason).collect(), report.usable)
}

fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

fn without(mut jwk: Value, name: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(name);
    jwk
}

#[test]
fn a_key_is_described_by_its_own_words() {
    let KeySetReport { keys, listed, usable, set } =
        report(&[Signer::shared().jwk.clone()], &["RS256"]);
    let expected = KeyReport {
        kid: Some("key_1".to_owned()),
        kty: Some("RSA".to_owned()),
        alg: Some("RS256".to_owned()),
        size_bits: Some(2048),
        usage: Some("sig".to_owned()),
        usable: true,
        reason: None,
    };
    assert_eq!((keys, listed, usable, set.usable_keys()), (vec![expected.clone()], 1, 1, 1));
    let text = json!({
        "kid": "key_1", "kty": "RSA", "alg": "RS256", "sizeBits": 2048, "use": "sig",
        "usable": true, "reason": null,
    });
    assert_eq!(serde_json::to_value(expected).unwrap(), text);
}

#[test]
fn each_key_has_a_size() {
    let sizes = [("ES256", 256), ("ES384", 384), ("EdDSA", 256)];
    for (algorithm, size) in sizes {
        let signer = Signer::new(algorithm, "key_1");
        assert_eq!(report(&[signer.jwk], &[algorithm]).keys[0].size_bits, Some(size));
    }
    let p521 = json!({ "kid": "a", "kty": "EC", "crv": "P-521" });
    let short = json!({ "kid": "b", "kty": "RSA", "n": "gQ", "e": "AQAB" });
    let unknown = json!({ "kid": "c", "kty": "oct", "k": "AAAA" });
    let damaged = json!({ "kid": "d", "kty": "RSA", "n": "!", "e": "AQAB" });
    let found: Vec<_> = report(&[p521, short, unknown, damaged], &["RS256"])
        .keys
        .iter()
        .map(|key| key.size_bits)
        .collect();
    assert_eq!(found, [Some(521), Some(8), None, None]);
}

#[test]
fn a_key_that_cannot_be_used_says_why() {
    let jwk = &Signer::shared().jwk;
    let cases = [
        (without(jwk.clone(), "kid"), "it has no kid, or one that is not a string"),
        (with(jwk.clone(), "kid", json!(1)), "it has no kid, or one that is not a string"),
        (with(jwk.clone(), "use", json!("enc")), "its use is not sig"),
        (with(jwk.clone(), "n", json!("gQ")), "its rsa modulus has fewer than 2048 bits"),
        (with(jwk.clone(), "kty", json!("oct")), "its kty is none of RSA, EC and OKP"),
        (
            with(jwk.clone(), "alg", json!("HS256")),
            "its alg is not a signature algorithm that can be allowed",
        ),
        (with(jwk.clone(), "alg", json!("RS384")), NO_ALGORITHM),
        (Signer::new("ES256", "key_1").jwk, NO_ALGORITHM),
        (json!([]), "it is not a strict json object"),
        (json!(null), "it is not a strict json object"),
    ];
    for (jwk, reason) in cases {
        let text = jwk.to_string();
        assert_eq!(reasons(&[jwk], &["RS256"]), (vec![Some(reason)], 0), "{text}");
    }
    let twice = br#"{"keys":[{"kid":"a","kid":"b","kty":"RSA"}]}"#;
    let report = KeySetReport::read(twice, &AllowList::default()).unwrap();
    assert_eq!(report.keys[0].reason, Some("it is not a strict json object"));
    assert_eq!(report.keys[0].kid, None);
}

#[test]
fn keys_are_judged_along_with_their_neighbours() {
    let ours = Signer::shared().jwk.clone();
    let theirs = Signer::other().jwk.clone();
    let neighbour = Signer::shared().named("key_2").jwk;
    let both = [ours.clone(), theirs.clone(), neighbour];
    assert_eq!(reasons(&both, &["RS256"]), (vec![Some(SAME_KID), Some(SAME_KID), None], 1));
    let twice = [ours.clone(), ours.clone()];
    assert_eq!(reasons(&twice, &["RS256"]), (vec![None, None], 1));
    let curve = Signer::new("ES256", "key_1").jwk;
    let kinds = [ours.clone(), curve];
    assert_eq!(reasons(&kinds, &["RS256"]), (vec![None, Some(NO_ALGORITHM)], 1));
    assert_eq!(reasons(&kinds, &["RS256", "ES256"]), (vec![None, None], 2));
    // Of two, one may still be the only one for another algorithm.
    let open = without(ours, "alg");
    let pair = [open, theirs];
    assert_eq!(reasons(&pair, &["RS256"]), (vec![Some(SAME_KID), Some(SAME_KID)], 0));
    assert_eq!(reasons(&pair, &["RS256", "RS512"]), (vec![None, Some(SAME_KID)], 1));
}

#[test]
fn only_the_first_hundred_are_described_and_all_count() {
    let unnamed = json!({ "kty": "RSA" });
    for (before, described) in [(99, 100), (100, 100)] {
        let mut jwks = vec![unnamed.clone(); before];
        jwks.push(Signer::shared().jwk.clone());
        let report = report(&jwks, &["RS256"]);
        assert_eq!((report.listed, report.keys.len(), report.usable), (before + 1, described, 1));
    }
    assert_eq!(MAX_DESCRIBED_KEYS, 100);
}

#[test]
fn what_is_no_key_set_is_refused_as_for_a_verifier() {
    let read = |text: &str| KeySetReport::read(text.as_bytes(), &AllowList::default()).err();
    assert_eq!(read("<html>"), Some(FetchFailure::Html));
    assert_eq!(read("{"), Some(FetchFailure::NotJson));
    assert_eq!(read("[[]]"), Some(FetchFailure::NotAKeySet));
    assert_eq!(read("{}"), Some(FetchFailure::NotAKeySet));
    assert_eq!(read("{\"keys\":[]}"), None);
}
