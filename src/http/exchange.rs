//! One request and its response, within a time.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AGE, CACHE_CONTROL, ETAG, HOST, HeaderMap, HeaderName, IF_NONE_MATCH,
    PROXY_AUTHORIZATION, RETRY_AFTER, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::timeout;
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::freshness;
use verify_workos_token_core::key_cache::{Failed, Source};

use super::connect::{self, Route, Stream};
use super::protocol::{PRODUCT, http1};
use super::retry_after::pause_of;
use super::roots::Expected;
use super::tls::{Preparation, Trust};
use super::{body, failure};

/// In which steps a request is waited for.
const STEP: Duration = Duration::from_millis(100);
/// By how much a step must be late before the process is taken to have stood still.
const STANDSTILL: Duration = Duration::from_millis(500);
/// The longest entity tag that is kept: what a server sends is repeated to it in each request.
const MAX_ETAG_BYTES: usize = 256;
const ACCEPTED: &str = "application/jwk-set+json, application/json";

/// One request.
pub(super) struct Question<'source> {
    pub(super) source: &'source Source,
    /// Of the set in memory, for a conditional request.
    pub(super) etag: Option<String>,
    pub(super) time_left: Duration,
    /// When it was started.
    pub(super) roots: Expected,
}

impl Question<'_> {
    /// Sends the request and hands the response to `read`, while the connection lives.
    pub(super) async fn ask<T>(
        self,
        trust: &Arc<Trust>,
        read: impl AsyncFnOnce(Response<Incoming>) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        // JavaScript has read the URL: what hyper refuses of it is a host that no resolver knows
        // either.
        let route = Route::of(self.source).ok_or(FetchFailure::Dns)?;
        let request = request(&route, self.etag).ok_or(FetchFailure::Internal)?;
        let answer = async {
            let tls = match route.is_secure() {
                true => Preparation::begin(trust, self.source.extra_roots.clone(), self.roots),
                false => Preparation::default(),
            };
            let stream = connect::open(&route, tls, self.time_left).await?;
            // Ends the connection with the request, however that ends.
            let mut connection = JoinSet::new();
            read(send(stream, request, &mut connection).await?).await
        };
        match route.proxy {
            Some(_) => answer.await.map_err(failure::behind_proxy),
            None => answer.await,
        }
    }
}

/// The absolute form where a proxy passes the request on (RFC 9112, section 3.2.2).
fn request(route: &Route, etag: Option<String>) -> Option<Request<Empty<Bytes>>> {
    let asks_proxy = route.proxy.as_ref().filter(|_| !route.target.is_https);
    let uri = match asks_proxy {
        Some(_) => route.uri.clone(),
        None => route.uri.path_and_query()?.as_str().parse().ok()?,
    };
    let mut request = Request::get(uri)
        .header(HOST, &route.target.authority)
        .header(USER_AGENT, PRODUCT)
        .header(ACCEPT, ACCEPTED)
        .header(ACCEPT_ENCODING, "gzip");
    if let Some(credentials) = asks_proxy.and_then(|proxy| proxy.credentials.as_ref()) {
        request = request.header(PROXY_AUTHORIZATION, credentials);
    }
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    request.body(Empty::new()).ok()
}

async fn send(
    stream: Stream,
    request: Request<Empty<Bytes>>,
    connection: &mut JoinSet<hyper::Result<()>>,
) -> Result<Response<Incoming>, FetchFailure> {
    let handshake = http1().handshake(TokioIo::new(stream)).await;
    let (mut sender, driver) = handshake.map_err(|error| failure::of_http(&error))?;
    connection.spawn(driver.with_upgrades());
    sender.send_request(request).await.map_err(|error| failure::of_http(&error))
}

/// The time can grow while the request is under way, when a caller joins who gives it more. It is
/// waited for in short steps: one that takes much longer shows that the process stood still, which
/// is not the server's fault.
pub(super) async fn within_time<T>(
    time_left: impl Fn() -> Duration,
    request: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    let mut request = pin!(request);
    let mut stood_still = false;
    loop {
        let (step, started) = (time_left().min(STEP), Instant::now());
        let answer = timeout(step, &mut request).await;
        stood_still |= started.elapsed() > step.saturating_add(STANDSTILL);
        let failed = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failed)) => failed,
            Err(_) if time_left().is_zero() => FetchFailure::Timeout.into(),
            Err(_) => continue,
        };
        return Err(Failed { stood_still, ..failed });
    }
}

/// The body of a response with status 200.
pub(super) async fn content(response: Response<Incoming>) -> Result<Vec<u8>, Failed> {
    match response.status() {
        StatusCode::OK => Ok(body::read(response).await?),
        status => Err(unwanted(status, response.headers())),
    }
}

pub(super) fn etag(headers: &HeaderMap) -> Option<String> {
    field(headers, ETAG).filter(|etag| etag.len() <= MAX_ETAG_BYTES).map(str::to_owned)
}

pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let cache_control =
        headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    freshness::max_age(cache_control, field(headers, AGE))
}

fn unwanted(status: StatusCode, headers: &HeaderMap) -> Failed {
    let retry_after =
        field(headers, RETRY_AFTER).and_then(|text| pause_of(text, SystemTime::now()));
    let cause = match status.is_redirection() {
        true => FetchFailure::Redirect(status.as_u16()),
        false => FetchFailure::Status(status.as_u16()),
    };
    Failed { retry_after, ..cause.into() }
}

pub(super) fn field(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
