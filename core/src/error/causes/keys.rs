//! The keys are unavailable (`JWKS_FETCH_FAILED`).

use crate::error::cause::{Cause, causes};
use crate::error::fetch::FetchFailure;

causes! {
    NOT_FETCHED = "not-fetched" [JwksFetchFailed]
        "`verifySync` found no keys in memory" =>
        "Await `ready()` before `verifySync`, or give the verifier a fixed `jwks`.";
    OUTDATED = "outdated-keys" [JwksFetchFailed]
        "`verifySync` found only keys that are too old" =>
        "The keys are being refetched. Try again after `retryAfterSeconds`, or use `verify`, which \
        waits for them.";
    TOO_MANY_WAITING = "too-many-waiting" [JwksFetchFailed]
        "more than 1,024 calls wait for the same keys" =>
        "The keys are being fetched, and more than 1,024 calls are waiting for them. Respond with \
        503 and let the client retry after `retryAfterSeconds`. Await `ready()` at startup so that \
        no call has to wait.";
    DNS = "dns" [JwksFetchFailed]
        "the host's name did not resolve" =>
        "Check the host of the JWKS URL and this machine's name resolution. The token may be good: \
        do not sign the user out.";
    CONNECTION_REFUSED = "connection-refused" [JwksFetchFailed]
        "the host did not accept the connection" =>
        "Nothing accepts connections at the host and port of the JWKS URL, or a firewall refuses \
        them. Check the port, and that an emulator is running. The token may be good: do not sign \
        the user out.";
    TIMEOUT = "time-out" [JwksFetchFailed]
        "no complete response arrived within `timeoutMs`" =>
        "The key server did not answer in time. Check that this machine can reach the JWKS URL: a \
        firewall may drop what is sent there. The token may be good: do not sign the user out, \
        respond with 503 and let the client retry.";
    INTERRUPTED = "interrupted" [JwksFetchFailed]
        "the connection closed before the response was complete" =>
        "The connection was closed in the middle. Look for a proxy, a firewall or a load balancer \
        that ends connections. The token may be good: do not sign the user out, respond with 503 \
        and let the client retry.";
    EXHAUSTED = "exhausted" [JwksFetchFailed]
        "the process has no file descriptor, thread or memory left" =>
        "Raise the process's limits (`ulimit -n`, or the container's process limit), or look for a \
        leak of sockets, files or threads. The token may be good: do not sign the user out.";
    NO_TRUST_ROOTS = "no-trust-roots" [JwksFetchFailed]
        "no certificate authority could be read, or all have expired" =>
        "Check that the files in NODE_EXTRA_CA_CERTS and SSL_CERT_FILE can be read, that this \
        machine's clock is right (expired certificates don't count), and that the process has file \
        descriptors left.";
    PROXY = "proxy" [JwksFetchFailed]
        "the proxy refused the connection, or could not connect to the host" =>
        "Check HTTPS_PROXY (HTTP_PROXY for http): the proxy must be up and must let this machine \
        reach the host of the JWKS URL. Hosts in NO_PROXY are reached directly.";
    TLS_UNKNOWN_ISSUER = "tls-unknown-authority" [JwksFetchFailed]
        "the server's certificate is from an authority that this process does not trust" =>
        "If your company's certificate authority signs this network's TLS, pass its certificate in \
        `jwksCache.ca` or NODE_EXTRA_CA_CERTS.";
    TLS_SELF_SIGNED = "tls-self-signed" [JwksFetchFailed]
        "the server's certificate is signed with its own key" =>
        "The server has a self-signed certificate. For a server of your own, pass the certificate \
        itself in `jwksCache.ca` or NODE_EXTRA_CA_CERTS. WorkOS has none: there, something between \
        this machine and WorkOS answers in its place.";
    TLS_NO_SUBJECT_ALT_NAME = "tls-no-alternative-name" [JwksFetchFailed]
        "the server's certificate has no subject alternative name" =>
        "The server's certificate names its host only in the common name, which is not read (RFC \
        9525, section 2). Make it again with a subject alternative name, such as `-addext \
        subjectAltName=DNS:localhost` of `openssl req`.";
    TLS_EXPIRED = "tls-expired" [JwksFetchFailed]
        "the server's certificate has expired or is not valid yet" =>
        "Check this machine's clock first. If it is right, the server's certificate must be \
        renewed.";
    TLS_WRONG_NAME = "tls-wrong-name" [JwksFetchFailed]
        "the server's certificate is for another host" =>
        "The server's certificate is for another host. Check that the JWKS URL names the right \
        host, by the name in the certificate and not by its address.";
    TLS = "tls" [JwksFetchFailed]
        "the TLS handshake failed in another way" =>
        "Check that the JWKS URL names the right host and port, that the server speaks TLS 1.2 or \
        1.3 there, and any proxy or firewall in between.";
    NOT_FOUND = "key-url-not-found" [JwksFetchFailed]
        "the server responded with 404" =>
        "WorkOS responds with 404 to a client id that it does not know: check `clientId`, which \
        begins with client_ and belongs to this environment. If you set `jwksUrl` or \
        `authkitDomain`, check that.";
    FORBIDDEN = "key-server-blocks" [JwksFetchFailed]
        "the server responded with 401 or 403" =>
        "The server refuses this machine's requests, but WorkOS's keys are public. Look for a \
        firewall, a proxy or a rule that blocks this machine's address.";
    RATE_LIMITED = "key-server-limits" [JwksFetchFailed]
        "the server responded with 429" =>
        "The server limits this machine's requests. Look for many processes that each fetch the \
        keys, or share one address: one process asks at most once in ten minutes, unless it is \
        restarted all the time or `cooldownSeconds` is low.";
    CLIENT_ERROR = "key-url-refused" [JwksFetchFailed]
        "the server responded with another status than 200, 5xx or a redirect" =>
        "The server does not understand the request: the JWKS URL is probably not that of a key \
        set. Open it in a browser and compare.";
    SERVER_ERROR = "key-server-fails" [JwksFetchFailed]
        "the server responded with 5xx" =>
        "The key server is failing. The token may be good: do not sign the user out, respond with \
        503 and let the client retry.";
    REDIRECT = "redirect" [JwksFetchFailed]
        "the server responded with a redirect" =>
        "Redirects are never followed. Set `jwksUrl` (or `apiUrl`) to the final address.";
    CODING = "content-encoding" [JwksFetchFailed]
        "the response has an encoding other than gzip, or is not the gzip that it claims to be" =>
        "Only gzip is requested. Look for a proxy or cache that compresses the response \
        differently or damages it.";
    HTML = "html" [JwksFetchFailed]
        "the response is an HTML page" =>
        "A web page answers at the JWKS URL. Check the URL, and look for a proxy or login page of \
        this network that responds in its place.";
    DISCOVERY = "discovery-document" [JwksFetchFailed]
        "the response is an object with `jwks_uri` or `issuer` and without `keys`" =>
        "The JWKS URL is that of a discovery document. Set `jwksUrl` to the `jwks_uri` in it.";
    SINGLE_KEY = "single-key" [JwksFetchFailed]
        "the response is one key (an object with `kty`), or an array" =>
        "The server responds with a key, or an array of keys, in place of a key set. Put it into \
        an object: {\"keys\": [...]} (RFC 7517, section 5).";
    NOT_THE_KEYS = "not-a-key-set" [JwksFetchFailed]
        "the response is something else, or too large" =>
        "Check that the JWKS URL is right and that no proxy or login page responds in its place.";
    NO_USABLE_KEY = "no-usable-key" [JwksFetchFailed]
        "the key set is empty, or its keys are unusable for different reasons" =>
        "Open the JWKS URL and look at its keys. A usable RSA key has 2048 to 8192 bits, a `kid`, \
        and `use` absent or `sig`.";
    BUG = "bug" [JwksFetchFailed]
        "the request ended without a result" =>
        "This is a bug in verify-workos-token: please report it.";
}

