//! Compares `iss`, and finds the likely cause if it differs. The cause only selects a hint: nothing
//! is accepted because of it.

use std::net::IpAddr;

use crate::error::{IssuerCause, Provider};
use crate::json::{Object, Value};
use crate::marks;

/// The domain of WorkOS's API, which is the issuer unless there is a custom domain.
const WORKOS: &str = "api.workos.com";

/// The domains on which identity providers issue their own tokens.
const PROVIDER_DOMAINS: [(&str, Provider); 18] = [
    ("okta.com", Provider::Okta),
    ("oktapreview.com", Provider::Okta),
    ("okta-emea.com", Provider::Okta),
    ("okta-gov.com", Provider::Okta),
    ("microsoftonline.com", Provider::EntraId),
    ("microsoftonline.us", Provider::EntraId),
    ("windows.net", Provider::EntraId),
    ("ciamlogin.com", Provider::EntraId),
    ("b2clogin.com", Provider::EntraId),
    ("accounts.google.com", Provider::Google),
    ("securetoken.google.com", Provider::Firebase),
    ("session.firebase.google.com", Provider::Firebase),
    ("auth0.com", Provider::Auth0),
    ("clerk.accounts.dev", Provider::Clerk),
    ("supabase.co", Provider::Supabase),
    ("supabase.in", Provider::Supabase),
    ("supabase", Provider::Supabase),
    ("supabase-demo", Provider::Supabase),
];

/// Claims of ID tokens that access tokens never have (OpenID Connect Core, sections 2 and 3.3.2.11).
pub(crate) const ID_TOKEN_CLAIMS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// Whether `iss` is one of these, byte for byte.
pub(crate) fn is_one_of(claims: &Object<'_>, accepted: &[String]) -> bool {
    let issuer = claims.get("iss").and_then(Value::as_str);
    issuer.is_some_and(|issuer| accepted.iter().any(|one| one == issuer))
}

/// Compares byte for byte (RFC 7519, section 4.1.1: a case-sensitive string). The error is the
/// likely cause.
pub(crate) fn compare(claims: &Object<'_>, accepted: &[String]) -> Result<(), IssuerCause> {
    let Some(value) = claims.get("iss") else { return Err(IssuerCause::Missing) };
    let Some(issuer) = value.as_str() else { return Err(IssuerCause::WrongType) };
    if accepted.iter().any(|one| one == issuer) {
        return Ok(());
    }
    Err(match likely_cause(issuer, accepted) {
        IssuerCause::AuthkitDomain | IssuerCause::Other if is_id_token(claims) => {
            IssuerCause::IdToken
        }
        // The domain may be a custom one.
        IssuerCause::Other if marks::is_connect(claims) => IssuerCause::AuthkitDomain,
        cause => cause,
    })
}

/// The identity provider that a token names as its issuer, if it is a known one.
pub(crate) fn provider(claims: &Object<'_>) -> Option<Provider> {
    claims.get("iss").and_then(Value::as_str).and_then(provider_of)
}

/// Whether a token names an issuer on this machine.
pub(crate) fn is_loopback(claims: &Object<'_>) -> bool {
    let issuer = claims.get("iss").and_then(Value::as_str);
    issuer.is_some_and(|issuer| is_loopback_host(&host(issuer).to_ascii_lowercase()))
}

/// Whether the token has claims that only an ID token has.
pub(crate) fn is_id_token(claims: &Object<'_>) -> bool {
    ID_TOKEN_CLAIMS.iter().any(|name| claims.get(name).is_some())
}

fn likely_cause(issuer: &str, accepted: &[String]) -> IssuerCause {
    let bare = issuer.trim_end_matches('/');
    if accepted.iter().any(|one| one.trim_end_matches('/') == bare) {
        return IssuerCause::TrailingSlash;
    }
    if accepted.iter().any(|one| is_spelled_alike(one, issuer)) {
        return IssuerCause::Spelling;
    }
    if accepted.iter().any(|one| is_key_url(one)) {
        return IssuerCause::OptionIsKeyUrl;
    }
    let host = host(issuer).to_ascii_lowercase();
    if let Some(client) = client_of(bare) {
        return of_client(client, &host, accepted);
    }
    if host == WORKOS && bare.strip_prefix("https://") == Some(WORKOS) {
        return IssuerCause::Legacy;
    }
    if let Some(provider) = provider_of(issuer) {
        return IssuerCause::Provider(provider);
    }
    if is_under(&host, "authkit.app") {
        IssuerCause::AuthkitDomain
    } else if is_loopback_host(&host) {
        IssuerCause::Loopback
    } else {
        IssuerCause::Other
    }
}

