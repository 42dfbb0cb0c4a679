//! The tokens, key sets and snapshots of the episodes.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use verify_workos_token_core::verifier::{KeySource, Verifier};

use super::super::URL;
use super::history::{KIDS, Keys, SIGNERS, Token};
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{CACHE_POLICY, NOW, claims, claims_with, policy, set_text};

static KEYS: LazyLock<Vec<Signer>> =
    LazyLock::new(|| (0..SIGNERS).map(|_| Signer::new("EdDSA", "key")).collect());

/// A token of each signer under each `kid`: of the accepted issuer, and of another.
static TOKENS: LazyLock<Vec<Vec<[String; 2]>>> = LazyLock::new(|| {
    let foreign = claims_with("iss", serde_json::json!("https://api.workos.com"));
    let tokens = |signer: Signer| [signer.sign(&claims()), signer.sign(&foreign)];
    let of_kid = |kid: usize| KEYS.iter().map(|key| tokens(key.named(&name(kid)))).collect();
    (0..KIDS).map(of_kid).collect()
});

fn name(kid: usize) -> String {
    format!("key_{kid}")
}

pub(super) fn token(Token { kid, signer, foreign }: Token) -> &'static str {
    &TOKENS[kid][signer][usize::from(foreign)]
}

/// The text of a key set.
pub(super) fn body(keys: &Keys) -> String {
    let jwk = |(kid, signer): (usize, &Option<usize>)| {
        signer.map(|signer| KEYS[signer].named(&name(kid)).jwk)
    };
    let jwks: Vec<_> = keys.iter().enumerate().filter_map(jwk).collect();
    set_text(&jwks)
}

/// The snapshot that another process writes, which fetched these keys at this time.
pub(super) fn snapshot(keys: &Keys, fetched_at: Duration, is_foreign: bool) -> String {
    let (world, begins) = (World::default(), Duration::from_secs_f64(NOW));
    world.suspend(fetched_at.saturating_sub(begins));
    world.set_back(begins.saturating_sub(fetched_at));
    let entry = world.entry(if is_foreign { "https://others.invalid" } else { URL });
    let keys_there = KeySource::Cached(Arc::clone(&entry), CACHE_POLICY);
    let verifier = Verifier { policy: policy(), keys: keys_there, token_cache: None };
    verifier.ready(Box::new(drop));
    world.answer(body(keys));
    entry.write_snapshot().unwrap()
}
