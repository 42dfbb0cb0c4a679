//! The `jws-*` and `jwt-*` vectors, completed with what a WorkOS token always has.
//!
//! The contract refuses a token without `kid`, `iss` or `sub` before most other rules are reached.
//! Here these are supplied if they are missing, so that each vector meets the rule that it was
//! written for. The signature is still verified over the original bytes.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use verify_workos_token_corpus::completing::{member, supply};
use verify_workos_token_corpus::jwt::{Case, NO_ISSUER, Settings};
use verify_workos_token_corpus::{self as corpus, ACCEPT, Expect, Judge, Tokens};

use crate::algorithm::{AllowList, by_name};
use crate::claims::{self, Connect, Policy, Profile};
use crate::error::{Code, FetchFailure, Refusal};
use crate::json::Object;
use crate::key_set::KeySet;
use crate::token::{Segments, UntrustedToken};

/// The number of cases, so that none is skipped unnoticed.
const JWS_CASES: usize = 292;
const JWT_CASES: usize = 729;
const SUPPLIED_KEY_ID: &str = "supplied";

#[test]
fn signatures_of_other_projects() {
    let mut judge = Judge::of(Tokens::AsTheyAre);
    for case in corpus::read::<SignatureCase>("jws-") {
        let outcome = case.outcome();
        let fits = match case.expect {
            Expect::Accept => outcome == ACCEPT,
            _ => case.reasons.iter().any(|reason| corpus::codes(reason).contains(&outcome)),
        };
        judge.judge(&case.id, outcome, fits);
    }
    judge.conclude(JWS_CASES);
}

#[test]
fn tokens_of_other_projects_completed() {
    let mut judge = Judge::of(Tokens::Completed);
    for case in corpus::read::<Case>("jwt-") {
        let outcome = outcome(&case, Profile::Session);
        judge.judge(&case.id, outcome, case.fits(outcome));
    }
    judge.conclude(JWT_CASES);
}

/// With an application that requested it, a token meets the same rules in the other profile. Only
/// its `sub` may be no user of WorkOS.
#[test]
fn the_rules_of_connect_tokens_are_the_same() {
    let asked = Connect { users: true, machines: true, scopes: None };
    let (mut accepted, mut others) = (0, 0);
    for case in corpus::read::<Case>("jwt-") {
        let session = outcome(&case, Profile::Session);
        match outcome(&case, Profile::Connect(asked.clone())) {
            ACCEPT if session == ACCEPT => accepted += 1,
            "INVALID_SUBJECT" if session == ACCEPT => others += 1,
            same => assert_eq!(same, session, "{}", case.id),
        }
    }
    assert!(accepted > 50 && others > 10, "{accepted} {others}");
}

/// A case of the signature layer: the payload may be any bytes.
#[derive(Deserialize)]
struct SignatureCase {
    id: String,
    token: String,
    jwk: Option<Value>,
    jwks: Option<Value>,
    algorithms: Vec<String>,
    expect: Expect,
    #[serde(default)]
    reasons: Vec<String>,
    payload_hex: Option<String>,
}

impl SignatureCase {
    fn outcome(&self) -> &'static str {
        // Options are read elsewhere, so names that can't be allowed are left out here.
        let names = self.algorithms.iter().map(String::as_str);
        let allowed = AllowList::from_names(names.filter(|name| by_name(name).is_some()))
            .expect("`by_name` knows only names that can be allowed");
        name(Completed::without_claims(&self.token).and_then(|token| {
            if let Some(payload) = &self.payload_hex {
                assert_eq!(&hexadecimal(&token.payload), payload, "{}", self.id);
            }
            let sets = match (&self.jwk, &self.jwks) {
                // A key that is given alone, without a `kid`, is the one that is meant.
                (Some(jwk), None) if jwk.get("kid").is_none() => {
                    token.sets_of_one(&json!({ "keys": [jwk] }))
                }
                (Some(jwk), None) => token.sets(&json!({ "keys": [jwk] }).to_string())?,
                (None, Some(jwks)) => token.sets(&jwks.to_string())?,
                _ => unreachable!("{}: a vector has one key or a set", self.id),
            };
            token.verify(&allowed, &sets)
        }))
    }
}

