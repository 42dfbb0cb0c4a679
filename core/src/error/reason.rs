//! How a claim fails.

/// How a claim fails its check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is missing.
    Missing,
    /// It has the wrong type, or is empty although it must not be.
    Invalid,
    /// It is well formed but not what this call requires.
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
