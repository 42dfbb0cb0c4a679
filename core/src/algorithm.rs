//! The signature algorithms of RFC 7518 and RFC 8037 that can be allowed, and allow-lists of them.

pub use jsonwebtoken::Algorithm;

/// Every algorithm that an allow-list may contain, by name. `none` and the HMACs are absent: with
/// public keys, allowing them would let anyone sign (RFC 8725, section 2.1).
pub const ALLOWABLE: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// The algorithm of this exact name, if it can be allowed.
#[must_use]
pub fn by_name(name: &str) -> Option<Algorithm> {
    ALLOWABLE.iter().find_map(|(candidate, algorithm)| (*candidate == name).then_some(*algorithm))
}

/// The name of an algorithm that can be allowed.
#[must_use]
pub fn name_of(algorithm: Algorithm) -> Option<&'static str> {
    ALLOWABLE.iter().find_map(|(name, candidate)| (*candidate == algorithm).then_some(*name))
}

/// The allow-list of a verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowList(Vec<Algorithm>);

impl AllowList {
    /// The list of these names.
    ///
    /// # Errors
    /// The first name that is not in [`ALLOWABLE`].
    pub fn from_names<'name>(
        names: impl IntoIterator<Item = &'name str>,
    ) -> Result<Self, &'name str> {
        names.into_iter().map(|name| by_name(name).ok_or(name)).collect::<Result<_, _>>().map(Self)
    }

    /// What any of these lists holds.
    pub(crate) fn of_all<'list>(lists: impl IntoIterator<Item = &'list Self>) -> Self {
        Self(lists.into_iter().flat_map(|list| list.0.iter().copied()).collect())
    }

    pub(crate) fn holds(&self, algorithm: Algorithm) -> bool {
        self.0.contains(&algorithm)
    }

    /// The names of the algorithms, in the order of [`ALLOWABLE`].
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        ALLOWABLE.iter().filter(|(_, algorithm)| self.holds(*algorithm)).map(|(name, _)| *name)
    }
}

impl Default for AllowList {
    /// The algorithm that WorkOS signs with.
    fn default() -> Self {
        Self(vec![Algorithm::RS256])
    }
}
