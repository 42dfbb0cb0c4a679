//! Tokens whose signature was verified before: what is remembered, and when it counts.

mod numbers;

use std::sync::Arc;

use serde_json::{Value, json};
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{Code, Refusal, Unusable};
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::token_cache::{MAX_BYTES, MAX_ENTRIES, MAX_TOKEN_BYTES, TokenCache};
use verify_workos_token_core::verifier::{KeySource, Step, Verdict, Verified, Verifier};

use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{
    CACHE_POLICY, MAX_AGE, NOW, claims, claims_with, code, key_set, policy, refusal, set_text,
    verify,
};

/// A cache and its callers.
struct Setting {
    cache: Arc<TokenCache>,
    ours: Arc<KeySet>,
    token: String,
}

impl Setting {
    fn new() -> Self {
        let signer = Signer::shared();
        let ours = key_set([&signer.jwk]);
        Self { cache: Arc::default(), ours, token: signer.sign(&claims()) }
    }

    /// The token is remembered.
    fn remembering() -> Self {
        let setting = Self::new();
        assert!(setting.verify(policy(), &setting.token).is_ok());
        assert_eq!(setting.entries(), 1);
        setting
    }

    fn verify(&self, policy: Policy, token: &str) -> Verdict {
        self.verify_with(policy, &self.ours, token)
    }

    fn verify_with(&self, policy: Policy, keys: &Arc<KeySet>, token: &str) -> Verdict {
        let keys = KeySource::Fixed(Arc::clone(keys));
        verify(&Verifier { policy, keys, token_cache: Some(Arc::clone(&self.cache)) }, token)
    }

    fn entries(&self) -> usize {
        self.cache.usage().entries
    }

    fn hits(&self) -> u64 {
        self.cache.usage().hits
    }
}

#[test]
fn a_good_token_is_remembered_and_comes_to_the_same() {
    let setting = Setting::remembering();
    assert_eq!(setting.hits(), 0);
    let again = setting.verify(policy(), &setting.token);
    assert_eq!(again.unwrap().claims(), claims().to_string());
    assert_eq!((setting.hits(), setting.entries()), (1, 1));
}

#[test]
fn a_token_keeps_its_number_as_long_as_it_is_remembered() {
    let setting = Setting::new();
    let number = |policy| match setting.verify(policy, &setting.token).unwrap() {
        Verified::New(_) => None,
        Verified::Again(remembered) => Some(remembered.id()),
    };
    let other = Policy { client_id: None, ..policy() };
    assert_eq!(number(policy()), None, "new");
    let first = number(policy());
    assert!(first.is_some());
    assert_eq!(number(other), first, "whoever asks");
    let other_key = [Signer::other().jwk.clone()];
    assert!(setting.verify_with(policy(), &key_set(&other_key), &setting.token).is_err());
    assert_eq!(number(policy()), first, "also after it was refused elsewhere");
}

#[test]
fn a_token_whose_claims_fail_is_remembered_for_its_signature() {
    let setting = Setting::new();
    let token = Signer::shared().sign(&claims_with("aud", None));
    for hits in 0..3 {
        let refused = setting.verify(policy(), &token).unwrap_err();
        assert_eq!(refused.refusal.code(), Code::InvalidAudience);
        assert!(refused.claims.is_some());
        assert_eq!(setting.hits(), hits);
    }
    assert!(setting.verify(Policy { audiences: None, ..policy() }, &token).is_ok());
}

