//! What a refusal says: fixed sentences that name the likely cause and reveal nothing of the token.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::error::{
    Code, FetchFailure, IssuerCause, JsonFault, Malformed, Provider, Reason, Refusal, Segment,
    Unusable,
};

use crate::support::signer::Signer;
use crate::support::{
    CLIENT_ID, ISSUER, check, claim_failure, claims_with, key_set, policy, refusal, verifier,
    verify,
};

/// An issuer, its likely cause, and a word of the hint that names the cause.
const ISSUERS: [(&str, IssuerCause, &str); 9] = [
    ("https://api.workos.com/user_management/client_02", IssuerCause::OtherClientId, "Staging"),
    ("https://api.workos.com", IssuerCause::Legacy, "legacy"),
    ("https://acme.authkit.app", IssuerCause::AuthkitDomain, "AuthKit domain"),
    ("https://acme.okta.com/oauth2/default", IssuerCause::Provider(Provider::Okta), "Okta"),
    (
        "https://login.microsoftonline.com/1/v2.0",
        IssuerCause::Provider(Provider::EntraId),
        "Entra ID",
    ),
    ("https://accounts.google.com", IssuerCause::Provider(Provider::Google), "Google"),
    ("https://acme.auth0.com/", IssuerCause::Provider(Provider::Auth0), "Auth0"),
    ("http://localhost:4100", IssuerCause::Loopback, "emulator"),
    ("https://example.com", IssuerCause::Other, "byte for byte"),
];

#[test]
fn the_likely_cause_of_another_issuer_is_named_before_and_after_the_signature() {
    let slash = (&*format!("{ISSUER}/"), IssuerCause::TrailingSlash, "slash");
    for (issuer, cause, word) in ISSUERS.into_iter().chain([slash]) {
        let claims = claims_with("iss", json!(issuer));
        let signed = check(policy(), &claims);
        assert!(claim_failure(&signed).cause.hint.contains(word), "{issuer}");

        let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
        let unknown = Signer::shared().named("key_9").sign(&claims);
        let refused = refusal(verify(&verifier, &unknown));
        assert_eq!(refused, Refusal::ForeignIssuer(cause), "{issuer}");
        // A good signature says that the other client is one of the same environment.
        match cause {
            IssuerCause::OtherClientId => assert_ne!(refused.hint(), refusal(signed).hint()),
            _ => assert_eq!(refused.hint(), refusal(signed).hint(), "{issuer}"),
        }
        assert_eq!(cause.reason(), Reason::Mismatch);
    }
}

#[test]
fn an_issuer_that_is_missing_or_no_string_is_named_too() {
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    let cases: [(Option<Value>, IssuerCause, Reason); 2] = [
        (None, IssuerCause::Missing, Reason::Missing),
        (Some(json!(7)), IssuerCause::WrongType, Reason::Invalid),
    ];
    for (issuer, cause, reason) in cases {
        let claims = claims_with("iss", issuer);
        let unknown = Signer::shared().named("key_9").sign(&claims);
        assert_eq!(refusal(verify(&verifier, &unknown)), Refusal::ForeignIssuer(cause));
        assert_eq!(cause.reason(), reason);
        assert_eq!(claim_failure(&check(policy(), &claims)).reason, reason);
    }
}

#[test]
fn an_audience_has_a_hint_for_each_way_to_fail() {
    let spelled = [
        json!(CLIENT_ID.to_lowercase()),
        json!(format!(" {CLIENT_ID}\n")),
        json!(["other", CLIENT_ID.to_uppercase()]),
    ];
    let hint =
        |aud: Option<Value>| claim_failure(&check(policy(), &claims_with("aud", aud))).cause.hint;
    let spelling = spelled.map(|aud| hint(Some(aud)));
    assert!(spelling.iter().all(|hint| hint.contains("case or white space")));
    assert!(hint(None).contains("JWT Template") && hint(None).contains("sign in again"));
    assert!(hint(Some(json!(7))).contains("string or an array of strings"));
    assert!(hint(Some(json!("other"))).contains("another application"));
    let different =
        HashSet::from([spelling[0], hint(None), hint(Some(json!(7))), hint(Some(json!("other")))]);
    assert_eq!(different.len(), 4);
}

#[test]
fn what_is_no_token_is_named_for_what_it_is() {
    let cases = [
        ("Fe26.2*1*seal", "sealed session cookie"),
        ("sk_test_abc", "API key"),
        ("a.b.c.d.e", "JWE"),
        ("Bearer a.b.c", "Remove 'Bearer '"),
        ("", "Authorization header"),
        ("a.b", "three parts"),
        ("a1b2c3", "refresh token"),
    ];
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    for (token, word) in cases {
        let refused = verify(&verifier, token).unwrap_err();
        assert!(refused.cause().hint.contains(word), "{token}");
    }
}

