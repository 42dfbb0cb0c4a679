//! Why keys can't be had.

use std::borrow::Cow;

use super::Unusable;

/// What an attempt to get the keys met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchFailure {
    /// No attempt was made: a synchronous call met an empty memory.
    NotFetched,
    /// No attempt was waited for: a synchronous call met keys past their time of grace.
    Outdated,
    /// No attempt was waited for: as many callers as can wait for one already.
    TooManyWaiting,
    /// The host's name did not resolve.
    Dns,
    /// The host did not take the connection.
    Connect,
    /// The proxy did not take the connection, or did not make the next one.
    Proxy,
    /// The certificate's issuer is not trusted.
    TlsUnknownIssuer,
    /// The certificate has expired, or is not valid yet.
    TlsExpired,
    /// The certificate is for another host.
    TlsWrongName,
    /// Any other failure of TLS.
    Tls,
    /// No whole answer within the time limit.
    Timeout,
    /// The connection ended before the response did.
    Interrupted,
    /// The process has no descriptor, thread or memory left for a request.
    Exhausted,
    /// There is no certificate authority to trust.
    NoTrustRoots,
    /// The response is no HTTP, or a header of it is malformed.
    NotHttp,
    /// The headers of the response pass a limit.
    HeadersTooLarge,
    /// The response is in a content coding that was not asked for.
    UnwantedCoding,
    /// The response is not the gzip that it claims to be.
    BrokenGzip,
    /// A status other than 200.
    Status(u16),
    /// A redirect, which is never followed.
    Redirect(u16),
    /// More bytes than the limit, counted after decompression.
    TooLarge,
    /// Not JSON.
    NotJson,
    /// JSON, but no object with a list of keys.
    NotAKeySet,
    /// A key set in which no key can be used; with the reason where there is one alone.
    NoUsableKey(Option<Unusable>),
    /// The fetcher itself failed.
    Internal,
}

impl FetchFailure {
    /// A stable name for the cause.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFetched => "NOT_FETCHED",
            Self::Outdated => "OUTDATED",
            Self::TooManyWaiting => "TOO_MANY_WAITING",
            Self::Dns => "DNS",
            Self::Connect => "CONNECT",
            Self::Proxy => "PROXY",
            Self::TlsUnknownIssuer => "TLS_UNKNOWN_ISSUER",
            Self::TlsExpired => "TLS_EXPIRED",
            Self::TlsWrongName => "TLS_WRONG_NAME",
            Self::Tls => "TLS",
            Self::Timeout => "TIMEOUT",
            Self::Interrupted => "INTERRUPTED",
            Self::Exhausted => "EXHAUSTED",
            Self::NoTrustRoots => "NO_TRUST_ROOTS",
            Self::NotHttp => "NOT_HTTP",
            Self::UnwantedCoding | Self::BrokenGzip => "CONTENT_ENCODING",
            Self::Status(_) => "STATUS",
            Self::Redirect(_) => "REDIRECT",
            Self::TooLarge | Self::HeadersTooLarge => "TOO_LARGE",
            Self::NotJson => "NOT_JSON",
            Self::NotAKeySet => "NOT_A_KEY_SET",
            Self::NoUsableKey(_) => "NO_USABLE_KEY",
            Self::Internal => "INTERNAL",
        }
    }

    /// The HTTP status that was met, if one was.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) | Self::Redirect(status) => Some(status),
            _ => None,
        }
    }

    /// The cause, as one fact in lower case.
    #[must_use]
    pub fn message(self) -> Cow<'static, str> {
        let fact = match self {
            Self::NotFetched => "no keys are in memory yet",
            Self::Outdated => "the keys in memory are too old to serve",
            Self::TooManyWaiting => "too many calls are waiting for the keys",
            Self::Dns => "the host name did not resolve",
            Self::Connect => "the connection was refused or not made",
            Self::Proxy => "the proxy refused the connection or did not make it",
            Self::TlsUnknownIssuer => "the server's certificate is from an unknown authority",
            Self::TlsExpired => "the server's certificate has expired or is not valid yet",
            Self::TlsWrongName => "the server's certificate is for another host",
            Self::Tls => "the tls handshake failed",
            Self::Timeout => "no whole answer came within the time limit",
            Self::Interrupted => "the connection ended before the answer did",
            Self::Exhausted => "the process has no file descriptor, thread or memory left",
            Self::NoTrustRoots => "no certificate authority could be read, or all have expired",
            Self::NotHttp => "the response is not valid http",
            Self::HeadersTooLarge => "the response has too many or too large headers",
            Self::UnwantedCoding => "the response has a content encoding other than gzip",
            Self::BrokenGzip => "the response is not valid gzip",
            Self::TooLarge => "the answer is larger than 1 MiB",
            Self::NotJson => "the answer is not json",
            Self::NotAKeySet => "the answer is not a json web key set",
            Self::NoUsableKey(None) => "the key set has no usable key",
            Self::NoUsableKey(Some(reason)) => {
                return format!("the key set has no usable key: {}", reason.as_str()).into();
            }
            Self::Internal => "the fetch ended without an answer",
            Self::Status(status) => return format!("the server answered {status}").into(),
            Self::Redirect(status) => {
                return format!("the server answered with a redirect ({status})").into();
            }
        };
        fact.into()
    }
}
