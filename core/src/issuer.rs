//! Compares `iss`, and finds the likely cause if it differs. The cause only selects a hint: nothing
//! is accepted because of it.

use std::net::IpAddr;

use crate::error::IssuerCause;
use crate::json::Value;

/// The domains on which identity providers issue their own tokens.
const IDENTITY_PROVIDERS: [&str; 8] = [
    "okta.com",
    "oktapreview.com",
    "okta-emea.com",
    "microsoftonline.com",
    "windows.net",
    "ciamlogin.com",
    "accounts.google.com",
    "auth0.com",
];

/// Compares byte for byte (RFC 7519, section 4.1.1: a case-sensitive string). The error is the
/// likely cause.
pub(crate) fn compare(issuer: Option<&Value<'_>>, accepted: &[String]) -> Result<(), IssuerCause> {
    let Some(value) = issuer else { return Err(IssuerCause::Missing) };
    let Some(issuer) = value.as_str() else { return Err(IssuerCause::WrongType) };
    match accepted.iter().any(|one| one == issuer) {
        true => Ok(()),
        false => Err(likely_cause(issuer, accepted)),
    }
}

fn likely_cause(issuer: &str, accepted: &[String]) -> IssuerCause {
    let bare = issuer.trim_end_matches('/');
    if accepted.iter().any(|one| one.trim_end_matches('/') == bare) {
        return IssuerCause::TrailingSlash;
    }
    if bare == "https://api.workos.com" {
        return IssuerCause::Legacy;
    }
    if let Some(client) = client_of(bare) {
        let same = accepted.iter().any(|one| client_of(one) == Some(client));
        return if same { IssuerCause::OtherDomain } else { IssuerCause::OtherClientId };
    }
    let host = host(issuer).to_ascii_lowercase();
    let under = |domain: &str| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if under("authkit.app") {
        IssuerCause::AuthkitDomain
    } else if IDENTITY_PROVIDERS.into_iter().any(under) {
        IssuerCause::IdentityProvider
    } else if under("localhost") || is_loopback(&host) {
        IssuerCause::Loopback
    } else {
        IssuerCause::Other
    }
}

/// The client id in an issuer of WorkOS's current form.
fn client_of(issuer: &str) -> Option<&str> {
    let (_, client) = issuer.split_once("/user_management/")?;
    client.starts_with("client_").then_some(client)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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

    #[test]
    fn names_the_likely_cause() {
        let ours = "https://api.workos.com/user_management/client_A".to_owned();
        let cases = [
            ("https://api.workos.com/user_management/client_A/", IssuerCause::TrailingSlash),
            ("https://api.workos.com/user_management/client_B", IssuerCause::OtherClientId),
            ("https://auth.acme.com/user_management/client_B", IssuerCause::OtherClientId),
            ("https://auth.acme.com/user_management/client_A", IssuerCause::OtherDomain),
            ("https://api.workos.com", IssuerCause::Legacy),
            ("https://api.workos.com/", IssuerCause::Legacy),
            ("https://acme.authkit.app", IssuerCause::AuthkitDomain),
            ("https://notauthkit.app", IssuerCause::Other),
            ("https://acme.okta.com/oauth2/default", IssuerCause::IdentityProvider),
            ("https://login.microsoftonline.com/0/v2.0", IssuerCause::IdentityProvider),
            ("https://sts.windows.net/0/", IssuerCause::IdentityProvider),
            ("https://accounts.google.com", IssuerCause::IdentityProvider),
            ("accounts.google.com", IssuerCause::IdentityProvider),
            ("https://acme.eu.auth0.com/", IssuerCause::IdentityProvider),
            ("http://localhost:4100", IssuerCause::Loopback),
            ("http://127.0.0.1:4100", IssuerCause::Loopback),
            ("http://[::1]:4100", IssuerCause::Loopback),
            ("http://127.evil.example", IssuerCause::Other),
            ("https://example.com", IssuerCause::Other),
            ("", IssuerCause::Other),
        ];
        for (issuer, cause) in cases {
            let value = Value::String(issuer.into());
            assert_eq!(compare(Some(&value), std::slice::from_ref(&ours)), Err(cause), "{issuer}");
        }
    }
}