#[test]
fn failed_fetches_are_told_apart() {
    let refusal = |failure| Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO };
    let hint = |failure| refusal(failure).hint();
    assert!(hint(FetchFailure::Status(404)).contains("check `clientId`"));
    assert!(hint(FetchFailure::NotFetched).contains("ready()"));
    assert!(hint(FetchFailure::TlsUnknownIssuer).contains("jwksCache.ca"));
    assert!(hint(FetchFailure::TlsSelfSigned).contains("self-signed"));
    assert!(hint(FetchFailure::TlsNoSubjectAltName).contains("subjectAltName"));
    assert!(hint(FetchFailure::TlsExpired).contains("clock"));
    assert!(hint(FetchFailure::Redirect(302)).contains("never followed"));
    let codes: HashSet<_> = FETCH_FAILURES.iter().map(|failure| failure.code()).collect();
    assert_eq!(codes.len(), FETCH_FAILURES.len(), "each has a name of its own");
    assert_eq!(FetchFailure::Status(404).status(), Some(404));
    assert_eq!(FetchFailure::Redirect(302).status(), Some(302));
    assert_eq!(FetchFailure::Dns.status(), None);
    for failure in FETCH_FAILURES {
        assert_eq!(refusal(failure).code(), Code::JwksFetchFailed);
        assert_eq!(refusal(failure).retry_after(), Some(Duration::ZERO));
        assert!(refusal(failure).message().contains(&*failure.message()));
    }
}

const FETCH_FAILURES: [FetchFailure; 19] = [
    FetchFailure::NotFetched,
    FetchFailure::TooManyWaiting,
    FetchFailure::Dns,
    FetchFailure::Connect,
    FetchFailure::TlsUnknownIssuer,
    FetchFailure::TlsSelfSigned,
    FetchFailure::TlsNoSubjectAltName,
    FetchFailure::TlsExpired,
    FetchFailure::TlsWrongName,
    FetchFailure::Tls,
    FetchFailure::Timeout,
    FetchFailure::Interrupted,
    FetchFailure::Status(500),
    FetchFailure::Redirect(302),
    FetchFailure::TooLarge,
    FetchFailure::NotJson,
    FetchFailure::NotAKeySet,
    FetchFailure::NoUsableKey(None),
    FetchFailure::Internal,
];

/// Every refusal without a claim. Tokens provide those with one.
fn refusals() -> Vec<Refusal> {
    let malformed = [
        Malformed::NotAString("a number"),
        Malformed::Empty,
        Malformed::TooLong,
        Malformed::BearerPrefix,
        Malformed::SealedSession,
        Malformed::ApiKey,
        Malformed::Encrypted,
        Malformed::SegmentCount,
        Malformed::NotBase64url(Segment::Signature),
        Malformed::Json(Segment::Header, JsonFault::DuplicateName),
        Malformed::Json(Segment::Payload, JsonFault::TooDeep),
        Malformed::Algorithm,
        Malformed::KeyId,
        Malformed::Critical,
        Malformed::UnencodedPayload,
        Malformed::Type,
    ];
    let pause = Some(Duration::ZERO);
    let mut all: Vec<_> = malformed.map(Refusal::Malformed).into();
    all.extend(
        FETCH_FAILURES
            .map(|failure| Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO }),
    );
    all.extend([
        Refusal::UnsupportedAlgorithm,
        Refusal::ForeignIssuer(IssuerCause::Missing),
        Refusal::ForeignIssuer(IssuerCause::Other),
        Refusal::UnknownKey { unusable: None, retry_after: None },
        Refusal::UnknownKey { unusable: None, retry_after: pause },
        Refusal::InvalidSignature,
    ]);
    all.extend(Unusable::ALL.into_iter().flat_map(|unusable| {
        let failure = FetchFailure::NoUsableKey(Some(unusable));
        [
            Refusal::UnknownKey { unusable: Some(unusable), retry_after: None },
            Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO },
        ]
    }));
    all
}

#[test]
fn messages_are_facts_and_hints_are_sentences() {
    let tokens = BAD_CLAIMS.map(|(name, value)| {
        let value: Value = serde_json::from_str(value).unwrap();
        refusal(check(asking_for(name), &claims_with(name, value)))
    });
    for refusal in refusals().into_iter().chain(tokens) {
        let (message, hint) = (refusal.message(), refusal.hint());
        assert!(message.starts_with(char::is_lowercase), "{message}");
        assert!(!message.ends_with('.'), "{message}");
        assert!(hint.ends_with('.'), "{hint}");
        assert!(!hint.contains("  "), "{hint}");
    }
}

