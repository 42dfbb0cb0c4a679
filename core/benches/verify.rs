//! The checks without JavaScript: a new token compared with its bare signature check, a remembered
//! token, and refusals.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::token_cache::TokenCache;
use verify_workos_token_core::verifier::{KeySource, Verifier};

const NOW: f64 = 1_700_000_000.0;
const CLIENT_ID: &str = "client_01HXYZABCDEFGHJKMNPQRSTVWX";
const KEY_ID: &str = "sso_oidc_key_pair_01HXYZABCDEFGHJKMNPQRSTVWX";

fn verify(criterion: &mut Criterion) {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let token = sign(&key, &claims(NOW + 300.0));
    let expired = sign(&key, &claims(NOW - 300.0));
    let tampered = tampered(&token);
    let (anew, remembering) = (verifier(&key, None), verifier(&key, Some(Arc::default())));
    let mut run = |name: &str, verifier: &Verifier, token: &str| {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| black_box(verifier.verify(black_box(token), NOW)));
        });
    };
    run("a new token", &anew, &token);
    run("a token that was seen before", &remembering, &token);
    run("an expired token", &anew, &expired);
    run("a tampered token", &anew, &tampered);
    run("no token", &anew, "x");
    bare_signature(criterion, &key, &token);
}

fn bare_signature(criterion: &mut Criterion, key: &RsaKeyPair, token: &str) {
    let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    let (public, (message, signature)) = (public.unwrap(), token.rsplit_once('.').unwrap());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    criterion.bench_function("the bare signature", |bencher| {
        bencher.iter(|| public.verify_sig(black_box(message.as_bytes()), &signature).unwrap());
    });
}

fn verifier(key: &RsaKeyPair, token_cache: Option<Arc<TokenCache>>) -> Verifier {
    let policy = Policy {
        client_id: Some(CLIENT_ID.to_owned()),
        clock_tolerance_seconds: 5,
        ..Policy::new(AllowList::default(), vec![issuer()], Some(vec![CLIENT_ID.to_owned()]))
    };
    let modulus = key.public_key().modulus().big_endian_without_leading_zero().to_vec();
    let exponent = key.public_key().exponent().big_endian_without_leading_zero().to_vec();
    let jwk = json!({
        "kty": "RSA", "kid": KEY_ID, "use": "sig", "alg": "RS256",
        "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
    });
    let keys = KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    Verifier { policy, keys: KeySource::Fixed(Arc::new(keys)), token_cache }
}

/// Claims of the form and size of WorkOS's.
fn claims(exp: f64) -> Value {
    json!({
        "iss": issuer(), "aud": CLIENT_ID, "sub": "user_01HXYZABCDEFGHJKMNPQRSTVWX",
        "sid": "session_01HXYZABCDEFGHJKMNPQRSTVWX", "jti": "01HXYZABCDEFGHJKMNPQRSTVWX",
        "client_id": CLIENT_ID, "org_id": "org_01HXYZABCDEFGHJKMNPQRSTVWX", "role": "member",
        "roles": ["member"], "permissions": ["posts:read", "posts:write", "users:read"],
        "auth_time": NOW, "iat": NOW, "exp": exp,
    })
}

fn issuer() -> String {
    format!("https://api.workos.com/user_management/{CLIENT_ID}")
}

fn sign(key: &RsaKeyPair, claims: &Value) -> String {
    let header = json!({ "alg": "RS256", "kid": KEY_ID }).to_string();
    let input = [header, claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let signing = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(der.as_ref()).unwrap();
    let mut signature = vec![0; signing.public_modulus_len()];
    let random = SystemRandom::new();
    signing.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The token with a different first character of its signature.
fn tampered(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{input}.{first}{}", &signature[1..])
}

criterion_group!(benches, verify);
criterion_main!(benches);
