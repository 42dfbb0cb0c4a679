//! What is wrong with a sealed session.

use super::reason::Reason;

/// Why a sealed session is refused (`INVALID_SESSION`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFault {
    /// An empty string.
    Empty,
    /// More bytes than [`crate::seal::MAX_SEALED_BYTES`].
    TooLong,
    /// The value is in quotes.
    Quoted,
    /// The value is still percent-encoded.
    Encoded,
    /// The end is missing.
    Cut,
    /// It starts like a seal, and is none.
    Damaged,
    /// Something stands before the seal, such as the name of the cookie.
    NotAlone,
    /// A seal inside of a signed JSON object.
    SignedWrapper,
    /// An access token that is not sealed.
    BareToken,
    /// It looks like the form that WorkOS's SDKs for other languages use.
    OtherSdk,
    /// None of these.
    NotASeal,
    /// The time in the seal has passed.
    Expired,
    /// No password opens it: another one was used, or the value was changed. It is the same for a
    /// seal whose padding or JSON is wrong.
    Password {
        /// Whether a password starts or ends with white space.
        white_space: bool,
    },
    /// What was sealed is the state of a sign-in that has not been completed.
    SignInState,
    /// What was sealed has no access token.
    NoAccessToken,
    /// A member of what was sealed has the wrong type.
    WrongType,
    /// The sealed user is not the subject of the access token.
    OtherUser,
}

impl SessionFault {
    /// The kind of fault, as users see it.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Empty => Reason::Missing,
            Self::Password { .. } | Self::OtherUser => Reason::Mismatch,
            Self::TooLong
            | Self::Quoted
            | Self::Encoded
            | Self::Cut
            | Self::Damaged
            | Self::NotAlone
            | Self::SignedWrapper
            | Self::BareToken
            | Self::OtherSdk
            | Self::NotASeal
            | Self::Expired
            | Self::SignInState
            | Self::NoAccessToken
            | Self::WrongType => Reason::Invalid,
        }
    }

    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Empty => "the session is an empty string",
            Self::TooLong => "the session is longer than 32768 bytes",
            Self::Quoted
            | Self::Encoded
            | Self::Cut
            | Self::Damaged
            | Self::NotAlone
            | Self::SignedWrapper
            | Self::OtherSdk
            | Self::NotASeal => "the session is not a sealed value",
            Self::BareToken => "the session is an access token that is not sealed",
            Self::Expired => "the session's seal has expired",
            Self::Password { .. } => "the session can't be opened with the cookie password",
            Self::SignInState | Self::NoAccessToken => "the session holds no access token",
            Self::WrongType => "the session holds a value of the wrong type",
            Self::OtherUser => "the session's user is not the subject of its access token",
        }
    }
}