/// For each claim, a value that its check refuses. It contains a word that must not be shown.
const BAD_CLAIMS: [(&str, &str); 18] = [
    ("exp", r#""MARK""#),
    ("nbf", r#""MARK""#),
    ("iat", r#"{"MARK":1}"#),
    ("iss", r#""https://MARK.example.com""#),
    ("iss", r#"["MARK"]"#),
    ("aud", r#""MARK""#),
    ("aud", r#"[1,"MARK"]"#),
    ("sub", r#"["MARK"]"#),
    ("sub", r#""client_MARK""#),
    ("client_id", r#""MARK""#),
    ("client_id", r#"["MARK"]"#),
    ("org_id", r#""MARK""#),
    ("role", r#""MARK""#),
    ("permissions", r#"["MARK"]"#),
    ("entitlements", r#"["MARK"]"#),
    ("feature_flags", r#""MARK""#),
    ("auth_time", r#""MARK""#),
    ("act", r#"{"sub":"MARK"}"#),
];

/// A policy that refuses every value of this claim except the right one.
fn asking_for(claim: &str) -> Policy {
    let asked = || Some(vec!["asked".to_owned()]);
    match claim {
        "org_id" => Policy { organization_ids: asked(), ..policy() },
        "role" => Policy { roles: asked(), ..policy() },
        "entitlements" => Policy { entitlements: asked(), ..policy() },
        "feature_flags" => Policy { feature_flags: asked(), ..policy() },
        "auth_time" => Policy { max_auth_age_seconds: Some(60), ..policy() },
        "permissions" => Policy { permissions: asked(), ..policy() },
        _ => Policy { deny_impersonation: true, ..policy() },
    }
}

#[test]
fn neither_message_nor_hint_holds_a_word_of_the_token() {
    for (name, value) in BAD_CLAIMS {
        let value: Value = serde_json::from_str(value).unwrap();
        let verdict = check(asking_for(name), &claims_with(name, value));
        let failure = claim_failure(&verdict);
        assert!(failure.actual.unwrap().to_string().contains("MARK"), "{name}: for who asks");
        let refused = refusal(verdict);
        assert!(!refused.message().contains("MARK"), "{name}: {}", refused.message());
        assert!(!refused.hint().contains("MARK"), "{name}: {}", refused.hint());
    }
    let verifier = verifier(policy(), &key_set([&Signer::shared().jwk]));
    for header in [
        json!({ "alg": "MARK", "kid": "MARK" }),
        json!({ "alg": "RS256", "kid": "MARK" }),
        json!({ "alg": "RS256", "kid": "key_1", "typ": "MARK" }),
        json!({ "alg": "RS256", "kid": "key_1", "crit": ["MARK"] }),
        json!({ "alg": "RS256", "kid": "key_1" }),
    ] {
        let payload = claims_with("sub", json!("MARK")).to_string();
        let token = crate::support::unsigned(&header.to_string(), &payload);
        let refused = verify(&verifier, &token).unwrap_err();
        let shown =
            format!("{:?} {} {}", refused, refused.refusal.message(), refused.refusal.hint());
        assert!(!shown.contains("MARK"), "{shown}");
    }
}

/// The reader must know what to change at the key server.
#[test]
fn each_reason_of_an_unusable_key_has_its_own_words() {
    let messages: HashSet<_> = Unusable::ALL.map(Unusable::as_str).into();
    assert_eq!(messages.len(), Unusable::ALL.len());
    for unusable in Unusable::ALL {
        let named = Refusal::UnknownKey { unusable: Some(unusable), retry_after: None };
        let failure = FetchFailure::NoUsableKey(Some(unusable));
        let alone = Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO };
        for refusal in [&named, &alone] {
            assert!(refusal.message().ends_with(unusable.as_str()), "{}", refusal.message());
        }
        assert_eq!(named.hint(), alone.hint());
    }
}

#[test]
fn every_code_has_its_name() {
    let names: HashSet<_> = Code::ALL.map(Code::as_str).into();
    assert_eq!(names.len(), 18);
    assert!(names.iter().all(|name| name.bytes().all(|it| it.is_ascii_uppercase() || it == b'_')));
}

#[test]
fn what_goes_wrong_on_the_way_has_its_code_and_its_hint() {
    let cases = [
        (FetchFailure::Exhausted, "EXHAUSTED", "ulimit -n"),
        (FetchFailure::NoTrustRoots, "NO_TRUST_ROOTS", "NODE_EXTRA_CA_CERTS"),
        (FetchFailure::NotHttp, "NOT_HTTP", "proxy or login page"),
        (FetchFailure::HeadersTooLarge, "TOO_LARGE", "proxy or login page"),
        (FetchFailure::Html, "NOT_JSON", "proxy or login page"),
        (FetchFailure::Discovery, "NOT_A_KEY_SET", "`jwks_uri`"),
        (FetchFailure::BareKeys, "NOT_A_KEY_SET", "{\"keys\": [...]}"),
        (FetchFailure::UnwantedCoding, "CONTENT_ENCODING", "Only gzip is requested"),
        (FetchFailure::BrokenGzip, "CONTENT_ENCODING", "Only gzip is requested"),
    ];
    for (failure, code, words) in cases {
        let refusal = Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO };
        assert_eq!(failure.code(), code);
        assert!(refusal.hint().contains(words), "{code}: {}", refusal.hint());
        assert!(refusal.message().ends_with(&*failure.message()), "{code}");
    }
}
