//! Several verifiers for one stream of tokens, each with a policy, keys and an audience of its own.
//!
//! A token is accepted if one entry accepts it whole. It is parsed once, for all of them. Its
//! unverified `iss` decides which entries are asked, and nothing else: each of these then makes
//! checks 2 to 5 with what is its own, in order, until one accepts the token. If none does, the
//! refusal of the entry in which it came furthest is told ([`progress`]).
//!
//! A verifier alone is one entry that is asked for every token.
//!
//! # What a wait resumes
//!
//! An entry that needs a key which a fetch may bring stops the round: [`Step::Wait`] has the token as
//! it was read ([`Pending`]), the entry, those after it, and the refusal so far.
//! [`Entries::wait_for`] waits for that entry's keys alone and hands all of it back as [`Awaited`],
//! which goes on with that entry, whether its keys came or not, and then with the next. That one may
//! have to wait too. So that endpoints which don't respond don't add up, the entries after the one
//! that waits begin to fetch when it has waited for a while ([`head_start`]).

mod fetched;
mod gathering;
mod head_start;
pub(crate) mod progress;
mod round;

use std::sync::{Arc, Mutex};

use crate::algorithm::AllowList;
use crate::claims::{self, Profile};
use crate::error::{IssuerCause, Refusal};
use crate::key_cache::{KeysResult, Patience, Wanted};
use crate::lock::lock;
use crate::token::{Segments, UntrustedToken};
use crate::token_cache::Remembered;
use crate::verifier::{
    self, Again, Call, KeySource, Keys, Pending, Presented, Refused, Verified, Verifier,
    not_fetched, recalled,
};

pub(crate) use fetched::Fetched;
use gathering::Gathering;
pub(crate) use head_start::{Later, Wait};
use progress::further;
use round::{Ended, Round, Waits};

/// One verifier, or several that are asked in order.
pub struct Entries {
    entries: Vec<Arc<Verifier>>,
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

/// How far a verification gets without waiting.
#[derive(Debug)]
pub enum Step {
    /// It is complete.
    Done(Verdict),
    /// It needs a key that a fetch may bring.
    Wait(Box<Waiting>),
}

/// A token that waits for the key of an entry.
#[derive(Debug)]
pub struct Waiting {
    pending: Box<Pending>,
    at: usize,
    /// The entries that are asked after this one.
    later: Vec<usize>,
    refused: Option<Refused>,
}

/// A token whose wait is over.
pub struct Awaited {
    entries: Arc<Entries>,
    waiting: Box<Waiting>,
    keys: KeysResult,
}

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

    /// Verifies with the keys in memory, and says so if the token must wait for others. `now` is in
    /// seconds since 1970.
    #[must_use]
    pub fn verify(&self, token: Presented<'_>, now: f64) -> Step {
        match self.recall(token, now) {
            Some(verdict) => Step::Done(verdict),
            None => self.verify_new(token, now),
        }
    }

    /// Tries the token cache: the verdict on a remembered token. `None` if the token is not
    /// remembered, or if an entry has to make all checks.
    #[must_use]
    pub fn recall(&self, token: Presented<'_>, now: f64) -> Option<Verdict> {
        if let Some(verifier) = self.lone() {
            return verifier.recall(token, now).map(alone);
        }
        let cache = self.entries.iter().find_map(|entry| entry.token_cache.as_ref())?;
        self.judge_again(&recalled(cache, token)?, now)
    }

    /// The verdict on a remembered token by its number ([`Remembered::id`]). Everything is checked
    /// that [`Self::recall`] checks.
    #[must_use]
    pub fn recheck(&self, id: u64, now: f64) -> Option<Verdict> {
        if let Some(verifier) = self.lone() {
            return verifier.recheck(id, now).map(alone);
        }
        let cache = self.entries.iter().find_map(|entry| entry.token_cache.as_ref())?;
        self.judge_again(&cache.find_numbered(id)?, now)
    }

