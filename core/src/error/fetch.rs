//! Why keys are unavailable.

use std::borrow::Cow;

use super::key::Unusable;

/// How an attempt to get the keys failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchFailure {
    /// A synchronous call found no keys in memory and can't wait for a fetch.
    NotFetched,
    /// A synchronous call found only keys past their grace time and can't wait for a fetch.
    Outdated,
    /// The maximum number of callers is waiting already.
    TooManyWaiting,
    /// The host name did not resolve.
    Dns,
    /// The host did not accept the connection.
    Connect,
    /// The proxy did not accept the connection, or could not connect to the host.
    Proxy,
    /// The certificate's issuer is not trusted.
    TlsUnknownIssuer,
    /// The certificate is signed with its own key, and is not trusted itself.
    TlsSelfSigned,
    /// The certificate names its host in no subject alternative name.
    TlsNoSubjectAltName,
    /// The certificate has expired or is not valid yet.
    TlsExpired,
    /// The certificate is for another host.
    TlsWrongName,
    /// TLS failed for another reason.
    Tls,
    /// No complete response arrived within the time limit.
    Timeout,
    /// The connection closed before the response was complete.
    Interrupted,
    /// The process has no file descriptor, thread or memory left for a request.
    Exhausted,
    /// There is no trusted certificate authority.
    NoTrustRoots,
    /// The response is not HTTP, or one of its headers is malformed.
    NotHttp,
    /// The headers of the response exceed a limit.
    HeadersTooLarge,
    /// The response has a content coding that was not requested.
    UnwantedCoding,
    /// The response is not the gzip that it claims to be.
    BrokenGzip,
    /// A status other than 200.
    Status(u16),
    /// A redirect, which is never followed.
    Redirect(u16),
    /// The response exceeds the size limit, counted after decompression.
    TooLarge,
    /// The response is an HTML page.
    Html,
    /// The response is not JSON.
    NotJson,
    /// The response is an OpenID discovery document.
    Discovery,
    /// The response is a key, or an array of keys, and not a key set.
    BareKeys,
    /// The response is JSON, but not an object with an array of keys.
    NotAKeySet,
    /// The key set has no usable key. The reason is given if it is the same for all keys.
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
            Self::TlsSelfSigned => "TLS_SELF_SIGNED",
            Self::TlsNoSubjectAltName => "TLS_NO_SUBJECT_ALT_NAME",
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
            Self::Html | Self::NotJson => "NOT_JSON",
            Self::Discovery | Self::BareKeys | Self::NotAKeySet => "NOT_A_KEY_SET",
            Self::NoUsableKey(_) => "NO_USABLE_KEY",
            Self::Internal => "INTERNAL",
        }
    }

    /// The HTTP status of the response, if there was one.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) | Self::Redirect(status) => Some(status),
            _ => None,
        }
    }

    /// The cause as one fact, in lower case.
    #[must_use]
    pub fn message(self) -> Cow<'static, str> {
        let fact = match self {
            Self::NotFetched => "no keys are in memory yet",
            Self::Outdated => "the keys in memory are too old to be used",
            Self::TooManyWaiting => "too many calls are waiting for the keys",
            Self::Dns => "the host name did not resolve",
            Self::Connect => "could not connect to the server",
            Self::Proxy => "the proxy refused the connection or could not connect to the server",
            Self::TlsUnknownIssuer => "the server's certificate is from an unknown authority",
            Self::TlsSelfSigned => "the server's certificate is self-signed",
            Self::TlsNoSubjectAltName => "the server's certificate has no subject alternative name",
            Self::TlsExpired => "the server's certificate has expired or is not valid yet",
            Self::TlsWrongName => "the server's certificate is for another host",
            Self::Tls => "the tls handshake failed",
            Self::Timeout => "no complete response arrived within the time limit",
            Self::Interrupted => "the connection was closed before the response was complete",
            Self::Exhausted => "the process has no file descriptor, thread or memory left",
            Self::NoTrustRoots => "no certificate authority could be read, or all have expired",
            Self::NotHttp => "the response is not valid http",
            Self::HeadersTooLarge => "the response's headers are too many or too large",
            Self::UnwantedCoding => "the response has a content encoding other than gzip",
            Self::BrokenGzip => "the response is not valid gzip",
            Self::TooLarge => "the response is larger than 1 MiB",
            Self::Html => "the response is an html page, not json",
            Self::NotJson => "the response is not json",
            Self::Discovery => "the response is a discovery document, not a json web key set",
            Self::BareKeys => "the response holds keys, but is not a json web key set",
            Self::NotAKeySet => "the response is not a json web key set",
            Self::NoUsableKey(None) => "the key set has no usable key",
            Self::NoUsableKey(Some(reason)) => {
                return format!("the key set has no usable key: {}", reason.as_str()).into();
            }
            Self::Internal => "the fetch ended without a result",
            Self::Status(status) => {
                return format!("the server responded with status {status}").into();
            }
            Self::Redirect(status) => {
                return format!("the server responded with a redirect ({status})").into();
            }
        };
        fact.into()
    }
}
