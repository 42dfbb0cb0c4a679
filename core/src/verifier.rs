//! The checks, in order, in one place.
//!
//! A token passes through form, header, key, signature and claims, and whatever stops it is the
//! whole answer. The only wait is for keys: [`Verifier::verify`] says when there is one, and
//! [`Verifier::verify_later`] waits for it.

use std::sync::Arc;
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::claims::{self, Policy};
use crate::error::{FetchFailure, IssuerCause, Refusal};
use crate::issuer;
use crate::json::Object;
use crate::key_cache::table::Limits;
use crate::key_cache::{Entry, Lookup, Outcome, Patience, Settle, Wanted};
use crate::key_set::KeySet;
use crate::token::{Header, Segments, UntrustedToken};
use crate::token_cache::{Remembered, TokenCache};

/// A policy, and where its keys come from.
#[derive(Clone)]
pub struct Verifier {
    /// What is asked of a token.
    pub policy: Policy,
    /// Where the keys come from.
    pub keys: KeySource,
    /// Where good signatures are remembered, if they are.
    pub token_cache: Option<Arc<TokenCache>>,
}

/// Where keys come from.
#[derive(Clone)]
pub enum KeySource {
    /// A fixed set: no network at all.
    Fixed(Arc<KeySet>),
    /// An entry of the key cache, with this caller's limits.
    Cached(Arc<Entry>, Limits),
}

/// What a token comes to.
pub type Verdict = Result<Verified, Refused>;

/// A token that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub enum Verified {
    /// Seen for the first time: the claims as a text for JavaScript.
    New(String),
    /// Seen before, and found again.
    Again(Arc<Remembered>),
}

impl Verified {
    /// The claims as a text for JavaScript: the payload as it was signed, but where V8 could misread
    /// that ([`crate::json::javascript_text`]).
    #[must_use]
    pub fn claims(&self) -> &str {
        match self {
            Self::New(text) => text,
            Self::Again(remembered) => remembered.text(),
        }
    }

    /// The same, without a copy where it is at hand.
    #[must_use]
    pub fn into_claims(self) -> String {
        match self {
            Self::New(text) => text,
            Self::Again(remembered) => remembered.text().to_owned(),
        }
    }
}

/// A token that did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// What stopped it.
    pub refusal: Refusal,
    /// The payload's text, when the signature was good.
    pub claims: Option<String>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, claims: None }
    }
}

/// How far a verification gets without waiting.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// To its end.
    Done(Verdict),
    /// To a key that a fetch may bring.
    Wait(MissingKey),
}

/// The key that a token waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingKey {
    key_id: String,
    algorithm: Algorithm,
}

impl MissingKey {
    fn wanted(&self) -> Wanted<'_> {
        Wanted { key_id: &self.key_id, algorithm: self.algorithm }
    }
}

/// Looks a key up; the issuer's comparison is asked for only where the key is not there.
type Find<'a> = dyn Fn(Wanted<'_>, &dyn Fn() -> Result<(), IssuerCause>) -> Lookup + 'a;

impl Verifier {
    /// Verifies with what is in memory. `now` is in seconds since 1970.
    #[must_use]
    pub fn verify(&self, token: &str, now: f64) -> Step {
        self.run(token, now, &self.finder(Patience::CanWait))
    }

    /// The same for a token that is remembered; `None` for any other, or one whose key is another by
    /// now.
    #[must_use]
    pub fn recall(&self, token: &str, now: f64) -> Option<Verdict> {
        self.recall_by(token, now, &self.finder(Patience::CanWait))
    }

    /// The same with all five checks.
    #[must_use]
    pub fn verify_new(&self, token: &str, now: f64) -> Step {
        self.check(token, now, &self.finder(Patience::CanWait))
    }

