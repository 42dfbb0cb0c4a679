//! The checks, in order, in one place.
//!
//! A token passes through form (1), header (2), key (3), signature (4) and claims (5). Whatever
//! stops it first is the result. A token whose signature was verified before skips the arithmetic
//! of check 4 and nothing else.
//!
//! # What a wait resumes
//!
//! The only wait is for a key. [`Verifier::verify`] then returns [`Step::Wait`] with a [`Pending`],
//! which owns the token and what checks 1 and 2 read from it. [`Verifier::wait_for`] takes it,
//! waits for a key set and hands back both as [`Resumable`]. [`Resumable::resume`] goes on with
//! check 3, over that set and at the time of the call, without decoding or parsing anything again.
//! The set that was waited for is final: a key that it lacks is unknown, and there is no second
//! wait.

use std::sync::Arc;
use std::time::Duration;

use crate::claims::{self, Policy};
use crate::error::{FetchFailure, IssuerCause, Refusal};
use crate::key::VerifyingKey;
use crate::key_cache::table::CachePolicy;
use crate::key_cache::{Entry, KeysResult, Lookup, Patience, Served, Wanted};
use crate::key_set::KeySet;
use crate::token::{self, Reading, Segments, SignedToken, UntrustedToken};
use crate::token_cache::{Content, Remembered, Signed, TokenCache, TokenHash};
pub use crate::verdict::{Refused, Verdict, Verified};
use crate::witness::{self, Origin, Sighting};

/// A policy, and where its keys come from.
#[derive(Clone)]
pub struct Verifier {
    /// What a token must satisfy.
    pub policy: Policy,
    /// Where the keys come from.
    pub keys: KeySource,
    /// Where verified tokens are remembered, if at all.
    pub token_cache: Option<Arc<TokenCache>>,
}

/// Where keys come from.
#[derive(Clone)]
pub enum KeySource {
    /// A fixed set, without any network.
    Fixed(Arc<KeySet>),
    /// An entry of the key cache, and how this caller wants it to be cached.
    Cached(Arc<Entry>, CachePolicy),
}

/// A token as it came. It is hashed once, for every look into the token cache.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'token> {
    /// The whole token.
    pub text: &'token str,
    /// `None` if nothing remembers it.
    pub hash: Option<TokenHash>,
}

/// How far a verification gets without waiting.
#[derive(Debug)]
pub enum Step {
    /// It is complete.
    Done(Verdict),
    /// It needs a key that a fetch may bring.
    Wait(Box<Pending>),
}

/// A token that waits for its key. It passed checks 1 and 2.
#[derive(Debug)]
pub struct Pending {
    pub(crate) segments: Segments<'static>,
    pub(crate) hash: Option<TokenHash>,
    pub(crate) reading: Reading,
    /// What was found of the unverified issuer.
    pub(crate) issuer: Result<(), IssuerCause>,
    pub(crate) now: f64,
}

/// A token whose wait is over, the set in which its key may be, and the verifier whose set that is:
/// one verifier's keys must never decide for another.
pub struct Resumable {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) pending: Box<Pending>,
    pub(crate) served: Served,
}

