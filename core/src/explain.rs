//! The checks for people: every check that can be made, even if one before it has failed.
//!
//! [`Verifier::explain`] makes the checks of [`Verifier::verify`] with the same functions and in the
//! same order. So the first one that fails here is the one that `verify` refuses the token for. It
//! neither reads nor fills the token cache, and for a token that `verify` refuses before it looks
//! for a key, nothing is fetched here either.
//!
//! An explanation contains text from tokens that nobody vouches for: it is for people to read on
//! the server, never for an HTTP response. `shown` bounds that text and keeps the token itself out
//! of it.
//!
//! A token starts with its form ([`token::split`]). Of a sealed session, the access token in it is
//! explained, with a check of the seal before and one of the user after it (`explain_session`).

pub(crate) mod parts;
mod remarks;
pub(crate) mod shown;
mod sources;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::claims;
use crate::error::{ClaimFailure, Malformed, Refusal};
use crate::json::Object;
use crate::key::VerifyingKey;
use crate::key_cache::{Patience, Wanted};
use crate::token;
use crate::verifier::{Call, Keys, Pending, Refused, Resumable, Verifier, not_fetched};
use parts::{Parts, at_fault};
use shown::Shown;
use sources::{Found, Search, search};

/// Why a token is accepted or refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What `verify` refuses the token for, if it does, with the likely cause.
    pub refusal: Option<Refused>,
    /// Whether the signature was verified. If it wasn't, anyone can have written what is shown.
    pub verified: bool,
    /// `alg`, `kid` and `typ`, as far as they are strings.
    pub header: Option<Value>,
    /// The payload.
    pub claims: Option<Value>,
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// What refuses nothing but deserves attention.
    pub remarks: Vec<String>,
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its stable name; a check of a claim has the claim's.
    pub name: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What it asks for.
    pub expected: Option<Value>,
    /// What the token contains.
    pub actual: Option<Value>,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed: one fact in lower case, and what to do about it.
    #[allow(missing_docs, reason = "said above")]
    Failed { message: Cow<'static, str>, hint: &'static str },
    /// It could not be made, for this reason.
    NotMade(&'static str),
}

/// How far an explanation gets without waiting.
#[derive(Debug)]
pub enum Explained {
    /// It is complete.
    Done(Box<Explanation>),
    /// It needs a key that a fetch may bring: see [`Verifier::wait_for`].
    Wait(Box<Pending>),
}

impl Verifier {
    /// Explains with the keys in memory, and says so if the token must wait for another. `now` is
    /// in seconds since 1970.
    #[must_use]
    pub fn explain(&self, token: &str, now: f64) -> Explained {
        let call = self.call(now, Patience::CanWait);
        match search(&call, token) {
            Search::Wait(pending) => Explained::Wait(pending),
            Search::Ended(key) => Explained::Done(Box::new(explain(&call, token, key))),
        }
    }

    /// Explains a token that has waited for its key in vain, with the refusal that came of it.
    #[must_use]
    pub fn explain_without_key(&self, token: &str, now: f64, refusal: &Refusal) -> Explanation {
        explain_finally(&Call { verifier: self, keys: Keys::Unavailable(refusal), now }, token)
    }

    /// Explains with keys that were fetched for this token.
    pub(crate) fn explain_with(&self, token: &str, now: f64, keys: Keys<'_>) -> Box<Explanation> {
        Box::new(explain_finally(&Call { verifier: self, keys, now }, token))
    }

    /// Explains a value of which nothing can be read.
    #[must_use]
    pub fn explain_malformed(&self, malformed: Malformed, now: f64) -> Explanation {
        let call = self.call(now, Patience::CannotWait);
        let form = Err(Refusal::Malformed(malformed).into());
        Explaining::new(&call, "").finish(&Parts::default(), form, None)
    }
}

impl Resumable {
    /// Explains the token with the keys that it has waited for.
    #[must_use]
    pub fn explain(self) -> Explanation {
        let Pending { segments, now, .. } = &*self.pending;
        let call = Call { verifier: &self.verifier, keys: Keys::Final(&self.served), now: *now };
        explain_finally(&call, segments.token())
    }
}

/// Explains with keys for which there is no more waiting.
fn explain_finally(call: &Call<'_>, token: &str) -> Explanation {
    let key = match search(call, token) {
        Search::Ended(key) => key,
        Search::Wait(_) => Some(Err(not_fetched())),
    };
    explain(call, token, key)
}

fn explain(call: &Call<'_>, token: &str, key: Option<Found>) -> Explanation {
    let form = token::check_form(token).map_err(|refusal| Refused::unread(token, refusal));
    Explaining::new(call, token).finish(&Parts::of(token), form, key)
}

const NO_HEADER: &str = "the token's header can't be read";
const NO_PAYLOAD: &str = "the token's payload can't be read";
const NOT_LOOKED_UP: &str = "the token is refused before its key is looked up";
const NO_KEY: &str = "there is no key to check the signature with";
const NO_SIGNATURE: &str = "the token's signature can't be read";

/// An explanation in the making.
struct Explaining<'call> {
    call: &'call Call<'call>,
    token: &'call str,
    shown: Shown<'call>,
    refusal: Option<Refused>,
    checks: Vec<Check>,
}

impl<'call> Explaining<'call> {
    fn new(call: &'call Call<'call>, token: &'call str) -> Self {
        let shown = Shown::without(token);
        Self { call, token, shown, refusal: None, checks: Vec::new() }
    }

