//! Entries that are asked about one token in turn, as far as that is possible without waiting.

use std::sync::Arc;

use crate::entries::fetched::Fetched;
use crate::entries::progress::further;
use crate::key_cache::Patience;
use crate::token::UntrustedToken;
use crate::token_cache::TokenHash;
use crate::verifier::{Call, Keys, Refused, Verified, Verifier, not_fetched};

/// A token that was read, and the entries that can be asked about it.
pub(super) struct Round<'round> {
    pub(super) verifiers: &'round [Arc<Verifier>],
    pub(super) token: &'round UntrustedToken<'round>,
    pub(super) hash: Option<TokenHash>,
    pub(super) now: f64,
    pub(super) patience: Patience,
    /// What was fetched for the token, if an entry has waited.
    pub(super) fetched: Option<Fetched>,
}

/// How a round ends.
pub(super) enum Ended {
    /// The entry in this place accepts the token.
    Accepted(usize, Verified),
    /// None does; `None` if no entry was asked.
    Refused(Option<Refused>),
    Waits(Waits),
}

/// An entry that must wait, those after it, and the refusal so far.
pub(super) struct Waits {
    pub(super) at: usize,
    pub(super) later: Vec<usize>,
    pub(super) refused: Option<Refused>,
}

impl Round<'_> {
    /// Asks the entries in these places. `refused` is what those before them have said.
    pub(super) fn run(
        &self,
        mut asked: impl Iterator<Item = usize>,
        mut refused: Option<Refused>,
    ) -> Ended {
        while let Some(at) = asked.next() {
            let Some(verifier) = self.verifiers.get(at) else { continue };
            let call = Call { verifier, keys: self.keys_for(verifier), now: self.now };
            match call.judge_read(self.token, self.hash) {
                Some(Ok(outcome)) => return Ended::Accepted(at, outcome),
                Some(Err(one)) => refused = Some(further(refused, one)),
                None if self.patience == Patience::CannotWait => {
                    refused = Some(further(refused, not_fetched().into()));
                }
                None => return Ended::Waits(Waits { at, later: asked.collect(), refused }),
            }
        }
        Ended::Refused(refused)
    }

    fn keys_for(&self, verifier: &Verifier) -> Keys<'_> {
        let fetched = self.fetched.as_ref().and_then(|fetched| fetched.keys_for(verifier));
        fetched.unwrap_or(Keys::InMemory(self.patience))
    }
}