impl Verifier {
    /// The token for the functions below, hashed.
    #[must_use]
    pub fn present<'token>(&self, text: &'token str) -> Presented<'token> {
        let hash = self.token_cache.as_ref().and_then(|cache| cache.hash(text));
        Presented { text, hash }
    }

    /// Verifies with the keys in memory, and says so if the token must wait for another. `now` is
    /// in seconds since 1970.
    #[must_use]
    pub fn verify(&self, token: &str, now: f64) -> Step {
        self.verify_presented(self.present(token), now)
    }

    /// The same for a token that was hashed before.
    #[must_use]
    pub fn verify_presented(&self, token: Presented<'_>, now: f64) -> Step {
        self.call(now, Patience::CanWait).verify(token)
    }

    /// Tries the token cache: the verdict on a remembered token. `None` if the token is not
    /// remembered, or if its key has changed since.
    #[must_use]
    pub fn recall(&self, token: Presented<'_>, now: f64) -> Option<Verdict> {
        self.call(now, Patience::CanWait).recall(token)
    }

    /// The verdict on a remembered token by its number, which [`Remembered::id`] gives. Everything
    /// is checked that [`Self::recall`] checks, and the token becomes the most recently used one.
    /// `None` if this verifier remembers no token of that number, or if its key has changed since.
    #[must_use]
    pub fn recheck(&self, id: u64, now: f64) -> Option<Verdict> {
        self.call(now, Patience::CanWait).recheck(id)
    }

    /// Runs all five checks, without the token cache.
    #[must_use]
    pub fn verify_new(&self, token: Presented<'_>, now: f64) -> Step {
        self.call(now, Patience::CanWait).check(token)
    }

    /// Verifies with the keys in memory, and refuses if they are not enough. If a fetch would help,
    /// it starts in the background.
    ///
    /// # Errors
    /// The refusal.
    pub fn verify_sync(&self, token: &str, now: f64) -> Verdict {
        match self.call(now, Patience::CannotWait).verify(self.present(token)) {
            Step::Done(verdict) => verdict,
            Step::Wait(_) => Err(not_fetched().into()),
        }
    }

    /// Waits for the key that a token needs. `settle` is called exactly once, on the thread that
    /// brings the keys. Work that takes time, such as [`Resumable::resume`], belongs on another
    /// thread.
    pub fn wait_for(
        self: &Arc<Self>,
        pending: Box<Pending>,
        settle: Box<dyn FnOnce(Result<Resumable, Refusal>) + Send>,
    ) {
        let (entry, policy) = match &self.keys {
            KeySource::Fixed(_) => return settle(Err(not_fetched())),
            KeySource::Cached(entry, policy) => (entry, policy),
        };
        let Reading { algorithm, key_id, .. } = &pending.reading;
        let (algorithm, key_id, issuer) = (*algorithm, key_id.clone(), pending.issuer);
        let wanted = Wanted { key_id: &key_id, algorithm };
        let verifier = Arc::clone(self);
        let settle = move |keys: KeysResult| {
            settle(keys.map(|served| Resumable { verifier, pending, served }));
        };
        entry.wait(Some(wanted), issuer, policy, Box::new(settle));
    }

    /// Waits until keys are in memory. `settle` is called exactly once.
    pub fn ready(&self, settle: Box<dyn FnOnce(Result<(), Refusal>) + Send>) {
        match &self.keys {
            KeySource::Fixed(_) => settle(Ok(())),
            KeySource::Cached(entry, policy) => {
                let settle = |keys: KeysResult| settle(keys.map(drop));
                entry.wait(None, Ok(()), policy, Box::new(settle));
            }
        }
    }

    /// The keys in memory as a snapshot. `None` if there are none, or if they don't come from a URL.
    #[must_use]
    pub fn export_keys(&self) -> Option<String> {
        match &self.keys {
            KeySource::Fixed(_) => None,
            KeySource::Cached(entry, _) => entry.write_snapshot(),
        }
    }

    /// Whether keys are in memory, whatever their age.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        match &self.keys {
            KeySource::Fixed(_) => true,
            KeySource::Cached(entry, _) => entry.has_keys(),
        }
    }

    pub(crate) fn call(&self, now: f64, patience: Patience) -> Call<'_> {
        Call { verifier: self, keys: Keys::InMemory(patience), now }
    }
}

impl Resumable {
    /// Goes on with check 3.
    ///
    /// # Errors
    /// The refusal.
    pub fn resume(self) -> Verdict {
        let Pending { segments, hash, reading, issuer: _, now } = *self.pending;
        let call = Call { verifier: &self.verifier, keys: Keys::Final(&self.served), now };
        // Others may have waited with the same token.
        if let Some(verdict) = call.recall(Presented { text: segments.token(), hash }) {
            return verdict;
        }
        let token = UntrustedToken::resume(&segments, reading)?;
        call.judge_read(&token, hash).unwrap_or_else(|| Err(not_fetched().into()))
    }
}

/// One call: the pipeline, with what stays the same from its first check to its last.
pub(crate) struct Call<'call> {
    pub(crate) verifier: &'call Verifier,
    pub(crate) keys: Keys<'call>,
    pub(crate) now: f64,
}

