//! A token that waits for the key of an entry, and what is done with it when the wait is over.

use std::sync::Arc;

use super::head_start::{Later, Wait};
use super::progress::further;
use super::round::{Ended, Round, Waits};
use super::several::{Entries, Verdict};
use crate::claims;
use crate::error::Refusal;
use crate::key_cache::{KeysResult, Patience, Wanted};
use crate::token::{Reading, Segments, UntrustedToken};
use crate::token_cache::TokenHash;
use crate::verifier::{Call, KeySource, Keys, Pending, Presented, Refused, not_fetched};

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
}

impl Waiting {
    /// Of a verifier alone.
    pub(super) fn first(pending: Box<Pending>) -> Self {
        Self { pending, at: 0, later: Vec::new(), refused: None }
    }

    /// Of a token that was read, with its hash and the time of the call.
    pub(super) fn step(
        Waits { at, later, refused }: Waits,
        segments: Segments<'static>,
        reading: Reading,
        (hash, now): (Option<TokenHash>, f64),
    ) -> Step {
        // Only entries that accept the issuer are asked.
        let pending = Box::new(Pending { segments, hash, reading, issuer: Ok(()), now });
        Step::Wait(Box::new(Self { pending, at, later, refused }))
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
        let round = Round { verifiers, token: &token, hash, now, patience };
        match round.run(later.into_iter(), Some(refused)) {
            Ended::Accepted(at, outcome) => Step::Done(Ok(entries.accepted(at, outcome))),
            Ended::Refused(refused) => {
                Step::Done(Err(refused.unwrap_or_else(|| not_fetched().into())))
            }
            Ended::Waits(waits) => {
                let reading = token.reading(claims::is_checked);
                Waiting::step(waits, segments, reading, (hash, now))
            }
        }
    }
}