    /// Whether there are keys in memory, of whatever age.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        match &self.keys {
            KeySource::Fixed(_) => true,
            KeySource::Cached(entry, _) => entry.has_keys(),
        }
    }

    /// Verifies with what is in memory, and refuses where that does not do. A fetch that would help
    /// is started behind the refusal.
    ///
    /// # Errors
    /// The refusal.
    pub fn verify_sync(&self, token: &str, now: f64) -> Verdict {
        match self.run(token, now, &self.finder(Patience::CannotWait)) {
            Step::Done(verdict) => verdict,
            Step::Wait(_) => Err(not_fetched().into()),
        }
    }

    /// Verifies a token, waiting for its key where it must. `settle` is called exactly once.
    pub fn verify_later(
        self: Arc<Self>,
        token: String,
        now: f64,
        settle: Box<dyn FnOnce(Verdict) + Send>,
    ) {
        let missing = match self.verify(&token, now) {
            Step::Done(verdict) => return settle(verdict),
            Step::Wait(missing) => missing,
        };
        let verifier = Arc::clone(&self);
        let resume = move |outcome: Outcome| {
            settle(outcome.map_err(Refused::from).and_then(|keys| self.resume(&token, now, &keys)));
        };
        verifier.wait_for(&missing, Box::new(resume));
    }

    /// Waits for a key that [`Self::verify`] lacked. `settle` is called exactly once, on the thread
    /// that brings the keys, and so should hand over what takes time.
    pub fn wait_for(&self, missing: &MissingKey, settle: Settle) {
        match &self.keys {
            KeySource::Fixed(_) => settle(Err(not_fetched())),
            KeySource::Cached(entry, limits) => entry.wait(Some(missing.wanted()), limits, settle),
        }
    }

    /// Waits until keys are in memory. `settle` is called exactly once.
    pub fn ready(&self, settle: Box<dyn FnOnce(Result<(), Refusal>) + Send>) {
        match &self.keys {
            KeySource::Fixed(_) => settle(Ok(())),
            KeySource::Cached(entry, limits) => {
                let settle = |outcome: Outcome| settle(outcome.map(drop));
                entry.wait(None, limits, Box::new(settle));
            }
        }
    }

    /// The same pipeline again, over the set that was waited for.
    ///
    /// # Errors
    /// The refusal.
    pub fn resume(&self, token: &str, now: f64, keys: &KeySet) -> Verdict {
        match self.run(token, now, &|wanted, issuer| find_in(keys, wanted, issuer)) {
            Step::Done(verdict) => verdict,
            Step::Wait(_) => Err(not_fetched().into()),
        }
    }

    fn finder(
        &self,
        patience: Patience,
    ) -> impl Fn(Wanted<'_>, &dyn Fn() -> Result<(), IssuerCause>) -> Lookup {
        move |wanted, issuer| match &self.keys {
            KeySource::Fixed(keys) => find_in(keys, wanted, issuer),
            KeySource::Cached(entry, limits) => entry.lookup(wanted, issuer, limits, patience),
        }
    }

    fn run(&self, token: &str, now: f64, find: &Find<'_>) -> Step {
        let recalled = self.recall_by(token, now, find);
        recalled.map_or_else(|| self.check(token, now, find), Step::Done)
    }

    fn check(&self, token: &str, now: f64, find: &Find<'_>) -> Step {
        match self.five_checks(token, now, find) {
            Ok(verified) => Step::Done(Ok(verified)),
            Err(Stop::Refused(refused)) => Step::Done(Err(refused)),
            Err(Stop::Wait(missing)) => Step::Wait(missing),
        }
    }

    fn five_checks(&self, token: &str, now: f64, find: &Find<'_>) -> Result<Verified, Stop> {
        let segments = Segments::decode(token).map_err(Refusal::Malformed)?;
        let untrusted = UntrustedToken::parse(&segments).map_err(Refusal::Malformed)?;
        let Header { algorithm, key_id } = untrusted.header(&self.policy.algorithms)?;
        let issuer = || issuer::compare(untrusted.unverified_issuer(), &self.policy.issuers);
        let key = match find(Wanted { key_id: &key_id, algorithm }, &issuer) {
            Lookup::Key(key) => key,
            Lookup::Refused(refusal) => return Err(refusal.into()),
            Lookup::Wait => return Err(Stop::Wait(MissingKey { key_id, algorithm })),
        };
        let signed = untrusted.verify(&key, algorithm)?;
        if let Some(cache) = &self.token_cache {
            cache.remember(token, Header { algorithm, key_id }, *key.thumbprint(), &signed);
        }
        let text = signed.javascript_text();
        Ok(self.check_claims(signed.claims(), Verified::New(text), now)?)
    }

    /// The same checks for a token whose signature was good before: its key must be the one that
    /// this call would use now, and only the signature's arithmetic is left out. Whatever does not
    /// fit takes the whole way.
    fn recall_by(&self, token: &str, now: f64, find: &Find<'_>) -> Option<Verdict> {
        let cache = self.token_cache.as_ref()?;
        let remembered = cache.find(token)?;
        let wanted = Wanted { key_id: &remembered.key_id, algorithm: remembered.algorithm };
        if !self.policy.algorithms.holds(wanted.algorithm) {
            return None;
        }
        match find(wanted, &|| Ok(())) {
            Lookup::Key(key) if *key.thumbprint() == remembered.thumbprint => {}
            _ => return None,
        }
        let claims = remembered.claims()?;
        cache.count_hit();
        Some(self.check_claims(claims, Verified::Again(Arc::clone(&remembered)), now))
    }

    fn check_claims(&self, claims: &Object<'_>, verified: Verified, now: f64) -> Verdict {
        match claims::check(&self.policy, claims, now) {
            Ok(()) => Ok(verified),
            Err(failure) => {
                let refusal = Refusal::Claim(Box::new(failure));
                Err(Refused { refusal, claims: Some(verified.into_claims()) })
            }
        }
    }
}

/// In a set that is all there is: nothing to wait for.
fn find_in(
    keys: &KeySet,
    wanted: Wanted<'_>,
    issuer: &dyn Fn() -> Result<(), IssuerCause>,
) -> Lookup {
    let unusable = match keys.find(wanted.key_id, wanted.algorithm) {
        Ok(key) => return Lookup::Key(Arc::clone(key)),
        // Where no key of a set can be used, that is what is wrong, whatever `kid` is asked for.
        Err(unusable) => unusable.or(keys.problem()),
    };
    match issuer() {
        Err(cause) => Lookup::Refused(Refusal::ForeignIssuer(cause)),
        Ok(()) => Lookup::Refused(Refusal::UnknownKey { unusable, retry_after: None }),
    }
}

fn not_fetched() -> Refusal {
    let failure = FetchFailure::NotFetched;
    Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO }
}

/// What ends the five checks early.
enum Stop {
    Refused(Refused),
    Wait(MissingKey),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}
