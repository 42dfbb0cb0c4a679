//! The network: one request for a key set, within limits (hyper over rustls).
//!
//! A thread with a current-thread runtime starts with the first request and sleeps between
//! requests. Connections are not kept: the next request is minutes away. Each request has one of
//! its own, and ends it when it ends. A large response is read on another thread ([`aside`]), so that
//! the requests of other sources go on.

mod aside;
mod body;
mod certificate;
mod connect;
mod exchange;
mod failure;
mod probe;
mod protocol;
mod resolve;
mod retry_after;
mod roots;
mod tls;
mod verdict;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Response, StatusCode};
use tokio::runtime::{Builder, Handle};
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::{Failed, Fetcher, Flight, KeySetResponse, Source};

use aside::aside;
use exchange::{Question, content, etag, max_age, within_time};
pub(crate) use probe::{Head, Probe};
use roots::Expected;
use tls::Trust;

/// The process's network, asleep until the first request.
#[derive(Default)]
pub(crate) struct Network {
    /// Only what has started is kept: without a thread or a descriptor the next request tries
    /// again.
    runtime: Mutex<Option<Handle>>,
    trust: Arc<Trust>,
}

impl Network {
    pub(crate) fn wants_roots(&self) -> Option<bool> {
        self.trust.roots.wanted()
    }

    /// Takes the roots once, for all requests.
    pub(crate) fn trust(&self, roots: Vec<String>) {
        self.trust.roots.give(roots);
    }

    /// Roots could not be read: the requests that were started before fail, and later ones expect
    /// them again.
    pub(crate) fn miss_roots(&self) {
        self.trust.roots.miss();
    }

    /// Asks a source within a time, and keeps nothing of the response. `settle` is called exactly
    /// once.
    pub(crate) fn probe(
        &self,
        source: Source,
        limit: Duration,
        settle: impl FnOnce(Probe) + Send + 'static,
    ) {
        let Ok(runtime) = self.runtime() else {
            return settle(Probe::failed(FetchFailure::Exhausted));
        };
        let trust = Arc::clone(&self.trust);
        let roots = trust.roots.expect();
        runtime.spawn(async move {
            let probe = probe::ask(&source, limit, roots, &trust).await;
            let body_bytes = probe.content.as_ref().map_or(0, Vec::len);
            aside(body_bytes, move || settle(probe)).await;
        });
    }

    fn runtime(&self) -> io::Result<Handle> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*runtime {
            return Ok(handle.clone());
        }
        let handle = start_runtime()?;
        *runtime = Some(handle.clone());
        Ok(handle)
    }
}

fn start_runtime() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("workos-jwks".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

impl Fetcher for Network {
    fn start(&self, flight: Flight) {
        let Ok(runtime) = self.runtime() else {
            return flight.finish(Err(FetchFailure::Exhausted.into()));
        };
        let trust = Arc::clone(&self.trust);
        let roots = trust.roots.expect();
        runtime.spawn(async move {
            let answer = within_time(|| flight.time_left(), fetch(&flight, roots, &trust)).await;
            let body = answer.as_ref().ok().and_then(|response| response.body.as_ref());
            let body_bytes = body.map_or(0, Vec::len);
            aside(body_bytes, move || flight.finish(answer)).await;
        });
    }

    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>) {
        // Without a runtime there is no request that anyone could wait for.
        if let Ok(runtime) = self.runtime() {
            runtime.spawn(async move {
                tokio::time::sleep(delay).await;
                wake();
            });
        }
    }
}

async fn fetch(
    flight: &Flight,
    roots: Expected,
    trust: &Arc<Trust>,
) -> Result<KeySetResponse, Failed> {
    let source = flight.source().ok_or(FetchFailure::Internal)?;
    let question = Question { source, etag: flight.etag(), time_left: flight.time_left(), roots };
    question.ask(trust, read).await
}

async fn read(response: Response<Incoming>) -> Result<KeySetResponse, Failed> {
    let headers = response.headers();
    let (etag, max_age) = (etag(headers), max_age(headers));
    let body = match response.status() {
        StatusCode::NOT_MODIFIED => None,
        _ => Some(content(response).await?),
    };
    Ok(KeySetResponse { body, etag, max_age })
}