pub(crate) fn fetch(failure: FetchFailure) -> &'static Cause {
    match failure {
        FetchFailure::NotFetched => &NOT_FETCHED,
        FetchFailure::Outdated => &OUTDATED,
        FetchFailure::TooManyWaiting => &TOO_MANY_WAITING,
        FetchFailure::Dns => &DNS,
        FetchFailure::Connect => &CONNECTION_REFUSED,
        FetchFailure::Interrupted => &INTERRUPTED,
        FetchFailure::Timeout => &TIMEOUT,
        FetchFailure::Exhausted => &EXHAUSTED,
        FetchFailure::NoTrustRoots => &NO_TRUST_ROOTS,
        FetchFailure::Proxy => &PROXY,
        FetchFailure::TlsUnknownIssuer => &TLS_UNKNOWN_ISSUER,
        FetchFailure::TlsSelfSigned => &TLS_SELF_SIGNED,
        FetchFailure::TlsNoSubjectAltName => &TLS_NO_SUBJECT_ALT_NAME,
        FetchFailure::TlsExpired => &TLS_EXPIRED,
        FetchFailure::TlsWrongName => &TLS_WRONG_NAME,
        FetchFailure::Tls => &TLS,
        FetchFailure::Status(status) => self::status(status),
        FetchFailure::Redirect(_) => &REDIRECT,
        FetchFailure::NoUsableKey(Some(reason)) => super::jwk::unusable(reason),
        FetchFailure::NoUsableKey(None) => &NO_USABLE_KEY,
        FetchFailure::UnwantedCoding | FetchFailure::BrokenGzip => &CODING,
        FetchFailure::Html => &HTML,
        FetchFailure::Discovery => &DISCOVERY,
        FetchFailure::BareKeys => &SINGLE_KEY,
        FetchFailure::TooLarge
        | FetchFailure::HeadersTooLarge
        | FetchFailure::NotHttp
        | FetchFailure::NotJson
        | FetchFailure::NotAKeySet => &NOT_THE_KEYS,
        FetchFailure::Internal => &BUG,
    }
}

fn status(status: u16) -> &'static Cause {
    match status {
        404 => &NOT_FOUND,
        401 | 403 => &FORBIDDEN,
        429 => &RATE_LIMITED,
        500.. => &SERVER_ERROR,
        _ => &CLIENT_ERROR,
    }
}
