//! The way to the key server: its addresses, the proxy before it, and TLS.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::{Request, Uri, upgrade};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::Source;

use super::protocol::{PRODUCT, http1};
use super::tls::{Preparation, server_name};
use super::{failure, resolve};

/// How long a connection may take to be made, over all addresses.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long an address is tried alone before the next one is tried as well (RFC 8305, section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// The most addresses that are tried: each one that doesn't respond holds a descriptor.
const MAX_ADDRESSES: usize = 32;

/// A connection in whatever it is wrapped.
pub(super) type Stream = Box<dyn Duplex>;

pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// What is asked, and through whom.
pub(super) struct Route {
    pub(super) uri: Uri,
    pub(super) target: Endpoint,
    pub(super) proxy: Option<Endpoint>,
}

/// One end of a connection, as a URL names it.
pub(super) struct Endpoint {
    pub(super) is_https: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// As in the `Host` header: without the port if it is the scheme's default.
    pub(super) authority: String,
    pub(super) credentials: Option<HeaderValue>,
}

impl Route {
    /// Whether TLS is spoken with one of its ends.
    pub(super) fn is_secure(&self) -> bool {
        self.target.is_https || self.proxy.as_ref().is_some_and(|proxy| proxy.is_https)
    }

    pub(super) fn of(source: &Source) -> Option<Self> {
        let uri: Uri = source.url.parse().ok()?;
        let target = Endpoint::of(&uri)?;
        // What JavaScript read, or none: never what the process's environment says.
        let proxy = match &source.proxy {
            Some(proxy) => Some(Endpoint::of(&proxy.parse().ok()?)?),
            None => None,
        };
        Some(Self { uri, target, proxy })
    }
}

impl Endpoint {
    fn of(uri: &Uri) -> Option<Self> {
        let is_https = uri.scheme_str()? == "https";
        let authority = uri.authority()?.as_str();
        let (credentials, authority) = match authority.rsplit_once('@') {
            Some((credentials, authority)) => (basic(credentials), authority),
            None => (None, authority),
        };
        let default_port = if is_https { 443 } else { 80 };
        Some(Self {
            is_https,
            host: uri.host()?.to_owned(),
            port: uri.port_u16().unwrap_or(default_port),
            authority: authority.to_owned(),
            credentials,
        })
    }
}

/// RFC 7617, section 2, from the user information of a URL.
fn basic(credentials: &str) -> Option<HeaderValue> {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let octets: Vec<u8> =
        percent_decode_str(user).chain(*b":").chain(percent_decode_str(password)).collect();
    let mut value: HeaderValue = format!("Basic {}", STANDARD.encode(octets)).parse().ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A connection on which the request can be sent. `tls` is being prepared meanwhile.
pub(super) async fn open(
    route: &Route,
    mut tls: Preparation,
    time_left: Duration,
) -> Result<Stream, FetchFailure> {
    let first = route.proxy.as_ref().unwrap_or(&route.target);
    let mut stream: Stream = Box::new(connect(first, time_left).await?);
    if let Some(proxy) = &route.proxy {
        if proxy.is_https {
            stream = secure(stream, &proxy.host, &mut tls).await?;
        }
        if route.target.is_https {
            stream = tunnel(stream, proxy, &route.target).await?;
        }
    }
    match route.target.is_https {
        true => secure(stream, &route.target.host, &mut tls).await,
        false => Ok(stream),
    }
}

async fn secure(stream: Stream, host: &str, tls: &mut Preparation) -> Result<Stream, FetchFailure> {
    let connector = TlsConnector::from(tls.config().await?);
    let secured = connector.connect(server_name(host)?, stream).await;
    Ok(Box::new(secured.map_err(|error| failure::of_handshake(&error))?))
}

async fn connect(endpoint: &Endpoint, time_left: Duration) -> Result<TcpStream, FetchFailure> {
    let mut addresses = resolve::addresses(&endpoint.host, endpoint.port).await?;
    addresses.truncate(MAX_ADDRESSES);
    let shares = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let share = CONNECT_LIMIT.min(time_left).checked_div(shares).unwrap_or_default();
    let race = timeout(CONNECT_LIMIT, race(addresses, ATTEMPT_DELAY.min(share)));
    let stream = race.await.unwrap_or(Err(FetchFailure::Connect))?;
    // One request and one response: there is nothing to gather.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Returns the first connection that succeeds. An address that doesn't respond is tried alone for
/// `delay`, then along with the next ones. One that refuses makes room at once.
async fn race(addresses: Vec<SocketAddr>, delay: Duration) -> Result<TcpStream, FetchFailure> {
    let mut addresses = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut cause = FetchFailure::Connect;
    loop {
        match addresses.next() {
            Some(address) => {
                attempts.spawn(TcpStream::connect(address));
            }
            None if attempts.is_empty() => return Err(cause),
            None => {}
        }
        let patience = if addresses.len() == 0 { Duration::MAX } else { delay };
        match timeout(patience, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => cause = failure::of_connect(&error),
            // An attempt was aborted or panicked, or nothing has responded yet: try the next one.
            Ok(Some(Err(_)) | None) | Err(_) => {}
        }
    }
}

/// CONNECT (RFC 9110, section 9.3.6).
async fn tunnel(
    stream: Stream,
    proxy: &Endpoint,
    target: &Endpoint,
) -> Result<Stream, FetchFailure> {
    let authority = format!("{}:{}", target.host, target.port);
    let mut request =
        Request::connect(&authority).header(HOST, &authority).header(USER_AGENT, PRODUCT);
    if let Some(credentials) = &proxy.credentials {
        request = request.header(PROXY_AUTHORIZATION, credentials);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|_| FetchFailure::Internal)?;
    let handshake = http1().handshake(TokioIo::new(stream)).await;
    let (mut sender, driver) = handshake.map_err(|_| FetchFailure::Proxy)?;
    // Its work is over when the tunnel has been made.
    let mut driving = JoinSet::new();
    driving.spawn(driver.with_upgrades());
    let response = sender.send_request(request).await.map_err(|_| FetchFailure::Proxy)?;
    if !response.status().is_success() {
        return Err(FetchFailure::Proxy);
    }
    let upgraded = upgrade::on(response).await.map_err(|_| FetchFailure::Proxy)?;
    Ok(Box::new(TokioIo::new(upgraded)))
}