    fn finish(
        mut self,
        parts: &Parts,
        form: Result<(), Refused>,
        key: Option<Found>,
    ) -> Explanation {
        let (header, payload) = (parts.header(), parts.payload());
        // First, so that they are what is shown if not everything can be.
        let shown_header = header.as_ref().map(|header| self.shown.header(header));
        let shown_claims = payload.as_ref().map(|payload| self.shown.object(payload));
        self.add("form", Ok(form), None, None);
        let algorithm = self.check_header(header.as_ref());
        let key = self.check_key(header.as_ref(), algorithm, key);
        let verified = self.check_signature(algorithm, key.as_deref(), parts.signature.as_ref());
        self.check_claims(payload.as_ref());
        let mut remarks = self.shown.remarks();
        remarks.extend(remarks::of(self.call, payload.as_ref().filter(|_| verified)));
        Explanation {
            refusal: self.refusal,
            verified,
            header: shown_header,
            claims: shown_claims,
            checks: self.checks,
            remarks,
        }
    }

    /// Check 2. Gives the algorithm, if the signature can be checked with it.
    fn check_header(&mut self, header: Option<&Object<'_>>) -> Option<Algorithm> {
        let allowed = &self.call.verifier.policy.algorithms;
        let Some(header) = header else {
            self.add("alg", Err(NO_HEADER), None, None);
            self.add("header", Err(NO_HEADER), None, None);
            return None;
        };
        let algorithm = token::check_algorithm(header, allowed);
        let rest = token::check_key_id(header).map(drop);
        let names: Value = allowed.names().collect();
        let actual = header.get("alg").map(Into::into);
        let unread = |refusal| Refused::unread(self.token, refusal);
        let result = algorithm.clone().map(drop).map_err(unread);
        self.add("alg", Ok(result), Some(names), actual);
        // An extension could change what is signed; another type of token is signed alike.
        let is_usable = matches!(rest, Ok(()) | Err(Refusal::Malformed(Malformed::Type)));
        let (expected, actual) = at_fault(&rest, header);
        let result = rest.map_err(|refusal| Refused::unread(self.token, refusal));
        self.add("header", Ok(result), expected, actual);
        algorithm.ok().filter(|_| is_usable)
    }

    /// Check 3. If the token is refused before, a key in memory is used, but none is fetched.
    fn check_key(
        &mut self,
        header: Option<&Object<'_>>,
        algorithm: Option<Algorithm>,
        found: Option<Found>,
    ) -> Option<Arc<VerifyingKey>> {
        let key_id = header.and_then(|header| header.get("kid"));
        let found = found.or_else(|| {
            let wanted = Wanted { key_id: key_id?.as_str()?, algorithm: algorithm? };
            sources::peek(self.call, wanted).map(Ok)
        });
        let (key, outcome) = match found {
            Some(Ok(key)) => (Some(key), Ok(Ok(()))),
            Some(Err(refusal)) => (None, Ok(Err(refusal.into()))),
            None if header.is_none() => (None, Err(NO_HEADER)),
            None => (None, Err(NOT_LOOKED_UP)),
        };
        let expected = sources::key_ids(self.call).map(|key_ids| json!(key_ids));
        self.add("key", outcome, expected, key_id.map(Into::into));
        key
    }

    /// Check 4. Says whether the signature was verified.
    fn check_signature(
        &mut self,
        algorithm: Option<Algorithm>,
        key: Option<&VerifyingKey>,
        signature: Option<&Vec<u8>>,
    ) -> bool {
        let outcome = match (algorithm, key, signature) {
            (_, _, None) => Err(NO_SIGNATURE),
            (Some(algorithm), Some(key), Some(signature)) => {
                let result = token::check_signature(self.token, signature, algorithm, key);
                Ok(result.map_err(|refusal| Refused::unsigned(self.token, key, refusal)))
            }
            (_, _, Some(_)) => Err(NO_KEY),
        };
        let verified = outcome == Ok(Ok(()));
        self.add("signature", outcome, None, None);
        verified
    }

    /// Check 5.
    fn check_claims(&mut self, payload: Option<&Object<'_>>) {
        let Call { verifier, now, .. } = self.call;
        let policy = &verifier.policy;
        let Some(payload) = payload else {
            for claim in claims::checked_by(policy) {
                let expected = claims::expected(policy, claim, *now);
                self.add(claim.as_str(), Err(NO_PAYLOAD), expected, None);
            }
            return;
        };
        for (claim, result) in claims::check_each(policy, payload, *now) {
            let (mut expected, mut actual) = (None, None);
            if let Err(ClaimFailure { expected: asked, actual: held, .. }) = &result {
                (expected, actual) = (asked.clone(), held.clone());
            }
            let expected = expected.or_else(|| claims::expected(policy, claim, *now));
            let actual = actual.or_else(|| claims::actual(payload, claim));
            let result = result.map_err(|failure| Refusal::Claim(Box::new(failure)).into());
            self.add(claim.as_str(), Ok(result), expected, actual);
        }
    }

    /// Adds a check: its result, or why it can't be made. The first failure is the refusal.
    fn add(
        &mut self,
        name: &'static str,
        result: Result<Result<(), Refused>, &'static str>,
        expected: Option<Value>,
        actual: Option<Value>,
    ) {
        let outcome = match result {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(refused)) => {
                let (message, hint) = (refused.refusal.message(), refused.cause().hint);
                self.refusal.get_or_insert(refused);
                Outcome::Failed { message, hint }
            }
            Err(reason) => Outcome::NotMade(reason),
        };
        let actual = actual.map(|value| self.shown.value(&value));
        let expected = expected.map(|value| self.shown.value(&value));
        self.checks.push(Check { name, outcome, expected, actual });
    }
}