    /// Makes all checks, without the token cache.
    #[must_use]
    pub fn verify_new(&self, token: Presented<'_>, now: f64) -> Step {
        if let Some(verifier) = self.lone() {
            return match verifier.verify_new(token, now) {
                verifier::Step::Done(verdict) => Step::Done(alone(verdict)),
                verifier::Step::Wait(pending) => Step::Wait(Box::new(Waiting::first(pending))),
            };
        }
        self.check(token, now, Patience::CanWait)
    }

    /// Verifies with the keys in memory, and refuses if they are not enough. If a fetch would help,
    /// it starts in the background.
    ///
    /// # Errors
    /// The refusal.
    pub fn verify_sync(&self, token: &str, now: f64) -> Verdict {
        if let Some(verifier) = self.lone() {
            return alone(verifier.verify_sync(token, now));
        }
        let token = self.present(token);
        if let Some(verdict) = self.recall(token, now) {
            return verdict;
        }
        match self.check(token, now, Patience::CannotWait) {
            Step::Done(verdict) => verdict,
            Step::Wait(_) => Err(not_fetched().into()),
        }
    }

    /// Waits for the keys of the entry at which a token waits. `settle` is called exactly once, on
    /// the thread that brings the keys. Work that takes time, such as [`Awaited::resume`], belongs
    /// on another thread.
    pub fn wait_for(
        self: &Arc<Self>,
        waiting: Box<Waiting>,
        settle: Box<dyn FnOnce(Result<Awaited, Refused>) + Send>,
    ) {
        let verifier = self.entries.get(waiting.at);
        let Some(KeySource::Cached(entry, policy)) = verifier.map(|verifier| &verifier.keys) else {
            return settle(Err(waiting.refuse(not_fetched())));
        };
        let reading = &waiting.pending.reading;
        let (algorithm, key_id) = (reading.algorithm, reading.key_id.clone());
        let later = Later::of(&self.entries, &waiting.later, reading);
        let issuer = waiting.pending.issuer;
        let entries = Arc::clone(self);
        let wait = Wait::default();
        let under_way = wait.under_way();
        let settle = move |keys: KeysResult| {
            drop(wait);
            settle(match keys {
                Err(refusal) if waiting.later.is_empty() => Err(waiting.refuse(refusal)),
                keys => Ok(Awaited { entries, waiting, keys }),
            });
        };
        let wanted = Wanted { key_id: &key_id, algorithm };
        entry.wait(Some(wanted), issuer, policy, Box::new(settle));
        later.start(entry, policy, under_way);
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

    fn lone(&self) -> Option<&Arc<Verifier>> {
        if self.is_alone() { self.entries.first() } else { None }
    }

    fn accepted(&self, at: usize, verified: Verified) -> Accepted {
        Accepted { verified, entry: self.together.as_ref().map(|_| at) }
    }

    /// The entries that are asked: those of which one issuer passes, in order.
    fn asked(&self, mut is_issuer: impl FnMut(&[String]) -> bool) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter().enumerate();
        entries.filter_map(move |(at, entry)| is_issuer(&entry.policy.issuers).then_some(at))
    }

    fn judge_again(&self, remembered: &Arc<Remembered>, now: f64) -> Option<Verdict> {
        let claims = remembered.claims()?;
        let mut refused = None;
        for at in self.asked(|issuers| crate::issuer::is_one_of(claims, issuers)) {
            let verifier = self.entries.get(at)?;
            // An entry that remembers nothing makes all checks each time.
            let cache = verifier.token_cache.as_ref()?;
            let verdict = match verifier.call(now, Patience::CanWait).judge_again(remembered) {
                Again::Judged(verdict) => verdict,
                Again::Unfit(refused) => Err(refused),
                Again::Open => return None,
            };
            match verdict {
                Ok(outcome) => {
                    cache.count_hit();
                    return Some(Ok(self.accepted(at, outcome)));
                }
                Err(one) => refused = Some(further(refused, one)),
            }
        }
        refused.map(Err)
    }

