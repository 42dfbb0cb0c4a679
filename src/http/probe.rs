//! One request whose response is looked at and not kept, over the client that fetches keys.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{AGE, DATE};
use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::freshness;
use verify_workos_token_core::key_cache::Source;

use super::exchange::{Question, content, etag, field, max_age, within_time};
use super::roots::Expected;
use super::tls::Trust;

/// What a request brought.
pub(crate) struct Probe {
    /// From the start to the last byte, or to what went wrong.
    pub(crate) latency: Duration,
    /// `None` if no response came.
    pub(crate) head: Option<Head>,
    /// The decompressed body of a response with status 200.
    pub(crate) content: Result<Vec<u8>, FetchFailure>,
}

/// The head of a response.
pub(crate) struct Head {
    /// When it arrived, after the start.
    pub(crate) after: Duration,
    /// The server's clock at that time, since 1970, in whole seconds.
    pub(crate) date: Option<Duration>,
    /// The entity tag.
    pub(crate) etag: Option<String>,
    /// The lifetime that the server asks for.
    pub(crate) max_age: Option<Duration>,
}

/// Asks a source within a time.
pub(super) async fn ask(
    source: &Source,
    limit: Duration,
    roots: Expected,
    trust: &Arc<Trust>,
) -> Probe {
    let start = Instant::now();
    let mut head = None;
    let look = async |response: Response<Incoming>| {
        head = Some(Head::of(&response, start.elapsed()));
        content(response).await
    };
    let question = Question { source, etag: None, time_left: limit, roots };
    let time_left = || limit.saturating_sub(start.elapsed());
    let content = within_time(time_left, question.ask(trust, look)).await;
    let content = content.map_err(|failed| failed.cause);
    Probe { latency: start.elapsed(), head, content }
}

impl Probe {
    /// One for which no request could be made.
    pub(super) fn failed(failure: FetchFailure) -> Self {
        Self { latency: Duration::ZERO, head: None, content: Err(failure) }
    }
}

impl Head {
    fn of(response: &Response<Incoming>, after: Duration) -> Self {
        let headers = response.headers();
        // A cache on the way keeps the date of the origin, and says how long ago that was
        // (RFC 9111, section 5.1).
        let age = field(headers, AGE).and_then(freshness::delta_seconds).unwrap_or_default();
        let date = field(headers, DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        let since_1970 = date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok());
        let date = since_1970.map(|date| date.saturating_add(age));
        Self { after, date, etag: etag(headers), max_age: max_age(headers) }
    }
}