/// An issuer of WorkOS's current form, for another client id or on another domain.
fn of_client(client: &str, host: &str, accepted: &[String]) -> IssuerCause {
    match accepted.iter().any(|one| client_of(one) == Some(client)) {
        true if host == WORKOS => IssuerCause::DevelopmentMode,
        true => IssuerCause::OtherDomain,
        false => IssuerCause::OtherClientId,
    }
}

/// The client id in an issuer of WorkOS's current form.
fn client_of(issuer: &str) -> Option<&str> {
    let (_, client) = issuer.split_once("/user_management/")?;
    client.starts_with("client_").then_some(client)
}

/// Whether two issuers differ only in case, white space at the ends, scheme, or a slash at the end.
fn is_spelled_alike(left: &str, right: &str) -> bool {
    plain(left).eq_ignore_ascii_case(plain(right))
}

fn plain(issuer: &str) -> &str {
    let bare = issuer.trim();
    bare.split_once("://").map_or(bare, |(_, rest)| rest).trim_end_matches('/')
}

/// An option that was given one of the other two URLs of an issuer.
fn is_key_url(accepted: &str) -> bool {
    ["/sso/jwks/", "/oauth2/jwks", "/.well-known/"].iter().any(|part| accepted.contains(part))
}

fn provider_of(issuer: &str) -> Option<Provider> {
    let host = host(issuer).to_ascii_lowercase();
    let by_domain = PROVIDER_DOMAINS.iter().find(|(domain, _)| is_under(&host, domain));
    if let Some((_, provider)) = by_domain {
        return Some(*provider);
    }
    if host.starts_with("cognito-idp") && is_under(&host, "amazonaws.com") {
        Some(Provider::Cognito)
    } else if host.starts_with("clerk.") {
        Some(Provider::Clerk)
    } else if issuer.trim_end_matches('/').ends_with("/auth/v1") {
        Some(Provider::Supabase)
    } else {
        None
    }
}

fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_loopback_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    is_under(host, "localhost") || address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// The host of an issuer, only for choosing a hint.
fn host(issuer: &str) -> &str {
    let authority = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.find(']') {
        Some(end) => authority.get(..=end).unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://api.workos.com/user_management/client_A";

    fn cause_of(text: &str, accepted: &str) -> Option<IssuerCause> {
        let claims = Object::parse(text.as_bytes()).ok()?;
        compare(&claims, &[accepted.to_owned()]).err()
    }

    #[test]
    fn names_the_likely_cause() {
        use IssuerCause::{
            AuthkitDomain, Legacy, Loopback, Other, OtherClientId, OtherDomain, Spelling,
            TrailingSlash,
        };
        let cases = [
            ("https://api.workos.com/user_management/client_A/", TrailingSlash),
            ("http://api.workos.com/user_management/client_A", Spelling),
            ("https://api.workos.com/user_management/CLIENT_A", Spelling),
            ("https://api.workos.com/user_management/client_A ", Spelling),
            ("https://api.workos.com/user_management/client_B", OtherClientId),
            ("https://auth.acme.com/user_management/client_B", OtherClientId),
            ("https://auth.acme.com/user_management/client_A", OtherDomain),
            ("https://api.workos.com", Legacy),
            ("https://api.workos.com/", Legacy),
            ("http://api.workos.com/", Other),
            ("https://acme.authkit.app", AuthkitDomain),
            ("https://notauthkit.app", Other),
            ("http://localhost:4100", Loopback),
            ("http://127.0.0.1:4100", Loopback),
            ("http://[::1]:4100", Loopback),
            ("http://127.evil.example", Other),
            ("https://example.com", Other),
            ("", Other),
        ];
        for (issuer, cause) in cases {
            let text = format!(r#"{{"iss":"{issuer}"}}"#);
            assert_eq!(cause_of(&text, OURS), Some(cause), "{issuer}");
        }
    }

    #[test]
    fn names_the_provider() {
        let cases = [
            ("https://acme.okta.com/oauth2/default", Provider::Okta),
            ("https://acme.okta-gov.com", Provider::Okta),
            ("https://login.microsoftonline.com/0/v2.0", Provider::EntraId),
            ("https://sts.windows.net/0/", Provider::EntraId),
            ("https://acme.b2clogin.com/0/v2.0/", Provider::EntraId),
            ("https://accounts.google.com", Provider::Google),
            ("accounts.google.com", Provider::Google),
            ("https://acme.eu.auth0.com/", Provider::Auth0),
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A", Provider::Cognito),
            ("https://happy-cat-1.clerk.accounts.dev", Provider::Clerk),
            ("https://clerk.acme.com", Provider::Clerk),
            ("https://abc.supabase.co/auth/v1", Provider::Supabase),
            ("http://127.0.0.1:54321/auth/v1", Provider::Supabase),
            ("supabase", Provider::Supabase),
            ("https://securetoken.google.com/acme", Provider::Firebase),
        ];
        for (issuer, provider) in cases {
            let text = format!(r#"{{"iss":"{issuer}"}}"#);
            assert_eq!(cause_of(&text, OURS), Some(IssuerCause::Provider(provider)), "{issuer}");
        }
        for issuer in ["https://notokta.com", "https://s3.amazonaws.com/x", "https://clerk"] {
            let text = format!(r#"{{"iss":"{issuer}"}}"#);
            assert_eq!(cause_of(&text, OURS), Some(IssuerCause::Other), "{issuer}");
        }
    }

    #[test]
    fn a_custom_domain_is_accepted_and_workos_answers() {
        let text = format!(r#"{{"iss":"{OURS}"}}"#);
        let custom = "https://auth.acme.com/user_management/client_A";
        assert_eq!(cause_of(&text, custom), Some(IssuerCause::DevelopmentMode));
        for url in [
            "https://api.workos.com/sso/jwks/client_A",
            "https://acme.authkit.app/oauth2/jwks",
            "https://api.workos.com/user_management/client_A/.well-known/openid-configuration",
        ] {
            assert_eq!(cause_of(&text, url), Some(IssuerCause::OptionIsKeyUrl), "{url}");
        }
    }

    #[test]
    fn a_connect_token_of_a_custom_domain_is_known_by_its_claims() {
        let cause =
            |claims: &str| cause_of(&format!(r#"{{"iss":"https://id.acme.com",{claims}}}"#), OURS);
        assert_eq!(cause(r#""sid":"app_consent_1""#), Some(IssuerCause::AuthkitDomain));
        assert_eq!(cause(r#""sub":"client_1""#), Some(IssuerCause::AuthkitDomain));
        for other in [r#""sid":"session_1""#, r#""sub":"user_1""#, r#""scope":"a""#, r#""sid":1"#] {
            assert_eq!(cause(other), Some(IssuerCause::Other), "{other}");
        }
        let id_token = r#""sid":"app_consent_1","nonce":"n""#;
        assert_eq!(cause(id_token), Some(IssuerCause::IdToken));
    }

    #[test]
    fn an_id_token_is_known_by_its_claims_where_the_issuer_says_nothing_better() {
        let cases = [
            ("https://acme.authkit.app", IssuerCause::IdToken),
            ("https://example.com", IssuerCause::IdToken),
            ("https://acme.okta.com", IssuerCause::Provider(Provider::Okta)),
            ("https://api.workos.com", IssuerCause::Legacy),
        ];
        for (issuer, cause) in cases {
            for claim in ID_TOKEN_CLAIMS {
                let text = format!(r#"{{"iss":"{issuer}","{claim}":1}}"#);
                assert_eq!(cause_of(&text, OURS), Some(cause), "{issuer} {claim}");
            }
        }
    }
}
