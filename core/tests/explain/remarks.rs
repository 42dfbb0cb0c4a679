//! What refuses nothing but deserves attention.

use std::time::Duration;

use serde_json::json;
use verify_workos_token_core::error::causes;

use super::*;

fn remarks(policy: Policy, claims: &Value) -> Vec<String> {
    explain(policy, &Signer::shared().sign(claims)).remarks
}

fn remarks_with(name: &str, value: f64) -> Vec<String> {
    remarks(policy(), &claims_with(name, json!(value)))
}

#[test]
fn there_are_none_on_an_ordinary_token() {
    assert_eq!(remarks(policy(), &claims()), [""; 0]);
}

#[test]
fn a_token_from_the_future_shows_a_clock_that_is_behind() {
    let hint = causes::all().find(|row| row.id == "clock-behind").unwrap().hint;
    let said = |seconds: &str| format!("iat is {seconds} in the future. {hint}");
    assert_eq!(remarks_with("iat", NOW), [""; 0]);
    assert_eq!(remarks_with("iat", NOW + 1.0), [said("1 second")]);
    assert_eq!(remarks_with("iat", NOW + 90.5), [said("91 seconds")]);
    let forged = Signer::other().sign(&claims_with("iat", json!(NOW + 90.0)));
    assert_eq!(explain(policy(), &forged).remarks, [""; 0], "nobody vouches for its time");
}

#[test]
fn a_token_that_is_about_to_expire() {
    assert_eq!(remarks_with("exp", NOW + 61.0), [""; 0]);
    assert_eq!(remarks_with("exp", NOW + 60.0), ["the token expires in 60 seconds"]);
    assert_eq!(remarks_with("exp", NOW + 0.5), ["the token expires in 1 second"]);
    let within = "the token has expired, but is within the clock tolerance";
    assert_eq!(remarks_with("exp", NOW), [within]);
    assert_eq!(remarks_with("exp", NOW - 4.0), [within]);
    assert_eq!(remarks_with("exp", NOW - 5.0), [""; 0], "it is refused");
}

#[test]
fn a_token_that_is_valid_by_tolerance_alone() {
    assert_eq!(remarks_with("nbf", NOW), [""; 0]);
    let within = "the token becomes valid in 5 seconds, which is within the clock tolerance";
    assert_eq!(remarks_with("nbf", NOW + 5.0), [within]);
    assert_eq!(remarks_with("nbf", NOW + 6.0), [""; 0], "it is refused");
}

#[test]
fn checks_that_are_turned_off() {
    let lax = Policy { audiences: None, ..policy() };
    assert_eq!(remarks(lax, &claims()), ["the audience is not checked, since `audience` is null"]);
    let impersonated = claims_with("act", json!({ "sub": "admin_1" }));
    assert_eq!(
        remarks(policy(), &impersonated),
        ["the token belongs to an impersonation session, which is allowed"]
    );
    let strict = Policy { deny_impersonation: true, ..policy() };
    assert_eq!(remarks(strict, &impersonated), [""; 0], "it is refused");
}

#[test]
fn keys_that_have_outlived_their_time() {
    let world = World::default();
    let verifier = cached(&world, CACHE_POLICY);
    let call = Call::ready(&verifier);
    world.answer(set_text([&Signer::shared().jwk]));
    assert_eq!(call.outcome(), Ok(()));
    let token = Signer::shared().sign(&claims());
    let remarks = || Call::explain(&verifier, &token).outcome().remarks;
    world.advance(Duration::from_millis(599_999));
    assert_eq!(remarks(), [""; 0]);
    world.advance(Duration::from_millis(1));
    assert_eq!(
        remarks(),
        ["the keys in memory are 600 seconds old, although they are fresh for 600 only: they are \
          being refetched, or fetching them fails"]
    );
}
