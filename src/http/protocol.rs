//! How HTTP/1.1 is spoken, to key servers and to proxies alike.

use hyper::client::conn::http1::Builder;

/// The most header fields of a response, as in Node; hyper's own limit is 100.
const MAX_HEADERS: usize = 2_000;
/// The product in `User-Agent` (RFC 9110, section 10.1.5).
pub(super) const PRODUCT: &str = concat!("verify-workos-token/", env!("CARGO_PKG_VERSION"));

/// What Node's own client takes, and RFC 9112 lets a client take (sections 5.1 and 5.2).
pub(super) fn http1() -> Builder {
    let mut builder = Builder::new();
    builder
        .max_headers(MAX_HEADERS)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true);
    builder
}
