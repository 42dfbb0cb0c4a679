//! What a token must satisfy.

use crate::algorithm::AllowList;

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

/// How tokens reach the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// As they are.
    Bare,
    /// In a sealed session. The seal proves that this application put the token there, so `aud` may
    /// be missing unless the caller names an audience.
    Session {
        /// Whether the caller does.
        requires_audience: bool,
    },
}
