//! Explanations as a text for JavaScript, and the wait for the key of a token that is explained.
//!
//! An explanation is made on the JavaScript thread, also after a wait: it is for people, so it need
//! not be fast, and neither the network's thread nor the pool's are kept from their work.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::{Either, External};
use serde_json::{Map, Value, json};
use verify_workos_token_core::entries::Entries;
use verify_workos_token_core::entries_explain::{
    EntriesExplained, EntryExplanation, Rest, Unexplained,
};
use verify_workos_token_core::error::{FetchFailure, Malformed, Refusal};
use verify_workos_token_core::explain::{Check, Explanation, Outcome};
use verify_workos_token_core::json::javascript_text;
use verify_workos_token_core::seal::Passwords;
use verify_workos_token_core::session::{Opened, open};
use verify_workos_token_core::verifier::{Refused, Resumable};

use crate::ticket::Ticket;

/// A token that is explained, and by what.
#[derive(Clone)]
pub(crate) struct Explainer {
    verifier: Arc<Entries>,
    token: String,
    /// What else the session holds that the token came in, if it came in one.
    session: Option<Arc<Opened>>,
    now: f64,
}

/// A token whose explanation waits for its key.
pub struct Awaited {
    explainer: Explainer,
    rest: Cell<Option<Rest>>,
    end: Arc<Mutex<Option<Result<Resumable, Refusal>>>>,
}

/// JavaScript holds it as an external value.
pub(crate) type AwaitedHandle = External<Awaited>;

impl Explainer {
    pub(crate) fn of(
        verifier: &Arc<Entries>,
        token: &str,
        session: Option<Opened>,
        now: f64,
    ) -> Self {
        let (verifier, token) = (Arc::clone(verifier), token.to_owned());
        Self { verifier, token, session: session.map(Arc::new), now }
    }

    /// The explanation as a text, or a wait, whose end is told by the ticket.
    pub(crate) fn explain(
        self,
        ticket: impl FnOnce() -> napi::Result<Ticket>,
    ) -> napi::Result<Either<String, AwaitedHandle>> {
        let explained = self.verifier.explain(&self.token, self.now);
        self.conclude(explained, ticket)
    }

    fn conclude(
        self,
        explained: EntriesExplained,
        ticket: impl FnOnce() -> napi::Result<Ticket>,
    ) -> napi::Result<Either<String, AwaitedHandle>> {
        match explained {
            EntriesExplained::Done(EntryExplanation { explanation, entry }) => {
                let explanation = match &self.session {
                    Some(opened) => explanation.of_session(opened),
                    None => *explanation,
                };
                Ok(Either::A(text_of_entry(&explanation, entry)))
            }
            EntriesExplained::Wait(unexplained) => {
                Ok(Either::B(External::new(self.wait(*unexplained, ticket()?))))
            }
        }
    }

    /// Begins to wait. The ticket is settled when the wait is over.
    fn wait(self, unexplained: Unexplained, ticket: Ticket) -> Awaited {
        let end = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&end);
        let settle = move |result| {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            ticket.settle(Ok(String::new()));
        };
        let rest = self.verifier.wait_to_explain(unexplained, Box::new(settle));
        Awaited { explainer: self, rest: Cell::new(rest), end }
    }
}

impl Awaited {
    /// Goes on once the wait is over. Another entry may have to wait too.
    pub(crate) fn explain(
        &self,
        ticket: impl FnOnce() -> napi::Result<Ticket>,
    ) -> napi::Result<Either<String, AwaitedHandle>> {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A wait without an end is that of a ticket that was dropped.
        let keys = end.unwrap_or_else(|| Err(dropped()));
        let explainer = self.explainer.clone();
        let Some(rest) = self.rest.take() else { return explainer.explain(ticket) };
        let subject = (explainer.token.as_str(), explainer.now);
        let result = explainer.verifier.explain_rest(subject, rest, keys);
        explainer.conclude(result, ticket)
    }
}

fn dropped() -> Refusal {
    let failure = FetchFailure::Internal;
    Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO }
}

/// Opens a session to have its access token explained: the session, or the explanation of one that
/// can't be opened. Without passwords, none can.
pub(crate) fn opened(
    verifier: &Entries,
    passwords: Vec<String>,
    sealed: &str,
    now: f64,
) -> Result<Opened, String> {
    let unopened = |fault| text(&verifier.explain_unopened(fault, now));
    if passwords.is_empty() {
        return Err(unopened(None));
    }
    open(sealed, &Passwords::new(passwords), now).map_err(|fault| unopened(Some(fault)))
}

/// The explanation of a value that is not even a string.
pub(crate) fn unread(verifier: &Entries, now: f64, refused: Refused) -> String {
    let malformed = match refused.refusal {
        Refusal::Malformed(malformed) => malformed,
        _ => Malformed::Empty,
    };
    text(&verifier.explain_malformed(malformed, now))
}

fn text(explanation: &Explanation) -> String {
    text_of_entry(explanation, None)
}

/// An explanation as `lib/explain.ts` reads it, and which of several entries it is.
fn text_of_entry(explanation: &Explanation, entry: Option<usize>) -> String {
    let Explanation { refusal, verified, header, claims, checks, remarks } = explanation;
    let hint = refusal.as_ref().map(|refused| refused.cause().hint);
    let refusal = refusal.as_ref().map(|refused| &refused.refusal);
    let mut record = json!({
        "code": refusal.map(|refusal| refusal.code().as_str()),
        "message": refusal.map(Refusal::message),
        "hint": hint,
        "verified": verified,
        "header": header,
        "claims": claims,
        "checks": checks.iter().map(check).collect::<Vec<_>>(),
        "remarks": remarks,
    });
    if let Value::Object(members) = &mut record {
        let pause = refusal.and_then(Refusal::retry_after);
        insert(members, "retryAfterSeconds", pause.map(|pause| json!(pause.as_secs_f64())));
        insert(members, "cause", refusal.and_then(cause));
        insert(members, "entry", entry.map(Value::from));
    }
    javascript_text(&record)
}

fn check(check: &Check) -> Value {
    let (ok, message, hint) = match &check.outcome {
        Outcome::Passed => (Some(true), None, None),
        Outcome::Failed { message, hint } => (Some(false), Some(message.as_ref()), Some(*hint)),
        Outcome::NotMade(reason) => (None, Some(*reason), None),
    };
    let mut members = Map::new();
    members.insert("check".to_owned(), check.name.into());
    members.insert("ok".to_owned(), ok.into());
    insert(&mut members, "expected", check.expected.clone());
    insert(&mut members, "actual", check.actual.clone());
    members.insert("message".to_owned(), message.into());
    members.insert("hint".to_owned(), hint.into());
    Value::Object(members)
}

fn cause(refusal: &Refusal) -> Option<Value> {
    let Refusal::KeysUnavailable { failure, .. } = refusal else { return None };
    let mut members = Map::new();
    members.insert("code".to_owned(), failure.code().into());
    members.insert("message".to_owned(), failure.message().into());
    insert(&mut members, "status", failure.status().map(Value::from));
    Some(Value::Object(members))
}

/// A member that is absent rather than null.
fn insert(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value);
    }
}