/// The keys that a call may use.
pub(crate) enum Keys<'call> {
    /// Those that the verifier's source has in memory.
    InMemory(Patience),
    /// Those of this set, and no others.
    Final(&'call Served),
    /// None: the call has waited for them in vain.
    Unavailable(&'call Refusal),
}

impl Call<'_> {
    fn verify(&self, token: Presented<'_>) -> Step {
        self.recall(token).map_or_else(|| self.check(token), Step::Done)
    }

    pub(crate) fn recall(&self, token: Presented<'_>) -> Option<Verdict> {
        let cache = self.verifier.token_cache.as_ref()?;
        self.judge(cache, &recalled(cache, token)?)
    }

    fn recheck(&self, id: u64) -> Option<Verdict> {
        let cache = self.verifier.token_cache.as_ref()?;
        self.judge(cache, &cache.find_numbered(id)?)
    }

    /// The verdict on a remembered token, if its key is the one that this call would use now. A
    /// token that doesn't fit goes through all checks.
    fn judge(&self, cache: &TokenCache, remembered: &Arc<Remembered>) -> Option<Verdict> {
        match self.judge_again(remembered) {
            Again::Judged(verdict) => {
                cache.count_hit();
                Some(verdict)
            }
            Again::Unfit(_) | Again::Open => None,
        }
    }

    /// What can be said of a remembered token without its text. Only the arithmetic of the
    /// signature is skipped.
    pub(crate) fn judge_again(&self, remembered: &Arc<Remembered>) -> Again {
        let Signed { algorithm, key_id, thumbprint } = remembered.signed();
        if !self.verifier.policy.algorithms.holds(*algorithm) {
            return Again::Unfit(Refusal::UnsupportedAlgorithm);
        }
        match self.look_up(Wanted { key_id, algorithm: *algorithm }, || Ok(())) {
            Lookup::Key(key) if key.thumbprint() == thumbprint => {}
            Lookup::Refused(refusal) => return Again::Unfit(refusal),
            Lookup::Key(_) | Lookup::Wait => return Again::Open,
        }
        witness::note_remembered();
        Again::Judged(match claims::check(&self.verifier.policy, remembered.claims(), self.now) {
            Ok(()) => Ok(Verified::Again(Arc::clone(remembered))),
            Err(failure) => Err(Refused::unfit(failure, remembered.text().to_owned())),
        })
    }

    /// All five checks, or as many as are possible without waiting.
    fn check(&self, Presented { text, hash }: Presented<'_>) -> Step {
        let segments = match Segments::decode(text) {
            Ok(segments) => segments,
            Err(malformed) => {
                return Step::Done(Err(Refused::unread(text, Refusal::Malformed(malformed))));
            }
        };
        let token = match UntrustedToken::read(&segments, &self.verifier.policy.algorithms) {
            Ok(token) => token,
            Err(refusal) => return Step::Done(Err(Refused::unread(text, refusal))),
        };
        if let Some(verdict) = self.judge_read(&token, hash) {
            return Step::Done(verdict);
        }
        let (issuer, reading) = (self.compare_issuer(&token), token.reading(claims::is_checked));
        let segments = segments.into_owned();
        Step::Wait(Box::new(Pending { segments, hash, reading, issuer, now: self.now }))
    }

    /// Checks 3 to 5 of a token that was read, perhaps for another verifier with another allow-list.
    /// `None` if it must wait for its key.
    pub(crate) fn judge_read(
        &self,
        token: &UntrustedToken<'_>,
        hash: Option<TokenHash>,
    ) -> Option<Verdict> {
        if !self.verifier.policy.algorithms.holds(token.algorithm()) {
            return Some(Err(Refused::unread(token.text(), Refusal::UnsupportedAlgorithm)));
        }
        match self.find(token) {
            Lookup::Key(key) => Some(self.conclude(token, hash, &key)),
            Lookup::Refused(refusal) => Some(Err(refusal.into())),
            Lookup::Wait => None,
        }
    }

    /// Check 3: the key that the token names.
    pub(crate) fn find(&self, token: &UntrustedToken<'_>) -> Lookup {
        let wanted = Wanted { key_id: token.key_id(), algorithm: token.algorithm() };
        self.look_up(wanted, || self.compare_issuer(token))
    }

    /// Whether a request for the token's key would be worth it.
    pub(crate) fn compare_issuer(&self, token: &UntrustedToken<'_>) -> Result<(), IssuerCause> {
        let Policy { issuers, profile, .. } = &self.verifier.policy;
        token.compare_issuer(issuers).map_err(|cause| profile.issuer_cause(cause))
    }

    /// `issuer` is called only if the key is missing.
    fn look_up(
        &self,
        wanted: Wanted<'_>,
        issuer: impl FnOnce() -> Result<(), IssuerCause>,
    ) -> Lookup {
        match (&self.keys, &self.verifier.keys) {
            (Keys::InMemory(patience), KeySource::Cached(entry, policy)) => {
                entry.lookup(wanted, issuer, policy, *patience)
            }
            (Keys::InMemory(_), KeySource::Fixed(keys)) => {
                note(Origin::Fixed, keys);
                find_in(keys, wanted, issuer)
            }
            (Keys::Final(Served { keys, origin }), _) => {
                note(*origin, keys);
                find_in(keys, wanted, issuer)
            }
            (Keys::Unavailable(refusal), _) => Lookup::Refused((*refusal).clone()),
        }
    }

    /// Checks 4 and 5.
    fn conclude(
        &self,
        token: &UntrustedToken<'_>,
        hash: Option<TokenHash>,
        key: &VerifyingKey,
    ) -> Verdict {
        let presented = token.text();
        let signed =
            token.verify(key).map_err(|refusal| Refused::unsigned(presented, key, refusal))?;
        if let (Some(cache), Some(hash)) = (&self.verifier.token_cache, hash) {
            cache.remember(signed.token(), hash, signed_by(&signed, key));
        }
        match claims::check(&self.verifier.policy, signed.claims(), self.now) {
            Ok(()) => Ok(Verified::New(signed.javascript_text())),
            Err(failure) => Err(Refused::unfit(failure, signed.javascript_text())),
        }
    }
}

