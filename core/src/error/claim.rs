//! How a claim fails.

use std::borrow::Cow;

use super::Code;

/// The likely cause of an issuer that does not match; what hints are chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerCause {
    /// No `iss` at all.
    Missing,
    /// `iss` is not a string.
    WrongType,
    /// The same but for a slash at the end.
    TrailingSlash,
    /// The issuer of the same client id under another domain.
    OtherDomain,
    /// WorkOS's issuer for another client id.
    OtherClientId,
    /// `https://api.workos.com` alone.
    Legacy,
    /// An AuthKit domain: a Connect, MCP or machine-to-machine token.
    AuthkitDomain,
    /// An identity provider behind WorkOS.
    IdentityProvider,
    /// An emulator on this machine.
    Loopback,
    /// None of these.
    Other,
}

impl IssuerCause {
    /// In which way `iss` fails.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Missing => Reason::Missing,
            Self::WrongType => Reason::Invalid,
            _ => Reason::Mismatch,
        }
    }
}

/// A claim that a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the claim of its name")]
pub enum Claim {
    Exp,
    Nbf,
    Iat,
    Iss,
    Aud,
    Sub,
    ClientId,
    OrgId,
    Role,
    Roles,
    Permissions,
    Act,
}

impl Claim {
    /// Every claim that a check is about.
    pub const ALL: [Self; 12] = [
        Self::Exp,
        Self::Nbf,
        Self::Iat,
        Self::Iss,
        Self::Aud,
        Self::Sub,
        Self::ClientId,
        Self::OrgId,
        Self::Role,
        Self::Roles,
        Self::Permissions,
        Self::Act,
    ];

    /// The claim's name in a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
            Self::Iss => "iss",
            Self::Aud => "aud",
            Self::Sub => "sub",
            Self::ClientId => "client_id",
            Self::OrgId => "org_id",
            Self::Role => "role",
            Self::Roles => "roles",
            Self::Permissions => "permissions",
            Self::Act => "act",
        }
    }
}

/// In which way a claim fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is not there.
    Missing,
    /// It is of the wrong type, or empty where it must not be.
    Invalid,
    /// It is well formed and not what this call asks for.
    Mismatch,
}

impl Reason {
    /// The reason as users see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Mismatch => "mismatch",
        }
    }
}

/// A claim that fails its check. Only ever made for a token whose signature was good.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimFailure {
    /// Which claim.
    pub claim: Claim,
    /// In which way.
    pub reason: Reason,
    /// What the check asks for.
    pub expected: Option<serde_json::Value>,
    /// What the token holds.
    pub actual: Option<serde_json::Value>,
    /// What to do about it.
    pub hint: &'static str,
}

impl ClaimFailure {
    pub(super) fn code(&self) -> Code {
        use Reason::{Invalid, Mismatch};
        match (self.claim, self.reason) {
            (Claim::Exp, Mismatch) => Code::TokenExpired,
            (Claim::Nbf, Mismatch) => Code::TokenNotYetValid,
            (Claim::Iss, _) => Code::InvalidIssuer,
            (Claim::Aud, _) => Code::InvalidAudience,
            (Claim::Sub, _) => Code::InvalidSubject,
            (Claim::Exp | Claim::Nbf | Claim::Iat | Claim::ClientId, _) | (_, Invalid) => {
                Code::InvalidClaim
            }
            (Claim::OrgId, _) => Code::ForbiddenOrganization,
            (Claim::Role | Claim::Roles | Claim::Permissions, _) => Code::MissingPermission,
            (Claim::Act, _) => Code::ImpersonationDenied,
        }
    }

    pub(super) fn message(&self) -> Cow<'static, str> {
        let fact = match (self.claim, self.reason) {
            (Claim::Exp, Reason::Mismatch) => "the token has expired",
            (Claim::Nbf, Reason::Mismatch) => "the token is not valid yet",
            (Claim::Iss, Reason::Mismatch) => "the token was issued by another issuer",
            (Claim::Aud, Reason::Mismatch) => "the token is meant for another audience",
            (Claim::Sub, Reason::Mismatch) => "the token belongs to an application, not to a user",
            (Claim::ClientId, Reason::Mismatch) => "the token was issued to another client id",
            (Claim::OrgId, Reason::Mismatch) => "the token is for another organization",
            (Claim::Roles, Reason::Mismatch) => "the token holds none of the required roles",
            (Claim::Permissions, Reason::Mismatch) => "the token lacks a required permission",
            (Claim::Act, Reason::Mismatch) => "the token was made for an impersonator",
            (claim, Reason::Missing) => {
                return format!("the token has no {} claim", claim.as_str()).into();
            }
            (claim, _) => {
                return format!("the token's {} claim is not valid", claim.as_str()).into();
            }
        };
        fact.into()
    }
}
