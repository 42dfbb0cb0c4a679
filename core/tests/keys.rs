//! Which keys of a set are used, and for what (check 3).

mod material;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use verify_workos_token_core::algorithm::{ALLOWABLE, AllowList};
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{Refusal, Unusable};
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::verifier::Verdict;

use crate::support::signer::Signer;
use crate::support::{claims, key_set, policy, refusal, verifier, verify};

/// A policy that allows only this algorithm.
fn allowing(algorithm: &str) -> Policy {
    Policy { algorithms: AllowList::from_names([algorithm]).unwrap(), ..policy() }
}

/// The verdict on a good token of the signer with only these keys.
fn with_keys(signer: &Signer, jwks: &[Value]) -> Verdict {
    let asked = verifier(allowing(signer.algorithm), &key_set(jwks));
    verify(&asked, &signer.sign(&claims()))
}

/// The signer's key with these members set, or removed if they are null.
fn altered(signer: &Signer, changes: &Value) -> Value {
    let mut jwk = signer.jwk.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => jwk.as_object_mut().unwrap().remove(name),
            value => jwk.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    jwk
}

fn unknown(unusable: Option<Unusable>) -> Refusal {
    Refusal::UnknownKey { unusable, retry_after: None }
}

#[track_caller]
fn assert_unusable(signer: &Signer, jwk: Value, reason: Unusable) {
    let text = jwk.to_string();
    assert_eq!(refusal(with_keys(signer, &[jwk])), unknown(Some(reason)), "{text}");
}

#[track_caller]
fn assert_usable(signer: &Signer, jwk: Value) {
    let text = jwk.to_string();
    assert!(with_keys(signer, &[jwk]).is_ok(), "{text}");
}

#[test]
fn every_allowable_algorithm_verifies_what_jsonwebtoken_signs() {
    for (algorithm, _) in ALLOWABLE {
        let signer = signer_of(algorithm);
        let verifier = verifier(allowing(algorithm), &key_set([&signer.jwk]));
        let token = signer.encode(&claims());
        assert!(verify(&verifier, &token).is_ok(), "{algorithm}");
        let (message, signature) = token.rsplit_once('.').unwrap();
        let forged = format!("{message}.{}", "A".repeat(signature.len()));
        assert_eq!(refusal(verify(&verifier, &forged)), Refusal::InvalidSignature, "{algorithm}");
    }
}

/// RSA keys are slow to generate, so one is used for all RSA algorithms.
fn signer_of(algorithm: &'static str) -> Signer {
    match algorithm.starts_with("RS") || algorithm.starts_with("PS") {
        true => Signer::shared().for_algorithm(algorithm),
        false => Signer::new(algorithm, "key_1"),
    }
}

#[test]
fn a_key_is_used_for_the_algorithm_it_names_and_no_other() {
    let shared = Signer::shared();
    for (algorithm, _) in ALLOWABLE {
        let signer = signer_of(algorithm);
        assert_usable(&signer, altered(&signer, &json!({ "alg": null })));
        for (other, _) in ALLOWABLE.iter().filter(|(other, _)| *other != algorithm) {
            let expected = match signer.jwk["kty"] == "RSA" && !other.starts_with('E') {
                true => Unusable::OtherAlgorithm,
                false => Unusable::Algorithm,
            };
            assert_unusable(&signer, altered(&signer, &json!({ "alg": other })), expected);
        }
    }
    for alg in ["HS256", "none", "ES512", "rs256", "RSA-OAEP-256", ""] {
        let jwk = altered(shared, &json!({ "alg": alg }));
        assert_unusable(shared, jwk, Unusable::UnknownAlgorithm);
    }
    for alg in [json!(1), json!([]), json!({})] {
        assert_unusable(shared, altered(shared, &json!({ "alg": alg })), Unusable::AlgorithmType);
    }
}

#[test]
fn a_signature_is_of_the_algorithm_that_the_header_names() {
    let [rs256, ps256] = ["RS256", "PS256"].map(|algorithm| {
        let mut signer = Signer::shared().for_algorithm(algorithm);
        signer.jwk.as_object_mut().unwrap().remove("alg");
        signer
    });
    let policy =
        Policy { algorithms: AllowList::from_names(["RS256", "PS256"]).unwrap(), ..policy() };
    let verifier = verifier(policy, &key_set([&rs256.jwk]));
    let header = rs256.header().to_string();
    let claims = claims().to_string();
    assert!(verify(&verifier, &rs256.sign_text(&header, &claims)).is_ok());
    let refused = refusal(verify(&verifier, &ps256.sign_text(&header, &claims)));
    assert_eq!(refused, Refusal::InvalidSignature);
}