fn signed_by(signed: &SignedToken<'_, '_>, key: &VerifyingKey) -> Signed {
    Signed {
        key_id: signed.key_id().to_owned(),
        algorithm: signed.algorithm(),
        thumbprint: *key.thumbprint(),
    }
}

/// What can be said of a remembered token without its text.
pub(crate) enum Again {
    /// The key that verified it is the one for it now: the verdict.
    Judged(Verdict),
    /// It is refused before its signature is looked at.
    Unfit(Refusal),
    /// All checks have to be made.
    Open,
}

/// The remembered token of exactly these bytes.
pub(crate) fn recalled(cache: &TokenCache, token: Presented<'_>) -> Option<Arc<Remembered>> {
    cache.find(token.text, token.hash?, read_again)
}

/// Reads a token whose signature was verified. It was read as strictly before, so this succeeds.
fn read_again(token: &str) -> Option<Content> {
    let (text, claims) = token::verified_payload(token, claims::checked_names())?;
    Some(Content { text, claims })
}

fn note(origin: Origin, keys: &KeySet) {
    witness::note(|| Sighting { origin, key_set: keys.digest() });
}

/// Looks in a set that is all there is: waiting would not help.
fn find_in(
    keys: &KeySet,
    wanted: Wanted<'_>,
    issuer: impl FnOnce() -> Result<(), IssuerCause>,
) -> Lookup {
    let unusable = match keys.find(wanted.key_id, wanted.algorithm) {
        Ok(key) => return Lookup::Key(Arc::clone(key)),
        // If no key of the set can be used, report that, whatever the `kid`.
        Err(unusable) => unusable.or(keys.problem()),
    };
    match issuer() {
        Err(cause) => Lookup::Refused(Refusal::ForeignIssuer(cause)),
        Ok(()) => Lookup::Refused(Refusal::UnknownKey { unusable, retry_after: None }),
    }
}

pub(crate) fn not_fetched() -> Refusal {
    let failure = FetchFailure::NotFetched;
    Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO }
}