/// The outcome of a token with `kid`, `iss`, `sub` and, in a Connect token, `client_id`.
fn outcome(case: &Case, profile: Profile) -> &'static str {
    let Some(policy) = policy(case, profile) else { return Code::InvalidOptions.as_str() };
    let all = [("iss", NO_ISSUER), ("sub", "user_01"), ("client_id", "app")];
    let supplied = match policy.profile {
        Profile::Session => &all[..2],
        Profile::Connect(_) => &all[..],
    };
    name(Completed::with_claims(&case.token, supplied).and_then(|token| {
        token.verify(&policy.algorithms, &token.sets(case.keys())?)?;
        let claims = Object::parse(&token.claims).expect("`UntrustedToken::read` has read it");
        claims::check(&policy, &claims, case.now)
            .map_err(|failure| Refusal::Claim(Box::new(failure)))
    }))
}

fn policy(case: &Case, profile: Profile) -> Option<Policy> {
    let Settings { issuers, audiences, clock_tolerance_seconds } = case.settings()?;
    let algorithms = AllowList::from_names(case.algorithms()).ok()?;
    Some(Policy { profile, clock_tolerance_seconds, ..Policy::new(algorithms, issuers, audiences) })
}

fn name(outcome: Result<(), Refusal>) -> &'static str {
    outcome.map_or_else(|refusal| refusal.code().as_str(), |()| ACCEPT)
}

/// A token with nothing missing, and what was originally signed.
struct Completed {
    header: Vec<u8>,
    claims: Vec<u8>,
    named_a_key: bool,
    /// The original first two segments.
    signed: String,
    payload: Vec<u8>,
    signature: String,
}

impl Completed {
    /// For a payload of any bytes, which an empty object replaces.
    fn without_claims(token: &str) -> Result<Self, Refusal> {
        Segments::decode(token).map_err(Refusal::Malformed)?;
        let (signed, signature) = token.rsplit_once('.').expect("it was decoded as three segments");
        let (header, payload) = signed.split_once('.').expect("it was decoded as three segments");
        let header = octets(header);
        let named_a_key = member(&header, "kid").is_some();
        Ok(Self {
            header: supply(&header, "kid", &json!(SUPPLIED_KEY_ID)),
            claims: b"{}".to_vec(),
            named_a_key,
            signed: signed.to_owned(),
            payload: octets(payload),
            signature: signature.to_owned(),
        })
    }

    fn with_claims(token: &str, claims: &[(&str, &str)]) -> Result<Self, Refusal> {
        let mut completed = Self::without_claims(token)?;
        completed.claims = completed.payload.clone();
        for (name, value) in claims {
            completed.claims = supply(&completed.claims, name, &json!(value));
        }
        Ok(completed)
    }

    /// The set as it is. If the token named no key, any of them may verify it.
    fn sets(&self, text: &str) -> Result<Vec<KeySet>, Refusal> {
        if self.named_a_key {
            return KeySet::parse(text.as_bytes()).map(|set| vec![set]).map_err(unavailable);
        }
        let document =
            serde_json::from_str(text).map_err(|_| unavailable(FetchFailure::NotJson))?;
        Ok(self.sets_of_one(&document))
    }

    /// Each key as its own set, with the token's `kid`.
    fn sets_of_one(&self, document: &Value) -> Vec<KeySet> {
        let key_id = member(&self.header, "kid").unwrap_or(json!(SUPPLIED_KEY_ID));
        let keys = document["keys"].as_array().into_iter().flatten().cloned();
        let keys = keys.map(|mut jwk| {
            jwk["kid"] = key_id.clone();
            KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes())
                .expect("an object with an array of keys is a set, whatever the key")
        });
        keys.collect()
    }

    /// Checks 1 to 4.
    fn verify(&self, allowed: &AllowList, sets: &[KeySet]) -> Result<(), Refusal> {
        let encode = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let token = format!("{}.{}.{}", encode(&self.header), encode(&self.claims), self.signature);
        let segments = Segments::decode(&token).map_err(Refusal::Malformed)?;
        let untrusted = UntrustedToken::read(&segments, allowed)?;
        let (algorithm, key_id) = (untrusted.algorithm(), untrusted.key_id());
        let found = sets.iter().map(|set| set.find(key_id, algorithm).map(Arc::clone));
        let keys: Vec<_> = found.filter_map(Result::ok).collect();
        if keys.is_empty() {
            return Err(Refusal::UnknownKey { unusable: None, retry_after: None });
        }
        let signature = octets(&self.signature);
        match keys.iter().any(|key| key.verify(algorithm, self.signed.as_bytes(), &signature)) {
            true => Ok(()),
            false => Err(Refusal::InvalidSignature),
        }
    }
}

fn unavailable(failure: FetchFailure) -> Refusal {
    Refusal::KeysUnavailable { failure, retry_after: std::time::Duration::ZERO }
}

fn octets(segment: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(segment).expect("`Segments::decode` has decoded it")
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| format!("{text}{octet:02x}"))
}
