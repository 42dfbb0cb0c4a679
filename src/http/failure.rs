//! What went wrong, from the errors of those who do the work.

use std::error::Error;
use std::io;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::Failed;

use super::verdict::SelfSigned;

/// The system's words for having no descriptor, memory or buffer left.
#[cfg(unix)]
const EXHAUSTED: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ENOBUFS];
/// WSAEMFILE, WSAENOBUFS, ERROR_NOT_ENOUGH_MEMORY.
#[cfg(not(unix))]
const EXHAUSTED: [i32; 3] = [10_024, 10_055, 8];

/// Behind a proxy it is the proxy that takes the connection or does not.
pub(super) fn behind_proxy(failed: Failed) -> Failed {
    let cause = match failed.cause {
        FetchFailure::Connect | FetchFailure::Dns | FetchFailure::Status(407) => {
            FetchFailure::Proxy
        }
        cause => cause,
    };
    Failed { cause, ..failed }
}

/// Of a connection that is being made, or of the thread for it.
pub(super) fn of_connect(error: &io::Error) -> FetchFailure {
    match error.raw_os_error() {
        Some(number) if EXHAUSTED.contains(&number) => FetchFailure::Exhausted,
        _ => FetchFailure::Connect,
    }
}

/// Of a handshake, where TLS itself has nothing to say if the connection ends.
pub(super) fn of_handshake(error: &io::Error) -> FetchFailure {
    tls_error(error).map_or(FetchFailure::Connect, of_tls)
}

/// Of a request under way.
pub(super) fn of_http(error: &hyper::Error) -> FetchFailure {
    if let Some(tls) = error.source().and_then(tls_error) {
        return of_tls(tls);
    }
    if error.is_parse_too_large() {
        return FetchFailure::HeadersTooLarge;
    }
    // A chunk that is none is met while reading.
    let is_malformed =
        matches!(io_kind(error), Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData));
    match error.is_parse() || is_malformed {
        true => FetchFailure::NotHttp,
        false => FetchFailure::Interrupted,
    }
}

pub(super) fn io_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    Some(error.source()?.downcast_ref::<io::Error>()?.kind())
}

/// rustls's errors travel inside I/O errors, one in another, whose `source` skips what they hold.
fn tls_error<'error>(error: &'error (dyn Error + 'static)) -> Option<&'error rustls::Error> {
    error.downcast_ref().or_else(|| tls_error(error.downcast_ref::<io::Error>()?.get_ref()?))
}

fn of_tls(error: &rustls::Error) -> FetchFailure {
    use rustls::CertificateError as Fault;
    let rustls::Error::InvalidCertificate(fault) = error else { return FetchFailure::Tls };
    match fault {
        Fault::UnknownIssuer => FetchFailure::TlsUnknownIssuer,
        Fault::Other(other) if other.0.is::<SelfSigned>() => FetchFailure::TlsSelfSigned,
        // An authority's certificate, which is known where `ca` holds the one itself.
        Fault::Other(other)
            if other.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity) =>
        {
            FetchFailure::TlsUnknownIssuer
        }
        Fault::Expired
        | Fault::ExpiredContext { .. }
        | Fault::NotValidYet
        | Fault::NotValidYetContext { .. } => FetchFailure::TlsExpired,
        // The name in the subject has not counted for long (RFC 9525, section 2).
        Fault::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            FetchFailure::TlsNoSubjectAltName
        }
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => FetchFailure::TlsWrongName,
        _ => FetchFailure::Tls,
    }
}
