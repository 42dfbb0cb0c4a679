//! Entries that are asked about a token: first whether they remember it.

use std::sync::Arc;

use super::progress::further;
use super::round::{Ended, Round};
use super::several::{Accepted, Entries, Verdict};
use super::waiting::{Step, Waiting};
use crate::claims;
use crate::error::Refusal;
use crate::key_cache::Patience;
use crate::token::Segments;
use crate::token_cache::Remembered;
use crate::verifier::{self, Again, Presented, Refused, not_fetched, recalled};

impl Entries {
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

    fn judge_again(&self, remembered: &Arc<Remembered>, now: f64) -> Option<Verdict> {
        let claims = remembered.claims();
        let mut refused = None;
        for at in self.asked(|issuers| crate::issuer::is_one_of(claims, issuers)) {
            let verifier = self.entries.get(at)?;
            // An entry that remembers nothing makes all checks each time.
            let cache = verifier.token_cache.as_ref()?;
            let verdict = match verifier.call(now, Patience::CanWait).judge_again(remembered) {
                Again::Judged(verdict) => verdict,
                Again::Unfit(Refusal::UnsupportedAlgorithm) => {
                    Err(Refused::unread(remembered.token(), Refusal::UnsupportedAlgorithm))
                }
                Again::Unfit(refusal) => Err(refusal.into()),
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
        let round = Round { verifiers: &self.entries, token: &token, hash, now, patience };
        match round.run(self.asked(|issuers| token.names_one_of(issuers)), None) {
            Ended::Accepted(at, outcome) => Step::Done(Ok(self.accepted(at, outcome))),
            Ended::Refused(Some(refused)) => Step::Done(Err(refused)),
            Ended::Refused(None) => Step::Done(Err(self.foreign(&token).into())),
            Ended::Waits(waits) => {
                let reading = token.reading(claims::is_checked);
                Waiting::step(waits, segments.into_owned(), reading, (hash, now))
            }
        }
    }
}

fn alone(verdict: verifier::Verdict) -> Verdict {
    verdict.map(|verified| Accepted { verified, entry: None })
}
