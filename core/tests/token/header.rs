//! What the header may contain, and in which order its faults are found.

use super::*;
use crate::support::unsigned;

fn without_header_member(name: &str) -> String {
    let signer = Signer::shared();
    let mut header = signer.header();
    header.as_object_mut().unwrap().remove(name);
    signer.sign_text(header.to_string(), claims().to_string())
}

#[test]
fn the_algorithm_is_a_string_on_the_allow_list() {
    assert_malformed(&without_header_member("alg"), Malformed::Algorithm);
    for alg in [json!(null), json!(256), json!(["RS256"]), json!({}), json!(true)] {
        assert_malformed(&with_header(&json!({ "alg": alg })), Malformed::Algorithm);
    }
    for alg in ["none", "None", "", "HS256", "HS512", "RS384", "ES256", "ES512", "rs256", "RS256 "]
    {
        let token = with_header(&json!({ "alg": alg }));
        assert_eq!(outcome(&token), Err(Refusal::UnsupportedAlgorithm), "{alg}");
    }
    let header = r#"{"alg":"none","kid":"key_1"}"#;
    let unsigned = unsigned(header, &claims().to_string());
    assert_eq!(outcome(&unsigned), Err(Refusal::UnsupportedAlgorithm));
    let (signed, _) = unsigned.rsplit_once('.').unwrap();
    assert_eq!(outcome(&format!("{signed}.")), Err(Refusal::UnsupportedAlgorithm));
}

#[test]
fn the_key_is_named_by_a_string() {
    assert_malformed(&without_header_member("kid"), Malformed::KeyId);
    for kid in [json!(null), json!(1), json!(["key_1"]), json!({})] {
        assert_malformed(&with_header(&json!({ "kid": kid })), Malformed::KeyId);
    }
    for kid in ["", "KEY_1", "../../key_1", "key_1\u{0}", "key_1' or '1'='1"] {
        assert_eq!(refusal_code(&with_header(&json!({ "kid": kid }))), Code::UnknownKey, "{kid}");
    }
}

#[test]
fn extensions_are_not_understood() {
    for crit in [json!([]), json!(["exp"]), json!(["b64"]), json!(null), json!("b64"), json!({})] {
        assert_malformed(&with_header(&json!({ "crit": crit })), Malformed::Critical);
    }
    assert_eq!(outcome(&with_header(&json!({ "b64": true }))), Ok(()));
    for b64 in [json!(false), json!(null), json!("true"), json!(1)] {
        assert_malformed(&with_header(&json!({ "b64": b64 })), Malformed::UnencodedPayload);
    }
}

#[test]
fn the_type_is_that_of_an_access_token() {
    let good = ["JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/jwt", "APPLICATION/at+JWT"];
    for typ in good {
        assert_eq!(outcome(&with_header(&json!({ "typ": typ }))), Ok(()), "{typ}");
    }
    let near =
        ["", "JWT ", " JWT", "at-jwt", "at+jwt;v=1", "ＪＷＴ", "text/jwt", "applicationsjwt"];
    let prefixed = ["application/", "application/application/jwt"];
    let others = ["JWE", "JOSE", "dpop+jwt", "logout+jwt", "secevent+jwt"];
    for typ in near.into_iter().chain(prefixed).chain(others) {
        assert_malformed(&with_header(&json!({ "typ": typ })), Malformed::Type);
    }
    for typ in [json!(null), json!(1), json!(["JWT"]), json!({})] {
        assert_malformed(&with_header(&json!({ "typ": typ })), Malformed::Type);
    }
}

#[test]
fn a_token_never_brings_its_own_key() {
    let forger = Signer::other();
    let jwk = forger.jwk.clone();
    let url = "https://evil.invalid/keys";
    for bait in [
        json!({ "jwk": jwk }),
        json!({ "jku": url }),
        json!({ "x5u": url, "x5c": ["MIIB"], "x5t": "AAAA" }),
    ] {
        let mut header = forger.header();
        header.as_object_mut().unwrap().extend(bait.as_object().unwrap().clone());
        let token = forger.sign_text(header.to_string(), claims().to_string());
        assert_eq!(outcome(&token), Err(Refusal::InvalidSignature), "{bait}");
        assert_eq!(outcome(&with_header(&bait)), Ok(()), "and what it brings is ignored");
    }
}

#[test]
fn faults_of_the_header_are_found_in_order() {
    let all = json!({ "alg": 1, "kid": 1, "crit": [], "b64": false, "typ": "JWE" });
    let mended = [
        ("alg", json!("none"), Refusal::Malformed(Malformed::Algorithm)),
        ("alg", json!("RS256"), Refusal::UnsupportedAlgorithm),
        ("kid", json!("key_1"), Refusal::Malformed(Malformed::KeyId)),
        ("crit", Value::Null, Refusal::Malformed(Malformed::Critical)),
        ("b64", json!(true), Refusal::Malformed(Malformed::UnencodedPayload)),
        ("typ", json!("JWT"), Refusal::Malformed(Malformed::Type)),
    ];
    let mut header = all;
    for (name, good, expected) in mended {
        let token = Signer::shared().sign_text(header.to_string(), claims().to_string());
        assert_eq!(outcome(&token), Err(expected));
        match good {
            Value::Null => drop(header.as_object_mut().unwrap().remove(name)),
            good => header[name] = good,
        }
    }
    let token = Signer::shared().sign_text(header.to_string(), claims().to_string());
    assert_eq!(outcome(&token), Ok(()));
}
