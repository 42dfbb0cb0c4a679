//! How a claim fails.

use std::borrow::Cow;

use super::cause::Cause;
use super::code::Code;
use super::reason::Reason;

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
    Entitlements,
    FeatureFlags,
    Act,
    AuthTime,
    Sid,
    Scope,
    Cnf,
}

impl Claim {
    /// Every claim that a check is about.
    pub const ALL: [Self; 18] = [
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
        Self::Entitlements,
        Self::FeatureFlags,
        Self::Act,
        Self::AuthTime,
        Self::Sid,
        Self::Scope,
        Self::Cnf,
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
            Self::Entitlements => "entitlements",
            Self::FeatureFlags => "feature_flags",
            Self::Act => "act",
            Self::AuthTime => "auth_time",
            Self::Sid => "sid",
            Self::Scope => "scope",
            Self::Cnf => "cnf",
        }
    }
}

/// A claim that failed its check. The token's signature was verified before.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimFailure {
    /// Which claim.
    pub claim: Claim,
    /// How it failed.
    pub reason: Reason,
    /// What the check requires.
    pub expected: Option<serde_json::Value>,
    /// What the token contains.
    pub actual: Option<serde_json::Value>,
    /// For `auth_time`, how long ago the user may have signed in, in seconds.
    pub max_age_seconds: Option<u32>,
    /// The likely cause, which has the hint.
    pub cause: &'static Cause,
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
            (
                Claim::Exp | Claim::Nbf | Claim::Iat | Claim::ClientId | Claim::Sid | Claim::Cnf,
                _,
            )
            | (_, Invalid) => Code::InvalidClaim,
            (Claim::OrgId, _) => Code::ForbiddenOrganization,
            (
                Claim::Role
                | Claim::Roles
                | Claim::Permissions
                | Claim::Entitlements
                | Claim::FeatureFlags
                | Claim::Scope,
                _,
            ) => Code::MissingPermission,
            (Claim::AuthTime, _) => Code::ReauthenticationRequired,
            (Claim::Act, _) => Code::ImpersonationDenied,
        }
    }

    pub(super) fn message(&self) -> Cow<'static, str> {
        let fact = match (self.claim, self.reason) {
            (Claim::Exp, Reason::Mismatch) => "the token has expired",
            (Claim::Nbf, Reason::Mismatch) => "the token is not valid yet",
            (Claim::Iss, Reason::Mismatch) => "the token was issued by another issuer",
            (Claim::Aud, Reason::Mismatch) => "the token is for another audience",
            (Claim::Sub, Reason::Mismatch) => self.subject_fact(),
            (Claim::ClientId, Reason::Mismatch) => "the token was issued to another client id",
            (Claim::OrgId, Reason::Mismatch) => "the token is for another organization",
            (Claim::Roles, Reason::Mismatch) => "the token has none of the required roles",
            (Claim::Permissions, Reason::Mismatch) => "the token lacks a required permission",
            (Claim::Entitlements, Reason::Mismatch) => "the token lacks a required entitlement",
            (Claim::FeatureFlags, Reason::Mismatch) => "the token lacks a required feature flag",
            (Claim::Scope, Reason::Mismatch) => "the token lacks a required scope",
            (Claim::Sid, Reason::Mismatch) => "the token's sid is that of another kind of token",
            (Claim::Cnf, Reason::Mismatch) => "the token is bound to a key of its client",
            (Claim::AuthTime, Reason::Mismatch) => "the user signed in too long ago",
            (Claim::Act, Reason::Mismatch) => "the token belongs to an impersonation session",
            (claim, Reason::Missing) => {
                return format!("the token has no {} claim", claim.as_str()).into();
            }
            (claim, _) => {
                return format!("the token's {} claim is invalid", claim.as_str()).into();
            }
        };
        fact.into()
    }

    /// Which kind of subject is not accepted.
    fn subject_fact(&self) -> &'static str {
        let sub = self.actual.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        if sub.starts_with("client_") {
            "the token belongs to an application, not to a user"
        } else if sub.starts_with("user_") {
            "the token belongs to a user, not to an application"
        } else {
            "the token belongs to neither a user nor an application"
        }
    }
}
