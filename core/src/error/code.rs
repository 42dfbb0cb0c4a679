//! The stable codes of refusals.

/// The stable code of a refusal, which users see as `WorkosTokenError.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Not a compact JWS whose header and payload are strict JSON objects.
    MalformedToken,
    /// `alg` is not on the allow-list.
    UnsupportedAlgorithm,
    /// The key set was available but has no usable key with the token's `kid`.
    UnknownKey,
    /// The signature was not made with the key.
    InvalidSignature,
    /// `exp` has passed.
    TokenExpired,
    /// `nbf` is in the future.
    TokenNotYetValid,
    /// `iss` is missing, of the wrong type, or not an accepted issuer.
    InvalidIssuer,
    /// `aud` is missing, of the wrong type, or names other audiences.
    InvalidAudience,
    /// `sub` is missing, of the wrong type, empty, or an application.
    InvalidSubject,
    /// Another claim is missing or invalid.
    InvalidClaim,
    /// `org_id` is not one of the required organizations.
    ForbiddenOrganization,
    /// The token lacks a required permission or role.
    MissingPermission,
    /// The token belongs to an impersonation session, and those are denied.
    ImpersonationDenied,
    /// A sealed session that can't be opened, or that is not its user's.
    InvalidSession,
    /// `auth_time` is missing or too long ago.
    ReauthenticationRequired,
    /// Another site sent the request, with a session cookie. Only the adapters, which see requests,
    /// raise this.
    CrossSiteRequest,
    /// The keys could not be fetched. This says nothing about the token.
    JwksFetchFailed,
    /// The caller's options are wrong. Only JavaScript, which reads the options, raises this.
    InvalidOptions,
}

impl Code {
    /// Every code, in the order of the public documentation.
    pub const ALL: [Self; 18] = [
        Self::MalformedToken,
        Self::UnsupportedAlgorithm,
        Self::UnknownKey,
        Self::InvalidSignature,
        Self::TokenExpired,
        Self::TokenNotYetValid,
        Self::InvalidIssuer,
        Self::InvalidAudience,
        Self::InvalidSubject,
        Self::InvalidClaim,
        Self::ForbiddenOrganization,
        Self::MissingPermission,
        Self::ImpersonationDenied,
        Self::InvalidSession,
        Self::ReauthenticationRequired,
        Self::CrossSiteRequest,
        Self::JwksFetchFailed,
        Self::InvalidOptions,
    ];

    /// The code as users see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedToken => "MALFORMED_TOKEN",
            Self::UnsupportedAlgorithm => "UNSUPPORTED_ALGORITHM",
            Self::UnknownKey => "UNKNOWN_KEY",
            Self::InvalidSignature => "INVALID_SIGNATURE",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::TokenNotYetValid => "TOKEN_NOT_YET_VALID",
            Self::InvalidIssuer => "INVALID_ISSUER",
            Self::InvalidAudience => "INVALID_AUDIENCE",
            Self::InvalidSubject => "INVALID_SUBJECT",
            Self::InvalidClaim => "INVALID_CLAIM",
            Self::ForbiddenOrganization => "FORBIDDEN_ORGANIZATION",
            Self::MissingPermission => "MISSING_PERMISSION",
            Self::ImpersonationDenied => "IMPERSONATION_DENIED",
            Self::InvalidSession => "INVALID_SESSION",
            Self::ReauthenticationRequired => "REAUTHENTICATION_REQUIRED",
            Self::CrossSiteRequest => "CROSS_SITE_REQUEST",
            Self::JwksFetchFailed => "JWKS_FETCH_FAILED",
            Self::InvalidOptions => "INVALID_OPTIONS",
        }
    }
}
