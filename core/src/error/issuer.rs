//! What a wrong issuer probably is.

use super::reason::Reason;

/// The likely cause of a wrong issuer. It selects a row of the table of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerCause {
    /// There is no `iss`.
    Missing,
    /// `iss` is not a string.
    WrongType,
    /// It differs from an accepted issuer only in a slash at the end.
    TrailingSlash,
    /// It differs from an accepted issuer only in case, white space or scheme.
    Spelling,
    /// The accepted issuer is the URL of a key set or of a discovery document.
    OptionIsKeyUrl,
    /// It is WorkOS's own domain, and the same client id is accepted on a custom one.
    DevelopmentMode,
    /// It is the issuer of the same client id on another domain.
    OtherDomain,
    /// It is WorkOS's issuer for another client id.
    OtherClientId,
    /// It is `https://api.workos.com` alone.
    Legacy,
    /// It is an AuthKit domain: a Connect, MCP or machine-to-machine token.
    AuthkitDomain,
    /// Tokens of WorkOS Connect are asked for, and it is another AuthKit domain.
    OtherAuthkitDomain,
    /// Tokens of WorkOS Connect are asked for, and it is the issuer of a session's tokens.
    Session,
    /// The token has claims that only an ID token has.
    IdToken,
    /// It is an identity provider behind WorkOS, or one that is used in its place.
    Provider(Provider),
    /// It is an emulator on this machine.
    Loopback,
    /// None of these.
    Other,
}

/// An identity provider that issues tokens of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the provider of its name")]
pub enum Provider {
    Okta,
    EntraId,
    Google,
    Auth0,
    Cognito,
    Clerk,
    Supabase,
    Firebase,
}

impl IssuerCause {
    /// How `iss` fails its check.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Missing => Reason::Missing,
            Self::WrongType => Reason::Invalid,
            Self::TrailingSlash
            | Self::Spelling
            | Self::OptionIsKeyUrl
            | Self::DevelopmentMode
            | Self::OtherDomain
            | Self::OtherClientId
            | Self::Legacy
            | Self::AuthkitDomain
            | Self::OtherAuthkitDomain
            | Self::Session
            | Self::IdToken
            | Self::Provider(_)
            | Self::Loopback
            | Self::Other => Reason::Mismatch,
        }
    }
}
