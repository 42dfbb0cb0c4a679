//! What the tests share: keys that sign, a policy with claims that satisfy it, and a world without
//! network or clock.

pub(crate) mod calls;
pub(crate) mod network;
pub(crate) mod sealer;
pub(crate) mod signer;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{Claim, ClaimFailure, Code, Reason, Refusal};
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::verifier::{KeySource, Refused, Step, Verdict, Verifier};

use signer::Signer;

/// The time of the tests' verifications, in seconds since 1970.
pub(crate) const NOW: f64 = 1_750_000_000.0;
pub(crate) const CLIENT_ID: &str = "client_01TEST";
pub(crate) const ISSUER: &str = "https://api.workos.com/user_management/client_01TEST";

/// The same as the default, but set, so a key server can't extend it.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(600);

/// The policy of a caller who sets every option of `jwksCache` to its default.
pub(crate) const CACHE_POLICY: CachePolicy = CachePolicy {
    max_age: Some(MAX_AGE),
    stale_if_error: Duration::from_secs(3_600),
    cooldown: Duration::from_secs(10),
    timeout: Duration::from_secs(5),
};

/// What a verifier with only a client id requires.
pub(crate) fn policy() -> Policy {
    let (issuers, audiences) = (vec![ISSUER.to_owned()], Some(vec![CLIENT_ID.to_owned()]));
    Policy {
        client_id: Some(CLIENT_ID.to_owned()),
        clock_tolerance_seconds: 5,
        ..Policy::new(AllowList::default(), issuers, audiences)
    }
}

/// The claims of a WorkOS token that satisfies [`policy`] at [`NOW`].
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "sub": "user_01",
        "sid": "session_01",
        "jti": "01",
        "iat": NOW,
        "exp": NOW + 300.0,
        "client_id": CLIENT_ID,
    })
}

/// The same with one claim set, or removed if the value is [`None`].
pub(crate) fn claims_with(name: &str, value: impl Into<Option<Value>>) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    match value.into() {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    claims
}

/// A good token of exactly this length.
pub(crate) fn token_of_length(bytes: usize) -> String {
    let signer = Signer::shared();
    // A base64url segment never has 4n + 1 characters. A longer header makes up for it.
    for spaces in 0..3 {
        let header = format!("{}{}", " ".repeat(spaces), signer.header());
        let missing = bytes - signer.sign_text(&header, claims().to_string()).len();
        for filling in missing * 3 / 4 - 16..missing {
            let payload = claims_with("filling", json!("a".repeat(filling))).to_string();
            match signer.sign_text(&header, payload) {
                token if token.len() == bytes => return token,
                token if token.len() > bytes => break,
                _ => {}
            }
        }
    }
    panic!("no token of {bytes} bytes");
}

/// A token of these two texts that nobody signed.
pub(crate) fn unsigned(header: &str, payload: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", encode(header), encode(payload), encode("unsigned"))
}

/// The set of these keys.
pub(crate) fn key_set<'jwk>(jwks: impl IntoIterator<Item = &'jwk Value>) -> Arc<KeySet> {
    Arc::new(KeySet::parse(set_text(jwks).as_bytes()).unwrap())
}

/// The text of a set of these keys.
pub(crate) fn set_text<'jwk>(jwks: impl IntoIterator<Item = &'jwk Value>) -> String {
    json!({ "keys": jwks.into_iter().collect::<Vec<_>>() }).to_string()
}

/// A verifier with a fixed set and no token cache.
pub(crate) fn verifier(policy: Policy, keys: &Arc<KeySet>) -> Verifier {
    Verifier { policy, keys: KeySource::Fixed(Arc::clone(keys)), token_cache: None }
}

/// The verdict with the keys in memory.
pub(crate) fn verify(verifier: &Verifier, token: &str) -> Verdict {
    match verifier.verify(token, NOW) {
        Step::Done(verdict) => verdict,
        Step::Wait(missing) => panic!("nothing to wait for: {missing:?}"),
    }
}

/// The verdict on these claims under this policy, signed with the key of a fixed set.
pub(crate) fn check(policy: Policy, claims: &Value) -> Verdict {
    let signer = Signer::shared();
    verify(&verifier(policy, &key_set([&signer.jwk])), &signer.sign(claims))
}

/// The refusal of a verdict that must be one.
pub(crate) fn refusal(verdict: Verdict) -> Refusal {
    verdict.expect_err("a refusal").refusal
}

/// The public code of a verdict that must be a refusal.
pub(crate) fn code(verdict: Verdict) -> Code {
    refusal(verdict).code()
}

/// The failed claim of a verdict that must be one, without its values.
pub(crate) fn failed_claim(verdict: Verdict) -> (Code, Claim, Reason) {
    let ClaimFailure { claim, reason, .. } = claim_failure(&verdict);
    (code(verdict), claim, reason)
}

/// The failed claim of a verdict that must be one, and must show the claims.
pub(crate) fn claim_failure(verdict: &Verdict) -> ClaimFailure {
    match verdict {
        Err(Refused { refusal: Refusal::Claim(failure), claims: Some(_), .. }) => {
            (**failure).clone()
        }
        other => panic!("not a failed claim: {other:?}"),
    }
}
