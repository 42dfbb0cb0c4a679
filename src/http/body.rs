//! The body of a response, within limits.

use std::io::{self, Read as _};

use flate2::bufread::GzDecoder;
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use verify_workos_token_core::error::FetchFailure;

use super::failure;

/// The largest body, after decompression. A set of one key has 3 kB; WorkOS's sets have one.
const MAX_BODY_BYTES: usize = 1_024 * 1_024;
/// The largest body on its way: what gzip can't compress grows by little, and nothing else grows.
const MAX_GZIP_BYTES: usize = 2 * MAX_BODY_BYTES;
/// The most members of a gzip body. Block-wise writers put 64 kB into one; members that hold
/// nothing would otherwise cost a decoder each.
const MAX_GZIP_MEMBERS: usize = 1_024;

/// The content, decompressed.
pub(super) async fn read(response: Response<Incoming>) -> Result<Vec<u8>, FetchFailure> {
    match Coding::of(response.headers()) {
        Coding::Identity => collect(response, MAX_BODY_BYTES).await,
        Coding::Gzip => gunzip(&collect(response, MAX_GZIP_BYTES).await?),
        Coding::Other => plain(collect(response, MAX_BODY_BYTES).await?),
    }
}

#[derive(PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Other,
}

impl Coding {
    /// RFC 9110, section 8.4.1: names in any case, and `x-gzip` is gzip.
    fn of(headers: &HeaderMap) -> Self {
        let fields = headers.get_all(CONTENT_ENCODING).iter();
        let mut codings = fields
            .flat_map(|field| field.as_bytes().split(|octet| *octet == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"));
        match (codings.next(), codings.next()) {
            (None, _) => Self::Identity,
            (Some(name), None) if is_gzip(name) => Self::Gzip,
            _ => Self::Other,
        }
    }
}

fn is_gzip(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip")
}

/// A coding that nobody asked for. Some servers write `utf-8` or `none` there: what reads as an
/// object is in no coding.
fn plain(body: Vec<u8>) -> Result<Vec<u8>, FetchFailure> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body); // a byte order mark
    match text.trim_ascii_start().starts_with(b"{") {
        true => Ok(body),
        false => Err(FetchFailure::UnwantedCoding),
    }
}

async fn collect(response: Response<Incoming>, limit: usize) -> Result<Vec<u8>, FetchFailure> {
    let (parts, mut body) = response.into_parts();
    let mut collected = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) if is_end(&error, &parts.headers) => break,
            Err(error) => return Err(failure::of_http(&error)),
        };
        let Ok(data) = frame.into_data() else { continue };
        if collected.len().saturating_add(data.len()) > limit {
            return Err(FetchFailure::TooLarge);
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected)
}

/// Whether a body that lasts until the connection ends has ended, though TLS did not say so. Node
/// reads such a body as well; one that is cut off is no JSON.
fn is_end(error: &hyper::Error, headers: &HeaderMap) -> bool {
    let has_length =
        [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| headers.contains_key(name));
    !has_length && failure::io_kind(error) == Some(io::ErrorKind::UnexpectedEof)
}

/// All members one after another (RFC 1952, section 2.2), each whole. Zeros behind them are
/// padding, and anything else there is damage, as in Node.
fn gunzip(mut rest: &[u8]) -> Result<Vec<u8>, FetchFailure> {
    let mut body = Vec::new();
    for members in 0..=MAX_GZIP_MEMBERS {
        if rest.iter().all(|octet| *octet == 0) {
            return Ok(body);
        }
        if members == MAX_GZIP_MEMBERS {
            break;
        }
        let mut member = GzDecoder::new(rest);
        let room = MAX_BODY_BYTES.saturating_sub(body.len()).saturating_add(1);
        let room = u64::try_from(room).unwrap_or_default();
        let read = member.by_ref().take(room).read_to_end(&mut body);
        read.map_err(|_| FetchFailure::BrokenGzip)?;
        if body.len() > MAX_BODY_BYTES {
            return Err(FetchFailure::TooLarge);
        }
        rest = member.into_inner();
    }
    Err(FetchFailure::BrokenGzip)
}
