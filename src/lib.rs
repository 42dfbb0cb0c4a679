//! The addon: the functions that JavaScript calls. They convert and hand over; the rules are in
//! `verify-workos-token-core`.
//!
//! Every export catches panics, so that a bug is an error and not a dead server. Failures come back
//! as data, from which JavaScript makes `WorkosTokenError`.

#![allow(
    clippy::needless_pass_by_value,
    clippy::must_use_candidate,
    reason = "the shape of exported functions is Node-API's"
)]

mod clock;
mod connection;
mod events;
mod explanation;
mod http;
mod isolate;
mod options;
mod outcome;
mod pool;
mod registry;
mod schedule;
mod session;
mod stats;
mod ticket;
mod token_text;

use std::convert::identity;
use std::sync::Arc;

use napi::bindgen_prelude::{Either, Either3, External};
use napi::{Env, Error, Result};
use napi_derive::napi;
use verify_workos_token_core::algorithm::ALLOWABLE;
use verify_workos_token_core::entries::{Accepted, Entries};
use verify_workos_token_core::error::{Code, causes};
use verify_workos_token_core::seal::Passwords;
use verify_workos_token_core::session::{check_user, open};
use verify_workos_token_core::token::header_text;
use verify_workos_token_core::verifier::{Presented, Verifier};

use connection::Sample;
use explanation::{AwaitedHandle, Explainer};
use isolate::{Dispatcher, Found, isolate, register};
use outcome::{Answer, AnswerValue, CauseRow, Outcome, RefusalRecord, claims_text, outcome};
use pool::Job;
use registry::REGISTRY;
use schedule::Place;
use session::OpenedOutcome;
use stats::StatsRecord;
use ticket::Ticket;
use token_text::TokenText;

/// Every error code, in the order of the documentation.
#[napi(catch_unwind)]
#[must_use]
pub fn error_codes() -> Vec<&'static str> {
    Code::ALL.map(Code::as_str).to_vec()
}

/// The table of causes, for the documentation and the tests.
#[napi(catch_unwind)]
#[must_use]
pub fn causes() -> Vec<CauseRow> {
    causes::all().map(Into::into).collect()
}

/// The name of every algorithm that can be allowed.
#[napi(catch_unwind)]
#[must_use]
pub fn allowable_algorithms() -> Vec<&'static str> {
    ALLOWABLE.map(|(name, _)| name).to_vec()
}

/// How many tokens of one burst are verified on the JavaScript thread.
#[napi(catch_unwind)]
#[must_use]
pub fn verified_per_burst() -> u32 {
    schedule::VERIFIED_PER_BURST
}

/// Lets bursts have this many threads, as on a machine with another number of cores. For tests and
/// the benchmark alone.
#[napi(catch_unwind)]
pub fn limit_pool_threads(threads: u32) {
    pool::limit(threads as usize);
}

/// Whether a request waits for the certificates that Node trusts, or would have. `None` once they are
/// handed over.
#[napi(catch_unwind)]
#[must_use]
pub fn wants_trust_roots() -> Option<bool> {
    REGISTRY.network.wants_roots()
}

/// Takes the certificates that Node trusts, in PEM. Once per process.
#[napi(catch_unwind)]
pub fn set_trust_roots(roots: Vec<String>) {
    REGISTRY.network.trust(roots);
}

/// Says that these certificates could not be read: what waits for them fails.
#[napi(catch_unwind)]
pub fn miss_trust_roots() {
    REGISTRY.network.miss_roots();
}

/// Checked options and their key source, or several of these. JavaScript holds it as an external
/// value: calling a method of a class would cost three times as much.
type VerifierHandle = External<Arc<Entries>>;

/// Takes options as JavaScript has checked them, in JSON: an object, or an array for several entries.
///
/// # Errors
/// Only where JavaScript hands over what it should not.
#[napi(catch_unwind)]
pub fn create_verifier(options: String) -> Result<VerifierHandle> {
    let entries = options::entries(&options).map_err(Error::from_reason)?;
    Ok(External::new(Arc::new(entries)))
}

/// One of several entries, as a verifier alone that has the same policy and keys.
///
/// # Errors
/// Only where there is no such entry.
#[napi(catch_unwind)]
pub fn entry_of(verifier: &VerifierHandle, index: u32) -> Result<VerifierHandle> {
    let entry = verifier.verifiers().get(index as usize).map(Arc::clone);
    let entry = entry.ok_or_else(|| Error::from_reason("no such entry"))?;
    Ok(External::new(Arc::new(Entries::alone(entry))))
}