#[test]
fn a_key_of_another_kind_under_the_same_name_is_not_used() {
    let rsa = Signer::shared();
    let curve = Signer::new("ES256", "key_1");
    let verifier = verifier(policy(), &key_set([&altered(&curve, &json!({ "alg": null }))]));
    let refused = refusal(verify(&verifier, &rsa.sign(&claims())));
    assert_eq!(refused, unknown(Some(Unusable::OtherAlgorithm)));
}

#[test]
fn use_and_operations_must_allow_verifying() {
    let signer = Signer::shared();
    for value in [json!("sig"), Value::Null] {
        assert_usable(signer, altered(signer, &json!({ "use": value })));
    }
    for value in [json!("enc"), json!("SIG"), json!(""), json!(1), json!(["sig"])] {
        assert_unusable(signer, altered(signer, &json!({ "use": value })), Unusable::Use);
    }
    for value in [json!(["verify"]), json!(["sign", "verify"]), Value::Null] {
        assert_usable(signer, altered(signer, &json!({ "key_ops": value })));
    }
    for value in [json!([]), json!(["sign"]), json!("verify"), json!({}), json!(["verify", 1])] {
        assert_unusable(
            signer,
            altered(signer, &json!({ "key_ops": value })),
            Unusable::Operations,
        );
    }
    let twice = altered(signer, &json!({ "key_ops": ["verify", "verify"] }));
    assert_unusable(signer, twice, Unusable::Operations);
}

#[test]
fn members_that_are_null_are_not_absent() {
    let signer = Signer::shared();
    for (name, reason) in [
        ("use", Unusable::Use),
        ("key_ops", Unusable::Operations),
        ("alg", Unusable::AlgorithmType),
        ("kty", Unusable::KeyType),
        ("n", Unusable::MissingNumber),
    ] {
        let mut jwk = signer.jwk.clone();
        jwk[name] = Value::Null;
        assert_unusable(signer, jwk, reason);
    }
}

#[test]
fn what_plays_no_part_is_ignored() {
    let signer = Signer::shared();
    let changes = json!({
        "x5c": ["not a certificate"], "x5t": 1, "x5t#S256": "wrong", "x5u": "https://evil.invalid",
        "d": "AQAB", "p": [], "crv": "P-256", "custom": { "nested": [1e300] },
    });
    assert_usable(signer, altered(signer, &changes));
}

#[test]
fn two_usable_keys_of_one_name_are_ambiguous() {
    let signer = Signer::shared();
    let ours = signer.jwk.clone();
    let theirs = Signer::other().jwk.clone();
    let unusable = altered(signer, &json!({ "use": "enc" }));
    let ambiguous = unknown(Some(Unusable::Ambiguous));
    for jwks in [
        vec![ours.clone(), theirs.clone()],
        vec![theirs.clone(), ours.clone()],
        vec![ours.clone(), theirs.clone(), unusable.clone()],
        vec![ours.clone(), theirs.clone(), ours.clone()],
    ] {
        assert_eq!(refusal(with_keys(signer, &jwks)), ambiguous);
        assert_eq!(key_set(&jwks).usable_keys(), 0);
    }
    for jwks in [vec![ours.clone(), unusable.clone()], vec![unusable.clone(), ours.clone()]] {
        assert!(with_keys(signer, &jwks).is_ok());
    }
    let neighbour = signer.named("key_2");
    let jwks = [ours, theirs, neighbour.jwk.clone()];
    assert!(with_keys(&neighbour, &jwks).is_ok(), "the neighbour is not spoiled");
}

#[test]
fn a_key_that_is_listed_twice_is_one_key() {
    let signer = Signer::shared();
    let ours = signer.jwk.clone();
    let without_alg = altered(signer, &json!({ "alg": null, "use": null }));
    let with_zeros = {
        // The same number, with a leading zero octet.
        let mut octets = vec![0];
        octets.extend(URL_SAFE_NO_PAD.decode(ours["n"].as_str().unwrap()).unwrap());
        altered(signer, &json!({ "n": URL_SAFE_NO_PAD.encode(octets) }))
    };
    for twin in [ours.clone(), without_alg, with_zeros] {
        for jwks in [[ours.clone(), twin.clone()], [twin.clone(), ours.clone()]] {
            assert!(with_keys(signer, &jwks).is_ok(), "{twin}");
            assert_eq!(key_set(&jwks).usable_keys(), 1, "{twin}");
            assert_eq!(key_set(&jwks).hash(), key_set([&ours]).hash(), "{twin}");
        }
    }
}

