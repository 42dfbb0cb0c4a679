//! What is shown of a token: bounded, and never the token itself.

use serde_json::json;

use super::*;

const HIDDEN: &str = "(hidden: it repeats a part of the token)";

/// A token with this header, of which the payload and the signature are as given.
fn made_of(header: &Value, payload: &str, signature: &str) -> String {
    let start = unsigned(&header.to_string(), "");
    format!("{}.{payload}.{signature}", start.split('.').next().unwrap())
}

fn text(explanation: &Explanation) -> String {
    let Explanation { header, claims, checks, remarks, .. } = explanation;
    let values: Vec<_> = checks.iter().map(|check| json!([check.expected, check.actual])).collect();
    json!([header, claims, values, remarks]).to_string()
}

#[test]
fn a_header_that_repeats_the_rest_of_the_token_is_hidden() {
    let [payload, signature] = ["cGF5bG9hZA", "c2lnbmF0dXJl"];
    for kid in [payload, signature, &format!("{payload}.{signature}"), &format!("x{signature}y")] {
        let token = made_of(&json!({ "alg": "RS256", "kid": kid, "typ": kid }), payload, signature);
        let explanation = explain(policy(), &token);
        assert_eq!(check(&explanation, "key").actual, Some(json!(HIDDEN)));
        assert_eq!(explanation.header.as_ref().unwrap()["kid"], json!(HIDDEN));
        assert_eq!(explanation.remarks, ["values that repeat a part of the token are hidden"]);
        let text = text(&explanation);
        assert!(!text.contains(payload) && !text.contains(signature), "{text}");
    }
}

#[test]
fn claims_that_repeat_the_signature_are_hidden_wherever_they_are() {
    let claims = json!({
        "aud": ["a", "unsigned dW5zaWduZWQ"], "dW5zaWduZWQ": 1, "deep": { "x": [{ "dW5zaWduZWQ": 1 }] },
        "iss": "dW5zaWduZWQ", "sub": "dW5zaWduZW",
    });
    let token = unsigned(r#"{"alg":"RS256","kid":"key_1"}"#, &claims.to_string());
    assert!(token.ends_with(".dW5zaWduZWQ"));
    let explanation = explain(policy(), &token);
    let expected = json!({
        "aud": ["a", HIDDEN], HIDDEN: 1.0, "deep": { "x": [{ HIDDEN: 1.0 }] }, "iss": HIDDEN,
        "sub": "dW5zaWduZW",
    });
    assert_eq!(explanation.claims, Some(expected));
    assert!(!text(&explanation).contains("dW5zaWduZWQ"));
}

#[test]
fn a_number_can_repeat_a_segment_too() {
    let payload = unsigned("", &json!({ "exp": 170_000_000_000_u64 }).to_string());
    let payload = payload.split('.').nth(1).unwrap();
    let token = made_of(&json!({ "alg": "RS256", "kid": "key_1" }), payload, "170000000000");
    let explanation = explain(policy(), &token);
    assert_eq!(explanation.claims, Some(json!({ "exp": HIDDEN })));
    assert_eq!(check(&explanation, "exp").actual, Some(json!(HIDDEN)));
}

/// Shorter ones would match by chance.
#[test]
fn segments_of_four_characters_are_hidden_and_no_shorter_ones() {
    let shown = |signature: &str| {
        let token = made_of(&json!({ "alg": "RS256", "kid": "aaaa" }), "e30", signature);
        explain(policy(), &token).header.unwrap()["kid"].clone()
    };
    assert_eq!(shown("aaaa"), json!(HIDDEN));
    assert_eq!(shown("aaA"), json!("aaaa"));
    assert_eq!(shown("aa"), json!("aaaa"));
}

#[test]
fn a_string_of_a_thousand_characters_is_shown_whole_and_no_longer_one() {
    let shown = |characters: usize| {
        let claims = claims_with("note", json!("é".repeat(characters)));
        let explanation = explain(policy(), &Signer::shared().sign(&claims));
        (explanation.claims.unwrap()["note"].clone(), explanation.remarks)
    };
    assert_eq!(shown(1_000), (json!("é".repeat(1_000)), vec![]));
    let cut = format!("{}... (2 more characters)", "é".repeat(1_000));
    assert_eq!(shown(1_002), (json!(cut), vec!["long values are cut off".to_owned()]));
}

/// The signature is found in all of a string, also where that is cut off.
#[test]
fn nothing_of_a_long_string_is_shown_if_it_repeats_the_signature() {
    let claims = json!({ "note": format!("{}dW5zaWduZWQ", "x".repeat(990)) }).to_string();
    let token = unsigned(r#"{"alg":"RS256","kid":"key_1"}"#, &claims);
    assert_eq!(explain(policy(), &token).claims, Some(json!({ "note": HIDDEN })));
}

#[test]
fn an_explanation_is_bounded_whatever_token_and_options_hold() {
    const MAX_SHOWN_BYTES: usize = 48 * 1_024;
    // What is said once the limit is reached.
    const MORE: usize = 1_024;
    let many =
        |count: usize| (0..count).map(|number| format!("value {number}")).collect::<Vec<_>>();
    let options = Policy {
        issuers: many(10_000),
        permissions: Some(many(10_000)),
        roles: Some(vec!["x".repeat(100_000)]),
        ..policy()
    };
    let huge = json!({ "aud": vec!["\u{1}"; 1_900], "roles": ["\u{1}".repeat(1_000)] });
    for claims in [claims(), huge] {
        let explanation = explain(options.clone(), &Signer::shared().sign(&claims));
        let length = text(&explanation).len();
        assert!(length <= MAX_SHOWN_BYTES + MORE, "{length}");
        assert!(length > MAX_SHOWN_BYTES - MORE, "the room is used: {length}");
        assert!(explanation.remarks.contains(&"long values are cut off".to_owned()));
        let last = check(&explanation, "permissions").expected.clone().unwrap();
        assert_eq!(last.as_array().unwrap().last(), Some(&json!("(cut off)")));
    }
}

#[test]
fn no_more_than_twenty_key_ids_are_shown() {
    let signer = Signer::new("ES256", "x");
    let signers: Vec<_> = (0..21).map(|number| signer.named(&format!("key_{number:02}"))).collect();
    let jwks = |count: usize| key_set(signers.iter().take(count).map(|signer| &signer.jwk));
    let shown = |count: usize| {
        let Explained::Done(explanation) = verifier(policy(), &jwks(count)).explain("x", NOW)
        else {
            panic!("nothing to wait for");
        };
        let expected = check(&explanation, "key").expected.clone().unwrap();
        expected.as_array().unwrap().len()
    };
    assert_eq!([shown(19), shown(20), shown(21)], [19, 20, 20]);
}