/// Takes the function that hands outcomes to the calls that wait, and gives the one that counts: the
/// first of the environment, whichever copy of the JavaScript it came from.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn dispatcher<'env>(env: &'env Env, candidate: Dispatcher<'env>) -> Result<Dispatcher<'env>> {
    isolate::dispatcher(env, candidate)
}

/// Verifies with the keys in memory, if that is possible at once and without holding up the event
/// loop. `in_burst` is the number of new tokens just before this one. For one token too many the
/// outcome, if there is a number for the call, is dispatched later, once.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn verify(
    env: Env,
    verifier: &VerifierHandle,
    token: TokenText<'_>,
    now: f64,
    in_burst: u32,
    number: Option<f64>,
) -> Result<AnswerValue> {
    let isolate = isolate(env)?;
    let answer = token.lend(|token| {
        let token = verifier.present(token);
        if let Some(verdict) = verifier.recall(token, now) {
            return Ok(isolate.borrow_mut().answer_found(verdict));
        }
        let place = isolate.borrow_mut().place(in_burst, verifier.has_keys());
        if place == Place::Here {
            let step = verifier.verify_new(token, now);
            return Ok(isolate.borrow_mut().answer_new(verifier, token.text, step));
        }
        let Some(number) = number else { return Ok(Answer::Later) };
        let ticket = register(env, isolate, number)?;
        let mut isolate = isolate.borrow_mut();
        let job = job(verifier, isolate.copy_of(token.text), token, now, ticket);
        isolate.verify_at(place, job);
        Ok(Answer::Taken)
    })?;
    answer.unwrap_or_else(|refused| Ok(Answer::of(refused))).map(Into::into)
}

/// The token that [`verify`] has found last, if it has this number.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a u64")]
pub fn found(env: Env, number: f64) -> Result<Option<Found>> {
    Ok(isolate(env)?.borrow().found(number as u64))
}

/// Verifies a remembered token by its number, as [`verify`] does by its text: `true` if it is
/// accepted (the entry's place if there are several), `false` if there is no token of that number
/// for this verifier.
#[napi(catch_unwind)]
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a u64")]
pub fn recheck(
    verifier: &VerifierHandle,
    number: f64,
    now: f64,
) -> Either3<bool, u32, RefusalRecord> {
    match verifier.recheck(number as u64, now) {
        None => Either3::A(false),
        Some(Ok(Accepted { entry: None, .. })) => Either3::A(true),
        Some(Ok(Accepted { entry: Some(entry), .. })) => {
            Either3::B(u32::try_from(entry).unwrap_or(u32::MAX))
        }
        Some(Err(refused)) => Either3::C(refused.into()),
    }
}

/// The header of a token that was verified, as a text for JavaScript.
#[napi(catch_unwind)]
#[must_use]
pub fn header(token: String) -> Option<String> {
    header_text(&token)
}

/// Verifies with the keys in memory, and refuses the token if they are missing.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn verify_sync(verifier: &VerifierHandle, token: TokenText<'_>, now: f64) -> Result<Outcome> {
    let verdict = token.lend(|token| verifier.verify_sync(token, now))?.and_then(identity);
    Ok(outcome(verdict.map(claims_text)))
}

/// Verifies a token for which [`verify`] had no answer: its key must be fetched
/// ([`Answer::Fetch`]), or it was one too many ([`Answer::Later`]). The outcome is dispatched later,
/// once.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn verify_later(
    env: Env,
    verifier: &VerifierHandle,
    token: TokenText<'_>,
    now: f64,
    needs_fetch: bool,
    number: f64,
) -> Result<()> {
    let isolate = isolate(env)?;
    // Before the call itself waits: it is not one of the others. A token that needs a fetch was
    // counted when it was read.
    let place = (!needs_fetch).then(|| isolate.borrow_mut().place(0, verifier.has_keys()));
    let ticket = register(env, isolate, number)?;
    let lent = token.lend(|token| {
        let presented = verifier.present(token);
        let job = job(verifier, token.to_owned(), presented, now, ticket);
        let pending = isolate.borrow_mut().take_pending(verifier, token);
        match (place, pending) {
            (None, Some(pending)) => job.wait_for(pending),
            (None, None) | (Some(Place::Here), _) => job.wait(),
            (Some(place), _) => isolate.borrow_mut().verify_at(place, job),
        }
    })?;
    // Only a string gets here; for anything else the ticket has settled itself.
    drop(lent);
    Ok(())
}

/// Opens a sealed session with one of these passwords, whose copies are wiped afterwards. It takes a
/// few microseconds and needs no keys, so it happens on the JavaScript thread.
#[napi(catch_unwind)]
#[must_use]
pub fn open_session(passwords: Vec<String>, sealed: String, now: f64) -> OpenedOutcome {
    session::outcome(open(&sealed, &Passwords::new(passwords), now))
}

