//! What several entries are together, and what all of them take.

use std::sync::{Arc, Mutex};

use super::gathering::Gathering;
use crate::algorithm::AllowList;
use crate::claims::Profile;
use crate::error::{IssuerCause, Refusal};
use crate::lock::lock;
use crate::token::{Segments, UntrustedToken};
use crate::verifier::{Presented, Refused, Verified, Verifier};

/// One verifier, or several that are asked in order.
pub struct Entries {
    pub(super) entries: Vec<Arc<Verifier>>,
    /// `None` for a verifier alone.
    together: Option<Together>,
}

/// What all entries take together.
struct Together {
    algorithms: AllowList,
    issuers: Vec<String>,
}

/// A token that passed every check of one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// Its claims.
    pub verified: Verified,
    /// The entry's place. `None` for a verifier alone.
    pub entry: Option<usize>,
}

/// The result of a verification.
pub type Verdict = Result<Accepted, Refused>;

impl Entries {
    /// A verifier alone.
    #[must_use]
    pub fn alone(verifier: Arc<Verifier>) -> Self {
        Self { entries: vec![verifier], together: None }
    }

    /// Several verifiers, in the order in which they are asked.
    #[must_use]
    pub fn several(entries: Vec<Arc<Verifier>>) -> Self {
        let policies = || entries.iter().map(|entry| &entry.policy);
        let algorithms = AllowList::of_all(policies().map(|policy| &policy.algorithms));
        let issuers = policies().flat_map(|policy| policy.issuers.iter().cloned()).collect();
        Self { entries, together: Some(Together { algorithms, issuers }) }
    }

    /// Whether this is a verifier alone.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.together.is_none()
    }

    /// The verifiers, in order.
    #[must_use]
    pub fn verifiers(&self) -> &[Arc<Verifier>] {
        &self.entries
    }

    /// The token for the functions below, hashed.
    #[must_use]
    pub fn present<'token>(&self, text: &'token str) -> Presented<'token> {
        let cache = self.entries.iter().find_map(|entry| entry.token_cache.as_ref());
        Presented { text, hash: cache.and_then(|cache| cache.hash(text)) }
    }

    /// Whether keys of any entry are in memory, whatever their age.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.entries.iter().any(|entry| entry.has_keys())
    }

    /// Waits until the keys of all entries are in memory. `settle` is called exactly once, with the
    /// failure of the first entry that has one.
    pub fn ready(&self, settle: Box<dyn FnOnce(Result<(), Refusal>) + Send>) {
        let gathering = Arc::new(Mutex::new(Gathering::new(self.entries.len(), settle)));
        for (index, verifier) in self.entries.iter().enumerate() {
            let gathering = Arc::clone(&gathering);
            verifier.ready(Box::new(move |result| {
                let end = lock(&gathering).add(index, result);
                if let Some((settle, result)) = end {
                    settle(result);
                }
            }));
        }
    }

    pub(super) fn lone(&self) -> Option<&Arc<Verifier>> {
        if self.is_alone() { self.entries.first() } else { None }
    }

    pub(super) fn accepted(&self, at: usize, verified: Verified) -> Accepted {
        Accepted { verified, entry: self.together.as_ref().map(|_| at) }
    }

    /// The entries that are asked: those of which one issuer passes, in order.
    pub(super) fn asked(
        &self,
        mut is_issuer: impl FnMut(&[String]) -> bool,
    ) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter().enumerate();
        entries.filter_map(move |(at, entry)| is_issuer(&entry.policy.issuers).then_some(at))
    }

    /// Checks 1 and 2, as far as they are the same for all entries: what no entry allows is refused.
    pub(crate) fn read<'segments>(
        &self,
        segments: &'segments Segments<'segments>,
    ) -> Result<UntrustedToken<'segments>, Refusal> {
        let nothing = AllowList::of_all([]);
        let allowed = self.together.as_ref().map_or(&nothing, |together| &together.algorithms);
        UntrustedToken::read(segments, allowed)
    }

    /// The entries that are asked about this token, in order.
    pub(crate) fn asked_about(&self, token: &UntrustedToken<'_>) -> Vec<usize> {
        self.asked(|issuers| token.names_one_of(issuers)).collect()
    }

    /// A token that names the issuer of no entry.
    pub(crate) fn foreign(&self, token: &UntrustedToken<'_>) -> Refusal {
        let cause = token.compare_issuer(self.issuers()).err().unwrap_or(IssuerCause::Other);
        let profile = self.profile_for(cause == IssuerCause::AuthkitDomain);
        Refusal::NoEntry(profile.map_or(cause, |profile| profile.issuer_cause(cause)))
    }

    /// The profile of an entry for tokens of WorkOS Connect or of sessions; of another, if there is
    /// none.
    pub(crate) fn profile_for(&self, connect: bool) -> Option<&Profile> {
        let profiles = || self.entries.iter().map(|entry| &entry.policy.profile);
        let is_meant = |profile: &&Profile| matches!(profile, Profile::Connect(_)) == connect;
        profiles().find(is_meant).or_else(|| profiles().next())
    }

    /// The issuers of all entries.
    pub(crate) fn issuers(&self) -> &[String] {
        self.together.as_ref().map_or(&[], |together| &together.issuers)
    }

    /// The algorithms of all entries.
    pub(crate) fn algorithms(&self) -> AllowList {
        AllowList::of_all(self.entries.iter().map(|entry| &entry.policy.algorithms))
    }
}
