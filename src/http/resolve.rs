//! Names and their addresses, by the system's own resolution.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::thread;

use tokio::sync::{Semaphore, oneshot};
use verify_workos_token_core::error::FetchFailure;

/// The most lookups at once: each holds a thread for as long as the system's resolver takes, which
/// can be longer than whoever asked for it waits.
const MAX_LOOKUPS: usize = 8;

static LOOKUPS: Semaphore = Semaphore::const_new(MAX_LOOKUPS);

/// The addresses of a host, in the order in which to try them.
pub(super) async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, FetchFailure> {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let found = match (address, host) {
        (Ok(address), _) => vec![SocketAddr::new(address, port)],
        // RFC 6761, section 6.3: never a question to the network, since http is allowed here.
        (_, "localhost" | "localhost.") => loopback(port),
        _ => look_up(host, port).await?,
    };
    match found.is_empty() {
        true => Err(FetchFailure::Dns),
        false => Ok(alternate(found)),
    }
}

fn loopback(port: u16) -> Vec<SocketAddr> {
    vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

/// Whoever gives up while waiting for a place leaves the queue; a lookup that has begun keeps its
/// place until the resolver answers, since its thread lives so long.
async fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, FetchFailure> {
    let place = LOOKUPS.acquire().await.map_err(|_| FetchFailure::Internal)?;
    let (send, found) = oneshot::channel();
    let host = host.to_owned();
    let lookup = move || {
        let addresses = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        drop(place);
        // Nobody may be waiting any more.
        let _ = send.send(addresses);
    };
    let thread = thread::Builder::new().name("workos-dns".to_owned());
    thread.spawn(lookup).map_err(|_| FetchFailure::Exhausted)?;
    let found: io::Result<Vec<_>> = found.await.map_err(|_| FetchFailure::Internal)?;
    found.map_err(|_| FetchFailure::Dns)
}

/// One family after the other, beginning with the resolver's choice (RFC 8305, section 4), so that
/// a broken one costs one attempt.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv4() == first_is_v4);
    let mut second = second.into_iter();
    let mut order: Vec<_> =
        first.into_iter().flat_map(|address| [Some(address), second.next()]).flatten().collect();
    order.extend(second);
    order
}