/// Whether the sealed user is the subject of the verified access token: a refusal, if not.
#[napi(catch_unwind)]
#[must_use]
pub fn check_session_user(user_id: Option<String>, subject: String) -> Option<RefusalRecord> {
    check_user(user_id.as_deref(), &subject).err().map(session::refusal)
}

/// Waits until keys are in memory. The outcome, an empty text or a refusal, is dispatched later,
/// once.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn ready(env: Env, verifier: &VerifierHandle, number: f64) -> Result<()> {
    let ticket = register(env, isolate(env)?, number)?;
    verifier.ready(Box::new(|result| {
        ticket.settle(result.map(|()| String::new()).map_err(Into::into));
    }));
    Ok(())
}

/// The keys in memory of a verifier alone as a snapshot; `null` if there are none.
#[napi(catch_unwind)]
#[must_use]
pub fn export_keys(verifier: &VerifierHandle) -> Option<String> {
    verifier.verifiers().first()?.export_keys()
}

/// Explains the result of a token to people: the explanation, as a text for JavaScript. If the
/// token's key must be fetched first, an outcome is dispatched later, once, and
/// [`explain_awaited`] then has the explanation.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn explain(
    env: Env,
    verifier: &VerifierHandle,
    token: TokenText<'_>,
    now: f64,
    number: f64,
) -> Result<Either<String, AwaitedHandle>> {
    let explained = token.lend(|token| {
        let explainer = Explainer::of(verifier, token, None, now);
        explainer.explain(|| register(env, isolate(env)?, number))
    })?;
    explained.unwrap_or_else(|refused| Ok(Either::A(explanation::unread(verifier, now, refused))))
}

/// The same for a sealed session, which one of these passwords opens. Their copies are wiped.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn explain_session(
    env: Env,
    verifier: &VerifierHandle,
    passwords: Vec<String>,
    sealed: String,
    now: f64,
    number: f64,
) -> Result<Either<String, AwaitedHandle>> {
    let opened = match explanation::opened(verifier, passwords, &sealed, now) {
        Ok(opened) => opened,
        Err(text) => return Ok(Either::A(text)),
    };
    let token = opened.access_token.clone();
    let explainer = Explainer::of(verifier, &token, Some(opened), now);
    explainer.explain(|| register(env, isolate(env)?, number))
}

/// The explanation of a token whose key has been waited for, as [`explain`] gives it: another entry
/// may have to wait too.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn explain_awaited(
    env: Env,
    awaited: &AwaitedHandle,
    number: f64,
) -> Result<Either<String, AwaitedHandle>> {
    awaited.explain(|| register(env, isolate(env)?, number))
}

/// Tests where the keys of a verifier alone come from, with a request of its own. The outcome, a
/// report in JSON, is dispatched later, once. `fixed_keys` is the text of the key set of a verifier
/// that has a fixed one; `token` is verified with the keys.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn test_keys(
    env: Env,
    verifier: &VerifierHandle,
    fixed_keys: Option<String>,
    token: Option<TokenText<'_>>,
    now: f64,
    number: f64,
) -> Result<()> {
    let lent = token.map(|token| token.lend(str::to_owned)).transpose()?;
    let sample = lent.and_then(std::result::Result::ok).map(|token| Sample { token, now });
    let ticket = register(env, isolate(env)?, number)?;
    connection::test_keys(sole(verifier)?, fixed_keys.as_deref(), sample, ticket);
    Ok(())
}

/// Asks for the discovery document at a URL, as the keys of a verifier are asked for. The outcome, a
/// report in JSON, is dispatched later, once.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub fn test_discovery(
    env: Env,
    verifier: &VerifierHandle,
    url: String,
    proxy: Option<String>,
    number: f64,
) -> Result<()> {
    let ticket = register(env, isolate(env)?, number)?;
    connection::test_discovery(sole(verifier)?, url, proxy, ticket);
    Ok(())
}

/// Counters of this verifier's keys, and of the process's verified-token cache.
#[napi(catch_unwind)]
#[must_use]
pub fn stats(verifier: &VerifierHandle) -> StatsRecord {
    StatsRecord::of(verifier.verifiers())
}

/// The verifier that stands alone under this handle.
fn sole(verifier: &VerifierHandle) -> Result<&Arc<Verifier>> {
    let [verifier] = verifier.verifiers() else {
        return Err(Error::from_reason("not a verifier alone"));
    };
    Ok(verifier)
}

fn job(
    verifier: &VerifierHandle,
    token: String,
    Presented { hash, .. }: Presented<'_>,
    now: f64,
    ticket: Ticket,
) -> Job {
    Job { verifier: Arc::clone(verifier), token, hash, now, ticket, awaited: None }
}
