//! The network: one request for a key set, within limits (reqwest, rustls).
//!
//! A thread with a current-thread runtime starts with the first request and sleeps between
//! requests. Connections are not kept: the next request is minutes away.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Certificate, Client, Response, StatusCode, redirect};
use tokio::runtime::{Builder, Handle};
use tokio::time::timeout;
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::{Answer, Clock, Fetcher, Flight, Source};

/// The largest answer, after decompression. A set of one key has 3 kB; WorkOS's sets have one.
const MAX_BODY_BYTES: usize = 1_024 * 1_024;
const USER_AGENT: &str = concat!("verify-workos-token/", env!("CARGO_PKG_VERSION"));
const ACCEPTED: &str = "application/jwk-set+json, application/json";

/// The process's network, asleep until the first request.
#[derive(Default)]
pub(crate) struct Network {
    runtime: OnceLock<Option<Handle>>,
    /// What Node trusts, in PEM; handed over before the first https request.
    roots: OnceLock<Vec<String>>,
    /// A client for each set of extra roots: reading a certificate store takes milliseconds.
    clients: Mutex<HashMap<ClientKey, Client>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct ClientKey {
    https: bool,
    extra_roots: Option<String>,
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
        let https = source.url.starts_with("https:");
        let key = ClientKey { https, extra_roots: source.extra_roots.clone() };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.build(&key).map_err(|_| FetchFailure::Tls)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn build(&self, key: &ClientKey) -> reqwest::Result<Client> {
        let mut roots = Vec::new();
        if key.https {
            for pem in self.roots.get().into_iter().flatten().chain(&key.extra_roots) {
                // A store may hold certificates that rustls cannot read: the others still count.
                roots.extend(Certificate::from_pem_bundle(pem.as_bytes()).unwrap_or_default());
            }
        }
        Client::builder()
            .user_agent(USER_AGENT)
            .tls_certs_only(roots)
            .dns_resolver(Arc::new(SystemResolver))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
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
        let prepared = self.client(source).map(|client| client.get(&source.url));
        match (prepared, self.runtime()) {
            (Ok(request), Some(runtime)) => {
                let request = request.header(ACCEPT, HeaderValue::from_static(ACCEPTED));
                runtime.spawn(async move {
                    let answer = within_time(&flight, fetch(request)).await;
                    flight.finish(answer);
                });
            }
            (Err(failure), _) => flight.finish(Err(failure)),
            (_, None) => flight.finish(Err(FetchFailure::Internal)),
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

/// The time can grow while the request is under way, when a caller joins who gives it more.
async fn within_time(
    flight: &Flight,
    request: impl Future<Output = Result<Answer, FetchFailure>>,
) -> Result<Answer, FetchFailure> {
    let mut request = pin!(request);
    loop {
        match timeout(flight.time_left(), &mut request).await {
            Ok(answer) => return answer,
            Err(_) if flight.time_left().is_zero() => return Err(FetchFailure::Timeout),
            Err(_) => {}
        }
    }
}

async fn fetch(request: reqwest::RequestBuilder) -> Result<Answer, FetchFailure> {
    let response = request.send().await.map_err(|error| classify(&error))?;
    let status = response.status();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return Err(FetchFailure::Redirect(status.as_u16()));
    }
    if status != StatusCode::OK {
        return Err(FetchFailure::Status(status.as_u16()));
    }
    Ok(Answer { body: read_body(response).await? })
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

/// rustls's errors travel inside I/O errors, whose `source` skips what they hold.
fn tls_error<'error>(error: &'error (dyn Error + 'static)) -> Option<&'error rustls::Error> {
    error
        .downcast_ref::<rustls::Error>()
        .or_else(|| error.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>())
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
            let addresses =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(ResolveError)?;
            Ok::<Addrs, _>(Box::new(addresses.collect::<Vec<_>>().into_iter()))
        })
    }
}

/// Monotonic time since the registry was first used, and chance for the jitter.
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn fraction(&self) -> f64 {
        let mut octets = [0; 4];
        // Without randomness the jitter is the shortest pause, and nothing else changes.
        let _ = aws_lc_rs::rand::fill(&mut octets);
        f64::from(u32::from_ne_bytes(octets)) / f64::from(u32::MAX)
    }
}
