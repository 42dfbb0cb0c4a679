//! Tests of a connection: what a key server and an issuer respond, as JSON for `lib/connection/`.
//!
//! They are requests of their own, over the client that fetches keys. Nothing that they bring is
//! kept: no verification uses it.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use verify_workos_token_core::error::{FetchFailure, Reason, Refusal};
use verify_workos_token_core::key_cache::Source;
use verify_workos_token_core::key_report::{KeyReport, KeySetReport};
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::verifier::{KeySource, Verifier};

use crate::http::{Head, Probe};
use crate::registry::REGISTRY;
use crate::ticket::{Settled, Ticket};

/// A token to verify with the keys of the test.
pub(crate) struct Sample {
    pub(crate) token: String,
    /// Seconds since 1970.
    pub(crate) now: f64,
}

/// Reports the keys of a verifier. `fixed` is the text of its key set, if that is fixed: the keys
/// are then read from it, without a request.
pub(crate) fn test_keys(
    verifier: &Arc<Verifier>,
    fixed: Option<&str>,
    sample: Option<Sample>,
    ticket: Ticket,
) {
    match (&verifier.keys, fixed) {
        (KeySource::Cached(entry, policy), None) => {
            let (source, limit) = (entry.source().clone(), policy.timeout);
            let verifier = Arc::clone(verifier);
            REGISTRY.network.probe(source, limit, move |probe| {
                let Probe { latency, head, content } = probe;
                let mut record = KeysRecord::of(&verifier, content, sample);
                record.exchange = Some(Exchange::of(latency, head));
                ticket.settle(json(&record));
            });
        }
        (_, fixed) => {
            let text = fixed.unwrap_or_default().as_bytes().to_vec();
            ticket.settle(json(&KeysRecord::of(verifier, Ok(text), sample)));
        }
    }
}

/// Reports the `OpenID` discovery document at a URL, which is asked for as the keys are.
pub(crate) fn test_discovery(
    verifier: &Verifier,
    url: String,
    proxy: Option<String>,
    ticket: Ticket,
) {
    let KeySource::Cached(entry, policy) = &verifier.keys else { return };
    let extra_roots = entry.source().extra_roots.clone();
    let source = Source { url, extra_roots, proxy };
    REGISTRY.network.probe(source, policy.timeout, move |probe| {
        let Probe { latency, head, content } = probe;
        let exchange = Exchange::of(latency, head);
        ticket.settle(json(&DiscoveryRecord::of(content, exchange)));
    });
}

/// The keys of a verifier.
#[derive(Serialize)]
struct KeysRecord {
    /// `None` if no request was made.
    exchange: Option<Exchange>,
    keys: Vec<KeyReport>,
    /// How many keys the document lists, of which `keys` has the first.
    listed: usize,
    /// Why no token can be verified.
    error: Option<ErrorRecord>,
    token: Option<TokenRecord>,
}

/// A request and its response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Exchange {
    latency_ms: f64,
    /// The rest is of the response, if there is one.
    head_after_ms: Option<f64>,
    date: Option<u64>,
    etag: Option<String>,
    max_age_seconds: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiscoveryRecord {
    exchange: Exchange,
    issuer: Option<String>,
    jwks_uri: Option<String>,
    /// Why there is no document.
    failure: Option<FailureRecord>,
}

#[derive(Serialize)]
struct ErrorRecord {
    code: &'static str,
    message: String,
    hint: &'static str,
    cause: Option<FailureRecord>,
}

#[derive(Serialize)]
struct FailureRecord {
    code: &'static str,
    message: String,
    status: Option<u16>,
}

/// The verdict on a token, without anything that the token holds.
#[derive(Serialize)]
struct TokenRecord {
    error: Option<ErrorRecord>,
    claim: Option<&'static str>,
    reason: Option<&'static str>,
}

impl KeysRecord {
    fn of(
        verifier: &Verifier,
        content: Result<Vec<u8>, FetchFailure>,
        sample: Option<Sample>,
    ) -> Self {
        let algorithms = &verifier.policy.algorithms;
        let report = content.and_then(|text| KeySetReport::read(&text, algorithms));
        let is_fixed = matches!(verifier.keys, KeySource::Fixed(_));
        let failure = match &report {
            Ok(report) if report.set.usable_keys() > 0 => None,
            Ok(report) => Some(FetchFailure::NoUsableKey(report.set.problem())),
            Err(failure) => Some(*failure),
        };
        let usable = report.as_ref().map_or(0, |report| report.usable);
        let error = match failure {
            Some(failure) if is_fixed => Some(ErrorRecord::of_fixed(failure)),
            Some(failure) => Some(ErrorRecord::from(&unavailable(failure))),
            None if usable == 0 => Some(ErrorRecord::of_algorithms()),
            None => None,
        };
        let (keys, listed, set) = match report {
            Ok(report) => (report.keys, report.listed, Some(report.set)),
            Err(_) => (Vec::new(), 0, None),
        };
        let missing = failure.filter(|_| !is_fixed);
        let token = sample.map(|sample| TokenRecord::of(verifier, set, missing, &sample));
        Self { exchange: None, keys, listed, error, token }
    }
}

