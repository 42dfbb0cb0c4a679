//! The network: one request for a key set, within limits (reqwest, rustls).
//!
//! A thread with a current-thread runtime starts with the first request and sleeps between
//! requests. Connections are not kept: the next request is minutes away.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::hash::BuildHasher as _;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use lru::LruCache;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{
    ACCEPT, AGE, CACHE_CONTROL, ETAG, HeaderMap, HeaderName, IF_NONE_MATCH, RETRY_AFTER,
};
use reqwest::{Client, Proxy, RequestBuilder, Response, StatusCode, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Handle};
use tokio::time::timeout;
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::freshness;
use verify_workos_token_core::key_cache::{Answer, Clock, Failed, Fetcher, Flight, Moment, Source};

/// The largest answer, after decompression. A set of one key has 3 kB; WorkOS's sets have one.
const MAX_BODY_BYTES: usize = 1_024 * 1_024;
/// The most combinations of extra roots and proxy whose client is kept; each has a certificate store
/// of some hundred kB.
const MAX_CLIENTS: usize = 16;
/// In which steps a request is waited for.
const STEP: Duration = Duration::from_millis(100);
/// By how much a step must be late before the process is taken to have stood still.
const STANDSTILL: Duration = Duration::from_millis(500);
/// The longest entity tag that is kept: what a server sends is repeated to it in each request.
const MAX_ETAG_BYTES: usize = 256;
const USER_AGENT: &str = concat!("verify-workos-token/", env!("CARGO_PKG_VERSION"));
const ACCEPTED: &str = "application/jwk-set+json, application/json";

/// The process's network, asleep until the first request.
pub(crate) struct Network {
    runtime: OnceLock<Option<Handle>>,
    /// What Node trusts, in PEM; handed over before the first https request.
    roots: OnceLock<Vec<String>>,
    /// A client for each set of extra roots and each proxy: reading a certificate store takes
    /// milliseconds.
    clients: Mutex<LruCache<ClientKey, Client>>,
}