    fn check(&self, Presented { text, hash }: Presented<'_>, now: f64, patience: Patience) -> Step {
        let segments = match Segments::decode(text) {
            Ok(segments) => segments,
            Err(malformed) => {
                return Step::Done(Err(Refused::unread(text, Refusal::Malformed(malformed))));
            }
        };
        let token = match self.read(&segments) {
            Ok(token) => token,
            Err(refusal) => return Step::Done(Err(Refused::unread(text, refusal))),
        };
        let verifiers = &*self.entries;
        let round = Round { verifiers, token: &token, hash, now, patience, fetched: None };
        match round.run(self.asked(|issuers| token.names_one_of(issuers)), None) {
            Ended::Accepted(at, outcome) => Step::Done(Ok(self.accepted(at, outcome))),
            Ended::Refused(Some(refused)) => Step::Done(Err(refused)),
            Ended::Refused(None) => Step::Done(Err(self.foreign(&token).into())),
            Ended::Waits(waits) => {
                let reading = token.reading(claims::is_checked);
                let segments = segments.into_owned();
                // Only entries that accept the issuer are asked.
                Waiting::step(waits, Pending { segments, hash, reading, issuer: Ok(()), now })
            }
        }
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

impl Waiting {
    /// Of a verifier alone.
    fn first(pending: Box<Pending>) -> Self {
        Self { pending, at: 0, later: Vec::new(), refused: None }
    }

    fn step(Waits { at, later, refused }: Waits, pending: Pending) -> Step {
        Step::Wait(Box::new(Self { pending: Box::new(pending), at, later, refused }))
    }

    fn refuse(self, refusal: Refusal) -> Refused {
        further(self.refused, refusal.into())
    }
}

impl Awaited {
    /// Goes on with the entry that has waited, and then with those after it.
    #[must_use]
    pub fn resume(self) -> Step {
        let Self { entries, waiting, keys } = self;
        let Waiting { pending, at, later, refused } = *waiting;
        let Pending { segments, hash, reading, issuer: _, now } = *pending;
        let Some(verifier) = entries.entries.get(at) else {
            return Step::Done(Err(not_fetched().into()));
        };
        let fetched = keys.as_ref().ok().and_then(|served| Fetched::of(verifier, served));
        let keys = keys.as_ref().map_or_else(Keys::Unavailable, Keys::Final);
        let call = Call { verifier, keys, now };
        // Others may have waited with the same token.
        let presented = Presented { text: segments.token(), hash };
        let recalled = call.recall(presented);
        if let Some(Ok(outcome)) = recalled {
            return Step::Done(Ok(entries.accepted(at, outcome)));
        }
        let token = match UntrustedToken::resume(&segments, reading) {
            Ok(token) => token,
            Err(refusal) => return Step::Done(Err(refusal.into())),
        };
        let verdict = recalled.or_else(|| call.judge_read(&token, hash));
        let refused = match verdict.unwrap_or_else(|| Err(not_fetched().into())) {
            Ok(outcome) => return Step::Done(Ok(entries.accepted(at, outcome))),
            Err(one) => further(refused, one),
        };
        let (verifiers, patience) = (&*entries.entries, Patience::CanWait);
        let round = Round { verifiers, token: &token, hash, now, patience, fetched };
        match round.run(later.into_iter(), Some(refused)) {
            Ended::Accepted(at, outcome) => Step::Done(Ok(entries.accepted(at, outcome))),
            Ended::Refused(refused) => {
                Step::Done(Err(refused.unwrap_or_else(|| not_fetched().into())))
            }
            Ended::Waits(waits) => {
                let reading = token.reading(claims::is_checked);
                // Only entries that accept the issuer are asked.
                Waiting::step(waits, Pending { segments, hash, reading, issuer: Ok(()), now })
            }
        }
    }
}

fn alone(verdict: verifier::Verdict) -> Verdict {
    verdict.map(|verified| Accepted { verified, entry: None })
}
