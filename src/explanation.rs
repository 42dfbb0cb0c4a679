//! Explanations as a text for JavaScript, and the wait for the key of a token that is explained.
//!
//! An explanation is made on the JavaScript thread, also after a wait: it is for people, so it need
//! not be fast, and neither the network's thread nor the pool's are kept from their work.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::External;
use serde_json::{Map, Value, json};
use verify_workos_token_core::error::{FetchFailure, Refusal};
use verify_workos_token_core::explain::{Check, Explanation, Outcome};
use verify_workos_token_core::json::javascript_text;
use verify_workos_token_core::seal::Passwords;
use verify_workos_token_core::session::{Opened, open};
use verify_workos_token_core::verifier::{Pending, Refused, Resumable, Verifier};

use crate::ticket::Ticket;

/// A token whose explanation waits for its key.
pub struct Awaited {
    verifier: Arc<Verifier>,
    token: String,
    /// What else the session holds that the token came in, if it came in one.
    session: Option<Opened>,
    now: f64,
    end: Arc<Mutex<Option<Result<Resumable, Refusal>>>>,
}

/// JavaScript holds it as an external value.
pub(crate) type AwaitedHandle = External<Awaited>;

impl Awaited {
    /// Begins to wait. The ticket is settled when the wait is over.
    pub(crate) fn begin(
        verifier: &Arc<Verifier>,
        (token, session, now): (&str, Option<Opened>, f64),
        pending: Box<Pending>,
        ticket: Ticket,
    ) -> Self {
        let end = Arc::new(Mutex::new(None));
        let (own, token) = (Arc::clone(verifier), token.to_owned());
        let awaited = Self { verifier: own, token, session, now, end: end.clone() };
        let settle = move |result| {
            *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            ticket.settle(Ok(Arc::from("")));
        };
        verifier.wait_for(pending, Box::new(settle));
        awaited
    }

    /// The explanation, once the wait is over.
    pub(crate) fn explain(&self) -> Explanation {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A wait without an end is that of a ticket that was dropped.
        let explanation = match end.unwrap_or_else(|| Err(dropped())) {
            Ok(resumable) => resumable.explain(),
            Err(refusal) => self.verifier.explain_without_key(&self.token, self.now, &refusal),
        };
        match &self.session {
            Some(opened) => explanation.of_session(opened),
            None => explanation,
        }
    }
}

fn dropped() -> Refusal {
    let failure = FetchFailure::Internal;
    Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO }
}

/// Opens a session to have its access token explained: the session, or the explanation of one that
/// can't be opened. Without passwords, none can.
pub(crate) fn opened(
    verifier: &Verifier,
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
pub(crate) fn unread(verifier: &Verifier, now: f64, refused: Refused) -> String {
    match refused.refusal {
        Refusal::Malformed(malformed) => text(&verifier.explain_malformed(malformed, now)),
        refusal => text(&verifier.explain_without_key("", now, &refusal)),
    }
}

/// An explanation as `lib/explain.ts` reads it.
pub(crate) fn text(explanation: &Explanation) -> String {
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
