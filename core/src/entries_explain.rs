//! Explanations by several verifiers: that of the entry which accepts the token, or in which it came
//! furthest. What no entry was asked about, such as a foreign issuer, is explained for all together.

use std::sync::Arc;

use crate::claims::{Policy, Profile};
use crate::entries::{Entries, Fetched, Later, Wait, progress};
use crate::error::{IssuerCause, Malformed, Refusal, SessionFault};
use crate::explain::{Explained, Explanation};
use crate::key_set::KeySet;
use crate::token::Segments;
use crate::verifier::{KeySource, Pending, Resumable, Verifier};

/// The checks that are the same for all entries.
const CHECKED_TOGETHER: [&str; 6] = ["form", "alg", "header", "key", "signature", "iss"];

/// An explanation, and the entry whose it is.
#[derive(Debug)]
pub struct EntryExplanation {
    /// The explanation.
    pub explanation: Box<Explanation>,
    /// The entry's place. `None` for a verifier alone, and if no entry was asked.
    pub entry: Option<usize>,
}

/// How far an explanation gets without waiting.
#[derive(Debug)]
pub enum EntriesExplained {
    /// It is complete.
    Done(EntryExplanation),
    /// An entry needs a key that a fetch may bring.
    Wait(Box<Unexplained>),
}

/// A token that waits for the key of an entry to be explained.
#[derive(Debug)]
pub struct Unexplained {
    pending: Box<Pending>,
    rest: Rest,
}

/// What remains to be done once the wait is over.
#[derive(Debug)]
pub struct Rest {
    at: usize,
    later: Vec<usize>,
    furthest: Option<EntryExplanation>,
}