impl Exchange {
    fn of(latency: Duration, head: Option<Head>) -> Self {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        let Some(Head { after, date, etag, max_age }) = head else {
            let (etag, latency_ms) = (None, milliseconds(latency));
            return Self {
                latency_ms,
                head_after_ms: None,
                date: None,
                etag,
                max_age_seconds: None,
            };
        };
        Self {
            latency_ms: milliseconds(latency),
            head_after_ms: Some(milliseconds(after)),
            date: date.map(|date| date.as_secs()),
            etag,
            max_age_seconds: max_age.map(|age| age.as_secs()),
        }
    }
}

impl DiscoveryRecord {
    fn of(content: Result<Vec<u8>, FetchFailure>, exchange: Exchange) -> Self {
        let document = content.and_then(|text| {
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text); // a byte order mark
            let is_page = text.trim_ascii_start().starts_with(b"<");
            let failure = if is_page { FetchFailure::Html } else { FetchFailure::NotJson };
            serde_json::from_slice::<Value>(text).map_err(|_| failure)
        });
        let member = |name| Some(document.as_ref().ok()?.get(name)?.as_str()?.to_owned());
        let (issuer, jwks_uri) = (member("issuer"), member("jwks_uri"));
        Self { exchange, issuer, jwks_uri, failure: document.err().map(FailureRecord::from) }
    }
}

impl ErrorRecord {
    /// Of a fixed set, which nothing had to be fetched for.
    fn of_fixed(failure: FetchFailure) -> Self {
        let (code, hint) = (unknown_key().code().as_str(), unavailable(failure).hint());
        Self { code, message: failure.message().into_owned(), hint, cause: None }
    }

    /// Of a set whose keys are all for algorithms that are not allowed: what tokens signed with
    /// them are refused for.
    fn of_algorithms() -> Self {
        let refusal = Refusal::UnsupportedAlgorithm;
        let message = "no key of the key set is for an algorithm in `algorithms`".to_owned();
        Self { code: refusal.code().as_str(), message, hint: refusal.hint(), cause: None }
    }
}

impl From<&Refusal> for ErrorRecord {
    fn from(refusal: &Refusal) -> Self {
        let cause = match refusal {
            Refusal::KeysUnavailable { failure, .. } => Some(FailureRecord::from(*failure)),
            _ => None,
        };
        let message = refusal.message().into_owned();
        Self { code: refusal.code().as_str(), message, hint: refusal.hint(), cause }
    }
}

impl From<FetchFailure> for FailureRecord {
    fn from(failure: FetchFailure) -> Self {
        let message = failure.message().into_owned();
        Self { code: failure.code(), message, status: failure.status() }
    }
}

impl TokenRecord {
    /// Verifies a token with the keys of the test. Without keys (`missing` says why), what is wrong
    /// with the token itself is still found.
    fn of(
        verifier: &Verifier,
        set: Option<KeySet>,
        missing: Option<FetchFailure>,
        sample: &Sample,
    ) -> Self {
        let no_keys = || KeySet::parse(br#"{"keys":[]}"#).ok();
        let Some(set) = (if missing.is_some() { no_keys() } else { set }) else {
            return Self::refused(&unavailable(FetchFailure::Internal));
        };
        let verifier = Verifier {
            policy: verifier.policy.clone(),
            keys: KeySource::Fixed(Arc::new(set)),
            token_cache: None,
        };
        match (verifier.verify_sync(&sample.token, sample.now), missing) {
            (Ok(_), _) => Self { error: None, claim: None, reason: None },
            (Err(refused), Some(failure)) => match refused.refusal {
                Refusal::UnknownKey { .. } => Self::refused(&unavailable(failure)),
                refusal => Self::refused(&refusal),
            },
            (Err(refused), None) => Self::refused(&refused.refusal),
        }
    }

    fn refused(refusal: &Refusal) -> Self {
        let (claim, reason) = match refusal {
            Refusal::Claim(failure) => (Some(failure.claim.as_str()), Some(failure.reason)),
            Refusal::ForeignIssuer(cause) | Refusal::NoEntry(cause) => {
                (Some("iss"), Some(cause.reason()))
            }
            _ => (None, None),
        };
        let reason = reason.map(Reason::as_str);
        Self { error: Some(refusal.into()), claim, reason }
    }
}

fn unavailable(failure: FetchFailure) -> Refusal {
    Refusal::KeysUnavailable { failure, retry_after: Duration::ZERO }
}

fn unknown_key() -> Refusal {
    Refusal::UnknownKey { unusable: None, retry_after: None }
}

fn json(record: &impl Serialize) -> Settled {
    serde_json::to_string(record).map_err(|_| unavailable(FetchFailure::Internal).into())
}