#[test]
fn nothing_that_a_forger_sends_is_remembered() {
    let setting = Setting::new();
    let (signed, signature) = setting.token.rsplit_once('.').unwrap();
    for token in [
        Signer::other().sign(&claims()),
        Signer::shared().named("key_9").sign(&claims()),
        format!("{signed}.{}", &signature[..signature.len() - 4]),
        format!("{signed}."),
        signed.to_owned(),
        "A".repeat(1_000),
        crate::support::unsigned(r#"{"alg":"none"}"#, "{}"),
    ] {
        assert!(setting.verify(policy(), &token).is_err());
        assert!(setting.verify(policy(), &token).is_err());
    }
    let usage = setting.cache.usage();
    assert_eq!((usage.entries, usage.bytes, usage.hits), (0, 0, 0));
}

#[test]
fn a_token_is_known_by_all_its_bytes() {
    let setting = Setting::remembering();
    let mut other = setting.token.clone();
    let last = if other.ends_with('A') { "Q" } else { "A" };
    other.replace_range(other.len() - 1.., last);
    assert!(setting.verify(policy(), &other).is_err());
    assert!(setting.verify(policy(), &format!("{}=", setting.token)).is_err());
    assert_eq!(setting.hits(), 0);
}

#[test]
fn every_claim_is_checked_anew_with_the_callers_policy_and_time() {
    let setting = Setting::remembering();
    let keys = KeySource::Fixed(Arc::clone(&setting.ours));
    let verifier =
        Verifier { policy: policy(), keys, token_cache: Some(Arc::clone(&setting.cache)) };
    let Step::Done(verdict) = verifier.verify(&setting.token, NOW + 305.0) else { panic!() };
    assert_eq!(code(verdict), Code::TokenExpired);
    let asked = || Some(vec!["asked".to_owned()]);
    let policies = [
        (Policy { issuers: asked().unwrap(), ..policy() }, Code::InvalidIssuer),
        (Policy { audiences: asked(), ..policy() }, Code::InvalidAudience),
        (Policy { client_id: Some("asked".into()), ..policy() }, Code::InvalidClaim),
        (Policy { organization_ids: asked(), ..policy() }, Code::ForbiddenOrganization),
        (Policy { roles: asked(), ..policy() }, Code::MissingPermission),
        (Policy { permissions: asked(), ..policy() }, Code::MissingPermission),
    ];
    for (policy, expected) in policies {
        assert_eq!(code(setting.verify(policy, &setting.token)), expected);
    }
    assert_eq!(setting.hits(), 7, "none of these paid for the signature again");
}

#[test]
fn a_hit_never_passes_another_allow_list() {
    let setting = Setting::remembering();
    let algorithms = AllowList::from_names(["ES256", "PS256"]).unwrap();
    let refused = setting.verify(Policy { algorithms, ..policy() }, &setting.token);
    assert_eq!(refusal(refused), Refusal::UnsupportedAlgorithm);
    assert_eq!(setting.hits(), 0);
}

#[test]
fn a_hit_needs_the_same_key_in_this_callers_source() {
    let setting = Setting::remembering();
    let signer = Signer::shared();
    let alg = |alg: Value| {
        let mut jwk = signer.jwk.clone();
        jwk["alg"] = alg;
        jwk
    };
    let unknown = |unusable| Refusal::UnknownKey { unusable, retry_after: None };
    let cases = [
        (vec![Signer::other().jwk.clone()], Refusal::InvalidSignature),
        (vec![signer.named("key_2").jwk], unknown(None)),
        (vec![alg(json!("PS256"))], unknown(Some(Unusable::OtherAlgorithm))),
        (vec![signer.jwk.clone(), Signer::other().jwk.clone()], unknown(Some(Unusable::Ambiguous))),
        (vec![], unknown(None)),
    ];
    for (jwks, expected) in cases {
        let verdict = setting.verify_with(policy(), &key_set(&jwks), &setting.token);
        assert_eq!(refusal(verdict), expected, "{jwks:?}");
    }
    assert_eq!(setting.hits(), 0);
    let same_key = [Signer::other().named("key_2").jwk, signer.jwk.clone()];
    assert!(setting.verify_with(policy(), &key_set(&same_key), &setting.token).is_ok());
    assert_eq!(setting.hits(), 1);
}

#[test]
fn a_hit_needs_a_key_that_may_serve_now() {
    let world = World::default();
    let keys = KeySource::Cached(world.entry("https://keys.invalid"), CACHE_POLICY);
    let cache = Arc::<TokenCache>::default();
    let verifier =
        Arc::new(Verifier { policy: policy(), keys, token_cache: Some(Arc::clone(&cache)) });
    let token = Signer::shared().sign(&claims());
    let call = Call::verify(&verifier, &token);
    world.answer(set_text([&Signer::shared().jwk]));
    assert!(call.outcome().is_ok());

    world.advance(MAX_AGE + CACHE_POLICY.stale_if_error);
    let call = Call::verify(&verifier, &token);
    assert!(call.is_waiting(), "the key in memory is past its grace time");
    world.answer(set_text([&Signer::other().jwk]));
    assert_eq!(refusal(call.outcome()), Refusal::InvalidSignature, "it was changed since");
    assert_eq!(cache.usage().hits, 0);

    let unknown = Signer::shared().named("key_9").sign(&claims());
    let call = Call::verify(&verifier, &unknown);
    world.answer(set_text([&Signer::shared().named("key_9").jwk]));
    assert!(call.outcome().is_ok());
    let withdrawn = refusal(Call::verify(&verifier, &token).outcome());
    assert_eq!(withdrawn.code(), Code::UnknownKey, "a withdrawn key stops working at once");
}

#[test]
fn a_hit_refreshes_and_counts_like_any_other_use_of_a_key() {
    let world = World::default();
    let entry = world.entry("https://keys.invalid");
    let keys = KeySource::Cached(Arc::clone(&entry), CACHE_POLICY);
    let verifier = Arc::new(Verifier { policy: policy(), keys, token_cache: Some(Arc::default()) });
    let token = Signer::shared().sign(&claims());
    let call = Call::verify(&verifier, &token);
    world.answer(set_text([&Signer::shared().jwk]));
    assert!(call.outcome().is_ok());
    world.advance(MAX_AGE);
    assert!(Call::verify(&verifier, &token).outcome().is_ok());
    assert_eq!(world.requests(), 2);
    assert_eq!(entry.snapshot().counters.stale_serves, 1);
}

#[test]
fn tokens_of_at_most_8_kib_are_remembered() {
    assert_eq!(MAX_TOKEN_BYTES, 8_192);
    for (bytes, entries) in [(8_192, 1), (8_193, 0)] {
        let setting = Setting::new();
        let token = crate::support::token_of_length(bytes);
        assert!(setting.verify(policy(), &token).is_ok());
        assert!(setting.verify(policy(), &token).is_ok());
        assert_eq!(setting.entries(), entries, "{bytes} bytes");
        assert_eq!(setting.hits(), entries as u64);
    }
}

/// Elliptic-curve tokens are quick to sign.
fn quick() -> (Signer, Policy) {
    let algorithms = AllowList::from_names(["EdDSA"]).unwrap();
    (Signer::new("EdDSA", "key_1"), Policy { algorithms, ..policy() })
}

#[test]
fn the_four_thousand_most_recently_used_are_kept() {
    assert_eq!(MAX_ENTRIES, 4_000);
    let setting = Setting::new();
    let (signer, policy) = quick();
    let keys = key_set([&signer.jwk]);
    let token = |number: usize| signer.sign(&claims_with("jti", json!(number.to_string())));
    let use_token = |number| {
        assert!(setting.verify_with(policy.clone(), &keys, &token(number)).is_ok());
    };
    (0..4_000).for_each(use_token);
    assert_eq!((setting.entries(), setting.hits()), (4_000, 0));
    use_token(0);
    assert_eq!(setting.hits(), 1, "the last one fits in");
    use_token(4_000);
    assert_eq!(setting.entries(), 4_000);
    use_token(0);
    assert_eq!(setting.hits(), 2, "recently used, and kept");
    use_token(1);
    assert_eq!(setting.hits(), 2, "the least recently used has left");
}

#[test]
fn what_a_token_says_is_kept_from_its_second_time_on() {
    let setting = Setting::new();
    let bytes = || setting.cache.usage().bytes;
    let text = claims().to_string();
    assert!(setting.verify(policy(), &setting.token).is_ok());
    let once = bytes();
    assert!((setting.token.len()..setting.token.len() + 200).contains(&once), "{once}");
    for _ in 0..2 {
        assert_eq!(setting.verify(policy(), &setting.token).unwrap().claims(), text);
        // The text, the claims that are checked, and little else.
        assert!((once + text.len()..once + 5 * text.len()).contains(&bytes()), "{}", bytes());
    }
    let twice = bytes();
    assert!(setting.verify(policy(), &setting.token).is_ok());
    assert_eq!(bytes(), twice, "counted once");
}

#[test]
fn sixteen_mebibytes_are_kept_to_the_last() {
    assert_eq!(MAX_BYTES, 16_777_216);
    let setting = Setting::new();
    let (signer, policy) = quick();
    let keys = key_set([&signer.jwk]);
    let bytes = || setting.cache.usage().bytes;
    let texts = |spaces: usize, filling: usize| {
        let header = format!("{}{}", " ".repeat(spaces), signer.header());
        (header, claims_with("filling", json!("a".repeat(filling))).to_string())
    };
    let remember = |spaces, filling| {
        let (header, claims) = texts(spaces, filling);
        let token = signer.sign_text(header, claims);
        assert!(setting.verify_with(policy.clone(), &keys, &token).is_ok());
    };
    let length = |spaces, filling| {
        let (header, claims) = texts(spaces, filling);
        token_length(&header, &claims)
    };
    remember(0, 0);
    // The cost of a token apart from its text.
    let overhead = bytes() - length(0, 0);
    // Fills the cache until the longest token would fill the rest.
    for filling in (1..5_200).rev() {
        if MAX_BYTES - bytes() > overhead + length(0, 5_199) {
            remember(0, filling);
        }
    }
    let (left, entries) = (MAX_BYTES - bytes() - overhead, setting.entries());
    let mut candidates = (0..8).flat_map(|spaces| (0..5_200).map(move |filling| (spaces, filling)));
    let fits = candidates.find(|&(spaces, filling)| spaces > 0 && length(spaces, filling) == left);
    let (spaces, filling) = fits.expect("a token that fills what is left");
    remember(spaces, filling);
    assert_eq!((bytes(), setting.entries()), (MAX_BYTES, entries + 1));
    remember(9, 1);
    assert!(bytes() <= MAX_BYTES);
    assert!(setting.entries() <= entries + 1, "something has left");
}

/// The length of a token with a signature of 64 octets.
fn token_length(header: &str, claims: &str) -> usize {
    let segment = |octets: usize| (octets * 4).div_ceil(3);
    segment(header.len()) + segment(claims.len()) + segment(64) + "..".len()
}
