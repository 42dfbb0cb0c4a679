//! What a token must satisfy.

use crate::algorithm::AllowList;
use crate::error::IssuerCause;

/// What a token must satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The allow-list for `alg`.
    pub algorithms: AllowList,
    /// What `client_id` must equal, if the token has it.
    pub client_id: Option<String>,
    /// `iss` must equal one of these. If there are none, nothing matches.
    pub issuers: Vec<String>,
    /// `aud` must contain one of these. `None` turns the check off, which callers have to ask for.
    pub audiences: Option<Vec<String>>,
    /// What kind of token is asked for.
    pub profile: Profile,
    /// How tokens reach the caller.
    pub carrier: Carrier,
    /// Allowed clock skew for `exp` and `nbf`, in seconds.
    pub clock_tolerance_seconds: u16,
    /// `org_id` must be one of these.
    pub organization_ids: Option<Vec<String>>,
    /// `role` or `roles` must contain at least one of these.
    pub roles: Option<Vec<String>>,
    /// `permissions` must contain all of these.
    pub permissions: Option<Vec<String>>,
    /// `entitlements` must contain all of these.
    pub entitlements: Option<Vec<String>>,
    /// `feature_flags` must contain all of these.
    pub feature_flags: Option<Vec<String>>,
    /// Whether a token with `act` is refused.
    pub deny_impersonation: bool,
    /// How long ago the user may have signed in, in seconds.
    pub max_auth_age_seconds: Option<u32>,
}

impl Policy {
    /// What every token of a session must satisfy, with no tolerance and nothing more required. For
    /// what accepts nothing, and for tests: the options of callers are written out in full, so that
    /// the compiler names a member that was left out.
    #[must_use]
    pub fn new(
        algorithms: AllowList,
        issuers: Vec<String>,
        audiences: Option<Vec<String>>,
    ) -> Self {
        Self {
            algorithms,
            client_id: None,
            issuers,
            audiences,
            profile: Profile::Session,
            carrier: Carrier::Bare,
            clock_tolerance_seconds: 0,
            organization_ids: None,
            roles: None,
            permissions: None,
            entitlements: None,
            feature_flags: None,
            deny_impersonation: false,
            max_auth_age_seconds: None,
        }
    }
}

/// What kind of token is asked for. Neither profile accepts the other's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// The access token of a user's session.
    Session,
    /// An access token of WorkOS Connect, which an application requested for a user or for itself.
    Connect(Connect),
}

/// What is asked of a token of WorkOS Connect alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    /// Whether `sub` may be a user.
    pub users: bool,
    /// Whether `sub` may be an application, as in a machine-to-machine token.
    pub machines: bool,
    /// `scope` must contain all of these.
    pub scopes: Option<Vec<String>>,
}

impl Profile {
    /// The likely cause of a wrong issuer, which may be that of the other profile's tokens.
    pub(crate) fn issuer_cause(&self, cause: IssuerCause) -> IssuerCause {
        use IssuerCause::{
            AuthkitDomain, DevelopmentMode, Legacy, OtherAuthkitDomain, OtherClientId, OtherDomain,
            Session,
        };
        match (self, cause) {
            (Self::Connect(_), DevelopmentMode | OtherDomain | OtherClientId | Legacy) => Session,
            (Self::Connect(_), AuthkitDomain) => OtherAuthkitDomain,
            (Self::Session | Self::Connect(_), cause) => cause,
        }
    }
}

/// How tokens reach the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// As they are.
    Bare,
    /// In a sealed session, under [`Profile::Session`]. The seal proves that this application put
    /// the token there, so `aud` may be missing unless the caller names an audience.
    Session {
        /// Whether the caller does.
        requires_audience: bool,
    },
}