impl Entries {
    /// Explains with the keys in memory, and says so if an entry must wait for others. `now` is in
    /// seconds since 1970.
    #[must_use]
    pub fn explain(&self, token: &str, now: f64) -> EntriesExplained {
        if self.is_alone() {
            return self.explain_by((token, now), vec![0], None, None);
        }
        let read = |segments: &Segments<'_>| {
            let token = self.read(segments)?;
            match self.asked_about(&token) {
                asked if asked.is_empty() => Err(self.foreign(&token)),
                asked => Ok(asked),
            }
        };
        match Segments::decode(token).map_err(Refusal::Malformed).and_then(|it| read(&it)) {
            Ok(asked) => self.explain_by((token, now), asked, None, None),
            Err(refusal) => EntriesExplained::Done(self.explain_together(token, now, &refusal)),
        }
    }

    /// Waits for the key that an explanation needs; see [`Verifier::wait_for`]. What remains is for
    /// [`Self::explain_rest`]. Like those of [`Self::wait_for`], the waits of entries don't add up.
    #[must_use]
    pub fn wait_to_explain(
        &self,
        unexplained: Unexplained,
        settle: Box<dyn FnOnce(Result<Resumable, Refusal>) + Send>,
    ) -> Option<Rest> {
        let Unexplained { pending, rest } = unexplained;
        let verifier = self.verifiers().get(rest.at)?;
        let later = Later::of(self.verifiers(), &rest.later, &pending.reading);
        let wait = Wait::default();
        let under_way = wait.under_way();
        let settle = move |result| {
            drop(wait);
            settle(result);
        };
        verifier.wait_for(pending, Box::new(settle));
        if let KeySource::Cached(entry, policy) = &verifier.keys {
            later.start(entry, policy, under_way);
        }
        Some(rest)
    }

    /// Goes on with an explanation, whether the keys have come or not.
    #[must_use]
    pub fn explain_rest(
        &self,
        (token, now): (&str, f64),
        Rest { at, later, furthest }: Rest,
        keys: Result<Resumable, Refusal>,
    ) -> EntriesExplained {
        let fetched = keys.as_ref().ok().and_then(|it| Fetched::of(&it.verifier, &it.served));
        let explanation = match (keys, self.verifiers().get(at)) {
            (Ok(resumable), _) => resumable.explain(),
            (Err(refusal), Some(verifier)) => verifier.explain_without_key(token, now, &refusal),
            (Err(refusal), None) => *self.explain_together(token, now, &refusal).explanation,
        };
        match self.further(furthest, at, Box::new(explanation)) {
            done if done.explanation.refusal.is_none() => EntriesExplained::Done(done),
            furthest => self.explain_by((token, now), later, Some(furthest), fetched.as_ref()),
        }
    }

    /// Explains a value of which nothing can be read.
    #[must_use]
    pub fn explain_malformed(&self, malformed: Malformed, now: f64) -> Explanation {
        match self.verifiers().first() {
            Some(verifier) if self.is_alone() => verifier.explain_malformed(malformed, now),
            _ => cut(self.all_together(None).explain_malformed(malformed, now)),
        }
    }

    /// Explains a session that could not be opened; see [`Verifier::explain_unopened`].
    #[must_use]
    pub fn explain_unopened(&self, fault: Option<SessionFault>, now: f64) -> Explanation {
        match self.verifiers().first() {
            Some(verifier) if self.is_alone() => verifier.explain_unopened(fault, now),
            _ => self.all_together(None).explain_unopened(fault, now),
        }
    }

    fn explain_by(
        &self,
        (token, now): (&str, f64),
        asked: Vec<usize>,
        mut furthest: Option<EntryExplanation>,
        fetched: Option<&Fetched>,
    ) -> EntriesExplained {
        let mut asked = asked.into_iter();
        while let Some(at) = asked.next() {
            let Some(verifier) = self.verifiers().get(at) else { continue };
            let explained = match fetched.and_then(|fetched| fetched.keys_for(verifier)) {
                Some(keys) => Explained::Done(verifier.explain_with(token, now, keys)),
                None => verifier.explain(token, now),
            };
            let explanation = match explained {
                Explained::Done(explanation) => explanation,
                Explained::Wait(pending) => {
                    let rest = Rest { at, later: asked.collect(), furthest };
                    return EntriesExplained::Wait(Box::new(Unexplained { pending, rest }));
                }
            };
            match self.further(furthest, at, explanation) {
                done if done.explanation.refusal.is_none() => return EntriesExplained::Done(done),
                further => furthest = Some(further),
            }
        }
        let nobody = || self.explain_together(token, now, &crate::verifier::not_fetched());
        EntriesExplained::Done(furthest.unwrap_or_else(nobody))
    }

    /// The explanation to give, of what was found before and what an entry says: the same choice as
    /// among refusals.
    fn further(
        &self,
        before: Option<EntryExplanation>,
        at: usize,
        explanation: Box<Explanation>,
    ) -> EntryExplanation {
        let entry = if self.is_alone() { None } else { Some(at) };
        let Some(before) = before else { return EntryExplanation { explanation, entry } };
        let is_further = match (&before.explanation.refusal, &explanation.refusal) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(old), Some(new)) => progress::is_further(&new.refusal, &old.refusal),
        };
        if is_further { EntryExplanation { explanation, entry } } else { before }
    }

    fn explain_together(&self, token: &str, now: f64, refusal: &Refusal) -> EntryExplanation {
        let explanation = self.all_together(Some(refusal)).explain_without_key(token, now, refusal);
        EntryExplanation { explanation: Box::new(cut(explanation)), entry: None }
    }

    /// A verifier that accepts nothing, with the algorithms and the issuers of all entries.
    fn all_together(&self, refusal: Option<&Refusal>) -> Verifier {
        use IssuerCause::{OtherAuthkitDomain, Session};
        let connect = matches!(refusal, Some(Refusal::NoEntry(OtherAuthkitDomain | Session)));
        let profile = self.profile_for(connect).cloned().unwrap_or(Profile::Session);
        let issuers = self.issuers().to_vec();
        let nothing = Policy::new(self.algorithms(), issuers, Some(Vec::new()));
        let policy = Policy { profile, ..nothing };
        Verifier { policy, keys: KeySource::Fixed(Arc::new(KeySet::default())), token_cache: None }
    }
}

/// Only what is the same for all entries: the rest would be about one that was not meant.
fn cut(mut explanation: Explanation) -> Explanation {
    explanation.checks.retain(|check| CHECKED_TOGETHER.contains(&check.name));
    for check in explanation.checks.iter_mut().filter(|check| check.name == "key") {
        check.expected = None;
    }
    explanation
}