impl Default for Network {
    fn default() -> Self {
        let capacity = NonZeroUsize::new(MAX_CLIENTS).unwrap_or(NonZeroUsize::MIN);
        let clients = Mutex::new(LruCache::new(capacity));
        Self { runtime: OnceLock::new(), roots: OnceLock::new(), clients }
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct ClientKey {
    /// Whether Node's roots were there: a client made before, for http, must not serve https.
    has_roots: bool,
    extra_roots: Option<String>,
    proxy: Option<String>,
}

impl Network {
    pub(crate) fn has_roots(&self) -> bool {
        self.roots.get().is_some()
    }

    /// Takes the roots once; later ones are ignored, so that every request trusts the same.
    pub(crate) fn trust(&self, roots: Vec<String>) {
        let _ = self.roots.set(roots);
    }

    fn runtime(&self) -> Option<&Handle> {
        self.runtime.get_or_init(start_runtime).as_ref()
    }

    fn client(&self, source: &Source) -> Result<Client, FetchFailure> {
        let (extra_roots, proxy) = (source.extra_roots.clone(), source.proxy.clone());
        let key = ClientKey { has_roots: self.has_roots(), extra_roots, proxy };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.build(&key).map_err(|_| FetchFailure::Tls)?;
        clients.put(key, client.clone());
        Ok(client)
    }

    fn build(&self, key: &ClientKey) -> Result<Client, Box<dyn Error>> {
        // The proxy is what JavaScript read, or none: never what the process's environment says.
        let builder = match &key.proxy {
            Some(proxy) => Client::builder().proxy(Proxy::all(proxy)?),
            None => Client::builder().no_proxy(),
        };
        let client = builder
            .user_agent(USER_AGENT)
            .tls_backend_preconfigured(self.tls(key)?)
            .dns_resolver(Arc::new(SystemResolver))
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(client)
    }

    /// A store may hold certificates that rustls cannot read: the others still count.
    fn tls(&self, key: &ClientKey) -> Result<ClientConfig, rustls::Error> {
        let mut roots = RootCertStore::empty();
        for pem in self.roots.get().into_iter().flatten().chain(&key.extra_roots) {
            let certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
            roots.add_parsable_certificates(certificates.filter_map(Result::ok));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions()?;
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

/// `None` where the system gives no thread: every fetch then fails, and no call hangs.
fn start_runtime() -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("workos-jwks".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .ok()?;
    Some(handle)
}

impl Fetcher for Network {
    fn start(&self, flight: Flight) {
        let Some(source) = flight.source() else { return };
        let proxied = source.proxy.is_some();
        let prepared = self.client(source).map(|client| client.get(&source.url));
        match (prepared, self.runtime()) {
            (Ok(request), Some(runtime)) => {
                let request = with_headers(request, flight.etag());
                runtime.spawn(async move {
                    let answer = within_time(&flight, fetch(request)).await;
                    let named = |failed: Failed| {
                        let cause = name_the_proxy(failed.cause, proxied);
                        Failed { cause, ..failed }
                    };
                    flight.finish(answer.map_err(named));
                });
            }
            (Err(failure), _) => flight.finish(Err(failure.into())),
            (_, None) => flight.finish(Err(FetchFailure::Internal.into())),
        }
    }

    fn call_after(&self, delay: Duration, wake: Box<dyn FnOnce() + Send>) {
        if let Some(runtime) = self.runtime() {
            runtime.spawn(async move {
                tokio::time::sleep(delay).await;
                wake();
            });
        }
    }
}

/// Behind a proxy it is the proxy that takes the connection or does not.
fn name_the_proxy(cause: FetchFailure, proxied: bool) -> FetchFailure {
    match cause {
        FetchFailure::Connect | FetchFailure::Dns | FetchFailure::Status(407) if proxied => {
            FetchFailure::Proxy
        }
        cause => cause,
    }
}

/// The time can grow while the request is under way, when a caller joins who gives it more. It is
/// waited for in short steps: one that takes much longer shows that the process stood still, which
/// is not the server's fault.
async fn within_time(
    flight: &Flight,
    request: impl Future<Output = Result<Answer, Failed>>,
) -> Result<Answer, Failed> {
    let mut request = pin!(request);
    let mut stood_still = false;
    loop {
        let (step, started) = (flight.time_left().min(STEP), Instant::now());
        let answer = timeout(step, &mut request).await;
        stood_still |= started.elapsed() > step.saturating_add(STANDSTILL);
        let failed = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failed)) => failed,
            Err(_) if flight.time_left().is_zero() => FetchFailure::Timeout.into(),
            Err(_) => continue,
        };
        return Err(Failed { stood_still, ..failed });
    }
}

fn with_headers(request: RequestBuilder, etag: Option<String>) -> RequestBuilder {
    let request = request.header(ACCEPT, ACCEPTED);
    match etag {
        Some(etag) => request.header(IF_NONE_MATCH, etag),
        None => request,
    }
}

async fn fetch(request: RequestBuilder) -> Result<Answer, Failed> {
    let response = request.send().await.map_err(|error| classify(&error))?;
    let status = response.status();
    let headers = response.headers();
    let etag = field(headers, ETAG).filter(|etag| etag.len() <= MAX_ETAG_BYTES).map(str::to_owned);
    let cache_control =
        headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let max_age = freshness::max_age(cache_control, field(headers, AGE));
    let body = match status {
        StatusCode::OK => Some(read_body(response).await?),
        StatusCode::NOT_MODIFIED => None,
        _ => return Err(unwanted(status, headers)),
    };
    Ok(Answer { body, etag, max_age })
}

fn unwanted(status: StatusCode, headers: &HeaderMap) -> Failed {
    let retry_after = field(headers, RETRY_AFTER).and_then(pause_of);
    let cause = match status.is_redirection() {
        true => FetchFailure::Redirect(status.as_u16()),
        false => FetchFailure::Status(status.as_u16()),
    };
    Failed { retry_after, ..cause.into() }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn pause_of(text: &str) -> Option<Duration> {
    freshness::delta_seconds(text)
        .or_else(|| httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok())
}

fn field(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Chunk by chunk after decompression, so that a compressed bomb is met by the limit.
async fn read_body(mut response: Response) -> Result<Vec<u8>, FetchFailure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.len().saturating_add(chunk.len()) > MAX_BODY_BYTES {
            return Err(FetchFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn classify(error: &reqwest::Error) -> FetchFailure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<ResolveError>() {
            return FetchFailure::Dns;
        }
        if let Some(tls) = tls_error(error) {
            return classify_tls(tls);
        }
        cause = error.source();
    }
    if error.is_timeout() {
        FetchFailure::Timeout
    } else if error.is_connect() {
        FetchFailure::Connect
    } else {
        FetchFailure::Interrupted
    }
}

/// rustls's errors travel inside I/O errors, one in another, whose `source` skips what they hold.
fn tls_error<'error>(error: &'error (dyn Error + 'static)) -> Option<&'error rustls::Error> {
    error.downcast_ref().or_else(|| tls_error(error.downcast_ref::<io::Error>()?.get_ref()?))
}

fn classify_tls(error: &rustls::Error) -> FetchFailure {
    use rustls::CertificateError as Fault;
    let rustls::Error::InvalidCertificate(fault) = error else { return FetchFailure::Tls };
    match fault {
        Fault::UnknownIssuer => FetchFailure::TlsUnknownIssuer,
        Fault::Expired
        | Fault::ExpiredContext { .. }
        | Fault::NotValidYet
        | Fault::NotValidYetContext { .. } => FetchFailure::TlsExpired,
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => FetchFailure::TlsWrongName,
        _ => FetchFailure::Tls,
    }
}

/// The system's own resolution, with an error that can be told from a refused connection.
struct SystemResolver;

#[derive(Debug)]
struct ResolveError(io::Error);

impl std::fmt::Display for ResolveError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the host name did not resolve")
    }
}

impl Error for ResolveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = match name.as_str() {
                // RFC 6761, section 6.3: never a question to the network, since http is allowed here.
                "localhost" | "localhost." => loopback(),
                name => tokio::net::lookup_host((name, 0)).await.map_err(ResolveError)?.collect(),
            };
            Ok::<Addrs, _>(Box::new(addresses.into_iter()))
        })
    }
}

fn loopback() -> Vec<SocketAddr> {
    vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()]
}

/// Time since the registry was first used and since 1970, and chance for the jitter.
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment { monotonic: self.0.elapsed(), wall }
    }

    fn fraction(&self) -> f64 {
        // Chance enough for a jitter. aws-lc's would gather entropy first, for some ten milliseconds.
        let chance = RandomState::new().hash_one(());
        f64::from(u32::try_from(chance >> 32).unwrap_or_default()) / f64::from(u32::MAX)
    }
}