#[test]
fn a_key_for_another_algorithm_does_not_disturb_its_namesake() {
    let signer = Signer::shared();
    let ours = signer.jwk.clone();
    let curve = Signer::new("ES256", "key_1");
    let others = [
        curve.jwk.clone(),
        altered(&curve, &json!({ "alg": null })),
        altered(Signer::other(), &json!({ "alg": "RS512" })),
        altered(Signer::other(), &json!({ "alg": "PS256" })),
        altered(Signer::other(), &json!({ "use": "enc" })),
        altered(Signer::other(), &json!({ "alg": "RSA-OAEP-256", "use": "enc" })),
    ];
    for other in others {
        for jwks in [[ours.clone(), other.clone()], [other.clone(), ours.clone()]] {
            assert!(with_keys(signer, &jwks).is_ok(), "{other}");
        }
    }
    // Without `alg` it fits the same algorithm, and there is no telling which key is meant.
    let rival = altered(Signer::other(), &json!({ "alg": null }));
    let ambiguous = unknown(Some(Unusable::Ambiguous));
    for jwks in [[ours.clone(), rival.clone()], [rival.clone(), ours]] {
        assert_eq!(refusal(with_keys(signer, &jwks)), ambiguous);
        assert_eq!(key_set(&jwks).usable_keys(), 1, "the rival, for other algorithms");
    }
    let both = key_set([&signer.jwk, &curve.jwk]);
    assert_eq!(both.usable_keys(), 2);
    let of_curve = verify(&verifier(allowing("ES256"), &both), &curve.encode(&claims()));
    assert!(of_curve.is_ok());
}

#[test]
fn a_set_says_why_none_of_its_keys_can_be_used() {
    let signer = Signer::shared();
    let enc = altered(signer, &json!({ "use": "enc" }));
    let padded = altered(signer, &json!({ "e": "AQAB==" }));
    let nameless = altered(signer, &json!({ "kid": null }));
    let rows: [(Vec<&Value>, Option<Unusable>); 8] = [
        (vec![], None),
        (vec![&signer.jwk], None),
        (vec![&signer.jwk, &enc], None),
        (vec![&enc], Some(Unusable::Use)),
        (vec![&enc, &enc], Some(Unusable::Use)),
        (vec![&padded], Some(Unusable::Padding)),
        (vec![&nameless], Some(Unusable::KeyId)),
        (vec![&enc, &padded], None),
    ];
    for (jwks, problem) in rows {
        assert_eq!(key_set(jwks.clone()).problem(), problem, "{jwks:?}");
    }
    let ambiguous = key_set([&signer.jwk, &Signer::other().jwk]);
    assert_eq!(ambiguous.problem(), Some(Unusable::Ambiguous));
}

#[test]
fn a_fixed_set_without_a_usable_key_says_why() {
    let signer = Signer::new("ES256", "key_1");
    let nameless = altered(&signer, &json!({ "kid": 1 }));
    for jwk in [nameless.clone(), altered(&signer, &json!({ "kid": null }))] {
        assert_eq!(refusal(with_keys(&signer, &[jwk])), unknown(Some(Unusable::KeyId)));
    }
    let other = Signer::new("ES256", "key_2").jwk;
    assert_eq!(refusal(with_keys(&signer, &[nameless, other])), unknown(None));
}

#[test]
fn a_key_is_found_by_its_exact_name() {
    let signer = Signer::shared();
    for key_id in [json!("KEY_1"), json!("key_1 "), json!(""), json!("key_")] {
        let jwk = altered(signer, &json!({ "kid": key_id }));
        assert_eq!(refusal(with_keys(signer, &[jwk])), unknown(None), "{key_id}");
    }
    assert_eq!(refusal(with_keys(signer, &[])), unknown(None));
}

#[test]
fn bad_entries_never_spoil_a_set() {
    let signer = Signer::shared();
    let good = signer.jwk.to_string();
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let repeated = r#"{"kid":"key_1","kid":"key_1"}"#;
    for bad in
        ["null", "7", "\"key\"", "[]", "{}", "1e999", repeated, r#"{"kid":"\ud800"}"#, &nested]
    {
        let text = format!("{{\"more\":{{}},\"keys\":[{bad},{good},{bad}]}}");
        let set = Arc::new(KeySet::parse(text.as_bytes()).unwrap());
        assert_eq!(set.usable_keys(), 1, "{bad}");
        assert!(verify(&verifier(policy(), &set), &signer.sign(&claims())).is_ok(), "{bad}");
    }
}

#[test]
fn a_set_has_one_hash_in_any_order() {
    let [first, second] = ["key_1", "key_2"].map(|key_id| Signer::shared().named(key_id).jwk);
    let unusable = altered(Signer::other(), &json!({ "use": "enc" }));
    let hash = key_set([&first, &second]).hash();
    assert_eq!(hash.len(), 64);
    assert_eq!(key_set([&second, &first, &unusable]).hash(), hash);
    assert_ne!(key_set([&first]).hash(), hash);
    assert_ne!(key_set([&second]).hash(), key_set([&first]).hash(), "the name counts");
    assert_ne!(key_set([&Signer::other().jwk]).hash(), key_set([&first]).hash(), "so does the key");
}
